"""What is remembered between runs: theme, columns, the last place. Lost without harm."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


class State:
    """A small JSON file; without a path nothing is kept."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._values: dict[str, Any] = {}
        if path is not None:
            with suppress(OSError, ValueError):
                known = json.loads(path.read_text("utf-8"))
                self._values = known if isinstance(known, dict) else {}

    def text(self, *keys: str) -> str | None:
        """A text that was kept under these keys."""
        value = self._get(keys)
        return value if isinstance(value, str) else None

    def number(self, *keys: str) -> int | None:
        """A number that was kept."""
        value = self._get(keys)
        return value if isinstance(value, int) else None

    def texts(self, *keys: str) -> list[str] | None:
        """A list of texts that was kept."""
        value = self._get(keys)
        return value if isinstance(value, list) and all(isinstance(item, str) for item in value) else None

    def keep(self, value: str | int | list[str] | None, *keys: str) -> None:
        """Remember a value; None forgets it."""
        place = self._values
        for key in keys[:-1]:
            inner = place.get(key)
            if not isinstance(inner, dict):
                inner = place[key] = {}
            place = inner
        if place.get(keys[-1]) == value:
            return
        place[keys[-1]] = value
        self._write()

    def _get(self, keys: tuple[str, ...]) -> object:
        value: object = self._values
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        return value

    def _write(self) -> None:
        if self._path is None:
            return
        with suppress(OSError, UnicodeEncodeError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            fresh = self._path.with_suffix(".new")
            fresh.write_text(json.dumps(self._values, indent=1), "utf-8")
            fresh.replace(self._path)
