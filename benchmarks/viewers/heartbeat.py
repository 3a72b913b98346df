"""``dsvc tui`` with a heart that beats in its event loop, and writes down how late each beat was.

    python -m benchmarks.viewers.heartbeat LOG FILE|REVISION

A line of the log: seconds late, and what the screen was at (``reading``, ``searching``, ``filtering``, ``idle`` …).
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dsvc.cli import main
from dsvc_tui.app import DsvcApp

if TYPE_CHECKING:
    from typing import TextIO

EVERY: Final = 0.005


def _at(app: DsvcApp) -> str:
    source = getattr(app.screen, "source", None)
    if source is not None and not source.complete:
        return "reading"
    return str(getattr(app.screen, "at_work", "")).partition(" ")[0] or "idle"


async def _beat(app: DsvcApp, log: TextIO) -> None:
    while True:
        due = time.perf_counter() + EVERY
        await asyncio.sleep(EVERY)
        log.write(f"{time.perf_counter() - due:.6f} {_at(app)}\n")


def _begin(log: TextIO) -> None:
    beats: list[asyncio.Task[None]] = []

    def on_ready(app: DsvcApp) -> None:
        beats.append(asyncio.create_task(_beat(app, log)))

    DsvcApp.on_ready = on_ready  # type: ignore[attr-defined]


if __name__ == "__main__":
    _, where, *rest = sys.argv
    with Path(where).open("w", buffering=1, encoding="ascii") as file:
        _begin(file)
        sys.argv = ["dsvc", "tui", *rest]
        main()
