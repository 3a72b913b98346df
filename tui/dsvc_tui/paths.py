"""Paths that could be meant: to complete what is typed, and to choose from."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from textual.suggester import Suggester

from dsvc.render.safe_text import safe

_MOST = 2000
"""Entries of a folder that are looked at."""


class PathSuggester(Suggester):
    """Completes a path by the first entry of its folder that fits, folders with a ``/``."""

    def __init__(self, folder: Path) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._folder = folder

    async def get_suggestion(self, value: str) -> str | None:
        """The path with its name completed; None when nothing fits."""
        if not value or "://" in value:
            return None
        before, name = _cut(value)
        found = await asyncio.to_thread(entries, self._folder, before)
        return next((before + entry for entry in found if entry.startswith(name) and entry != name), None)


def entries(folder: Path, typed: str) -> list[str]:
    """The names in the folder that is typed so far, folders first and with a ``/``; hidden ones left out.

    Names that cannot be shown as they are are left out, too: a field could not hold them.
    """
    place = folder / expanded(_cut(typed)[0])
    try:
        with os.scandir(place) as found:
            named = [
                (not entry.is_dir(), entry.name + "/" * entry.is_dir())
                for _, entry in zip(range(_MOST), found, strict=False)
                if not entry.name.startswith(".") and safe(entry.name) == entry.name
            ]
    except OSError:
        return []
    return [name for _, name in sorted(named)]


def _cut(typed: str) -> tuple[str, str]:
    """What is typed as its folder (with the ``/``) and the beginning of a name."""
    before, slash, name = typed.rpartition("/")
    return before + slash, name


def expanded(typed: str) -> str:
    """A path with the home folder for ``~``; an address stays."""
    if "://" in typed or not typed.startswith("~"):
        return typed
    try:
        return str(Path(typed).expanduser())
    except RuntimeError:  # nobody of this name
        return typed
