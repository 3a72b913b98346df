"""All values inside of one, however deep: without a call for each level, of which a program has only so many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


def values_inside(value: Any) -> Iterator[Any]:
    """The value itself, and each one that its lists and objects hold, in no order."""
    waiting = [value]
    while waiting:
        found = waiting.pop()
        yield found
        if isinstance(found, dict):
            waiting.extend(found.values())
        elif isinstance(found, list):
            waiting.extend(found)
