"""The error boundary: what goes wrong in a screen or a widget is told, and the app lives on."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.message_pump import MessagePump

if TYPE_CHECKING:
    from textual.message import Message

    from dsvc_tui.app import DsvcApp


class Guarded(MessagePump):
    """Goes on after an error in one of its handlers; Textual would stop it there, and the app with it."""

    async def _dispatch_message(self, message: Message) -> None:
        try:
            await super()._dispatch_message(message)
        except Exception as error:
            cast("DsvcApp", self.app).report(error)
