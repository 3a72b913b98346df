"""How often each value of a field occurs; choosing one filters by it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.containers import Vertical

from dsvc.render.numbers import plural
from dsvc_tui.drawing import content_of, padded
from dsvc_tui.widgets.dialogs import Dialog
from dsvc_tui.widgets.line_list import LineList

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from dsvc_tui.drawing import Part
    from dsvc_tui.records.passes import Frequencies

_BAR = 20


class FrequencyLines(LineList):
    """Values with their counts, shares and bars."""

    def __init__(self, found: Frequencies) -> None:
        super().__init__()
        self._found = found
        self._digits = len(f"{found.counts[0][1]:,}") if found.counts else 1

    def on_mount(self) -> None:
        """Show all values."""
        self.set_count(len(self._found.counts))
        self.styles.height = max(1, min(len(self._found.counts), 18))

    def line(self, index: int, width: int) -> Sequence[Part]:
        """A value."""
        value, count = self._found.counts[index]
        share = count / max(self._found.records, 1)
        bar = "█" * round(_BAR * count / self._found.counts[0][1]) if width >= 60 else ""
        room = max(width - self._digits - 9 - (_BAR + 2 if width >= 60 else 0), 4)
        return [
            ("", padded(value or "(empty)", room)),
            ("strong", f"  {count:,}".rjust(self._digits + 2)),
            ("dim", f"  {share:4.0%}"),
            ("same", f"  {bar}" if bar else ""),
        ]


class FrequencyTable(Dialog[str]):
    """The values of one field; the answer is the one that was chosen."""

    BINDINGS: ClassVar[list[Binding]] = [Binding("enter", "choose", show=False)]

    def __init__(self, name: str, found: Frequencies) -> None:
        super().__init__()
        self._field, self._found = name, found

    def compose(self) -> ComposeResult:
        """The values, and what is left over below them."""
        found = self._found
        facts = [plural(found.records, "record"), plural(len(found.counts), "value")]
        facts += [f"{found.missing:,} without it"] if found.missing else []
        facts += [f"{found.other:,} with still other values"] if found.other else []
        with Vertical() as box:
            box.border_title = content_of([("strong", self._field), ("dim", f"  {' · '.join(facts)}")])
            box.border_subtitle = content_of([("dim", "Enter show only these · Esc leave")])
            yield FrequencyLines(found)

    def action_choose(self) -> None:
        """Take the value under the cursor."""
        counts = self._found.counts
        self.dismiss(counts[self.query_one(FrequencyLines).cursor][0] if counts else None)

    def on_line_list_chosen(self) -> None:
        """Take the value that was clicked."""
        self.action_choose()
