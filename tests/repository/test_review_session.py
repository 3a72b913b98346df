"""A reviewer at a queue: whatever is said and undone, a session knows what a new one reads from disk."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from dsvc.repository.reviews.starting import request_of
from tests.repository.lab import Lab, lines

if TYPE_CHECKING:
    from dsvc.repository.reviews.session import ReviewSession

RECORDS = [{"问": f"第 {number} 个问题", "标签": "费用"} for number in range(6)]
MOVES = ("next", "previous", "left")
STEPS = st.lists(
    st.sampled_from(("accept", "reject", "edit", "skip", "undo", *MOVES)) | st.integers(1, 6), min_size=1, max_size=25
)


def take(session: ReviewSession, step: str | int) -> None:
    if isinstance(step, int):
        session.show(str(step))
    elif step == "undo":
        session.undo()
    elif step in MOVES:
        {"next": session.next, "previous": session.previous, "left": session.next_left}[step]()
    elif session.current is not None:
        corrected = session.current.content.replace("费用".encode(), "贷款".encode()) if step == "edit" else None
        session.give(step, corrected=corrected)  # type: ignore[arg-type]


def picture(session: ReviewSession) -> dict[str, object]:
    """What a session knows, counted anew from the verdict of each record."""
    verdicts = [session.item(at).verdict for at in range(6)]
    kinds = [verdict.verdict if verdict is not None else None for verdict in verdicts]
    judged = [kind for kind in kinds if kind in ("accept", "reject", "edit")]
    progress, accuracy = session.progress, session.accuracy()
    assert (progress.judged, progress.skipped, progress.left) == (len(judged), kinds.count("skip"), kinds.count(None))
    assert (accuracy.right, accuracy.judged) == (kinds.count("accept"), len(judged))
    return {"verdicts": verdicts}


def left_after(session: ReviewSession, at: int) -> int | None:
    """The next record without a verdict behind a place, by looking at each; put off ones when there is no other."""
    order = [*range(at + 1, 6), *range(at + 1)]
    verdicts = {place: session.item(place).verdict for place in order}
    fresh = [place for place in order if verdicts[place] is None]
    put_off = [place for place in order if (v := verdicts[place]) is not None and v.verdict == "skip"]
    return next(iter((*fresh, *put_off)), None)


@settings(max_examples=40)
@given(STEPS)
def test_a_session_knows_what_lies_on_disk(steps: list[str | int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        lab = Lab.over("memory", Path(folder) / "work")
        lab.save(lines(*RECORDS))
        lab.repo.reviews.start("medical@HEAD", request_of("全部", sample="100%"))
        session = lab.repo.reviews.open("全部", reviewer="审核员")
        for step in steps:
            at = session.current.number - 1 if session.current is not None else None
            take(session, step)
            if step in ("accept", "reject", "edit", "skip") and at is not None:
                wanted = left_after(session, at)
                assert (session.current.number - 1 if session.current is not None else None) == wanted
            again = lab.repo.reviews.open("全部", reviewer="审核员")
            assert picture(again) == picture(session)
