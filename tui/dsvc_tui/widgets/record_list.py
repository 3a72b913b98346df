"""The list of records: row number, change, columns; parses what is visible and nothing else."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from textual.message import Message

from dsvc.render.safe_text import cell_width
from dsvc_tui.drawing import cut, padded
from dsvc_tui.records.fields import MISSING, field, steps_of, text_of, value_of
from dsvc_tui.records.shape import FIRST, LENGTH, TURNS, Column, first_text, turn_count
from dsvc_tui.widgets.line_list import LineList

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dsvc_tui.drawing import Part
    from dsvc_tui.records.source import RecordSource

PARSED_BYTES: Final = 16 * 1024
"""A longer record is shown in the list by its first bytes: parsing forty of 1 MB takes a tenth of a second."""
_REMEMBERED: Final = 500
_MEASURED: Final = 50
_WIDEST: Final = 24
_LEAST: Final = 36
"""Columns kept for the last column; others give way."""
_GUTTER: Final = {"E": "error", "W": "warning", "N": "dim"}
_MARKS: Final = {"+": "added", "~": "changed", ">": "moved", "=": "same"}


class RecordList(LineList):
    """Records of a source, in the order and selection of ``rows`` (None: all)."""

    class Resized(Message):
        """There is room for other columns."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._source: RecordSource | None = None
        self._rows: Sequence[int] | None = None
        self._told_row: int | None = None
        """The row under the cursor when it was last told."""
        self._columns: list[Column] = [LENGTH, FIRST]
        self._widths: list[int] = []
        self._was_in_sight: list[tuple[int, int, int] | int] = []
        self._texts: OrderedDict[int, list[str]] = OrderedDict()
        self.marks: Sequence[int] = b""
        """For each row the sign of its change as a number, 0 for none; may end early."""
        self.row_signs: Sequence[int] | None = None
        """For each row a sign as a number, 0 for none, beside its number; may end early. None: no room is kept."""
        self.matches: Sequence[int] = b""
        """For each row whether a search found it; may end early."""

    @property
    def columns(self) -> Sequence[Column]:
        """The columns shown."""
        return self._columns

    def show_source(self, source: RecordSource) -> None:
        """Show the records of a source."""
        self._source, self._rows = source, None
        self._forget()
        self.grow()

    def clear(self) -> None:
        """Show nothing, until there is another source."""
        self._source, self._rows = None, None
        self.set_count(0)

    def show_columns(self, columns: Sequence[Column]) -> None:
        """Show other columns; the last one gets the room that is left."""
        self._columns = [*columns]
        self._forget()
        self.refresh()

    def show_rows(self, rows: Sequence[int] | None, *, at: int | None = None) -> None:
        """Show only these rows, in this order, the cursor on row ``at`` (None: where it is) if it is among them."""
        at = self.row if at is None else at
        self._rows = rows
        self.grow()
        place = self.place_of(at) if at is not None else None
        self.move_to(place or 0, centre=True)
        self._tell_row()

    def read_again(self) -> None:
        """Records are not what they were."""
        self._texts.clear()
        self.grow()
        self.refresh()

    def grow(self) -> None:
        """More records may be there than before."""
        if self._source is not None:
            if self.count < _MEASURED:
                self._widths = []
            self.set_count(self._available)
            self._tell_row()

    def keep_up(self) -> None:
        """Show what was read, found or chosen meanwhile; the lines are drawn only if something in sight is different.

        Drawing forty of them takes 15 ms, while a thread that searches wants the processor, too.
        """
        if self._source is None:
            return
        if min(self.count, self._available) < self._below:
            self.grow()
        else:
            self.extend_to(self._available)
        in_sight = self._in_sight()
        if in_sight != self._was_in_sight:
            self._was_in_sight = in_sight
            self.refresh()

    @property
    def _available(self) -> int:
        """How many lines there could be by now."""
        if self._rows is not None:
            return len(self._rows)
        return len(self._source) if self._source is not None else 0

    @property
    def _below(self) -> int:
        """The first line below those in sight."""
        return round(self.scroll_y) + self.size.height

    def _in_sight(self) -> list[tuple[int, int, int] | int]:
        """What may change in the lines in sight: row, mark, whether found; and the width of the numbers."""
        rows = [self.row_at(index) for index in range(round(self.scroll_y), min(self._below, self.count))]
        marks, found = self.marks, self.matches
        return [
            self._number_width,
            *(
                (row, marks[row] if row < len(marks) else 0, found[row] if row < len(found) else 0)
                for row in rows
                if row is not None
            ),
        ]

    def move_to(self, index: int, *, centre: bool = False) -> None:
        """Put the cursor on a line."""
        before = self.cursor
        super().move_to(index, centre=centre)
        if self.cursor != before:
            self._told_row = self.row

    def _tell_row(self) -> None:
        """The cursor may stand in the same line, and another record in it."""
        if self.row != self._told_row:
            self._told_row = self.row
            self.post_message(self.CursorMoved(self, self.cursor))

    @property
    def row(self) -> int | None:
        """The row (from 0) under the cursor."""
        return self.row_at(self.cursor)

    def row_at(self, index: int) -> int | None:
        """The row (from 0) that a line shows."""
        if not 0 <= index < self.count:
            return None
        return index if self._rows is None else self._rows[index]

    def place_of(self, row: int) -> int | None:
        """The line that shows a row; None when it is not shown."""
        if self._rows is None:
            return row if row < self.count else None
        try:
            return self._rows.index(row)
        except ValueError:
            return None

    def on_resize(self) -> None:
        """The titles stand above the columns that there is room for."""
        self.post_message(self.Resized())

    def head_line(self) -> list[Part]:
        """The titles of the columns."""
        titles = [
            padded(column.title, width, right=column.is_number) for column, width in self._laid_out(self.size.width - 2)
        ]
        return [("dim", " " * (self._number_width + self._signs_width)), ("dim", "  ".join(titles).rstrip())]

    def line(self, index: int, width: int) -> Sequence[Part]:
        """A record in a line."""
        row = self.row_at(index)
        assert row is not None
        mark = chr((self.marks[row] if row < len(self.marks) else 0) or 0x20)
        found = row < len(self.matches) and bool(self.matches[row])
        number = f"{row + 1:,}".rjust(self._number_width)
        parts: list[Part] = [("match" if found else "dim", number), *self._gutter_part(row)]
        parts.append((_MARKS.get(mark, ""), f" {mark} " if self.row_signs is None else f"{mark} "))
        look = _MARKS.get(mark, "") if mark == "~" else ""
        laid_out, texts = self._laid_out(width), self._row_texts(row)
        for (column, room), text in zip(laid_out, [*texts[: len(laid_out) - 1], texts[-1]], strict=True):
            parts += [(look, padded(text, room, right=column.is_number)), ("", "  ")]
        return parts[:-1]

    def _gutter_part(self, row: int) -> list[Part]:
        if self.row_signs is None:
            return []
        sign = chr((self.row_signs[row] if row < len(self.row_signs) else 0) or 0x20)
        return [("", " "), (_GUTTER.get(sign, ""), sign)]

    @property
    def _signs_width(self) -> int:
        """What stands between the number and the columns."""
        return 3 if self.row_signs is None else 4

    @property
    def rows(self) -> Sequence[int] | None:
        """The rows that are shown, in their order; None: all."""
        return self._rows

    @property
    def _number_width(self) -> int:
        return len(f"{len(self._source) if self._source is not None else 0:,}")

    def _laid_out(self, width: int) -> list[tuple[Column, int]]:
        """The columns with their widths; in little room only some of them."""
        room = width - self._number_width - self._signs_width
        if len(self._widths) != len(self._columns):
            self._measure()
        shown = [*zip(self._columns[:-1], self._widths[:-1], strict=True)]
        while shown and room - sum(columns + 2 for _, columns in shown) < _LEAST:
            shown.pop()
        last = room - sum(columns + 2 for _, columns in shown)
        return [*shown, (self._columns[-1], max(last, 1))]

    def _measure(self) -> None:
        """Column widths, from the records that are visible when they are first shown."""
        top = round(self.scroll_y)
        rows = [self.row_at(index) for index in range(top, min(top + _MEASURED, self.count))]
        texts = [self._row_texts(row) for row in rows if row is not None]
        self._widths = [
            min(_WIDEST, max([cell_width(column.title), *(cell_width(cut(text[at], _WIDEST)) for text in texts)]))
            for at, column in enumerate(self._columns)
        ]

    def _row_texts(self, row: int) -> list[str]:
        texts = self._texts.get(row)
        if texts is None:
            texts = self._texts[row] = self._read(row)
            if len(self._texts) > _REMEMBERED:
                self._texts.popitem(last=False)
        return texts

    def _read(self, row: int) -> list[str]:
        assert self._source is not None
        head, size = self._source.head(row, PARSED_BYTES)
        value = value_of(head) if len(head) == size else MISSING
        return [_text(column, value, head, size) for column in self._columns]

    def _forget(self) -> None:
        self._texts.clear()
        self._widths = []


def _text(column: Column, value: object, head: bytes, size: int) -> str:
    """What a column says of a record, no longer than it can be wide."""
    if column == LENGTH:
        return f"{size:,}"
    if value is MISSING:
        return head[:400].decode("utf-8", "replace") if column == FIRST else ""
    if column == TURNS:
        turns = turn_count(value)
        return "" if turns is None else str(turns)
    text = first_text(value) if column == FIRST else text_of(field(value, steps_of(column.name)))
    return text[:400]
