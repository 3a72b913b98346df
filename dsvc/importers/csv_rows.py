"""The rows of a table one by one, each with the line that it begins on."""

from __future__ import annotations

import csv
import re
from collections import deque
from itertools import chain, islice
from typing import TYPE_CHECKING, Final

from dsvc.errors import BadDataError
from dsvc.importers.csv_quotes import StrayQuote, stray_quote
from dsvc.importers.csv_spaces import WithoutSpaces, spaced_quote
from dsvc.importers.csv_undoubled import MOST_LINES, undoubled

if TYPE_CHECKING:
    from collections.abc import Iterator

_SEVERAL: Final = ", and this row can be read in several ways"
_QUOTED_LATE: Final = re.compile(r' +"')


class Rows:
    """Iterates over (line, values); lines count from ``first``, and empty ones are passed over.

    A quote counts as one at the beginning of a value only (RFC 4180), so that of ``a, "b, c"`` the second value would
    begin with a space, and end at the comma behind ``b``. Such a row is read again without the spaces between its
    delimiters and quotes, and taken so where it has as many values as the header then. ``spaced`` counts such rows, the
    first of which is on line ``first_spaced``. What is no row because a quote inside of a value is not doubled is taken
    as a row where it can be one in one way only: ``undoubled`` counts, ``first_undoubled`` is the place of the first.
    ``exact``: neither is done. Raises BadDataError (``name``, line) for what is no row.
    """

    def __init__(self, lines: Iterator[str], name: str, delimiter: str, *, first: int, exact: bool) -> None:
        self.spaced = 0
        self.first_spaced = 0
        self.undoubled = 0
        self.first_undoubled: StrayQuote | None = None
        self._lines = _Lines(lines)
        self._name, self._delimiter, self._exact = name, delimiter, exact
        self._first = first
        self._width: int | None = None
        self._late = spaced_quote(delimiter)
        self._reader = self._reading()

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        while True:
            line = self._first + self._lines.taken
            row = self._row(line)
            if row is None:
                return
            if row:
                self._width = len(row) if self._width is None else self._width
                yield line, row

    def _row(self, line: int) -> list[str] | None:
        self._lines.forget()
        try:
            row = next(self._reader, None)
        except csv.Error as error:
            return self._without_spaces(line) or self._undoubled(line, error)
        if row and self._is_quoted_late(row):
            return self._without_spaces(line, row) or row
        return row

    def _is_quoted_late(self, row: list[str]) -> bool:
        # Nearly all rows are done with the first look, which costs a tenth of the second one.
        return any(' "' in line for line in self._lines.kept) and any(map(_QUOTED_LATE.match, row))

    def _without_spaces(self, line: int, strict: list[str] | None = None) -> list[str] | None:
        """The row that was just taken (as ``strict``), read without spaces before quotes; None if that is no better."""
        kept = list(self._lines.kept)
        if self._exact or not any(map(self._late.search, kept)):
            return None
        closed_up = WithoutSpaces(chain(kept, islice(iter(self._lines), MOST_LINES)), self._delimiter)
        reader = csv.reader(closed_up, delimiter=self._delimiter, strict=True)
        try:
            row = next(reader)
        except (csv.Error, StopIteration):
            row = []
        better = bool(row) and closed_up.found and row != strict and self._width in (None, len(row))
        if (taken := reader.line_num if better else len(kept)) < len(self._lines.kept):
            self._lines.back_to(taken)
            self._reader = self._reading()
        if not better:
            return None
        self.spaced += 1
        self.first_spaced = self.first_spaced or line
        return row

    def _undoubled(self, line: int, error: csv.Error) -> list[str]:
        """The row that was just refused, read with quotes that are not doubled. Raises BadDataError."""
        kept = list(self._lines.kept)
        # What goes on to the end of the data does not have a quote too many, but one too few.
        if self._exact or self._width is None or "expected after" not in str(error) or len(kept) > MOST_LINES:
            raise self._no_row(line, error) from None
        row = undoubled(chain(kept, iter(self._lines)), self._width, self._delimiter, valid=len(kept) - 1)
        if row is None or row.values is None:
            self._lines.back_to(min(len(kept), row.lines) if row is not None else len(kept))
            raise self._no_row(line, error, several=row is not None) from None
        self._lines.back_to(row.lines)
        self._reader = self._reading()
        self.undoubled += 1
        if self.first_undoubled is None:
            stray = stray_quote(self._lines.kept, self._delimiter) or StrayQuote(0, 1, self._lines.kept[0][:24])
            self.first_undoubled = stray._replace(line=line + stray.line)
        return row.values

    def _reading(self) -> Iterator[list[str]]:
        return csv.reader(iter(self._lines), delimiter=self._delimiter, strict=True)

    def _no_row(self, line: int, error: csv.Error, *, several: bool = False) -> BadDataError:
        if "new-line character" in str(error):
            return BadDataError(
                f"cannot read '{self._name}:{line}': its lines end in a carriage return alone, as on old Macs",
                hint="give them line feeds: tr '\\r' '\\n' < OLD.csv > NEW.csv",
            )
        stray = stray_quote(self._lines.kept, self._delimiter)
        if stray is not None:
            return BadDataError(
                f"cannot read '{self._name}:{line + stray.line}': a quote inside of a value is not doubled, "
                f"column {stray.column}, near '{stray.around}'{_SEVERAL if several else ''}",
                hint='double each quote inside of this row\'s values, as in "say ""hi"""',
            )
        return BadDataError(
            f"cannot read '{self._name}:{line}': {error}",
            hint="check the quotes of this row (a quote inside is doubled)",
        )


class _Lines:
    """Lines that are counted, and of which those since the last ``forget`` can be read once more."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._again: deque[str] = deque()
        self._before = 0
        self.kept: list[str] = []

    def __iter__(self) -> Iterator[str]:
        """Those that were not taken yet; anew after ``back_to``, because what has ended does not go on."""
        kept, again = self.kept, self._again
        while again:
            kept.append(again.popleft())
            yield kept[-1]
        for line in self._lines:
            kept.append(line)
            yield line

    @property
    def taken(self) -> int:
        """So many lines were read."""
        return self._before + len(self.kept)

    def forget(self) -> None:
        self._before += len(self.kept)
        self.kept.clear()

    def back_to(self, count: int) -> None:
        """Only the first ``count`` of the lines that are kept were taken."""
        self._again.extendleft(reversed(self.kept[count:]))
        del self.kept[count:]
