"""Lines that are not JSON in a diff: they are compared and shown as text.

Only plain files and working files can hold them; no version does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.record import BOM
from dsvc.textdiff import field_changes

if TYPE_CHECKING:
    from dsvc.record import Json
    from dsvc.snapshot import Record
    from dsvc.textdiff import FieldChange

MARK: Final = "(not JSON)"


def is_json(record: Record) -> bool:
    """Whether the record's line is JSON."""
    return _value(record)[1]


def record_changes(old: Record, new: Record) -> tuple[list[FieldChange], bool]:
    """The changed fields, and whether both records are JSON; if not, they are compared as texts."""
    (before, is_old), (after, is_new) = _value(old), _value(new)
    if is_old and is_new:
        return field_changes(before, after), True
    return field_changes(raw_text(old), raw_text(new)), False


def raw_text(record: Record) -> str:
    """The line as it stands in the file, as text."""
    return record.content.removeprefix(BOM).strip().decode("utf-8", "replace")


def _value(record: Record) -> tuple[Json, bool]:
    try:
        return record.exact, True
    except ValueError:
        return None, False
