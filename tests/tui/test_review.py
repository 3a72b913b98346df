"""Review: one key is a verdict and the next record, nothing is lost, and what is typed stays where it was typed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from dsvc.origin import Annotator
from dsvc.repository.reviews.starting import ReviewRequest
from dsvc.reviewing.queue import Answer
from dsvc.sampling.rule import Rule
from tests.repository.lab import Lab, lines
from tests.tui.conftest import repository

if TYPE_CHECKING:
    from pathlib import Path

    from dsvc.repository.reviews.session import ReviewSession
    from tests.tui.conftest import Start

RECORDS = [
    {"instruction": f"逾期{number}天怎么办？", "output": f"第{number}种办法", "label": "fees"} for number in range(1, 7)
]


@pytest.fixture
def queue(tmp_path: Path) -> Path:
    """A dataset of six records, and a review of all."""
    lab = Lab.over("git", tmp_path / "work")
    lab.save(lines(*RECORDS), reason="first version", source="bank manual 2025")
    lab.repo.reviews.start("medical@HEAD", ReviewRequest(name="check-1", rule=Rule(size="100%"), guidelines="核对天数"))
    return lab.root


def session(folder: Path) -> ReviewSession:
    return repository(folder).reviews.open("check-1")


@pytest.mark.triggers("screen.review", "review.accept", "review.reject", "review.put_off", "review.left")
async def test_a_key_for_each_verdict(start: Start, queue: Path) -> None:
    async with start(queue, "home") as desk:
        await desk.press("0")
        assert "check-1  medical@v1.0  1 of 6" in desk.rows()[0]
        assert "核对天数" in desk.text
        assert "逾期1天怎么办" in desk.text
        await desk.press("a")
        assert session(queue).progress.judged == 1, "on disk before the next record shows"
        assert "逾期2天怎么办" in desk.text
        await desk.press("r", "s", "n")
        assert "逾期5天怎么办" in desk.text
        assert "2 of 6 records  3 left, 1 put off  50% right so far, in file order" in desk.text
        await desk.press("a", "a", "a")
        assert "逾期3天怎么办" in desk.text, "what was put off comes last"
        await desk.press("a")
        assert "every record has a verdict" in desk.text
        await desk.press("a")
        assert desk.toasts[-1] == "right: every record has a verdict"
        assert "6 of 6 records  0 left  83% right (44" in desk.text


@pytest.mark.triggers("review.comment")
async def test_enter_in_a_comment_is_no_verdict(start: Start, queue: Path) -> None:
    async with start(queue, "review", "medical") as desk:
        await desk.press("c")
        await desk.type("ar")
        await desk.press("enter")
        assert session(queue).progress.judged == 0
        assert "comment: ar" in desk.text
        await desk.press("r")
        assert session(queue).item(0).verdict.comment == "ar"  # type: ignore[union-attr]
        assert "comment:" not in desk.text


@pytest.mark.triggers("review.edit", "review.finish")
async def test_a_correction_becomes_a_version(start: Start, queue: Path) -> None:
    async with start(queue, "review", "medical") as desk:
        await desk.press("e")
        assert "Correct the record of row 1" in desk.text
        area = desk.app.screen.query_one("SafeTextArea")
        area.text = json.dumps({**RECORDS[0], "output": "还款"}, ensure_ascii=False, indent=2)  # type: ignore[attr-defined]
        await desk.press("ctrl+s")
        assert "2 of 6" in desk.rows()[0]
        await desk.press("F")
        assert "5 records have no verdict yet" in desk.text
        await desk.press("down", "enter")
        assert "1 verdict of" in desk.text
        await desk.press("y")
        assert "v1.1 was added" in desk.toasts[-1]
    found = repository(queue).snapshot("medical@HEAD").record(1)
    assert json.loads(found.content)["output"] == "还款"


async def test_a_correction_with_an_error_asks_why_it_may_stay(start: Start, queue: Path) -> None:
    async with start(queue, "review", "medical") as desk:
        await desk.press("e")
        area = desk.app.screen.query_one("SafeTextArea")
        area.text = json.dumps({**RECORDS[0], "output": ""}, ensure_ascii=False, indent=2)  # type: ignore[attr-defined]
        await desk.press("ctrl+s", "F", "down", "enter", "y")
        assert "1 new line has an error: 'data/medical.jsonl:1'" in desk.text
        await desk.press("enter")
        assert desk.toasts[-1] == "not finished: nothing was committed"
        assert repository(queue).version("HEAD").number == "v1.0"
        await desk.press("F", "down", "enter", "y")
        await desk.type("答案要重写")
        await desk.press("enter")
        assert "v1.1 was added" in desk.toasts[-1]
    made = repository(queue).manifest("HEAD")
    assert made is not None
    assert made.validation is not None
    assert made.validation["allowed"] == "答案要重写"


async def test_a_whole_review_is_finished_as_one(start: Start, queue: Path) -> None:
    async with start(queue, "review", "medical") as desk:
        await desk.press("a", "F")
        await desk.press("enter")
        assert "2 of 6" in desk.rows()[0], "the first choice goes on"
        await desk.press(*"aaaaa", "F")
        assert "no verdict yet" not in desk.text
        assert "6 verdicts of" in desk.text
        await desk.press("y")
    assert repository(queue).reviews.list("medical")[0].finished


async def test_a_share_of_a_review(start: Start, queue: Path) -> None:
    who = (session(queue).reviewer, Annotator("本"))
    request = ReviewRequest(name="two", rule=Rule(size="100%"), reviewers=who)
    repository(queue).reviews.start("medical@HEAD", request)
    mine = repository(queue).reviews.open("two").share
    assert mine is not None
    async with start(queue, "review", "medical") as desk:
        await desk.press("down", "enter")
        assert "0 of 3 records of your share" in desk.text
        await desk.press("right", "right", "right")
        assert "this is the last record" in desk.toasts
        await desk.press("n", "a", "a", "a")
        assert "every record has a verdict" in desk.text
        await desk.press("F", "y")
        assert "the share of '本' has 3 records" in desk.toasts[-1]


@pytest.mark.triggers("review.take_back", "review.next", "review.previous", "review.view")
async def test_back_and_forth(start: Start, queue: Path) -> None:
    async with start(queue, "review", "medical") as desk:
        await desk.press("a", "a", "left")
        assert "2 of 6" in desk.rows()[0]
        assert "right" in desk.rows()[1]
        await desk.press("right", "right", "right", "right", "right")
        assert "this is the last record" in desk.toasts
        await desk.press("u")
        assert "2 of 6" in desk.rows()[0]
        assert session(queue).progress.judged == 1
        await desk.press("v", "v")
        assert '"instruction"' in desk.text
        await desk.press("u", "u")
        assert "there is no verdict to take back" in desk.toasts


@pytest.mark.triggers("review.begin")
async def test_a_review_is_begun(start: Start, folder: Path) -> None:
    async with start(folder, "review", "medical") as desk:
        assert "there is no review yet: b begins one" in desk.text
        await desk.press("a")
        assert "there is no review here yet" in desk.toasts[-1]
        await desk.press("b")
        await desk.press(*["backspace"] * 3)
        await desk.type("many")
        await desk.press("enter")
        assert "'many' is not a size" in desk.text
        await desk.press(*["backspace"] * 4)
        await desk.type("2")
        await desk.press("enter")
        assert "check-1  medical@v1.1  1 of 2" in desk.rows()[0]


@pytest.mark.triggers("review.choose")
async def test_one_of_several(start: Start, queue: Path) -> None:
    repository(queue).reviews.start("medical@HEAD", ReviewRequest(name="second", rule=Rule(size="2")))
    async with start(queue, "review", "medical") as desk:
        assert "Which review" in desk.text
        await desk.press("down", "enter")
        assert "second  medical@v1.0  1 of 2" in desk.rows()[0]
        await desk.press("o", "enter")
        assert "check-1  medical@v1.0  1 of 6" in desk.rows()[0]


@pytest.mark.triggers("review.answer")
async def test_between_annotators(start: Start, queue: Path) -> None:
    snapshot = repository(queue).snapshot("medical@HEAD")
    name = str(snapshot.record(1).id)
    answers = {
        name: [
            Answer(annotator=Annotator("小明"), value="fees"),
            Answer(annotator=Annotator("[b]gpt[/b]", "model"), value="loans"),
        ]
    }
    request = ReviewRequest(name="decide", records=[name], answers=answers, fields=("label",))
    repository(queue).reviews.start("medical@HEAD", request)
    async with start(queue, "review", "medical") as desk:
        await desk.press("down", "enter")
        assert '▸ 1  小明: "fees"' in desk.text
        assert '  2  [b]gpt[/b]: "loans"' in desk.text
        await desk.press("space", "a")
        assert "every record has a verdict" in desk.text
    found = repository(queue).reviews.open("decide").item(0).verdict
    assert found is not None
    assert found.answer == "[b]gpt[/b]"


@pytest.mark.parametrize("size", [(40, 10), (80, 24), (160, 50)])
async def test_at_any_size(start: Start, queue: Path, size: tuple[int, int]) -> None:
    async with start(queue, "review", "medical", size=size) as desk:
        assert "逾期1天" in desk.text
        await desk.press("a")
        assert "逾期2天" in desk.text


async def test_of_two_reviews_of_one_name_the_one_that_is_shown_stays(start: Start, queue: Path) -> None:
    lab = Lab.over("git", queue)
    lab.save(lines({"q": 1}, {"q": 2}), "aaa.jsonl", source="hand")
    lab.repo.reviews.start("aaa@HEAD", ReviewRequest(name="check-1", rule=Rule(size="100%")))
    async with start(queue, "review") as desk:
        await desk.press("down", "enter")
        assert "check-1  medical@v1.0  1 of 6" in desk.rows()[0]
        await desk.press("f5")
        assert "check-1  medical@v1.0  1 of 6" in desk.rows()[0]
        await desk.press("question_mark")
        assert "dsvc review accept check-1 --of medical" in desk.text
