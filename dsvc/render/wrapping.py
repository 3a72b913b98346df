"""Safe text in several colours, broken into lines of a width; long texts shortened around what matters."""

from __future__ import annotations

import re
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, TypeAlias

from dsvc.render.safe_text import ELLIPSIS, cell_width, graphemes
from dsvc.render.style import PLAIN, Role, Style

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Segment: TypeAlias = "tuple[Role | None, str]"
"""A stretch of safe text and what it is."""

_WORD = re.compile(r"[!-~]+|[^!-~]")


def wrap(segments: Iterable[Segment], columns: int, *, style: Style = PLAIN, limit: int | None = None) -> list[str]:
    """Lines of at most ``columns``; broken at spaces and between wide characters, inside a word only when it must be.

    With ``limit`` at most so many lines, the last one ending in ``…`` when something was left out.
    """
    return ["".join([style(role, text) for role, text in line]) for line in broken(segments, columns, limit=limit)]


def broken(segments: Iterable[Segment], columns: int, *, limit: int | None = None) -> list[list[Segment]]:
    """The lines of :func:`wrap` as segments, for whoever paints them otherwise."""
    columns = max(columns, 4)
    lines: list[list[Segment]] = [[]]
    used = 0
    for role, unit, width in _units(segments, columns):
        if used + width > columns and used:
            if limit is not None and len(lines) == limit:
                _end_with_ellipsis(lines[-1], columns)
                break
            lines.append([])
            used = 0
            if unit == " ":
                continue
        lines[-1].append((role, unit))
        used += width
    return [_finished_line(line) for line in lines]


def head(text: str, columns: int) -> str:
    """The start of a safe text in at most ``columns``, not ending inside a word if that can be helped."""
    cut = _fitting(text[: columns + 1], columns)
    if len(cut) < len(text) and cut[-1:] > " " and text[len(cut)].isascii() and text[len(cut)] > " ":
        cut = cut[: cut.rfind(" ") + 1] or cut
    return cut


def tail(text: str, columns: int) -> str:
    """The end of a safe text in at most ``columns``, not beginning inside a word if that can be helped."""
    clusters = list(graphemes(text[-2 * columns - 16 :]))
    used, start = 0, len(clusters)
    while start and used + cell_width(clusters[start - 1]) <= columns:
        start -= 1
        used += cell_width(clusters[start])
    cut = "".join(clusters[start:])
    before = text[-len(cut) - 1 : -len(cut)] if 0 < len(cut) < len(text) else ""
    if before > " " and before.isascii() and cut[0] > " ":
        cut = cut[cut.find(" ") :] if " " in cut else cut
    return cut


def shorten_middle(text: str, columns: int) -> str:
    """A safe text in at most ``columns`` (or one more), with ``…`` for what was left out of its middle."""
    if len(text) <= columns and cell_width(text) <= columns:
        return text
    return head(text, columns // 2) + ELLIPSIS + tail(text, columns - columns // 2 - 1)


def _fitting(text: str, columns: int) -> str:
    if text.isascii():
        return text[:columns]
    used = length = 0
    for cluster in graphemes(text):
        used += cell_width(cluster)
        if used > columns:
            break
        length += len(cluster)
    return text[:length]


def _units(segments: Iterable[Segment], columns: int) -> Iterator[tuple[Role | None, str, int]]:
    for role, text in segments:
        clusters: Sequence[str] = _WORD.findall(text) if text.isascii() else list(_words_and_clusters(text))
        for unit in clusters:
            width = len(unit) if unit.isascii() else cell_width(unit)
            if width <= columns:
                yield role, unit, width
            else:
                for start in range(0, len(unit), columns):
                    part = unit[start : start + columns]
                    yield role, part, cell_width(part)


def _words_and_clusters(text: str) -> Iterator[str]:
    word = ""
    for cluster in graphemes(text):
        if len(cluster) == 1 and "!" <= cluster <= "~":
            word += cluster
            continue
        if word:
            yield word
            word = ""
        yield cluster
    if word:
        yield word


def _end_with_ellipsis(line: list[Segment], columns: int) -> None:
    while line and sum(cell_width(text) for _, text in line) >= columns:
        role, text = line.pop()
        if len(text) > 1 and not line:
            line.append((role, head(text, columns - 1)))
    line.append((line[-1][0] if line else None, ELLIPSIS))


def _finished_line(line: list[Segment]) -> list[Segment]:
    """A line without spaces at its end, what is of one role in one segment."""
    while line and line[-1][1] == " ":
        line.pop()
    groups = groupby(line, key=itemgetter(0))
    return [(role, "".join([text for _, text in group])) for role, group in groups]
