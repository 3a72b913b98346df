"""Nobody is right at once: what a review corrected can be corrected again, in it or in a second one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from dsvc.origin import Annotator
from dsvc.repository.reviews.finish import FinishRequest
from dsvc.repository.reviews.starting import request_of
from tests.stories.project import Project, lines

if TYPE_CHECKING:
    from dsvc.repository.reviews.session import ReviewSession

RECORDS = [{"question": f"逾期{number}天怎么办?", "answer": f"第{number}种"} for number in range(6)]
EQUAL = {"question": "同一个问题", "answer": "同一个答案"}


@pytest.fixture
def bank(project: Project) -> Project:
    project.save("data/bank.jsonl", lines(EQUAL, *RECORDS, EQUAL), annotators=(Annotator("a1"),))
    project.repo.reviews.start("bank@HEAD", request_of("check-1", sample="100%"))
    return project


def session(project: Project, name: str = "check-1", reviewer: str = "李雷") -> ReviewSession:
    return project.repo.reviews.open(name, reviewer=reviewer)


def correct(project: Project, record: str, answer: str, name: str = "check-1", reviewer: str = "李雷") -> None:
    at = session(project, name, reviewer)
    item = at.show(record)
    at.give("edit", corrected=json.dumps({**json.loads(item.content), "answer": answer}, ensure_ascii=False).encode())


def answers(project: Project) -> list[str]:
    return [json.loads(line)["answer"] for line in project.read("data/bank.jsonl").splitlines()]


def finish(project: Project, name: str = "check-1", *, partial: bool = True) -> tuple[int, tuple[tuple[str, str], ...]]:
    done = project.repo.reviews.finish(FinishRequest(name=name, partial=partial))
    return done.changed, done.conflicts


def test_a_reopened_verdict_corrects_again(bank: Project) -> None:
    correct(bank, "2", "先还款")
    assert finish(bank) == (1, ())
    correct(bank, "2", "先联系银行")
    assert finish(bank) == (1, ())
    assert answers(bank)[1] == "先联系银行"
    correct(bank, "2", "先还款")
    assert finish(bank) == (1, ()), "also back to what it was corrected to at first"
    assert answers(bank)[1] == "先还款"
    assert bank.repo.version("bank@HEAD").number == "v1.3"
    assert not bank.repo.status("bank")[0].changed


def test_an_accept_brings_back_what_was_looked_at(bank: Project) -> None:
    before = bank.read("data/bank.jsonl")
    correct(bank, "2", "先还款")
    finish(bank)
    at = session(bank)
    at.show("2")
    at.give("accept", comment="it was right after all")
    assert finish(bank) == (1, ())
    assert bank.read("data/bank.jsonl") == before


def test_of_equal_records_the_one_that_was_corrected_is_corrected_again(bank: Project) -> None:
    correct(bank, "8", "一")
    finish(bank)
    correct(bank, "8", "二")
    assert finish(bank) == (1, ())
    assert (answers(bank)[0], answers(bank)[7]) == ("同一个答案", "二")


def test_what_somebody_else_edited_since_stays(bank: Project) -> None:
    correct(bank, "2", "先还款")
    finish(bank)
    bank.save("data/bank.jsonl", bank.read("data/bank.jsonl").replace("先还款".encode(), "别急".encode()), source=None)
    correct(bank, "2", "先联系银行")
    changed, conflicts = finish(bank)
    assert (changed, len(conflicts)) == (0, 1)
    assert answers(bank)[1] == "别急"


def test_a_second_person_who_says_otherwise_changes_nothing(bank: Project) -> None:
    correct(bank, "2", "先还款")
    finish(bank)
    correct(bank, "2", "先联系银行", reviewer="韩梅")
    changed, conflicts = finish(bank)
    assert (changed, answers(bank)[1]) == (0, "先还款")
    assert "correct it in different ways" in conflicts[0][1]
    correct(bank, "2", "先联系银行")
    assert finish(bank) == (1, ()), "once the first one has come round"
    assert answers(bank)[1] == "先联系银行"


def test_a_second_review_corrects_the_correction(bank: Project) -> None:
    correct(bank, "2", "先还款")
    finish(bank)
    bank.repo.reviews.start("bank@HEAD", request_of("check-2", changed_since="v1.0"))
    assert len(session(bank, "check-2").review.records) == 1
    correct(bank, "1", "先联系银行", "check-2", "韩梅")
    assert finish(bank, "check-2", partial=False) == (1, ())
    assert answers(bank)[1] == "先联系银行"
    changed, conflicts = finish_again(bank)
    assert (changed, conflicts) == (0, ()), "the first review has nothing more to say of it"


def finish_again(project: Project) -> tuple[int, tuple[tuple[str, str], ...]]:
    """Another record of the first review gets its verdict."""
    at = session(project)
    at.show("3")
    at.give("accept")
    return finish(project)


def test_each_correction_is_undone_by_itself(bank: Project) -> None:
    correct(bank, "2", "先还款")
    finish(bank)
    correct(bank, "2", "先联系银行")
    finish(bank)
    bank.repo.undo()
    assert answers(bank)[1] == "先还款"
    assert finish(bank) == (1, ()), "the verdict stays, and is made again"
    assert answers(bank)[1] == "先联系银行"
