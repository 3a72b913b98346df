"""A row of a table with quotes inside of its values that are not doubled, where it can be read in one way only.

Here a quote ends a value only where a delimiter or the end of a line follows; those between its two quotes are text.
That leaves choices (``"a","say "hi", x"``), so all are looked at, and what stands around the row must not speak against
one: nothing is ever taken into a row that could be a row of its own.
"""

from __future__ import annotations

import csv
import re
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST_LINES: Final = 200
"""A row may go over so many lines, and as many behind it are looked at."""
_MOST_CHARACTERS: Final = 1 << 22
"""So much is looked at from the beginning of a row at most."""

_Way = tuple["_Way", int] | None
"""Where the values end that a row has so far, the last one first."""
_Ways = dict[int, list[_Way]]
"""By the number of values. Two ways are as good as more."""


class Undoubled(NamedTuple):
    """A row that goes over so many lines; ``values`` is None when it can be read in several ways."""

    values: list[str] | None
    lines: int


class _Table(NamedTuple):
    width: int
    delimiter: str

    def ways(self, lines: Iterable[str]) -> Iterator[list[_Way]]:
        """For one line after the other the ways in which the row ends there with as many values as the header has.

        A quote, a delimiter and a quote are where two values meet, and so are a quote, the end of a line and a quote.
        """
        complete: _Ways = {0: [None]}
        within: _Ways = {}  # what is complete before a value whose quote was not closed so far
        begin, behind_quote = 0, False
        for line in lines:
            bare = _bare(line)
            for piece in bare.split(self.delimiter):
                begins, ends = piece.startswith('"'), piece.endswith('"')
                if begins and behind_quote:
                    within = {}
                alone = complete if (begins and ends and len(piece) > 1) or not _WITH_QUOTE.search(piece) else {}
                end = begin + len(piece)
                ended = self._ended((alone, within if ends else {}), end)
                within = _both(within, complete) if begins else within
                complete = ended
                begin, behind_quote = end + 1, piece.rstrip(" ").endswith('"')
            yield complete.get(self.width, [])
            complete = {}
            begin += len(line) - len(bare) - 1
            if not within:
                return

    def _ended(self, sources: Iterable[_Ways], end: int) -> _Ways:
        ended: _Ways = {}
        for source in sources:
            for count, ways in source.items():
                if count < self.width:
                    ended[count + 1] = [*ended.get(count + 1, ()), *((way, end) for way in ways)][:2]
        return ended

    def may_begin(self, line: str) -> bool:
        """Whether a row could begin on this line, even one that is broken itself or has spaces before its quotes."""
        pieces = _bare(line).split(self.delimiter)
        return (len(pieces) == self.width and pieces != [""]) or any(piece.lstrip(" ")[:1] == '"' for piece in pieces)

    def goes_on(self, lines: _Lines, at: int) -> bool:
        """Whether rows follow, up to the first one with a quote: a value that was not over would have its own there."""
        for number, line in enumerate(lines.after(at), at):
            if '"' in line:
                return self._is_row(lines, number)
            if (bare := _bare(line)) and bare.count(self.delimiter) != self.width - 1:
                return False
        return True

    def _is_row(self, lines: _Lines, at: int) -> bool:
        reader = csv.reader(lines.after(at), delimiter=self.delimiter, strict=True)
        try:
            row = next(reader)
        except (csv.Error, StopIteration):
            ways = next(filter(None, self.ways(lines.after(at))), [])
            return len(ways) == 1
        text = "".join(islice(lines.after(at), reader.line_num))
        return len(row) == self.width and _row(self.delimiter).fullmatch(text) is not None


class _Lines:
    """Lines that are taken when they are asked for, and can be asked for again."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._taken: list[str] = []
        self._characters = 0

    def after(self, count: int) -> Iterator[str]:
        while count < 2 * MOST_LINES:
            if count == len(self._taken):
                line = next(self._lines, "")
                self._characters += len(line)
                if not line or self._characters > _MOST_CHARACTERS:
                    return
                self._taken.append(line)
            yield self._taken[count]
            count += 1


def undoubled(lines: Iterator[str], width: int, delimiter: str, *, valid: int) -> Undoubled | None:
    """The row of ``width`` values that begins with ``lines``, on as few of them as can be; None if there is none.

    So many lines are ``valid``: the strict reading takes them for the beginning of a row that goes on. In a table of
    one column nothing says where a row ends, so that none is read otherwise than strictly.
    """
    if width < 2:
        return None
    table, upcoming = _Table(width, delimiter), _Lines(lines)
    own = islice(upcoming.after(0), MOST_LINES)
    for number, (line, ways) in enumerate(zip(own, table.ways(upcoming.after(0)), strict=False), 1):
        if number > 1 and table.may_begin(line):
            return None
        if len(ways) > 1:
            return Undoubled(None, number)
        if ways and table.goes_on(upcoming, number):
            values = _values("".join(islice(upcoming.after(0), number)), ways[0])
            doubtful = number <= valid or any(map(_is_doubtful, values))
            return Undoubled(None if doubtful else values, number)
    return None


def _values(text: str, way: _Way) -> list[str]:
    ends: list[int] = []
    while way is not None:
        way, end = way
        ends.append(end)
    ends.reverse()
    begins = [0, *(end + 1 for end in ends)]
    values = [text[begin:end] for begin, end in zip(begins, ends, strict=False)]
    return [value[1:-1] if value.startswith('"') else value for value in values]


def _is_doubtful(text: str) -> bool:
    """Whether two quotes may be one that is doubled, where others are not, or the line the rest of a row before it."""
    return '""' in text or (text.startswith('"') and text.count('"') % 2 == 1)


def _both(one: _Ways, other: _Ways) -> _Ways:
    return {count: [*one.get(count, ()), *other.get(count, ())][:2] for count in one.keys() | other.keys()}


def _bare(line: str) -> str:
    return line.removesuffix("\n").removesuffix("\r")


_WITH_QUOTE: Final = re.compile(r'["\r]')


@lru_cache
def _row(delimiter: str) -> re.Pattern[str]:
    """A row by RFC 4180, in which a value without quotes around it has none inside either."""
    by = re.escape(delimiter)
    value = rf'(?:"[^"]*(?:""[^"]*)*"|[^"{by}\r\n]*)'
    return re.compile(rf"{value}(?:{by}{value})*\r?\n?")
