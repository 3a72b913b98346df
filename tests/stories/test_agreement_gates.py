"""What kept agreements tell the gates: the worst of each figure, and what was really decided."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Literal

import pytest

from dsvc.cli.diagnostics import run
from dsvc.errors import CorruptError
from dsvc.repository.agreements.measuring import AgreementRequest
from dsvc.repository.reviews.finish import FinishRequest
from tests.stories.project import Project, lines

if TYPE_CHECKING:
    from dsvc.repository.agreements.figures import AgreementFigures

ROWS: list[dict[str, Any]] = [{"q": f"问{n}", "label": "甲", "topic": "天"} for n in range(10)]
OTHER = [
    {**row, "label": "乙" if n < 3 else "甲", "topic": "地" if n in (5, 6) else "天"} for n, row in enumerate(ROWS)
]


@pytest.fixture
def two(project: Project) -> Project:
    """A version, and a file of somebody who labels three records otherwise, and gives two another topic."""
    project.save("qa.jsonl", lines(*ROWS))
    project.write("ben.jsonl", lines(*OTHER))
    return project


def keep(project: Project, name: str, field: str, *, on: str = "qa@v1.0", sides: tuple[str, ...] = ()) -> None:
    request = AgreementRequest(sides=sides or ("qa@v1.0", "ben.jsonl"), fields=(field,), key=("q",), names=("安", "本"))
    project.repo.agreements.keep(project.repo.agreements.compare(request), name, on)


def review(project: Project, *reviewers: tuple[str, Literal["accept", "reject"], str | None]) -> None:
    """Decide what they disagree on in the label, each reviewer all records alike; and finish."""
    request = AgreementRequest(sides=("qa@v1.0", "ben.jsonl"), fields=("label",), key=("q",), names=("安", "本"))
    project.repo.agreements.review(project.repo.agreements.compare(request), "d", "qa@v1.0")
    for name, kind, answer in reviewers:
        session = project.repo.reviews.open("d", reviewer=name)
        while session.current is not None:
            session.give(kind, answer=answer)
    project.repo.reviews.finish(FinishRequest())


def figures(project: Project) -> AgreementFigures:
    found = project.repo.agreements.figures()
    assert found is not None
    return found


def test_records_that_reviewers_decide_differently_are_open(two: Project) -> None:
    review(two, ("李雷", "accept", "安"), ("韩梅梅", "accept", "本"))
    assert (figures(two).most_open.decided, figures(two).disagreement) == (0, 0.3)


def test_records_that_were_only_rejected_are_open(two: Project) -> None:
    review(two, ("李雷", "reject", None))
    assert (figures(two).most_open.decided, figures(two).disagreement) == (0, 0.3)


def test_what_two_reviewers_decide_alike_is_decided(two: Project) -> None:
    review(two, ("李雷", "accept", "安"), ("韩梅梅", "accept", "安"))
    assert (figures(two).most_open.decided, figures(two).disagreement) == (3, 0.0)


def test_of_two_fields_the_decided_one_does_not_hide_the_other(two: Project) -> None:
    keep(two, "t", "topic")
    review(two, ("李雷", "accept", "安"))
    found = figures(two)
    assert (found.least_agreed.field, found.agreement) == ("label", 0.7), "deciding betters no agreement"
    assert (found.most_open.field, found.most_open.open, found.disagreement) == ("topic", 2, 0.2)


def test_a_newer_agreement_of_another_field_hides_nothing(two: Project) -> None:
    keep(two, "d", "label")
    two.save("qa.jsonl", two.read("qa.jsonl") + lines({"q": "新", "label": "甲", "topic": "天"}))
    keep(two, "t", "topic", on="qa@v1.1", sides=("qa@v1.1", "qa@v1.0"))
    found = figures(two)
    assert (found.least_agreed.name, found.agreement, found.disagreement) == ("d", 0.7, 0.3)
    keep(two, "d-2", "label", on="qa@v1.1", sides=("qa@v1.1", "qa@v1.0"))
    assert (figures(two).agreement, figures(two).disagreement) == (1.0, 0.0), "a newer one of the field takes its place"


def test_the_report_names_the_field_of_each_figure(two: Project) -> None:
    from dsvc.repository.gating import measured
    from dsvc.validators.gates import GateSettings

    keep(two, "t", "topic")
    review(two, ("李雷", "accept", "安"))
    told = measured(GateSettings(), two.repo.snapshot("qa@HEAD"), None, None, None, annotated=figures(two)).details
    assert told["agreement"] == "7 of 10 in 'label'"
    assert told["disagreement"] == "2 of 10 in 'topic'"


ESCAPE = "\x1b[2J"
NAME = "0" * 32


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"disagreed": [f"zz{ESCAPE}"]}, "disagreed"),
        ({"disagreed": [f"{NAME}#01"]}, "disagreed"),
        ({"name": "../../../qa"}, "says that it is the agreement '../../../qa'"),
        ({"agreed": 12}, "12 of 10 of 10 records agreed on"),
        ({"compared": -1}, "compared"),
        ({"disagreed": [NAME, f"{NAME}#2", f"{NAME}#3", f"{NAME}#4"]}, "7 of 10 of 10 records agreed on, 4 not"),
    ],
)
def test_a_file_from_git_that_was_tampered_with_is_refused(two: Project, change: dict[str, Any], told: str) -> None:
    keep(two, "d", "label")
    path = ".dsvc/qa/agreements/d.json"
    two.write(path, json.dumps({**json.loads(two.read(path)), **change}).encode())
    two.git("commit", "-q", "-am", "changed by hand")
    with pytest.raises(CorruptError, match=re.escape(told)):
        two.repo.agreements.figures()


def test_a_hostile_field_does_not_reach_the_terminal(
    two: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(two, "d", "label")
    path = ".dsvc/qa/agreements/d.json"
    two.write(path, json.dumps({**json.loads(two.read(path)), "field": f"l\ud800{ESCAPE}"}).encode())
    two.git("commit", "-q", "-am", "changed by hand")
    monkeypatch.chdir(two.root)
    assert run(("validate", "qa@HEAD", "--gate")) in (0, 1)
    told = capsys.readouterr()
    assert "7 of 10" in told.out
    assert "\x1b" not in told.out + told.err
