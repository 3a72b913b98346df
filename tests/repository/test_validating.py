"""Findings of stored lines are used again, with the places that the lines have now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsvc.validators.selection import Selection
from tests.stories.project import Project, lines

if TYPE_CHECKING:
    from pathlib import Path

    from dsvc.validators.comparison import Compared

RULES = "[[rule]]\nid = 'apology'\nfield = 'a'\npattern = 'Sorry'\n"


def test_known_findings_move_with_their_lines(tmp_path: Path) -> None:
    """A finding in the first line that a version takes from a pack stands nowhere but at its start."""
    project = Project.start(tmp_path / "work")
    project.commit("rules", {"rules.toml": RULES, "dsvc.toml": "[validate]\npatterns = ['rules.toml']\n"})
    bad = [{"a": f"Sorry {n}"} for n in range(3)]
    good = [{"a": f"fine {n}"} for n in range(3)]
    orders = [[*bad, *good], [*good, *bad], [good[0], bad[2], bad[0], good[1]], [bad[1]]]
    for order in orders:
        project.save("data/x.jsonl", lines(*order))
    for _ in range(2):  # the second time all is known
        for number, order in enumerate(orders):
            found = [finding.place.row for finding in project.repo.validate(f"x@v1.{number}") if finding.place]
            assert found == [row for row, record in enumerate(order, 1) if record in bad]


def test_a_rule_that_was_edited_is_another_one(tmp_path: Path) -> None:
    project = Project.start(tmp_path / "work")
    project.commit("rules", {"rules.toml": RULES, "dsvc.toml": "[validate]\npatterns = ['rules.toml']\n"})
    project.save("data/x.jsonl", lines({"a": "Sorry"}, {"a": "Pardon"}))
    assert [f.place.row for f in project.repo.validate("x@v1.0") if f.place] == [1]
    project.write("rules.toml", RULES.replace("Sorry", "Pardon"))
    assert [f.place.row for f in project.repo.validate("x@v1.0") if f.place] == [2], "also in the same process"


def test_media_are_looked_for_beside_the_dataset_as_they_are_now(tmp_path: Path) -> None:
    """Whether a file is there is no property of a stored line: it is looked for each time, in a version's place too."""
    project = Project.start(tmp_path / "work")
    project.commit("rules", {"dsvc.toml": "[validate]\nalso = ['media-missing']\n"})
    record = {"instruction": "<image>?", "input": "", "output": "a"}
    project.save("data/x.jsonl", lines({**record, "images": ["a.png"]}, {**record, "images": ["b.png"]}))
    for revision in ("x@v1.0", "x", "data/x.jsonl"):
        project.write("data/a.png", "a picture")
        found = [f.place.row for f in project.repo.validate(revision) if f.rule == "media-missing" and f.place]
        assert found == [2], revision
        (project.root / "data" / "a.png").unlink()
        found = [f.place.row for f in project.repo.validate(revision) if f.rule == "media-missing" and f.place]
        assert found == [1, 2], revision


def test_media_of_a_folder_that_is_no_dataset_are_looked_for_beside_each_file(tmp_path: Path) -> None:
    project = Project.start(tmp_path / "work")
    project.commit("rules", {"dsvc.toml": "[validate]\nalso = ['media-missing']\n"})
    record = '{"instruction": "<image>?", "input": "", "output": "a", "images": ["%s"]}\n'
    project.write("sets/one/x.jsonl", record % "a.png" + record % "b.png")
    project.write("sets/one/a.png", "a picture")
    for path in ("sets/one", "sets/one/x.jsonl"):
        found = [f.place.row for f in project.repo.validate(path) if f.rule == "media-missing" and f.place]
        assert found == [2], path


def _told(found: Compared) -> list[tuple[str, str, int]]:
    sides = (("+", found.introduced), ("-", found.solved))
    return [(side, each.rule, each.place.row) for side, part in sides for each in part if each.place]


def test_a_label_that_changed_while_its_text_did_not_is_told(tmp_path: Path) -> None:
    project = Project.start(tmp_path / "work")
    kept = [{"text": f"第{n}个问题：账单什么时候出？", "label": "billing"} for n in range(5)]
    project.save(
        "data/x.jsonl", lines(*kept, {"text": "逾期怎么办？", "label": "overdue"}, {"text": "停卡", "label": "a"})
    )
    new = [{"text": "逾期怎么办？", "label": "billing"}, {"text": "新的", "label": "a"}, {"text": "停卡", "label": "b"}]
    project.save("data/x.jsonl", lines(new[0], *kept, *new[1:]))
    for whole in (True, False):
        found = project.repo.compare_findings(
            "x@v1.0", "x@v1.1", Selection(only=("label-drift",)), whole=whole
        ).compare()
        assert _told(found) == [("+", "label-drift", 1), ("+", "label-drift", 8)]
        told = found.introduced[0]
        assert told.message == "'label' is 'billing', in x@v1.0 it was 'overdue' for the same text"
        assert (told.severity, told.path) == ("warning", "label")
    back = project.repo.compare_findings("x@v1.0", "x@v1.0", Selection(only=("label-drift",))).compare()
    assert _told(back) == []
    assert [each for each in project.repo.validate("x@v1.1") if each.rule == "label-drift"] == []


def test_what_an_edited_record_still_has_is_neither_introduced_nor_solved(tmp_path: Path) -> None:
    project = Project.start(tmp_path / "work")
    project.commit("rules", {"rules.toml": RULES, "dsvc.toml": "[validate]\npatterns = ['rules.toml']\n"})
    question = "一个很长的问题：信用卡逾期九十天以上应该怎么处理才好？"
    texts = ["Sorry, wait a moment and ask again", "Sorry, we are closed on this day", "All of it is well and good"]
    project.save("data/x.jsonl", lines(*({"q": f"{question}{n}", "a": text} for n, text in enumerate(texts))))
    texts = [
        "Sorry, wait a moment and ask us again",
        "Well, we are closed on this day",
        "Sorry all of it is well and good",
    ]
    records = [{"q": f"{question}{n}", "a": text} for n, text in enumerate(texts)]
    project.save("data/x.jsonl", lines({"q": "neu", "a": "x"}, *records))
    for whole in (True, False):
        found = project.repo.compare_findings("x@v1.0", "x@v1.1", Selection(only=("apology",)), whole=whole).compare()
        assert _told(found) == [("+", "apology", 4), ("-", "apology", 2)]


def test_findings_in_half_of_a_surrogate_pair_are_told_each_time(tmp_path: Path) -> None:
    project = Project.start(tmp_path / "work")
    project.save("data/x.jsonl", b'{"\\ud800k": "", "text": "x"}\n' * 2, allow_findings="as it came")
    first = [finding.message for finding in project.repo.validate("x@v1.0")]
    assert first
    assert [finding.message for finding in project.repo.validate("x@v1.0")] == first
