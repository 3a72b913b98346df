"""Undo: states what would be taken back, asks, and does it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsvc.errors import NotFoundError
from dsvc_tui.messages import Done
from dsvc_tui.widgets.dialogs import Confirm

if TYPE_CHECKING:
    from dsvc.repository.results import Operation, Outcome
    from dsvc_tui.screens.base import BaseScreen


def ask(screen: BaseScreen) -> None:
    """Ask whether the last operation shall be taken back."""
    screen.in_background(lambda: _last(screen), lambda operation: _ask(screen, operation), group="undo")


def _last(screen: BaseScreen) -> Operation:
    for operation in screen.session.repository.operations():
        if not operation.undone and not operation.passed_over:
            if operation.obstacle is not None:
                raise NotFoundError(
                    f"'{operation.verb}' cannot be taken back: {operation.obstacle}", hint=operation.hint
                )
            return operation
    raise NotFoundError("nothing was done here that can be taken back")


def _ask(screen: BaseScreen, operation: Operation) -> None:
    when = operation.at.strftime("%Y-%m-%d %H:%M")
    statement = [("", f"This takes back '{operation.verb}' of {when}:\n"), ("strong", operation.summary)]
    dialog = Confirm("Undo", statement, asked_with=screen.asking_key("app.undo"), verb="take it back")
    screen.app.push_screen(dialog, lambda agreed: _undo(screen) if agreed else None)


def _undo(screen: BaseScreen) -> None:
    app, session = screen.app, screen.session

    def told(outcome: Outcome) -> None:
        app.post_message(Done(outcome, undoable=False))

    screen.change(lambda: session.repository.undo(), told)
