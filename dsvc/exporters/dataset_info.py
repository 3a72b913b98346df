"""Entries put into LLaMA-Factory's ``dataset_info.json``, the rest of which stays byte for byte."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

import msgspec

from dsvc.errors import BadDataError, ProtectedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dsvc.record import Json

_SPACE: Final = re.compile(r"[ \t\r\n]*")
_BOM: Final = "\ufeff"


class _Member(msgspec.Struct, frozen=True):
    """A member of the outer object: its value, and where key and value stand in the text."""

    value: Json
    start: int
    value_start: int
    end: int


def merged(text: str, entries: Mapping[str, Json], *, name: str, force: bool) -> str:
    """The text with these entries. An entry that is there already and means the same is left alone.

    Raises BadDataError when the text is no JSON object of objects, ProtectedError for another entry of the same name,
    unless ``force`` says that it may be replaced.
    """
    for key, entry in entries.items():
        members = dict(_members(text, name))
        if members and not any(isinstance(member.value, dict) for member in members.values()):
            raise BadDataError(
                f"'{name}' is no list of LLaMA-Factory's datasets: none of its entries is an object",
                hint="write elsewhere: -o FOLDER, or move the file away",
            )
        known = members.get(key)
        if known is None:
            text = _added(text, [*members.values()], key, entry)
        elif known.value != entry:
            if not force:
                raise ProtectedError(
                    f"'{name}' has another entry '{key}'", hint="replace it: --force (or call this one --name NAME)"
                )
            written = _written(entry, _indent(text, [*members.values()]))
            text = text[: known.value_start] + written + text[known.end :]
    return text


def _members(text: str, name: str) -> Iterator[tuple[str, _Member]]:
    decoder = json.JSONDecoder()

    def skip(at: int) -> int:
        found = _SPACE.match(text, at)
        assert found is not None
        return found.end()

    try:
        if not isinstance(json.loads(text.removeprefix(_BOM)), dict):
            raise BadDataError(f"'{name}' is not a JSON object", hint="LLaMA-Factory reads an object of entries there")
    except ValueError as error:
        raise BadDataError(f"cannot read '{name}': {error}", hint="mend it, or move it away") from None
    at = skip(text.index("{") + 1)
    while text[at] != "}":
        start = at
        key, at = decoder.raw_decode(text, at)
        value_start = skip(skip(at) + 1)
        value, end = decoder.raw_decode(text, value_start)
        yield key, _Member(value, start, value_start, end)
        at = skip(end)
        if text[at] == ",":
            at = skip(at + 1)


def _indent(text: str, members: list[_Member]) -> str:
    """What stands in front of the first member on its line; two spaces where that cannot be told."""
    if members:
        line = text[: members[0].start].rpartition("\n")[2]
        if not line.strip():
            return line
    return "  "


def _added(text: str, members: list[_Member], key: str, entry: Json) -> str:
    end = "\r\n" if "\r\n" in text else "\n"
    indent = _indent(text, members)
    member = f"{indent}{json.dumps(key)}: {_written(entry, indent)}".replace("\n", end)
    if members:
        return f"{text[: members[-1].end]},{end}{member}{text[members[-1].end :]}"
    opened = text.index("{") + 1
    return f"{text[:opened]}{end}{member}{end}{text[text.rindex('}') :]}"


def _written(entry: Json, indent: str) -> str:
    """An entry as the file writes it: ASCII, because LLaMA-Factory opens it in the encoding of its machine."""
    return json.dumps(entry, indent=indent or "  ").replace("\n", f"\n{indent}")
