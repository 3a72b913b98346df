"""The process behind one browser tab."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

from textual_serve.app_service import AppService

PATIENCE: Final = 10.0
"""Seconds that a process has for what it is about, before it is killed."""


class Tab(AppService):
    """Runs a terminal UI for a tab; closes the tab when it ends, and ends it when the tab closes."""

    async def run(self) -> None:
        """Hand its screen to the browser until it ends, also when it ends with an error."""
        await super().run()
        await self.remote_close()

    async def stop(self) -> None:
        """Ask it to quit, then see to it that it does."""
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(super().stop(), PATIENCE)
        if (process := self._process) is None:
            return
        try:
            await asyncio.wait_for(process.communicate(), PATIENCE)  # reads on, lest it waits for a reader
        except asyncio.TimeoutError:
            process.kill()
            await process.wait()
