"""Adds up, while deltas pass by, what they have in common. Memory is bounded however many deltas there are."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Literal

from msgspec.structs import replace

from dsvc.delta import Added, Modified, Removed
from dsvc.diff.summary import SameChange, ValueShift
from dsvc.record import canonical_value, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.delta import Delta
    from dsvc.diff.summary import Summary
    from dsvc.record import Json

    Kind = Literal["added", "removed", "changed"]
    Change = tuple[str, Kind, str | None, str | None]

_SHORT_BYTES = 60
"""Longer values are never the same change in many records."""
_MOST_CHANGES = 20_000
_MOST_PATHS = 1_000
_MOST_VALUES = 24
_SHORT_VALUE = 40
_SHOWN = 20
_ALL_MEASURED = 10_000
_EACH_MEASURED = 16


class Tally:
    """Takes deltas one by one.

    Of field changes that occur once, the tally forgets some when there are too many, so the count of a group may miss
    a few of its records then.
    """

    def __init__(self) -> None:
        self._changes: Counter[Change] = Counter()
        self._fields: Counter[str] = Counter()
        self._old = _Side()
        self._new = _Side()

    def add(self, delta: Delta) -> None:
        """Take note of one delta."""
        if isinstance(delta, Modified):
            old, new = _value(delta.old.content), _value(delta.new.content)
            self._old.add(old)
            self._new.add(new)
            self._compare(old, new)
        elif isinstance(delta, Added):
            self._new.add(_value(delta.record.content))
        elif isinstance(delta, Removed):
            self._old.add(_value(delta.record.content))

    def completed(self, counts: Summary) -> Summary:
        """The counts with what was found."""
        return replace(
            counts,
            same_changes=self._same_changes(),
            fields=tuple(sorted(self._fields.items(), key=lambda item: (-item[1], item[0]))[:_SHOWN]),
            text_length_old=self._old.mean_length(),
            text_length_new=self._new.mean_length(),
            shifts=tuple(_shifts(self._old, self._new)),
        )

    def _compare(self, old: Json, new: Json) -> None:
        try:
            changes = set(_changes("", old, new) if old != new else _type_changes(old, new))
        except (RecursionError, ValueError):  # nested too deeply to look into
            changes = {("$", "changed", None, None)}
        for path in {change[0] for change in changes}:
            if path in self._fields or len(self._fields) < _MOST_PATHS:
                self._fields[path] += 1
        for change in changes:
            _, kind, before, after = change
            if (before is not None or kind == "added") and (after is not None or kind == "removed"):
                self._changes[change] += 1
        if len(self._changes) > _MOST_CHANGES:
            self._changes = Counter({change: count for change, count in self._changes.items() if count > 1})

    def _same_changes(self) -> tuple[SameChange, ...]:
        found = [SameChange(*change, records=count) for change, count in self._changes.items() if count > 1]
        found.sort(key=lambda change: (-change.records, change.path, change.kind, str(change.old), str(change.new)))
        return tuple(found[:_SHOWN])


def _value(content: bytes) -> Json:
    try:
        return parse(content)
    except (ValueError, RecursionError):
        return content.decode("utf-8", "replace")


def _changes(path: str, old: Json, new: Json) -> Iterator[Change]:
    """Differing fields with generalised paths; values short enough to be grouped as canonical JSON, else None.

    Simpler than ``dsvc.textdiff`` (no import, no search for moved list elements): a diff has a million pairs. Inside
    lists and objects that are otherwise the same, ``1`` and ``true`` are not told apart.
    """
    if isinstance(old, dict) and isinstance(new, dict):
        prefix = f"{path}." if path else ""
        for key, after in new.items():
            if key not in old:
                yield prefix + key, "added", None, _short(after)
            elif old[key] != after or type(old[key]) is not type(after):
                yield from _changes(prefix + key, old[key], after)
        for key in old.keys() - new.keys():
            yield prefix + key, "removed", _short(old[key]), None
    elif isinstance(old, list) and isinstance(new, list):
        yield from _list_changes(f"{path}[]", old, new)
    else:
        yield path or "$", "changed", _short(old), _short(new)


def _list_changes(path: str, old: list[Json], new: list[Json]) -> Iterator[Change]:
    """Changes between what is not common to both ends, element by element."""
    start, stop = 0, min(len(old), len(new))
    while start < stop and not _differ(old[start], new[start]):
        start += 1
    end = 0
    while end < stop - start and not _differ(old[-1 - end], new[-1 - end]):
        end += 1
    middle_old, middle_new = old[start : len(old) - end], new[start : len(new) - end]
    both = min(len(middle_old), len(middle_new))
    for before, after in zip(middle_old[:both], middle_new[:both], strict=True):
        if _differ(before, after):
            yield from _changes(path, before, after)
    for before in middle_old[both:]:
        yield path, "removed", _short(before), None
    for after in middle_new[both:]:
        yield path, "added", None, _short(after)


def _differ(old: Json, new: Json) -> bool:
    return old != new or type(old) is not type(new)


def _type_changes(old: Json, new: Json) -> Iterator[Change]:
    """Changes between values that Python takes for equal: ``1`` and ``true``, a number and the text of it."""
    from dsvc.textdiff import field_changes

    for change in field_changes(old, new):
        path = "".join(["[]" if isinstance(step, int) else f".{step}" for step in change.steps])
        yield path.removeprefix(".") or "$", change.kind, _short(change.old), _short(change.new)


def _short(value: Json) -> str | None:
    """A value as canonical JSON, None when it is too long for a group."""
    if isinstance(value, (str, list, dict)) and len(value) > _SHORT_BYTES:
        return None
    if value is None:
        return "null"
    form = canonical_value(value)
    return form.decode() if len(form) <= _SHORT_BYTES else None


class _Side:
    """Texts and short values of the changed records of one side.

    Fields are those of the first 10,000 records; text lengths are of those, then of each 16th.
    """

    def __init__(self) -> None:
        self.values: dict[str, Counter[str]] = {}
        self.rejected: set[str] = set()
        self._records = 0
        self._measured = 0
        self._length = 0

    def add(self, record: Json) -> None:
        self._records += 1
        if self._records < _ALL_MEASURED or not self._records % _EACH_MEASURED:
            self._measured += 1
            self._length += _text_length(record)
        if not isinstance(record, dict):
            return
        if self._records < _ALL_MEASURED:
            for field in record.keys() - self.rejected - self.values.keys():
                self.values[field] = Counter()
        for field, counts in list(self.values.items()):
            value = record.get(field)
            if type(value) is str:
                counts[value] += 1
                if len(value) > _SHORT_VALUE or len(counts) > _MOST_VALUES:
                    del self.values[field]
                    self.rejected.add(field)

    def mean_length(self) -> float | None:
        """Mean number of characters of all texts of a record."""
        return self._length / self._measured if self._measured else None


def _text_length(value: Json) -> int:
    if type(value) is str:
        return len(value)
    if isinstance(value, dict):
        return sum(map(_text_length, value.values()))
    if isinstance(value, list):
        return sum(map(_text_length, value))
    return 0


def _shifts(old: _Side, new: _Side) -> Iterator[ValueShift]:
    """Fields of few, repeated values whose counts differ, by name."""
    for field in sorted((old.values.keys() | new.values.keys()) - old.rejected - new.rejected):
        before, after = old.values.get(field, Counter()), new.values.get(field, Counter())
        if before == after:
            continue
        values = before.keys() | after.keys()
        if not 2 <= len(values) <= _MOST_VALUES or 2 * len(values) > before.total() + after.total():
            continue
        counts = [(value, before[value], after[value]) for value in values]
        counts.sort(key=lambda row: (-abs(row[2] - row[1]), row[0]))
        yield ValueShift(field, tuple(counts))
