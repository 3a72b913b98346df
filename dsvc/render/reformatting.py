"""What is different in the writing of two records of the same value."""

from __future__ import annotations

import json
import re
from operator import itemgetter
from typing import TYPE_CHECKING, Final

import msgspec

from dsvc.record import BOM

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dsvc.delta import Reformatted

_STRING: Final = re.compile(rb'("[^"\\]*(?:\\.[^"\\]*)*")')
_SPACING: Final = re.compile(rb"[:,{\[]?[ \t\r]+[:,}\]]?")
_WHITE_SPACE: Final = b" \t\r"


class _Written(msgspec.Struct, frozen=True):
    """A record as it is written: its strings with quotes and escapes, and what stands between these."""

    strings: list[bytes]
    between: list[bytes]

    @staticmethod
    def of(body: bytes) -> _Written:
        parts = _STRING.split(body)
        return _Written(parts[1::2], parts[::2])

    def tokens(self) -> list[bytes]:
        """What stands between the strings, without white space."""
        return [text.translate(None, _WHITE_SPACE) for text in self.between]

    def spacing(self) -> list[bytes]:
        """All white space with what it stands beside, in whatever order."""
        return sorted(_SPACING.findall(b'""'.join(self.between)))


def how_reformatted(delta: Reformatted) -> tuple[str, ...]:
    """All that differs: byte order mark, line end, spacing, escapes, repeated fields, order of keys."""
    old, new = delta.old.content, delta.new.content
    found = []
    if old.startswith(BOM) != new.startswith(BOM):
        found.append("byte order mark")
    if old == new or old.endswith(b"\r") != new.endswith(b"\r"):
        found.append("line end")
    bodies = [content.removeprefix(BOM).removesuffix(b"\r") for content in (old, new)]
    if bodies[0] != bodies[1]:
        found += _inside(*map(_Written.of, bodies))
        if found[-1] == "order of keys" and _with_repeats(bodies[0]) != _with_repeats(bodies[1]):
            found[-1] = "repeated fields"
    return tuple(found)


def in_words(how: Sequence[str]) -> str:
    """``spacing, escapes and order of keys``."""
    *most, last = how
    return f"{', '.join(most)} and {last}" if most else last


def _with_repeats(body: bytes) -> object:
    """The value with every field that is written, also those that another one of the same name replaces."""
    try:
        return json.loads(body, object_pairs_hook=_by_name, parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        return None


def _by_name(fields: list[tuple[str, object]]) -> object:
    return sorted(fields, key=itemgetter(0))


def _inside(old: _Written, new: _Written) -> list[str]:
    same_order = old.tokens() == new.tokens()
    found = []
    if (old.between != new.between) if same_order else (old.spacing() != new.spacing()):
        found.append("spacing")
    texts = [written.strings for written in (old, new)]
    if sorted(texts[0]) != sorted(texts[1]):
        texts = [[json.dumps(json.loads(text)).encode() for text in strings] for strings in texts]
        found.append("escapes" if sorted(texts[0]) == sorted(texts[1]) else "repeated fields")
    if "repeated fields" not in found and not (same_order and texts[0] == texts[1]):
        found.append("order of keys")
    return found or ["writing"]
