"""Browse: the records of a version, of the working file, or of any JSONL file."""

from __future__ import annotations

from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.containers import Container, Vertical

from dsvc.errors import UsageError
from dsvc.render.numbers import plural
from dsvc_tui.records.fields import value_of
from dsvc_tui.records.file_source import FileSource
from dsvc_tui.records.pages import PARSED, VIEWS
from dsvc_tui.records.shape import Column, columns_for
from dsvc_tui.screens.base import BaseScreen, is_cancelled
from dsvc_tui.widgets.bars import TextBar
from dsvc_tui.widgets.dialogs import Prompt
from dsvc_tui.widgets.line_list import LineList
from dsvc_tui.widgets.record_list import PARSED_BYTES, RecordList
from dsvc_tui.widgets.record_pane import RecordPane

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from textual.widget import Widget

    from dsvc_tui.actions import Action
    from dsvc_tui.drawing import Part
    from dsvc_tui.records.source import RecordSource

_SHAPED_BY: Final = 50
"""Records that decide which columns are shown."""
_GROW_EVERY: Final = 0.1


class BrowseScreen(BaseScreen):
    """The list of records, and the one under the cursor beside or below it."""

    NAME: ClassVar[str] = "browse"

    def body(self) -> Iterable[Widget]:
        """List and record."""
        yield Container(Vertical(TextBar(id="columns"), RecordList(id="records")), RecordPane(id="record"), id="panes")
        yield TextBar(id="state")

    @property
    def records(self) -> RecordList:
        """The list."""
        return self.query_one("#records", RecordList)

    @property
    def pane(self) -> RecordPane:
        """The record beside it."""
        return self.query_one("#record", RecordPane)

    def on_mount(self) -> None:
        """Open what is to be shown."""
        self.source: RecordSource | None = None
        self.revision = self.target.revision
        self._progress = 0.0
        self._shaped = False
        self._wanted_row = self.target.row
        self.pane.view = next((view for view in VIEWS if view == self.session.state.text("view")), VIEWS[0])
        self.records.focus()
        self.look_again()

    def on_unmount(self) -> None:
        """Close it."""
        if self.source is not None:
            self.source.close()

    def look_again(self) -> None:
        """Open the source anew; the cursor stays in its row."""
        if self.source is not None:
            self._wanted_row = (self.records.row or 0) + 1
        self.in_background(self._open, self._opened, group="open")

    def _open(self) -> RecordSource:
        if self.revision is None:
            self.revision = self.session.repository.dataset(None).name
        return self.session.source(self.revision)

    def _opened(self, source: RecordSource) -> None:
        before, self.source = self.source, source
        self._shaped = False
        if before is not None:
            before.close()
        self.records.show_source(source)
        if isinstance(source, FileSource):
            self.in_background(partial(self._scan, source), lambda _: self._grown(source, 1.0), group="scan")
        else:
            self._grown(source, 1.0)

    def _scan(self, source: FileSource) -> None:
        told = 0.0

        def report(share: float) -> bool:
            nonlocal told
            if monotonic() - told > _GROW_EVERY:
                told = monotonic()
                self.app.call_from_thread(self._grown, source, share)
            return not is_cancelled()

        source.scan(self.session.cache, report=report)

    def _grown(self, source: RecordSource, share: float) -> None:
        """More records can be read."""
        if source is not self.source or not self.is_mounted:
            return
        first = not self._shaped and len(source) > 0
        self._progress = share
        if first:
            self._shaped = True
            self.records.show_columns(self._columns_of(source))
        self.records.grow()
        if self._wanted_row is not None and (len(source) >= self._wanted_row or source.complete):
            self.records.move_to(self._wanted_row - 1, centre=True)
            self._wanted_row = None
        if first:
            self._show_record()
        self._show_state()

    def _columns_of(self, source: RecordSource) -> list[Column]:
        kept = self.session.state.texts("columns", self.revision or "")
        if kept:
            return [Column(name) for name in kept]
        heads = [source.head(row, PARSED_BYTES) for row in range(min(_SHAPED_BY, len(source)))]
        return columns_for([value_of(head) for head, size in heads if len(head) == size])

    # What is shown

    def heading(self) -> list[Part]:
        """Which records these are."""
        return [("strong", self.source.name if self.source is not None else self.revision or "…")]

    def names(self) -> Mapping[str, str]:
        """Revision, dataset and row as the command line knows them."""
        revision = self.revision or "REV"
        row = self.records.row
        return {"revision": revision, "dataset": revision.partition("@")[0], "row": str((row or 0) + 1)}

    def _show_state(self) -> None:
        source, row = self.source, self.records.row
        if source is None:
            return
        parts: list[Part] = [
            ("", f"row {row + 1:,}" if row is not None else "no records"),
            ("dim", f" of {plural(len(source), 'record')}"),
        ]
        if not source.complete:
            parts.append(("changed", f"  reading {self._progress:.0%}"))
        parts.append(("dim", f"  {self.pane.view}"))
        self.query_one("#state", TextBar).show(parts)
        self.query_one("#columns", TextBar).show(self.records.head_line())
        self.refresh_bars()

    def _show_record(self) -> None:
        row = self.records.row
        if row is None or self.source is None:
            self.pane.show_record(None)
        elif self.pane.display:
            self.pane.show_record(*self.source.head(row, PARSED))

    @on(LineList.CursorMoved, "#records")
    def _moved(self) -> None:
        self._show_record()
        self._show_state()

    @on(LineList.Chosen, "#records")
    def _chosen(self) -> None:
        self.act_read()

    @on(LineList.Chosen, "#record")
    def _unfold(self) -> None:
        self.pane.toggle_fold()

    # Actions

    def why_not(self, action: Action) -> str | None:
        """There must be records."""
        if action.id.startswith("browse.") and not self.records.count:
            return "there are no records here (yet)"
        return None

    def act_back(self) -> None:
        """From the record into the list, then to the screen before."""
        if self.focused is self.pane:
            self.records.focus()
        else:
            super().act_back()

    def act_read(self) -> None:
        """Into the record; there fold or unfold."""
        if self.focused is self.pane:
            self.pane.toggle_fold()
            return
        self.pane.display = True
        self._show_record()
        self.pane.focus()

    def act_pane(self) -> None:
        """Show or hide the record."""
        self.pane.display = not self.pane.display
        self.records.focus()
        self._show_record()

    def act_view(self) -> None:
        """The next view of the record."""
        view = VIEWS[(VIEWS.index(self.pane.view) + 1) % len(VIEWS)]
        self.pane.show_view(view)
        self.session.state.keep(view, "view")
        self._show_state()

    def act_wrap(self) -> None:
        """Wrap or cut long lines."""
        self.pane.toggle_wrap()

    def act_goto(self) -> None:
        """Ask for a row and go there."""
        row = (self.records.row or 0) + 1
        dialog = Prompt(
            "Go to row", value="", hint=f"a row such as {row:,}, or a share such as 50%", check=self._row_from
        )
        self.app.push_screen(dialog, self._go)

    def _go(self, answer: str | None) -> None:
        if answer is None:
            return
        row = self._row_from(answer)
        place = self.records.place_of(row)
        if place is None:
            self.notify(f"row {row + 1:,} is not among those shown", severity="warning", markup=False)
        else:
            self.records.move_to(place, centre=True)

    def _row_from(self, text: str) -> int:
        """A row (from 0) as somebody writes it."""
        count = len(self.source) if self.source is not None else 0
        plain = text.strip().replace(",", "").replace("_", "")
        try:
            row = round(float(plain[:-1]) / 100 * (count - 1)) if plain.endswith("%") else int(plain) - 1
        except (ValueError, OverflowError):
            raise UsageError(
                f"'{text}' is not a row", hint="write a number such as 1200, or a share such as 50%"
            ) from None
        if not 0 <= row < count:
            raise UsageError(f"there is no row {text}: there are {plural(count, 'record')}")
        return row
