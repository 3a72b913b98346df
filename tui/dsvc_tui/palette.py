"""The command palette: every action of the screen below, with its key and its command line."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

from textual.command import DiscoveryHit, Hit, Provider
from textual.content import Content

from dsvc_tui.actions import key_name

if TYPE_CHECKING:
    from textual.command import Hits

    from dsvc_tui.actions import Action
    from dsvc_tui.app import DsvcApp
    from dsvc_tui.screens.base import BaseScreen


class ActionPalette(Provider):
    """Finds actions by their label and by what they do."""

    async def discover(self) -> Hits:
        """All actions."""
        for action in self._actions():
            text = _text(action)
            yield DiscoveryHit(Content(text), partial(self._do, action), text=text, help=self._note(action))

    async def search(self, query: str) -> Hits:
        """The actions that a query fits."""
        matcher = self.matcher(query)
        for action in self._actions():
            text = _text(action)
            if (score := matcher.match(text)) > 0:
                yield Hit(score, Content(text), partial(self._do, action), text=text, help=self._note(action))

    @property
    def _below(self) -> BaseScreen:
        return cast("BaseScreen", self.screen)

    def _actions(self) -> list[Action]:
        return cast("DsvcApp", self.app).actions_on(self._below)

    def _note(self, action: Action) -> str:
        keys = " ".join(map(key_name, cast("DsvcApp", self.app).keys_of(action)))
        reason = self._below.why_not(action)
        if reason is not None:
            return f"{keys} · not now: {reason}"
        command = self._below.command_line(action)
        return f"{keys} · {command}" if command else keys

    async def _do(self, action: Action) -> None:
        await self._below.perform(action)


def _text(action: Action) -> str:
    return f"{action.label}: {action.help}"
