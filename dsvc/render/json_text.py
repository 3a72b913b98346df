"""JSON output that keeps numbers as they were written and record text as it is.

``json.dumps`` would turn a :class:`dsvc.record.Number` (a string to Python) into a JSON string.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from dsvc.record import BOM, Number


class Verbatim(str):
    """JSON text to be put into the output as it is."""

    __slots__ = ()


def json_text(value: object, *, ascii_only: bool = False) -> str:
    """A value as compact JSON on one line, keys in their own order.

    With ``ascii_only`` everything else is escaped, so that a terminal cannot be misled by it.
    Raises TypeError for what JSON cannot hold.
    """
    text = _write(value)
    if ascii_only or not _encodes(text):
        return "".join([char if " " <= char < "\x7f" else _escape(char) for char in text])
    return text


def record_text(content: bytes) -> Verbatim:
    """A record's bytes as they stand in the file, to be put into JSON output."""
    return Verbatim(content.removeprefix(BOM).strip().decode("utf-8", "replace"))


def _write(value: object) -> str:
    if isinstance(value, (Verbatim, Number)):
        return str(value)
    if isinstance(value, datetime):
        return json.dumps(value.isoformat())
    if isinstance(value, Mapping):
        return "{" + ", ".join([f"{_string(str(key))}: {_write(item)}" for key, item in value.items()]) + "}"
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return "[" + ", ".join([_write(item) for item in value]) + "]"
    return _string(value) if isinstance(value, str) else json.dumps(value)


def _string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # a lone surrogate
        return False
    return True


def _escape(char: str) -> str:
    """Beyond ASCII there are only string contents; a bare control character is white space between JSON tokens."""
    if char < " ":
        return " "
    return "\\u007f" if char == "\x7f" else json.dumps(char)[1:-1]
