"""One record to read, in one of three views; parts fold, long lines wrap, a 1 MB record holds up nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dsvc.textdiff.paths import steps_of
from dsvc_tui.records.pages import VIEWS, Fold, PageLine, View, lines_of, page
from dsvc_tui.widgets.page_lines import PageLines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsvc_tui.records.fields import Steps


class Note(NamedTuple):
    """A remark about a field of a record (``path`` empty: about all of it)."""

    path: Steps
    look: str
    text: str


class RecordPane(PageLines[PageLine]):
    """Lays out a record as far as somebody scrolls."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._record: tuple[bytes, int] | None = None
        self._switched: set[Fold] = set()
        self._notes: Sequence[Note] = ()
        self.view: View = VIEWS[0]
        self.wrapped = True

    def show_record(self, content: bytes | None, length: int = 0, notes: Sequence[Note] = ()) -> None:
        """Show a record of ``length`` bytes, of which ``content`` is the first part or all; None: nothing.

        ``notes`` stand below the fields that they are about.
        """
        record = None if content is None else (content, length)
        if record != self._record or notes != self._notes:
            self._record, self._notes = record, notes
            self._switched.clear()
            self._lay_out()
            self.move_to(0)
            self.scroll_to(y=0, animate=False)

    def show_view(self, view: View) -> None:
        """Show the record in another way."""
        self.view = view
        self._switched.clear()
        self._lay_out()
        self.move_to(0)

    def toggle_wrap(self) -> None:
        """Wrap long lines, or cut them."""
        self.wrapped = not self.wrapped
        self._lay_out()

    def toggle_fold(self) -> None:
        """Fold or unfold the field that the cursor is in."""
        if self.cursor >= len(self._lines):
            return
        fold = self._lines[self.cursor].fold
        at = next((i for i, line in enumerate(self._lines) if line.fold == fold and line.folded is not None), None)
        if at is None:
            return
        self._switched ^= {fold}
        self._lay_out(at + 1)
        self.move_to(at)

    def go_to_field(self, path: str) -> None:
        """Put the cursor on the field at a JSON path, or on what it lies in."""
        if not path:
            return
        steps = steps_of(path)
        self._need(None)
        known = [tuple(line.path) if line.path is not None and line.parts else () for line in self._lines]
        for depth in range(len(steps), 0, -1):
            if steps[:depth] in known:
                self.move_to(known.index(steps[:depth]), centre=True)
                return

    @property
    def path(self) -> Steps | None:
        """The field under the cursor; None without a record."""
        return self._lines[self.cursor].path if self.cursor < len(self._lines) else None

    def on_resize(self) -> None:
        """Break the lines anew."""
        self._lay_out(len(self._lines))

    def _lay_out(self, least: int = 0) -> None:
        self._lines, self._more = [], iter(())
        if self._record is not None and self.size.width:
            width = self.size.width - 2
            lines = page(*self._record, self.view, width, wrapped=self.wrapped, switched=self._switched)
            self._more = _annotated(lines, self._notes, width, exactly=self.view == "tree")
        self._need(max(least, self.size.height))
        self.set_count(len(self._lines))


def _annotated(lines: Iterator[PageLine], notes: Sequence[Note], width: int, *, exactly: bool) -> Iterator[PageLine]:
    """The lines of a record with notes below their fields: those about all of it first, those without a field last.

    Not ``exactly``: a field that has no line of its own counts as the one that it lies in, and a message of a
    conversation as the first of its parts.
    """
    left = [*notes]
    for line in lines:
        if left and (before := [note for note in left if not note.path]):
            yield from _note_lines(before, width)
            left = [note for note in left if note.path]
        yield line
        path = tuple(line.path or ())
        if path and left and line.parts:
            here = [note for note in left if _is_about(note.path, path, exactly=exactly)]
            yield from _note_lines(here, width)
            left = [note for note in left if note not in here]
    yield from _note_lines(left, width, named=True)


def _is_about(noted: Steps, path: Steps, *, exactly: bool) -> bool:
    """Whether the line of a field is where a remark is read: on its field, the one it lies in, or beside it."""
    if noted == path or exactly:
        return noted == path
    lies_in = noted if isinstance(noted[-1], int) else noted[:-1]
    return path == noted[: len(path)] or (bool(lies_in) and path[: len(lies_in)] == lies_in)


def _note_lines(notes: Sequence[Note], width: int, *, named: bool = False) -> Iterator[PageLine]:
    for note in notes:
        name = f"  ({'.'.join(map(str, note.path))})" if named and note.path else ""
        for text in lines_of(f"! {note.text}{name}", width):
            yield PageLine(((note.look, text),), note.path)
