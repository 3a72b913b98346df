"""One field of an edit: the old record with the new field, or the new one with the old field, all else as written."""

from __future__ import annotations

from dsvc.delta import Instead, Modified
from dsvc.editing.field_splice import field_text, with_field_text
from dsvc.errors import DsvcError, UsageError
from dsvc.render.not_json import record_changes


def part_taken(edit: Modified, number: int) -> Instead:
    """Only one field of an edit (by its number among the changes). Raises UsageError where that cannot be."""
    return _with_one_field(edit, number, taken_from=edit.new.content, into=edit.old.content)


def part_taken_back(edit: Modified, number: int) -> Instead:
    """The edit without a field's change. Raises UsageError where that cannot be."""
    return _with_one_field(edit, number, taken_from=edit.old.content, into=edit.new.content)


def _with_one_field(edit: Modified, number: int, *, taken_from: bytes, into: bytes) -> Instead:
    changes, _ = record_changes(edit.old, edit.new)
    change, name, row = changes[number], edit.new.file, edit.new.row - 1
    try:
        text = field_text(taken_from, change.steps, name=name, row=row)
        made = Instead(edit, with_field_text(into, change.steps, text, name=name, row=row))
    except DsvcError:
        made = None
    if made is None or not _differs_there_only(edit, made, number):
        raise UsageError(
            f"'{change.path}' cannot be taken by itself: it is not in both records", hint="take the whole record"
        )
    return made


def _differs_there_only(edit: Modified, made: Instead, number: int) -> bool:
    """Whether the record made has all other changes of the edit, and only those, on one side; lists may be shifted."""
    from msgspec.structs import replace

    record = replace(edit.new, content=made.content)
    to_new, to_old = (record_changes(one, other)[0] for one, other in ((record, edit.new), (edit.old, record)))
    changes, _ = record_changes(edit.old, edit.new)
    wanted, others = [changes[number]], [each for each in changes if each is not changes[number]]
    return (to_new, to_old) in ((wanted, others), (others, wanted))
