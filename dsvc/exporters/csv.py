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

from dsvc.exporters.formula import harmless
from dsvc.exporters.repeated_keys import RepeatedKeys
from dsvc.exporters.written import Written
from dsvc.record import Number, canonical_value

if TYPE_CHECKING:
    from dsvc.record import Json
    from dsvc.snapshot import Snapshot


def write(snapshot: Snapshot, out: BinaryIO, *, raw: bool = False) -> Written:
    """Write all records, reading them twice: once for the names of the fields."""
    fields: Counter[str] = Counter()
    nested: set[str] = set()
    repeated = RepeatedKeys()
    for record in snapshot:
        names = _object(record.exact)
        repeated.look(record.content, names)
        fields.update(names.keys())
        nested.update([name for name, value in names.items() if isinstance(value, (dict, list))])
    text = io.TextIOWrapper(out, encoding="utf-8", newline="", errors="backslashreplace", write_through=False)
    writer = csv.writer(text)  # CRLF, as RFC 4180 has it; only so a carriage return in a text is quoted
    if fields:
        writer.writerow([name if raw else harmless(name) for name in fields])
    count = 0
    for count, record in enumerate(snapshot, 1):  # noqa: B007 - what it is called with at the end counts
        value = _object(record.exact)
        writer.writerow([_cell(value.get(name), raw=raw) for name in fields])
    text.flush()
    text.detach()
    return Written(
        count,
        json_fields=tuple([name for name in fields if name in nested]),
        absent_fields=tuple([name for name, records in fields.items() if records < count]),
        repeated_fields=repeated.names,
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
    if isinstance(value, dict):
        return any(map(_has_written_number, value.values()))
    if isinstance(value, list):
        return any(map(_has_written_number, value))
    return isinstance(value, Number)
