"""Lines that are no records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.conditions.fields import MISSING
from dsvc.errors import BadDataError
from dsvc.record import check_record
from dsvc.validators.rule import Example, Found, NoOptions, RecordCheck, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.validators.checked import Checked


def _syntax(options: NoOptions) -> RecordCheck:
    return RecordCheck(_not_a_record)


def _not_a_record(record: Checked) -> Iterator[Found]:
    if record.value is not MISSING and isinstance(record.value, dict):
        return
    try:
        check_record(record.content, name="", line_number=record.place.line)
    except BadDataError as error:
        yield Found(error.message.partition(": ")[2], fix=error.hint or "")


RULES: Final = (
    Rule(
        id="syntax",
        topic="structure",
        severity="error",
        title="a line is no JSON object",
        why="Every trainer stops at it, most without a line number. A commit refuses it.",
        example=Example(bad=('{"a": 1,}', "[1, 2]"), good=('{"a": 1}', '{"a": [1, 2]}')),
        make=_syntax,
    ),
)
