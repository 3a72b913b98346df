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


def texts_text(texts: Sequence[Sequence[str]]) -> Verbatim:
    """Lists of plain texts as JSON, much faster than with all else that a value may hold."""
    return Verbatim(json.dumps(texts, ensure_ascii=False))


def record_text(content: bytes) -> Verbatim:
    """A record's bytes as they stand in the file, to be put into JSON output."""
    return Verbatim(content.removeprefix(BOM).strip().decode("utf-8", "replace"))


def _write(value: object) -> str:
    """Not recursive: a record may be nested more deeply than Python's stack allows."""
    parts: list[str] = []
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            parts.append(str(item) if isinstance(item, (Verbatim, Number)) else _string(item))
        elif isinstance(item, Mapping):
            waiting.append(Verbatim("}"))
            for number, (key, inner) in reversed([*enumerate(item.items())]):
                waiting += [inner, Verbatim(f"{', ' if number else ''}{_string(str(key))}: ")]
            waiting.append(Verbatim("{"))
        elif isinstance(item, Sequence) and not isinstance(item, bytes):
            waiting.append(Verbatim("]"))
            for number in range(len(item) - 1, -1, -1):
                waiting += [item[number], Verbatim(", " if number else "")]
            waiting.append(Verbatim("["))
        else:
            parts.append(_scalar(item))
    return "".join(parts)


def _scalar(value: object) -> str:
    return json.dumps(value.isoformat() if isinstance(value, datetime) else value)


_string = json.encoder.encode_basestring
"""What ``json.dumps`` makes of a text, without an encoder made for each."""


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
