"""One changed field as lines: its path, and the words that changed with a little of what stands around them.

Changed words carry marks that need no colour: ``[-old-]`` and ``{+new+}``.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

import msgspec

from dsvc.record import Number
from dsvc.render.json_text import json_text
from dsvc.render.safe_text import ELLIPSIS, cell_width, fit, safe
from dsvc.render.style import PLAIN, Role, Style
from dsvc.render.wrapping import Segment, head, shorten_middle, tail, wrap
from dsvc.textdiff import json_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dsvc.record import Json
    from dsvc.textdiff import FieldChange
    from dsvc.textdiff.words import Span

_SIGNS: Final[Mapping[str, tuple[str, Role]]] = {
    "added": ("+", "added"),
    "removed": ("-", "removed"),
    "changed": ("~", "changed"),
}
_RUN_FROM = 3
"""So many neighbouring list elements are shown together."""
_RUN_SHOWN = 12
"""Most elements shown of a run, unless in full."""
_REWRITTEN = 0.3
"""Below this share of kept text, old and new are shown one after the other instead of word by word."""


class View(msgspec.Struct, frozen=True):
    """How to show changes: colours, width in columns, word by word or not, shortened or in full."""

    style: Style = PLAIN
    columns: int = 100
    words: bool = True
    full: bool = False
    context: int = 24
    """Columns of unchanged text kept on each side of a change."""
    lines: int = 6
    """Most lines for one value, unless in full."""

    @property
    def limit(self) -> int | None:
        """Most lines for one value, None for all."""
        return None if self.full else self.lines


def changes_lines(changes: Sequence[FieldChange], view: View, *, indent: int) -> Iterator[str]:
    """Changed fields in order; neighbouring elements that were put into or taken out of a list stand together."""
    for _, group in groupby(enumerate(changes), key=lambda item: _list_key(*item)):
        run = [change for _, change in group]
        if len(run) < _RUN_FROM:
            for change in run:
                yield from field_lines(change, view, indent=indent)
        else:
            yield from _run_lines(run, view, indent=indent)


def _list_key(index: int, change: FieldChange) -> object:
    """Equal for neighbours in a run: the same list, the same kind, places that follow each other."""
    last = change.steps[-1] if change.steps else None
    if change.kind == "changed" or not isinstance(last, int):
        return index
    return change.kind, change.steps[:-1], last - index


def _run_lines(run: Sequence[FieldChange], view: View, *, indent: int) -> Iterator[str]:
    sign, role = _SIGNS[run[0].kind]
    path = safe(json_path(run[0].steps[:-1])).removeprefix("$")
    lead = f"{sign} {path}[{run[0].steps[-1]}-{run[-1].steps[-1]}]"
    yield " " * indent + view.style(role, fit(lead, view.columns - indent))
    texts = [value_text(change.new if change.kind == "added" else change.old) for change in run]
    if len(set(texts)) == 1:
        texts = [f"{texts[0]}  (each of {len(run):,})"]
    shown = texts if view.full else texts[:_RUN_SHOWN]
    for text in shown:
        lines = wrap([(role, _cut(text, view))], view.columns - indent - 6, style=view.style, limit=view.limit)
        yield from (" " * (indent + (4 if number == 0 else 6)) + line for number, line in enumerate(lines))
    if len(shown) < len(texts):
        yield " " * (indent + 4) + view.style("dim", f"{ELLIPSIS} {len(texts) - len(shown):,} more: --full")


def field_lines(change: FieldChange, view: View, *, indent: int) -> Iterator[str]:
    """A changed field: sign and path, then what changed; continued lines are indented further."""
    sign, role = _SIGNS[change.kind]
    path = safe(change.path)
    lead = f"{sign} {path}  "
    body = _body(change, view)
    room = view.columns - indent - 4
    if len(body) == 1 and (_fits(lead, body[0], room) or indent + cell_width(lead) <= view.columns // 2):
        first, *more = wrap([(role, lead.rstrip()), (None, "  "), *body[0]], room, style=view.style, limit=view.limit)
        yield " " * indent + first
        yield from (" " * (indent + 4) + line for line in more)
        return
    yield " " * indent + view.style(role, fit(lead.rstrip(), view.columns - indent))
    for segments in body:
        yield from (" " * (indent + 4) + line for line in wrap(segments, room, style=view.style, limit=view.limit))


def _body(change: FieldChange, view: View) -> list[list[Segment]]:
    old, new = value_text(change.old), value_text(change.new)
    if change.kind == "added":
        return [[("added", _cut(new, view))]]
    if change.kind == "removed":
        return [[("removed", _cut(old, view))]]
    spans = change.words if view.words else ()
    if spans and (len(spans) == 1 or _kept(spans) >= _REWRITTEN):
        return [list(word_segments(spans, view))]
    if not view.words or cell_width(old) + cell_width(new) > view.columns // 2:
        return [[("removed", f"- {_cut(old, view)}")], [("added", f"+ {_cut(new, view)}")]]
    return [[("removed", f"[-{old}-]"), ("added", f"{{+{new}+}}")]]


def word_segments(spans: Sequence[Span], view: View) -> Iterator[Segment]:
    """Spans of a text, the unchanged stretches shortened; marks stand around what was removed and added."""
    last = len(spans) - 1
    for index, span in enumerate(spans):
        text = safe(span.text)
        if span.kind == "equal":
            yield None, text if view.full else _around(text, view.context, first=index == 0, last=index == last)
        elif span.kind == "removed":
            yield "removed", f"[-{_cut(text, view)}-]"
        else:
            yield "added", f"{{+{_cut(text, view)}+}}"


def value_text(value: Json) -> str:
    """A value as safe text: a string without quotes as it reads, anything else as JSON."""
    if isinstance(value, str) and not isinstance(value, Number) and _reads_as_text(value):
        return safe(value)
    return safe(json_text(value))


def _reads_as_text(value: str) -> bool:
    """Whether a string cannot be taken for another JSON value, or for nothing, without its quotes."""
    return value.strip() == value != "" and value not in ("null", "true", "false") and value[0] not in '0123456789-"{['


def _fits(lead: str, segments: Sequence[Segment], columns: int) -> bool:
    texts = [lead, *(text for _, text in segments)]
    return sum(map(len, texts)) <= columns and sum(map(cell_width, texts)) <= columns


def _around(text: str, context: int, *, first: bool, last: bool) -> str:
    before = "" if first else head(text, context)
    after = "" if last else tail(text, context)
    if len(text) <= len(before) + len(after) + 1:
        return text
    return before + ELLIPSIS + after


def _cut(text: str, view: View) -> str:
    return text if view.full else shorten_middle(text, view.columns * (view.lines - 3))


def _kept(spans: Sequence[Span]) -> float:
    kept = sum(2 * len(span.text) for span in spans if span.kind == "equal")
    return kept / max(1, kept + sum(len(span.text) for span in spans if span.kind != "equal"))
