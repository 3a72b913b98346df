"""Two keys, one after the other, as one: ``]v``. The first one may do something alone, a moment later.

Both keys must be keys of actions of the screen: only those come by here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc_tui.actions import actions_of

if TYPE_CHECKING:
    from textual.timer import Timer

    from dsvc_tui.action import Action
    from dsvc_tui.screens.base import BaseScreen

WAIT: Final = 0.5
"""Seconds that a first key waits for a second one."""


class KeySequence:
    """What was begun on a screen. :meth:`take` is told each action whose key was pressed."""

    def __init__(self, screen: BaseScreen) -> None:
        self._screen = screen
        self._first: Action | None = None
        self._timer: Timer | None = None

    @property
    def waits(self) -> bool:
        """Whether a first key waits for a second one."""
        return self._first is not None

    def take(self, action: Action) -> list[Action]:
        """What is to be done now that the key of ``action`` was pressed: nothing yet, it, or what both keys mean."""
        first = self._give_up()
        if first is not None and (both := self._sequence(first, action)) is not None:
            return [both]
        before = [first] if first is not None else []
        if any(self._sequence(action, other) for other in actions_of(self._screen.NAME)):
            self._first = action
            self._timer = self._screen.set_timer(WAIT, self._alone)
            return before
        return [*before, action]

    async def _alone(self) -> None:
        first = self._give_up()
        if first is not None and self._screen.is_mounted:
            await self._screen.perform(first)

    def _give_up(self) -> Action | None:
        first, self._first = self._first, None
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        return first

    def _sequence(self, first: Action, second: Action) -> Action | None:
        keys_of = self._screen.tui.keys_of
        pairs = {f"{one} {two}" for one in keys_of(first) for two in keys_of(second)}
        return next((each for each in actions_of(self._screen.NAME) if pairs & {*keys_of(each)}), None)
