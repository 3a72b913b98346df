"""Where edits go in a file that was changed since they were made: to records whose bytes are still the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from dsvc.editing.original import digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dsvc.editing.operations import Edit
    from dsvc.editing.view import View


class Places:
    """Finds the records of some edits, nearest to where they should be."""

    def __init__(self, view: View, edits: Sequence[Edit]) -> None:
        """Look through the file once."""
        self._cells: dict[bytes, list[int]] = {}
        self._drift = 0
        wanted = {digest(edit.old.content) for edit in edits if edit.old is not None}
        wanted |= {edit.before for edit in edits if edit.before is not None}
        for row, lines in view.batches():
            for cell, line in enumerate(lines, row):
                found = digest(line)
                if found in wanted:
                    self._cells.setdefault(found, []).append(cell)

    def fitted(self, view: View, edit: Edit) -> Edit | None:
        """The edit for the row in which its record is now; None when there is no such record."""
        if edit.kind == "insert":
            return replace(edit, row=self._row_for_new(view, edit))
        assert edit.old is not None
        row = self._row_of(view, digest(edit.old.content), edit.row)
        if row is None:
            return None
        self._drift = row - edit.row
        to = None if edit.to is None else min(max(edit.to + self._drift, 0), len(view) - 1)
        return replace(edit, row=row, to=to, old=view.line(row))

    def has_it_already(self, view: View, edit: Edit) -> bool:
        """Whether the record that the edit would write stands where it would write it."""
        row = edit.row + self._drift
        return (
            edit.kind == "replace"
            and 0 <= row < len(view)
            and edit.new is not None
            and (view.content(row) == edit.new.content)
        )

    def _row_for_new(self, view: View, edit: Edit) -> int:
        if edit.before is not None:
            row = self._row_of(view, edit.before, edit.row - 1)
            if row is not None:
                return row + 1
        return min(max(edit.row + self._drift, 0), len(view)) if edit.row else 0

    def _row_of(self, view: View, wanted: bytes, row: int) -> int | None:
        expected = row + self._drift
        if 0 <= expected < len(view) and digest(view.content(expected)) == wanted:
            return expected
        rows = [row for row in self._rows(view, wanted) if row is not None]
        return min(rows, key=lambda row: (abs(row - expected), row), default=None)

    def _rows(self, view: View, wanted: bytes) -> Iterator[int | None]:
        written: Iterable[int] = (
            view.first_written + at for at, new in enumerate(view.written) if digest(new.line.content) == wanted
        )
        for cell in (*self._cells.get(wanted, ()), *written):
            yield view.cells.row_of(cell)
