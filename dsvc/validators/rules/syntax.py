"""Lines that are no records: no JSON object, or not even text."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final, Literal

from dsvc.conditions.fields import MISSING
from dsvc.errors import BadDataError
from dsvc.record import BOM, check_record, encoding_hint
from dsvc.validators.outline import is_object
from dsvc.validators.rule import Example, Found, NoOptions, RecordCheck, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.validators.checked import Checked
    from dsvc.validators.rule import Signature

_NO_CHARACTER: Final = "\ufffd"
_MARK: Final = re.compile(re.escape(BOM))


def _is_none(signature: Signature) -> bool:
    return not is_object(signature)


def _fault(record: Checked) -> Literal["syntax", "encoding", "constant"]:
    """What is wrong with a line that is no record; NaN and Infinity alone are told by the rule about numbers."""
    try:
        text = record.content.removeprefix(BOM).decode("utf-8")
    except UnicodeDecodeError:
        return "encoding"
    if record.value is MISSING:
        try:
            return "constant" if isinstance(json.loads(text, parse_int=str), dict) else "syntax"
        except (ValueError, RecursionError):
            pass
    return "syntax"


def fault(record: Checked) -> Literal["syntax", "encoding", "constant"]:
    """Which rule tells what is wrong with a line that is no record."""
    return record.once(_fault)


def _syntax(options: NoOptions) -> RecordCheck:
    return RecordCheck(_not_a_record, when=_is_none)


def _not_a_record(record: Checked) -> Iterator[Found]:
    if fault(record) != "syntax":
        return
    try:
        # A mark at the start is told by the rule about it, on whatever line it stands.
        check_record(record.content.removeprefix(BOM), name="", line_number=record.place.line)
    except BadDataError as error:
        yield Found(error.message.partition(": ")[2], fix=error.hint or "")


def _encoding(options: NoOptions) -> RecordCheck:
    return RecordCheck(_not_text, when=_is_none)


def _not_text(record: Checked) -> Iterator[Found]:
    try:
        record.content.decode("utf-8")
    except UnicodeDecodeError as error:
        text = record.content.decode("utf-8", "replace")
        count = text.count(_NO_CHARACTER)
        more = f" (and {count - 1:,} more places)" if count > 1 else ""
        yield Found(
            f"byte {record.content[error.start]:#04x} is not valid UTF-8, column {error.start + 1}{more}",
            fix=encoding_hint(record.content, error.start, "FILE", "utf8.jsonl"),
        )


def _mark(options: NoOptions) -> RecordCheck:
    return RecordCheck(_has_mark, (_MARK,))


def _has_mark(record: Checked) -> Iterator[Found]:
    if record.content.startswith(BOM):
        yield Found(
            "the line begins with a byte order mark (bytes EF BB BF)",
            fix="write the file as utf-8, not as utf-8-sig; files that are put together have it in their middle",
        )


RULES: Final = (
    Rule(
        id="syntax",
        topic="structure",
        severity="error",
        title="a line is no JSON object",
        why="Every trainer stops at it, most without a line number. A commit refuses it.",
        example=Example(
            bad=('{"a": 1,}', "[1, 2]", '{"a": "b"', '{"a": 1} {"a": 2}', "\ufeff[1]"),
            good=('{"a": 1}', '{"a": [1, 2]}', '{"a": 1}\r', "  ", '\ufeff{"a": 1}', '{"a": NaN}'),
        ),
        make=_syntax,
        version=2,
    ),
    Rule(
        id="encoding",
        topic="structure",
        severity="error",
        title="bytes that are no UTF-8",
        why="Readers stop at them, or put U+FFFD in their place, which is then trained. A commit refuses them.",
        example=Example(
            bad=('{"a": "x\udcff"}', '{"a": "\udcc4\udce3\udcba\udcc3"}'), good=('{"a": "你好"}', '{"a": "\ufffd"}')
        ),
        make=_encoding,
        sources=("RFC 8259, section 8.1",),
    ),
    Rule(
        id="byte-order-mark",
        topic="structure",
        severity="warning",
        title="a line begins with a byte order mark",
        why="Python's json stops at it; readers of tables take it for a part of the first field's name.",
        example=Example(bad=('\ufeff{"a": "x"}',), good=('{"a": "x"}', '{"a": "\ufeff"}')),
        make=_mark,
        sources=("RFC 8259, section 8.1",),
    ),
)
