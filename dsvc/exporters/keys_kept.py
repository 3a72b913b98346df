"""Keys that some records lack, which a typed column fills with null: found record by record, at any depth.

Arrow has one list of keys for all objects in a place, so ``{"a": {}}`` beside ``{"a": {"x": 1}}`` becomes
``{"a": {"x": null}}``, and nothing tells it from a null that somebody wrote.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_LEVELS: Final = 48
"""So many lists and objects inside of one another make a column that can be read again.

Measured with pyarrow 26: its Parquet reader takes 49 lists, its IPC files, which ``datasets`` keeps, 63 of either.
"""
_MOST_SHAPES: Final = 1000
"""So many sets of keys are remembered of one place; what has others is looked at each time."""
_NESTED: Final = (dict, list)


class _Place:
    """Where objects stand: the keys that one of them has, those that all have, and the places inside."""

    __slots__ = ("common", "every", "inside", "shapes")

    def __init__(self) -> None:
        self.every: dict[str, None] = {}
        self.common: set[str] | None = None
        self.shapes: set[tuple[str, ...]] = set()
        self.inside: dict[str | None, _Place] = {}

    def at(self, key: str | None) -> _Place:
        """The place of a key, or (None) that of what a list holds."""
        found = self.inside.get(key)
        if found is None:
            found = self.inside[key] = _Place()
        return found

    def note(self, keys: tuple[str, ...]) -> None:
        """An object with these keys stands here."""
        if keys in self.shapes:
            return
        if len(self.shapes) < _MOST_SHAPES:
            self.shapes.add(keys)
        self.every.update(dict.fromkeys(keys))
        self.common = {*keys} if self.common is None else self.common.intersection(keys)

    def lacking(self) -> Iterator[str]:
        """The keys that some of the objects here lack, in the order in which they were met."""
        common = self.common or ()
        return (key for key in self.every if key not in common)

    def paths(self, path: str) -> Iterator[str]:
        """The paths of such keys, here and inside."""
        yield from (f"{path}.{key}" for key in self.lacking())
        for key, place in self.inside.items():
            yield from place.paths(f"{path}[]" if key is None else f"{path}.{key}")


class KeysKept:
    """Looks at the keys of many records."""

    def __init__(self) -> None:
        self._top = _Place()

    @property
    def absent(self) -> tuple[str, ...]:
        """Fields that some records lack."""
        return tuple(self._top.lacking())

    @property
    def filled(self) -> dict[str, tuple[str, ...]]:
        """Of each field the paths of keys that some objects inside lack: ``messages[].name``."""
        found = {str(field): tuple(place.paths(str(field))) for field, place in self._top.inside.items()}
        return {field: paths for field, paths in found.items() if paths}

    def look(self, value: dict[str, Any]) -> str | None:
        """Look at a record; the name of the field whose value is nested too deeply for a column, if there is one."""
        self._top.note(tuple(value))
        for name, inner in value.items():
            if type(inner) in _NESTED and not _look(inner, self._top.at(name), MOST_LEVELS):
                return name
        return None


def _look(value: Any, place: _Place, levels: int) -> bool:
    """Look at an object or a list; whether it has no more levels than these."""
    if not levels:
        return False
    if type(value) is dict:
        place.note(tuple(value))
        return all(_look(inner, place.at(key), levels - 1) for key, inner in value.items() if type(inner) in _NESTED)
    items = place.at(None)
    return all(_look(inner, items, levels - 1) for inner in value if type(inner) in _NESTED)
