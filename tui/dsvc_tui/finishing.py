"""Finishing a review: whether with what there is, what will be committed, and what came of it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from dsvc.errors import FoundErrorsError
from dsvc.render.numbers import plural
from dsvc.repository.results import Outcome
from dsvc.repository.reviews.finish import FinishRequest
from dsvc_tui.messages import Done
from dsvc_tui.widgets.dialogs import Choose, Confirm, why_errors_may_stay

if TYPE_CHECKING:
    from dsvc.repository.reviews.finish import ReviewFinished
    from dsvc_tui.drawing import Part
    from dsvc_tui.screens.review import ReviewScreen


def ask(screen: ReviewScreen) -> None:
    """Finish the whole review; where records are left, ask whether to go on or to finish with what there is."""
    assert screen.review is not None
    reviews, review = screen.session.repository.reviews, screen.review
    look = partial(reviews.waiting, review.review.name, of=review.dataset.name)
    screen.in_background(look, partial(_ask, screen), group="finish")


def _ask(screen: ReviewScreen, left: int) -> None:
    if not screen.is_mounted or screen.review is None:
        return
    if not left:
        _confirm(screen, is_partial=False)
        return

    def chosen(index: int | None) -> None:
        if index == 0:
            _go_on(screen)
        elif index == 1:
            _confirm(screen, is_partial=True)

    choices = [("go on", "to the next one"), ("finish with what there is", "the others can be finished later")]
    has = "has" if left == 1 else "have"
    screen.app.push_screen(Choose(f"{plural(left, 'record')} {has} no verdict yet", choices), chosen)


def _go_on(screen: ReviewScreen) -> None:
    """Stay with a record that has no verdict, or go to the next one."""
    item = screen.review.current if screen.review is not None else None
    if item is None or item.verdict is not None:
        screen.act_left()


def _confirm(screen: ReviewScreen, *, is_partial: bool) -> None:
    """Say what will be committed, and ask."""
    session = screen.review
    assert session is not None
    statement: list[Part] = [
        ("strong", f"{plural(session.accuracy().judged, 'verdict')} of {session.reviewer.name}"),
        ("", f" on {session.dataset.name}@{session.review.number} will be committed, and those of others here.\n"),
        ("", "What is corrected becomes a new version, and the working file gets it.\n"),
    ]
    request = FinishRequest(name=session.review.name, target=session.dataset.name, partial=is_partial)

    def answered(answer: object) -> None:
        if answer:
            _finish(screen, request)

    dialog = Confirm("Finish the review", statement, asked_with=screen.asking_key("review.finish"), verb="commit")
    screen.app.push_screen(dialog, answered)


def _finish(screen: ReviewScreen, request: FinishRequest) -> None:
    """Finish; where corrections have errors, ask why they may stay."""

    def tried() -> ReviewFinished | FoundErrorsError:
        try:
            return screen.session.repository.reviews.finish(request)
        except FoundErrorsError as error:
            return error

    def done(found: ReviewFinished | FoundErrorsError) -> None:
        if isinstance(found, FoundErrorsError):
            _ask_why(screen, request, found)
        else:
            _finished(screen, found)

    screen.change(tried, done)


def _ask_why(screen: ReviewScreen, request: FinishRequest, found: FoundErrorsError) -> None:
    def answered(why: str | None) -> None:
        if why and why.strip():
            _finish(screen, replace(request, allow_findings=why.strip()))
        else:
            screen.notify("not finished: nothing was committed", markup=False)

    screen.app.push_screen(why_errors_may_stay(found), answered)


def _finished(screen: ReviewScreen, done: ReviewFinished) -> None:
    number = done.committed.manifest.number if done.committed is not None else None
    outcome = Outcome(
        verb="review finish",
        dataset=done.dataset,
        file=f"{plural(done.changed, 'record')} corrected" if done.changed else "no record was corrected",
        history=f"{number} was added" if number is not None else "unchanged",
        head="",
        notes=(*(f"not changed: {record[:8]}: {why}" for record, why in done.conflicts[:5]), *done.notes),
    )
    screen.post_message(Done(outcome))
