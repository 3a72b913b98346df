"""Numbers and truth values that a typed column would change without a word: found record by record.

Arrow makes 1.0 of ``true`` where a field has fractions, ``inf`` of 1e400, and rounds what 64 bits cannot hold.
"""

from __future__ import annotations

from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

from dsvc.exporters.values_inside import values_inside
from dsvc.record import Number

if TYPE_CHECKING:
    from collections.abc import Collection

    from dsvc.record import Json
    from dsvc.snapshot import Record

_TRUTH: Final = 1
_WHOLE: Final = 2
_LARGE: Final = 4
"""Whole numbers beyond the 53 bits that a float holds."""
_FRACTION: Final = 8
_NUMBERS: Final = _WHOLE | _LARGE | _FRACTION
_MOST_WHOLE: Final = 1 << 53


class _Place:
    """Where values stand in records: which kinds there were, and the places inside."""

    __slots__ = ("inside", "kinds")

    def __init__(self) -> None:
        self.kinds = 0
        self.inside: dict[str | None, _Place] = {}

    def at(self, key: str | None) -> _Place:
        """The place of a key, or (None) that of what a list holds."""
        found = self.inside.get(key)
        if found is None:
            found = self.inside[key] = _Place()
        return found


class NumbersKept:
    """Looks at the numbers of many records; ``rounded`` are the fields in which some do not survive."""

    def __init__(self) -> None:
        self._top = _Place()
        self._rounded: dict[str, None] = {}
        self._has_fraction = False

    @property
    def rounded(self) -> tuple[str, ...]:
        """The names of the fields, in the order in which they were met."""
        return tuple(self._rounded)

    def look(self, record: Record, value: dict[str, Any], passed: Collection[str]) -> tuple[str, str] | None:
        """What does not go into a column with those before: the field, and why; None when all does.

        ``value`` is that of the record; the fields in ``passed`` are no concern here.
        """
        self._has_fraction = False
        for name, inner in value.items():
            if type(inner) is str or inner is None:
                continue
            wrong = self._look(inner, self._top.at(name))
            if wrong is not None:
                return name, wrong
        if self._has_fraction:
            exact = record.exact
            assert isinstance(exact, dict)
            for name, written in exact.items():
                if name not in passed and name not in self._rounded and _is_rounded(written):
                    self._rounded[name] = None
        return None

    def _look(self, value: Any, place: _Place) -> str | None:
        kind = type(value)
        if kind is dict or kind is list:
            items = value.items() if kind is dict else ((None, item) for item in value)
            for key, inner in items:
                if type(inner) is not str and (wrong := self._look(inner, place.at(key))) is not None:
                    return wrong
        elif kind is float:
            self._has_fraction = True
            return "is a number that no column holds" if not isfinite(value) else self._note(place, _FRACTION)
        elif kind is bool:
            return self._note(place, _TRUTH)
        elif kind is int:
            return self._note(place, _WHOLE if -_MOST_WHOLE <= value <= _MOST_WHOLE else _LARGE)
        return None

    @staticmethod
    def _note(place: _Place, kind: int) -> str | None:
        if place.kinds & kind:
            return None
        place.kinds |= kind
        if place.kinds & _TRUTH and place.kinds & _NUMBERS:
            return "does not fit to those before: true or false, and numbers"
        if place.kinds & _LARGE and place.kinds & _FRACTION:
            return "does not fit to those before: fractions, and whole numbers that would be rounded beside them"
        return None


def _is_rounded(value: Json) -> bool:
    """Whether a number in it is another one as a float of 64 bits."""
    return any(
        isinstance(inner, Number)
        and any(each in inner for each in ".eE")
        and Decimal(inner) != Decimal(repr(float(inner)))
        for inner in values_inside(value)
    )
