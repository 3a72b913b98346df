"""A record as lines to read: as a conversation, as a tree of its fields, or as it is written in the file.

Lines are made one after the other, as far as somebody reads; of a very long text only the first part is laid out, and
the last line says so.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from dsvc.record import Number
from dsvc.render.json_text import json_text
from dsvc.render.numbers import size
from dsvc.render.safe_text import safe
from dsvc.render.wrapping import head
from dsvc_tui.records.conversation import blocks
from dsvc_tui.records.fields import MISSING, value_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from dsvc_tui.drawing import Part
    from dsvc_tui.records.block import Block
    from dsvc_tui.records.fields import Steps

Fold: TypeAlias = "Steps | tuple[Steps, str]"
"""What can be folded: a field, or a part of what stands in it."""
View: TypeAlias = Literal["conversation", "tree", "written"]
VIEWS: Final[tuple[View, ...]] = ("conversation", "tree", "written")

LAID_OUT: Final = 200_000
"""Characters of one text that are laid out."""
PARSED: Final = 8 << 20
"""A record of more bytes is only shown as it is written, its first part."""
_DEEPEST: Final = 40
_LOOKS: Final[Mapping[str, str]] = {"user": "moved", "assistant": "added", "system": "changed", "rejected": "removed"}


@dataclass(frozen=True, slots=True)
class PageLine:
    """A line of a record: what stands there, the field it belongs to, whether that is folded (None: cannot be)."""

    parts: tuple[Part, ...]
    path: Steps
    folded: bool | None = None
    key: Fold | None = None
    """What is folded with it; None: the field."""

    @property
    def fold(self) -> Fold:
        """What :func:`page` is told to fold or unfold."""
        return self.path if self.key is None else self.key


def page(
    content: bytes, length: int, view: View, width: int, *, wrapped: bool, switched: Collection[Fold]
) -> Iterator[PageLine]:
    """The lines of a record of ``length`` bytes, of which ``content`` is the first part or all.

    ``switched`` are the fields that were folded or unfolded by hand.
    """
    value = value_of(content) if len(content) == length else MISSING
    if view == "written" or value is MISSING:
        if len(content) == length and view != "written":
            yield PageLine((("warning", "this line is not JSON; it is shown as it is written"),), ())
        yield from _written(content, length, width, wrapped=wrapped)
    elif view == "tree":
        yield from _tree("", value, (), width, wrapped=wrapped, switched=switched, depth=0)
    else:
        yield from _conversation(value, width, wrapped=wrapped, switched=switched)


def lines_of(text: str, width: int, *, wrapped: bool = True) -> Iterator[str]:
    """A text in safe lines of a width; very long texts end with a remark."""
    shown = text[:LAID_OUT]
    for paragraph in safe(shown, newline="keep").split("\n"):
        yield from _wrapped(paragraph, max(width, 4)) if wrapped else (paragraph,)
    if len(shown) < len(text):
        yield f"… {len(text) - len(shown):,} more characters are not laid out; copying takes all"


def _wrapped(text: str, width: int) -> Iterator[str]:
    at = 0
    while at < len(text):
        line = head(text[at : at + 4 * width], width) or text[at]
        yield line
        at += len(line)
        if text[at : at + 1] == " ":
            at += 1
    if not text:
        yield ""


def _written(content: bytes, length: int, width: int, *, wrapped: bool) -> Iterator[PageLine]:
    text = content[: LAID_OUT * 4].decode("utf-8", "replace")
    for line in lines_of(text, width, wrapped=wrapped):
        yield PageLine((("", line),), ())
    if len(content) < length:
        yield PageLine((("warning", f"… {size(length - len(content))} more are not shown"),), ())


def _conversation(value: object, width: int, *, wrapped: bool, switched: Collection[Fold]) -> Iterator[PageLine]:
    short = False
    for number, block in enumerate(blocks(value)):
        before, short = short, block.is_field and len(block.text) <= width // 2 and "\n" not in block.text
        if number and not (before and short):
            yield PageLine((), block.path)
        if short:
            note = ("dim", f"  {block.note}" if block.note else "")
            yield PageLine((("heading", block.role), ("", f"  {block.text}"), note), block.path)
            continue
        yield from _block(block, width, wrapped=wrapped, folded=block.aside != (block.key in switched))


def _block(block: Block, width: int, *, wrapped: bool, folded: bool) -> Iterator[PageLine]:
    sign = "▸" if folded else "▾"
    look = _LOOKS.get(block.role.partition(" ")[0], "heading")
    note = ("dim", f"  {block.note}" if block.note else "")
    title: tuple[Part, ...] = (("key", f"{sign} "), (look if look != "removed" else "heading", block.role), note)
    if folded:
        more = "" if len(block.text) <= width // 2 and "\n" not in block.text else f"{len(block.text):,} characters: "
        yield PageLine((*title, ("dim", f"  {more}{block.text[:width]}")), block.path, folded, block.key)
        return
    yield PageLine(title, block.path, folded, block.key)
    if not block.text and block.path:
        return
    for line in lines_of(block.text, width - 2, wrapped=wrapped):
        yield PageLine((("", "  "), ("", line)), block.path, key=block.key)


def _tree(
    name: str, value: object, path: Steps, width: int, *, wrapped: bool, switched: Collection[Fold], depth: int
) -> Iterator[PageLine]:
    indent = "  " * max(depth - 1, 0)
    lead: tuple[Part, ...] = (("", indent), ("key", f"{name}  ")) if name else ()
    if isinstance(value, (dict, list)) and value and depth < _DEEPEST:
        folded = (depth > _OPEN_DEPTH) != (path in switched)
        if name:
            count = f"{len(value):,} {'fields' if isinstance(value, dict) else 'elements'}"
            yield PageLine((("", indent), ("key", f"{'▸' if folded else '▾'} {name}  "), ("dim", count)), path, folded)
        if not folded:
            pairs = value.items() if isinstance(value, dict) else enumerate(value)
            for key, inner in pairs:
                label = f"[{key}]" if isinstance(key, int) else key
                yield from _tree(label, inner, (*path, key), width, wrapped=wrapped, switched=switched, depth=depth + 1)
        return
    text, look = _leaf(value)
    room = width - 2 * max(depth, 1)
    if "\n" not in text and len(text) + len(name) + 2 <= room // 2:
        yield PageLine((*lead, (look, text)), path)
        return
    folded = path in switched
    yield PageLine(
        (("", indent), ("key", f"{'▸' if folded else '▾'} {name}  "), ("dim", f"{len(text):,} characters")),
        path,
        folded,
    )
    if not folded:
        for line in lines_of(text, room - 2, wrapped=wrapped):
            yield PageLine((("", indent + "    "), (look, line)), path)


_OPEN_DEPTH: Final = 3


def _leaf(value: object) -> tuple[str, str]:
    """A value without parts, as text, and its look: what is no text stands out from text that reads the same."""
    if isinstance(value, str) and not isinstance(value, Number):
        return (value, "") if value else ('""', "dim")
    try:
        return json_text(value), "changed"
    except (TypeError, RecursionError):
        return json.dumps(str(value)), "dim"
