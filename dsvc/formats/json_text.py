"""JSON inside of JSON (arguments, tools as texts), and records as lines; numbers stay as they were written."""

from __future__ import annotations

import json
from functools import lru_cache
from json.encoder import encode_basestring
from typing import TYPE_CHECKING, Any, Final

import msgspec
import orjson

from dsvc.record import Number, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dsvc.record import Json

_LINE = orjson.OPT_PASSTHROUGH_SUBCLASS | orjson.OPT_APPEND_NEWLINE
_parse = msgspec.json.Decoder(float_hook=Number).decode


def _encoder() -> Callable[[Json], str]:
    """``json.JSONEncoder(ensure_ascii=False).encode`` without the new C encoder that it makes for each value.

    Making it takes longer than writing the arguments of a call. Where Python has no such encoder, the public one does.
    """
    make = getattr(json.encoder, "c_make_encoder", None)
    if make is None:
        return json.JSONEncoder(ensure_ascii=False).encode
    write = make(None, None, encode_basestring, None, ": ", ", ", False, False, True)  # noqa: FBT003
    return lambda value: "".join(write(value, 0))


_encode = _encoder()


def line_of(value: dict[str, Json]) -> bytes:
    """A record as a line: compact, Chinese unescaped, keys in their order. Raises RecursionError."""
    try:
        return orjson.dumps(value, _number, _LINE)
    except TypeError:  # whole numbers of more than 64 bits, lone surrogates, deep nesting
        return "".join([*_write(value, ",", ":"), "\n"]).encode("utf-8", "backslashreplace")


def _number(value: Any) -> orjson.Fragment:
    if isinstance(value, Number):
        return orjson.Fragment(value)
    raise TypeError


def text_of(value: Json, *, recurs: bool = False) -> str:
    """A value as JSON text inside a record, spaced as Python's ``json.dumps`` does, Chinese unescaped.

    ``recurs``: other records have the very value, as they have the tools, so that its text is kept for them.
    """
    try:
        compact = orjson.dumps(value, option=orjson.OPT_PASSTHROUGH_SUBCLASS)
    except TypeError:  # a Number, which the encoder would take for a text, and what orjson refuses
        return "".join(_write(value, ", ", ": "))
    return _spaced(compact) if recurs and len(compact) <= _LONGEST_KEPT else _encode(value)


_LONGEST_KEPT: Final = 1 << 13  # so that the texts that are kept take 20 MB at the very most


@lru_cache(maxsize=512)
def _spaced(compact: bytes) -> str:
    """JSON with a space behind each comma and colon. Texts alone are kept: values could be changed by who gets them."""
    return _encode(orjson.loads(compact))


class Inner(msgspec.Struct, frozen=True, gc=False):
    """JSON text that was read: its value, and whether :func:`text_of` would write the very text again."""

    value: Json
    usual: bool


def inner_value(text: str, *, recurs: bool = False) -> Inner:
    """Read JSON text inside a record; ``recurs`` as in :func:`text_of`. Raises ValueError when it is not JSON."""
    if "-0" not in text:
        try:
            value = _parse(text)
        except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
            pass  # what the standard library reads all the same, or tells better
        else:
            compact = type(value) is dict and value and '": ' not in text
            return Inner(value, not compact and text_of(value, recurs=recurs) == text)
    try:
        value = parse(text.encode())
        return Inner(value, text_of(value) == text)
    except UnicodeEncodeError:
        raise ValueError("it holds half of a surrogate pair") from None
    except RecursionError:
        raise ValueError("nested too deeply") from None


def inner_object(text: str) -> Inner | None:
    """The same of a JSON object; None for any other text."""
    if not text.lstrip().startswith("{"):
        return None
    try:
        found = inner_value(text)
    except ValueError:
        return None
    return found if type(found.value) is dict else None


def _write(value: Json, comma: str, colon: str) -> Iterator[str]:
    if isinstance(value, Number):
        yield value
    elif isinstance(value, str):
        yield encode_basestring(value)
    elif isinstance(value, dict):
        before = "{"
        for key, inner in value.items():
            yield f"{before}{encode_basestring(key)}{colon}"
            yield from _write(inner, comma, colon)
            before = comma
        yield "}" if value else "{}"
    elif isinstance(value, list):
        before = "["
        for inner in value:
            yield before
            yield from _write(inner, comma, colon)
            before = comma
        yield "]" if value else "[]"
    else:
        yield msgspec.json.encode(value).decode()
