"""One JSONL line: is it a record, what is its value, when are two of them the same.

Bytes are never changed here. Sameness is of JSON values (``docs/format.md`` section 10): the order of
keys, white space and escapes do not matter, numbers compare as written.
"""

from __future__ import annotations

import hashlib
import json
import re
from codecs import getincrementaldecoder
from io import BytesIO
from json.encoder import encode_basestring
from typing import TYPE_CHECKING, Any, NewType, TypeAlias

import msgspec
import orjson

from dsvc.errors import BadDataError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    Column = NDArray[Any]

RecordId = NewType("RecordId", str)
"""32 hexadecimal digits: the start of the sha256 of a record's canonical form."""

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"

BOM = b"\xef\xbb\xbf"


class Number(str):
    """A JSON number kept as it was written, where a Python float or int could not keep it."""

    __slots__ = ()


# Floats keep how they are written (1.50, 1e5); only -0 would be lost as an int, and is looked for. Dates and ids
# ("2026-01-05", "qa-0017") are the usual place of these two characters, and go on with a digit.
_MINUS_ZERO = re.compile(rb"-0(?![0-9.eE])")
_MOST_DIGITS = 4000  # Python refuses to convert more than 4,300
_parse_exactly = msgspec.json.Decoder(float_hook=Number).decode
_parse_to_write = msgspec.json.Decoder(float_hook=orjson.Fragment).decode


def has_minus_zero(line: bytes) -> bool:
    """Whether ``-0`` may stand on a line as a number: what most parsers read as 0."""
    # One byte is found by memchr, and most lines have no hyphen. Two are found by the expression twice as fast as by
    # ``in``.
    return b"-" in line and _MINUS_ZERO.search(line) is not None


def is_blank(line: bytes) -> bool:
    """Whether a line holds nothing but ASCII white space (or nothing at all)."""
    return not line or line.isspace()


def parse(content: bytes) -> Json:
    """Parse one line (with or without its line end, with or without a BOM) to a JSON value.

    Numbers that Python would rewrite arrive as :class:`Number`. Raises ValueError (with the position) when
    the line is not JSON.
    """
    content = content.removeprefix(BOM)
    if not has_minus_zero(content):
        try:
            return _parse_exactly(content)  # type: ignore[no-any-return]
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            pass  # lone surrogates: the standard library reads them
    try:
        return json.loads(  # type: ignore[no-any-return]
            content.decode("utf-8"), parse_float=Number, parse_int=_whole_number, parse_constant=_refuse_constant
        )
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _whole_number(text: str) -> int | Number:
    return Number(text) if text == "-0" or len(text) > _MOST_DIGITS else int(text)


def _refuse_constant(text: str) -> None:
    raise ValueError(f"'{text}' is not a JSON value")


def canonical(content: bytes) -> bytes:
    """The canonical form of one line: equal exactly when the JSON values are the same.

    Raises ValueError when the line is not JSON.
    """
    content = content.removeprefix(BOM)
    if not has_minus_zero(content):
        try:
            return orjson.dumps(_parse_to_write(content), option=orjson.OPT_SORT_KEYS)
        except (msgspec.DecodeError, UnicodeDecodeError, TypeError, RecursionError):
            pass  # also whole numbers of more than 64 bits, and deep nesting
    return canonical_value(parse(content))


def canonical_value(value: Json) -> bytes:
    """The canonical form of a parsed value (see :func:`canonical`)."""
    try:
        return "".join(_write(value)).encode("utf-8", "backslashreplace")
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _write(value: Json) -> Iterable[str]:
    if isinstance(value, Number):
        yield str(value)
    elif isinstance(value, str):
        yield encode_basestring(value)
    elif isinstance(value, dict):
        separator = "{"
        for key in sorted(value):
            yield f"{separator}{encode_basestring(key)}:"
            yield from _write(value[key])
            separator = ","
        yield "}" if value else "{}"
    elif isinstance(value, list):
        separator = "["
        for item in value:
            yield separator
            yield from _write(item)
            separator = ","
        yield "]" if value else "[]"
    else:
        yield json.dumps(value)


def record_id(content: bytes) -> RecordId:
    """The id of the record on a line; the same for any way of writing the same value."""
    return RecordId(hashlib.sha256(canonical(content)).hexdigest()[:32])


def check_records(lines: bytes, ends: Column, *, name: str, numbers: Iterable[int]) -> None:
    """Raise BadDataError unless every one of these lines that is not blank is a JSON object in valid UTF-8.

    ``ends`` is the offset behind each line; ``name`` and the lines' ``numbers`` (from 1) go into the message. The
    common case is one pass in C without a list of lines; which line is wrong, and where, is found only when one is.
    """
    if not _has_mark(lines, ends) and (
        _all_objects(BytesIO(lines)) or _all_objects(filter(bytes.strip, BytesIO(lines)))
    ):
        return
    for number, line in zip(numbers, lines.removesuffix(b"\n").split(b"\n"), strict=True):
        check_record(line, name=name, line_number=number, around=lines)


def _has_mark(lines: bytes, ends: Column) -> bool:
    """Whether a line may begin with a byte order mark, which simdjson passes over."""
    import numpy as np

    first = np.frombuffer(lines, dtype=np.uint8)[ends[:-1]]
    return lines[:1] == BOM[:1] or bool((first == BOM[0]).any())


def _all_objects(lines: Iterable[bytes]) -> bool:
    import simdjson

    try:
        return set(map(type, map(simdjson.Parser().parse, lines))) <= {simdjson.Object}
    except (ValueError, RuntimeError):
        return False


def check_record(line: bytes, *, name: str, line_number: int, around: bytes = b"") -> None:
    """Raise BadDataError (file, line, column, what to do) unless the line is blank or a JSON object.

    ``around``: the lines that it stands among, which tell a damaged byte from another encoding.
    """
    if is_blank(line):
        return
    content = line.removeprefix(BOM) if line_number == 1 else line
    where = f"'{name}:{line_number}'"
    if content.startswith(BOM):
        raise BadDataError(
            f"cannot read record at {where}: a byte order mark may only begin a file, column 1",
            hint="files were put together here; take the mark (bytes EF BB BF) out of the line",
        )
    try:
        text = content.removesuffix(b"\r").decode("utf-8")
        value = json.loads(text, parse_constant=_refuse_constant, parse_int=str, parse_float=str)
    except UnicodeDecodeError as error:
        raise BadDataError(
            f"cannot read record at {where}: byte {content[error.start]:#04x} is not valid UTF-8, "
            f"column {error.start + 1}",
            hint=encoding_hint(content, error.start, name, "utf8.jsonl", around),
        ) from None
    except json.JSONDecodeError as error:
        raise BadDataError(
            f"cannot read record at {where}: {syntax_error(error, text)}, column {error.colno}",
            hint=_apart_hint(text) if _more_records(error, text) else _syntax_hint(content, line_number),
        ) from None
    except ValueError as error:
        raise BadDataError(f"cannot read record at {where}: {error}", hint="use null instead") from None
    except RecursionError:
        raise BadDataError(
            f"cannot read record at {where}: nested too deeply",
            hint="keep what is nested hundreds of levels deep as a string",
        ) from None
    if not isinstance(value, dict):
        kind = "an array" if isinstance(value, list) else "not an object"
        raise BadDataError(
            f"cannot read record at {where}: a record is a JSON object, this is {kind}, column 1",
            hint=_ARRAY_HINT if isinstance(value, list) else 'write each record as one {"field": …} a line',
        )


_ARRAY_HINT = "a JSON array is not JSONL; bring it in with: dsvc import FILE.json"


def syntax_error(error: json.JSONDecodeError, text: str) -> str:
    """What is wrong with a JSON text, in plain words."""
    if error.msg.startswith("Unterminated string") or (
        error.msg.startswith("Invalid control") and _breaks(text, error)
    ):
        return "the text is not closed"
    if more := _more_records(error, text):
        return f"{'two' if more == 1 else 'several'} records on one line"
    message = error.msg[:1].lower() + error.msg[1:]
    return message.removesuffix(" at").removesuffix(" starting")


def _more_records(error: json.JSONDecodeError, text: str) -> int:
    """How many whole objects, and nothing else, stand behind the first value; of more than one at least two."""
    read, at, found = json.JSONDecoder().raw_decode, error.pos, 0
    while error.msg == "Extra data" and at < len(text) and found < 2:
        try:
            value, at = read(text, at)
        except (ValueError, RecursionError):
            return 0
        if not isinstance(value, dict):
            return 0
        found += 1
        at = len(text) - len(text[at:].lstrip())
    return found


def _apart_hint(text: str) -> str:
    if "\r" in text:
        return "its lines end in a carriage return alone: tr '\\r' '\\n' < FILE > LINES.jsonl"
    return "write each on a line of its own; the second one was perhaps added to a file whose last line had no end"


def _breaks(text: str, error: json.JSONDecodeError) -> bool:
    """Whether the line ends in the middle of a string."""
    return text[error.pos : error.pos + 1] in ("\r", "\n")


def encoding_hint(content: bytes, start: int, name: str, converted: str, around: bytes = b"") -> str:
    """What to do with bytes that are not UTF-8 from ``start`` on; Chinese files are mostly in GB18030."""
    if content[start : start + 1] == b"\xed" and b"\xa0" <= content[start + 1 : start + 2] <= b"\xbf":
        return "half of a surrogate pair was written as if it were a character; mend what wrote it, or the text there"
    if _is_mostly_utf8(around or content):
        if _is_cut(content[start:]):
            return "it ends in the middle of a character: it was cut off there; get the file again, whole"
        return "the text around it is UTF-8: that one place was damaged; mend it there, or get the file again"
    found = "UTF-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "GB18030"
    if found == "GB18030" and not _is_gb18030(content):
        found = "ENCODING"
    source = f"'{name}'" if name else "FILE"
    return f"convert the file to UTF-8: iconv -f {found} -t UTF-8 {source} > {converted}"


def _is_cut(rest: bytes) -> bool:
    """Whether these bytes begin a character that has more of them."""
    try:
        return not getincrementaldecoder("utf-8")().decode(rest)
    except UnicodeDecodeError:
        return False


def _is_mostly_utf8(content: bytes) -> bool:
    """Whether bytes that are not UTF-8 are the exception among those that are not ASCII."""
    text = content.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    return broken <= sum(not character.isascii() for character in text) - broken


def _is_gb18030(content: bytes) -> bool:
    try:
        content.decode("gb18030")
    except UnicodeDecodeError:
        return False
    return True


def _syntax_hint(content: bytes, line_number: int) -> str:
    if b"\x00" in content:
        return "the line holds NUL bytes: the file was damaged or is not text; get it again from its source"
    if line_number == 1 and content.lstrip()[:1] == b"[":
        return _ARRAY_HINT
    if line_number == 1 and content.strip() == b"{":
        return "a record must stand on one line: jq -c . FILE > ONE_A_LINE.jsonl"
    return "mend the line (each line must be one complete JSON object) and try again"
