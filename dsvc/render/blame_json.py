"""Blame and the history of a record as JSON lines, formats ``dsvc.blame/1`` and ``dsvc.log/1``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from dsvc.render.diff_json import change_fields, place_fields, whole_fields
from dsvc.render.not_json import record_changes

if TYPE_CHECKING:
    from dsvc.blame.values import Attribution, BlameBlock, BlamedRecord, RecordStep

FORMAT: Final = "dsvc.blame/1"

Fields = dict[str, object]


def block_fields(block: BlameBlock) -> Fields:
    """A block; ``version`` is null for what is not committed, all of them are for a field that is not there."""
    place = {"file": block.file, "row": block.row, "line": block.line, "records": block.records}
    if block.attribution is None:
        return {**place, "missing": True}
    return {**place, **attribution_fields(block.attribution)}


def record_fields(record: BlamedRecord) -> Fields:
    """A record with its parts."""
    return {
        "file": record.file,
        "row": record.row,
        "line": record.line,
        **attribution_fields(record.attribution),
        "parts": [{"path": part.path, **attribution_fields(part.attribution)} for part in record.parts],
    }


def step_fields(step: RecordStep, *, words: bool = True) -> Fields:
    """One step of a record's history: the record as it is after it, and what changed."""
    fields: Fields = {"kind": step.kind, **attribution_fields(step.attribution)}
    if step.before is not None:
        fields["old"] = place_fields(step.before)
    if step.record is not None:
        fields["new"] = whole_fields(step.record)
    if step.before is None or step.record is None:
        return fields
    changes, _ = record_changes(step.before, step.record)
    return {**fields, "moved": step.moved, "changes": [change_fields(change, words=words) for change in changes]}


def attribution_fields(attribution: Attribution) -> Fields:
    """Version, when, who, from where and why."""
    entry = attribution.entry
    return {
        "version": entry.number if entry is not None else None,
        "id": attribution.version or None,
        "authored_at": entry.authored_at.isoformat() if entry is not None else None,
        "annotators": msgspec.to_builtins(attribution.annotators),
        "source": attribution.source,
        "reason": entry.reason if entry is not None else None,
    }
