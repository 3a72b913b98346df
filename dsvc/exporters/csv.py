"""CSV for spreadsheets: one column a field, texts as they are, other values as JSON, ``null`` as an empty cell.

A text that a spreadsheet would run as a formula (it begins with ``= + - @``, a tab or a carriage return) gets a ``'``
in front, unless it is written raw; see ``formula``.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from typing import TYPE_CHECKING, BinaryIO

from dsvc.exporters.columns import too_deep
from dsvc.exporters.formula import harmless
from dsvc.exporters.repeated_keys import RepeatedKeys
from dsvc.exporters.values_inside import values_inside
from dsvc.exporters.written import Written
from dsvc.record import Number, canonical_value

if TYPE_CHECKING:
    from dsvc.record import Json
    from dsvc.snapshot import Record, Snapshot


def write(snapshot: Snapshot, out: BinaryIO, *, raw: bool = False) -> Written:
    """Write all records, reading them twice: once for the names of the fields."""
    seen = _Seen()
    for record in snapshot:
        seen.look(record)
    fields = seen.filled
    text = io.TextIOWrapper(out, encoding="utf-8", newline="", errors="backslashreplace", write_through=False)
    writer = csv.writer(text)  # CRLF, as RFC 4180 has it; only so a carriage return in a text is quoted
    if fields:
        writer.writerow([name if raw else harmless(name) for name in fields])
    for record in snapshot:
        value = _object(record.exact)
        try:
            writer.writerow([_cell(value.get(name), raw=raw) for name in fields])
        except (RecursionError, ValueError):
            raise too_deep(record) from None
    text.flush()
    text.detach()
    return seen.written()


class _Seen:
    """What was seen of all records: their fields, and what of these a cell does not keep."""

    def __init__(self) -> None:
        self.records = 0
        self.filled: Counter[str] = Counter()
        """In how many records a field is there, and not null."""
        self._nested: set[str] = set()
        self._typed: set[str] = set()
        self._broken: set[str] = set()
        self._repeated = RepeatedKeys()

    def look(self, record: Record) -> None:
        """Look at a record."""
        self.records += 1
        value = _object(record.exact)
        self._repeated.look(record.content, value)
        may_break = b"\\ud" in record.content or b"\\uD" in record.content
        for name, inner in value.items():
            self.filled[name] += inner is not None
            if type(inner) is str or inner is None:
                pass
            elif isinstance(inner, (dict, list)):
                self._nested.add(name)
            else:
                self._typed.add(name)
            if may_break and _is_broken([name, inner]):
                self._broken.add(name)

    def written(self) -> Written:
        """All of it in words of what is told."""
        return Written(
            self.records,
            json_fields=self._of(self._nested),
            typed_fields=self._of(self._typed),
            absent_fields=tuple([name for name, records in self.filled.items() if records < self.records]),
            broken_fields=self._of(self._broken),
            repeated_fields=self._repeated.names,
        )

    def _of(self, names: set[str]) -> tuple[str, ...]:
        return tuple([name for name in self.filled if name in names])


def _is_broken(value: Json) -> bool:
    """Whether a text in it holds half of a surrogate pair, which UTF-8 has no bytes for."""
    return any(
        isinstance(text, str) and any("\ud800" <= each <= "\udfff" for each in text)
        for inner in values_inside(value)
        for text in (inner if isinstance(inner, dict) else [inner])
    )


def _object(value: Json) -> dict[str, Json]:
    assert isinstance(value, dict)
    return value


def _cell(value: Json, *, raw: bool) -> str:
    if value is None:
        return ""
    if isinstance(value, str) and not isinstance(value, Number):
        return value if raw else harmless(value)
    if isinstance(value, (dict, list)):
        return _nested(value)
    return str(value) if isinstance(value, Number) else json.dumps(value)


def _nested(value: Json) -> str:
    """JSON text; by way of the canonical form only where numbers must stay as written."""
    if _has_written_number(value):
        return canonical_value(value).decode("utf-8", "backslashreplace")
    return json.dumps(value, ensure_ascii=False)


def _has_written_number(value: Json) -> bool:
    return any(isinstance(inner, Number) for inner in values_inside(value))
