"""Two people share a queue: each in a clone of their own, together looking at every record."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dsvc.errors import ProtectedError, UsageError
from dsvc.origin import Annotator
from dsvc.repository.reviews.finish import FinishRequest
from dsvc.repository.reviews.starting import request_of
from tests.stories.project import Project, lines

if TYPE_CHECKING:
    from pathlib import Path

RECORDS = [{"question": f"逾期{number}天怎么办?", "label": "费用"} for number in range(40)]


@pytest.fixture
def bank(project: Project) -> Project:
    project.save("data/bank.jsonl", lines(*RECORDS), annotators=(Annotator("a1"),))
    request = request_of("check-1", sample="20", reviewers=["anna", "本"], overlap=0.2)
    project.repo.reviews.start("bank@HEAD", request)
    return project


def look_at_all(project: Project, reviewer: str, wrong: int = 0) -> set[str]:
    session = project.repo.reviews.open("check-1", reviewer=reviewer)
    seen = set()
    while session.current is not None:
        seen.add(session.current.record)
        session.give("reject" if len(seen) <= wrong else "accept")
    return seen


def test_two_clones_look_at_every_record_between_them(bank: Project, tmp_path: Path) -> None:
    bank.remote(tmp_path / "remote")
    bank.dvc("push", "-q")
    other = bank.copy(tmp_path / "other")
    other.dvc("pull", "-q")
    one = look_at_all(bank, "anna")
    two = look_at_all(other, "本")
    assert (len(one), len(two), len(one & two), len(one | two)) == (12, 12, 4, 20)
    done = bank.repo.reviews.finish(FinishRequest())
    assert done.notes[-1].startswith("the share of '本' has 12 records without a verdict")
    assert bank.repo.reviews.figures("bank@HEAD").accuracy.judged == 0, "half a sample says nothing"
    other.repo.reviews.finish(FinishRequest())
    bank.git("pull", "-q", "--no-rebase", "--no-edit", str(other.root))
    figures = bank.repo.reviews.figures("bank@HEAD")
    assert (figures.checked, figures.accuracy.judged) == (20, 20)
    status = bank.repo.reviews.status("check-1")
    assert status.in_common is not None
    assert (status.in_common.records, status.in_common.compared, status.in_common.agreed) == (4, 4, 4)


def test_progress_of_each_share(bank: Project) -> None:
    look_at_all(bank, "Anna")
    status = bank.repo.reviews.status("check-1")
    told = {each.reviewer.name.casefold(): (each.records, each.left, each.has_share) for each in status.reviewers}
    assert told == {"anna": (12, 0, True), "本": (12, 12, True)}
    assert status.in_common is not None
    assert (status.in_common.compared, status.in_common.kappa) == (0, None)


def test_what_all_look_at_tells_how_far_they_agree(bank: Project) -> None:
    look_at_all(bank, "anna")
    session = bank.repo.reviews.open("check-1", reviewer="本")
    common = session.review.in_common()
    while session.current is not None:
        session.give("reject" if session.current.record in common and session.progress.judged % 2 else "accept")
    found = bank.repo.reviews.status("check-1").in_common
    assert found is not None
    assert found.compared == 4
    assert found.agreed < 4
    assert found.kappa == 0.0, "one of them says the same of all"


def test_finish_waits_for_the_own_share_and_for_what_both_look_at(bank: Project) -> None:
    session = bank.repo.reviews.open("check-1", reviewer="anna")
    first = session.current
    assert first is not None
    session.give("accept")
    with pytest.raises(ProtectedError, match="11 of the 20 records"):
        bank.repo.reviews.finish(FinishRequest())
    common = session.review.in_common()
    third = bank.repo.reviews.open("check-1", reviewer="第三个人")
    assert (third.share, third.progress.records) == (None, 20), "who has no share sees all"
    while third.current is not None:
        third.give("accept")
    with pytest.raises(ProtectedError, match="have no verdict yet"):
        bank.repo.reviews.finish(FinishRequest())
    assert bank.repo.reviews.waiting("check-1") == 4 - (first.record in common)


def test_an_overlap_without_reviewers(bank: Project) -> None:
    with pytest.raises(UsageError, match="who looks at the overlap"):
        bank.repo.reviews.start("bank@HEAD", request_of("x", overlap=0.5))


def test_the_file_of_a_review_that_is_not_shared_is_as_it_was(bank: Project) -> None:
    bank.repo.reviews.start("bank@HEAD", request_of("alone", sample="3"))
    assert b"shared" not in bank.read(".dsvc/data/bank/reviews/alone.json")
    assert '"overlap": 0.2' in bank.read(".dsvc/data/bank/reviews/check-1.json").decode()
