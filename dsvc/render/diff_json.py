"""A diff as JSON lines, format ``dsvc.diff/1``: one object for each change, the summary as the last one.

Records stand in the output as they are written in the file. Rows and lines count from 1.
A line that is not JSON is marked ``not_json``: its text stands where the record would, it has no ``id``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from dsvc.delta import Added, Modified, MovedBlock, Reformatted, Removed
from dsvc.render.json_text import record_text, texts_text
from dsvc.render.not_json import is_json, raw_text, record_changes
from dsvc.render.reformatting import how_reformatted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dsvc.delta import Delta
    from dsvc.diff.summary import Summary
    from dsvc.snapshot import Record
    from dsvc.textdiff import FieldChange

FORMAT: Final = "dsvc.diff/1"

Fields = dict[str, object]


def delta_objects(deltas: Iterable[Delta], *, words: bool = True) -> Iterator[tuple[str, Fields]]:
    """The type and the fields of each change's object."""
    for delta in deltas:
        yield _object(delta, words=words)


def summary_fields(summary: Summary) -> Fields:
    """What the summary's object holds."""
    fields: Fields = msgspec.to_builtins(summary)
    for name in ("same_changes", "shifts", "fields", *(() if summary.sources else ("sources",))):
        del fields[name]
    return {
        **fields,
        "same_changes": msgspec.to_builtins(summary.same_changes),
        "fields": [{"path": path, "records": records} for path, records in summary.fields],
        "shifts": [
            {"field": s.field, "values": [{"value": v, "old": o, "new": n} for v, o, n in s.counts]}
            for s in summary.shifts
        ],
    }


def _object(delta: Delta, *, words: bool) -> tuple[str, Fields]:
    if isinstance(delta, Added):
        return "added", whole_fields(delta.record)
    if isinstance(delta, Removed):
        return "removed", whole_fields(delta.record)
    if isinstance(delta, Modified):
        changes, both_json = record_changes(delta.old, delta.new)
        return "modified", {
            "old": place_fields(delta.old),
            "new": place_fields(delta.new),
            "moved": delta.moved,
            **({} if both_json else {"not_json": True}),
            "changes": [change_fields(change, words=words) for change in changes],
        }
    if isinstance(delta, Reformatted):
        places = {"old": place_fields(delta.old), "new": place_fields(delta.new)}
        return "reformatted", {**places, "moved": delta.moved, "how": ", ".join(how_reformatted(delta))}
    assert isinstance(delta, MovedBlock)
    return "moved", {
        "old": {"file": delta.old_file, "line": delta.old_line},
        "new": {"file": delta.new_file, "line": delta.new_line},
        "lines": delta.lines,
        "records": delta.records,
    }


def whole_fields(record: Record) -> Fields:
    """The record as it is written; as a string when the line is not JSON."""
    if is_json(record):
        return {**place_fields(record), "record": record_text(record.content)}
    return {**place_fields(record), "not_json": True, "record": raw_text(record)}


def place_fields(record: Record) -> Fields:
    """Where a record stands, and its id."""
    return {"file": record.file, "line": record.line, "row": record.row, "id": record.id if is_json(record) else None}


def change_fields(change: FieldChange, *, words: bool) -> Fields:
    """One changed field; with ``words`` also which words of a text."""
    fields: Fields = {"path": change.path, "kind": change.kind}
    if change.kind != "added":
        fields["old"] = change.old
    if change.kind != "removed":
        fields["new"] = change.new
    spans = change.words if words else ()
    if spans:
        fields["words"] = texts_text([(span.kind, span.text) for span in spans if span.kind != "equal"])
    return fields
