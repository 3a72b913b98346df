"""Giving one field of a record another value, and leaving every other byte of the record as it is."""

from __future__ import annotations

import json
import re
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

from dsvc.errors import BadDataError, NotFoundError
from dsvc.record import canonical_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsvc.record import Json

Steps: TypeAlias = "Sequence[str | int]"

_SPACE: Final = re.compile(r"[ \t\n\r]*")
_decode: Final = json.JSONDecoder(parse_float=str, parse_int=str).raw_decode


class Style(msgspec.Struct, frozen=True):
    """How a record is written: what stands between values, and whether letters beyond ASCII are escaped."""

    comma: str = ", "
    colon: str = ": "
    ascii_only: bool = False

    def write(self, value: Json) -> str:
        """A value in this style."""
        return self.spelled(_dumps(value, self.comma, self.colon))

    def string(self, text: str) -> str:
        """A string in this style."""
        return self.spelled(json.dumps(text, ensure_ascii=self.ascii_only))

    def spelled(self, text: str) -> str:
        """JSON text with the characters escaped that this style escapes, and those that are no characters."""
        if self.ascii_only and not text.isascii():
            text = _BEYOND_ASCII.sub(lambda match: json.dumps(match.group())[1:-1], text)
        return text.encode("utf-8", "backslashreplace").decode("utf-8")


_BEYOND_ASCII: Final = re.compile(r"[^\x00-\x7f]+")


def _dumps(value: Json, comma: str, colon: str) -> str:
    """Numbers that Python would rewrite stay as they are written."""
    from dsvc.record import Number

    if isinstance(value, Number):
        return str(value)
    if isinstance(value, dict):
        inside = [
            json.dumps(key, ensure_ascii=False) + colon + _dumps(item, comma, colon) for key, item in value.items()
        ]
        return "{" + comma.join(inside) + "}"
    if isinstance(value, list):
        return "[" + comma.join([_dumps(item, comma, colon) for item in value]) + "]"
    return json.dumps(value, ensure_ascii=False)


def style_of(text: str) -> Style:
    """The style of a record, from its first fields and its first letters beyond ASCII."""
    members = [*_members(text, _skip(text, 0))][:2] if text.lstrip()[:1] == "{" else []
    colon = ":" + text[members[0].colon + 1 : members[0].start] if members else ": "
    comma = ", " if colon.strip() != colon else ","
    if len(members) > 1:
        between = text[members[0].end : members[1].begin]
        comma = between.lstrip()
    return Style(comma, colon, ascii_only="\\u" in text and text.isascii())


class _Member(msgspec.Struct, frozen=True):
    """A field of an object (or an element of an array): where it begins, its colon, and where its value lies."""

    name: str | int
    begin: int
    colon: int
    start: int
    end: int


def with_field(content: bytes, path: Steps, value: Json, *, name: str, row: int) -> bytes:
    """The record with another value at a path; a field that is not there is added behind the others.

    Of several fields of one name the last one counts, as when it is read. Raises NotFoundError when there is no such
    place, BadDataError when the record is none.
    """
    place = _place(content, path, name=name, row=row)
    canonical_value(value)  # refuses what is nested too deeply
    return place.filled(_style_at(place).write(value))


def with_field_text(content: bytes, path: Steps, text: str, *, name: str, row: int) -> bytes:
    """The record with JSON text, as it is, at a path. Raises what :func:`with_field` raises."""
    return _place(content, path, name=name, row=row).filled(text)


def field_text(content: bytes, path: Steps, *, name: str, row: int) -> str:
    """The JSON text that stands at a path, as it is written. Raises what :func:`with_field` raises."""
    place = _place(content, path, name=name, row=row)
    if place.before:
        raise NotFoundError(f"the record at '{name}:{row + 1}' has no field '{path[-1]}' there")
    return place.text[place.start : place.end]


class _Place(msgspec.Struct, frozen=True):
    """Where a value lies in a record; ``before`` and nothing where a field will be added."""

    text: str
    start: int
    end: int
    before: str = ""

    def filled(self, written: str) -> bytes:
        return (self.text[: self.start] + self.before + written + self.text[self.end :]).encode()


def _place(content: bytes, path: Steps, *, name: str, row: int) -> _Place:
    try:
        text = content.decode("utf-8")
        start, end = _skip(text, 0), len(text.rstrip())
        for at, step in enumerate(path):
            found = [member for member in _members(text, start) if member.name == step]
            if found:
                start, end = found[-1].start, found[-1].end
            elif at == len(path) - 1 and isinstance(step, str) and text[start] == "{":
                return _behind_the_last(text, end - 1, step)
            else:
                raise NotFoundError(f"the record at '{name}:{row + 1}' has no field '{step}' there")
        return _Place(text, start, end)
    except (ValueError, RecursionError) as error:
        raise BadDataError(
            f"cannot edit a field of the record at '{name}:{row + 1}': it is no JSON object",
            hint="edit the whole record",
        ) from error


def _behind_the_last(text: str, closing: int, key: str) -> _Place:
    """Where a field goes that an object does not have yet."""
    style = style_of(text)
    last = len(text[:closing].rstrip())
    comma = "" if text[last - 1] == "{" else style.comma
    return _Place(text, last, last, f"{comma}{style.string(key)}{style.colon}")


def _style_at(place: _Place) -> Style:
    """The style of the value at a place where that shows one, else of the record."""
    style, old = style_of(place.text), place.text[place.start : place.end]
    if not old.isascii():
        return msgspec.structs.replace(style, ascii_only=False)
    return msgspec.structs.replace(style, ascii_only=True) if "\\u" in old else style


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    assert match is not None
    return match.end()


def _members(text: str, at: int) -> Iterator[_Member]:
    """What an object or array that begins at a place is made of. Raises ValueError where the text is no JSON."""
    opening = text[at : at + 1]
    if opening not in ("{", "[") or not opening:
        return
    at = _skip(text, at + 1)
    number = 0
    while text[at : at + 1] not in ("}", "]"):
        begin, colon, key = at, at, number
        name: str | int = key
        if opening == "{":
            if text[at : at + 1] != '"':
                raise ValueError("a name is missing")
            name, at = scanstring(text, at + 1, True)  # noqa: FBT003 - its strictness
            colon = at = _skip(text, at)
            if text[at : at + 1] != ":":
                raise ValueError("a colon is missing")
            at = _skip(text, at + 1)
        _, end = _decode(text, at)
        yield _Member(name, begin, colon, at, end)
        number += 1
        at = _skip(text, end)
        if text[at : at + 1] == ",":
            at = _skip(text, at + 1)
        elif text[at : at + 1] not in ("}", "]"):
            raise ValueError("a comma is missing")
