"""Keys that stand twice in an object: JSON allows them, and every format but JSON itself keeps only the last one."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from dsvc.exporters.values_inside import values_inside
from dsvc.record import BOM

if TYPE_CHECKING:
    from collections.abc import Iterable

_KEY_END: Final = re.compile(rb'"\s*:')


class RepeatedKeys:
    """Collects the names of keys that stand twice in one object, anywhere in a record."""

    def __init__(self) -> None:
        self._found: dict[str, None] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """The names, in the order in which they were met."""
        return tuple(self._found)

    def look(self, content: bytes, value: Any) -> None:
        """Look at a record's bytes and its value, which has each key once."""
        if sum(1 for _ in _KEY_END.finditer(content)) == _keys_in(value):
            return  # a text may hold what looks like the end of a key, but each key has one
        json.loads(content.removeprefix(BOM), object_pairs_hook=self._look)

    def _look(self, pairs: Iterable[tuple[str, object]]) -> dict[str, object]:
        seen: dict[str, object] = {}
        for key, value in pairs:
            if key in seen:
                self._found[key] = None
            seen[key] = value
        return seen


def _keys_in(value: Any) -> int:
    return sum(len(inner) for inner in values_inside(value) if isinstance(inner, dict))
