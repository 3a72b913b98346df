"""Keys are taken one after the other: each goes to what has the cursor once the key before it has done its work.

Textual hands a key to what has the cursor and takes the next one at once; a key that nothing there wants comes back to
the app behind all that were pressed meanwhile. Of keys that arrive in one piece, as over a slow line, letters behind a
Tab or Enter so land in the field before, and those behind a Backspace are what it takes away.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from textual import events
from textual.app import App

if TYPE_CHECKING:
    from textual.message import Message
    from textual.message_pump import MessagePump

_TURNS: Final = 50
"""Turns of the event loop that are waited for at most: a key that asks for longer work holds up no other."""


class InTurn(App[int]):
    """Waits for what a key does before the next one is taken."""

    _under_way: events.Key | None = None
    _came_back = False

    async def on_event(self, event: events.Event) -> None:
        """Hand a key on, and wait until it was used, or came back: then it is the app's."""
        if not isinstance(event, events.Key) or event.is_forwarded:
            await super().on_event(event)
            return
        by = self.focused or self.screen
        self._under_way, self._came_back = event, False
        try:
            await super().on_event(event)
            await self._settled(by)
        finally:
            self._under_way = None
        if self._came_back:
            await super().on_event(event)
            await self._settled(by)

    def post_message(self, message: Message) -> bool:
        """Take a message; the key that is waited for is not put behind the others."""
        if message is self._under_way and message.is_forwarded:
            self._came_back = True
            return True
        return super().post_message(message)

    async def _settled(self, by: MessagePump) -> None:
        """Wait until a widget, and all that it lies in, have handled what was handed to them; at most a few turns."""
        for _ in range(_TURNS):
            here = self.focused or self.screen
            pumps = {node for end in (by, here) for node in _up(end)}
            if (self._came_back and self._under_way is not None) or not any(pump.message_queue_size for pump in pumps):
                return
            await asyncio.sleep(0)


def _up(node: MessagePump | None) -> list[MessagePump]:
    """A widget and all that it lies in, without the app."""
    found: list[MessagePump] = []
    while node is not None and not isinstance(node, App):
        found.append(node)
        node = node._parent
    return found
