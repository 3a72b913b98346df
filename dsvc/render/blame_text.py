"""Blame as text: for each block of records the version, when, who, from where; then how it begins, or why."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import msgspec

from dsvc.render.log_text import annotators_text
from dsvc.render.safe_text import cell_width, fit, safe
from dsvc.render.style import PLAIN, Style
from dsvc.render.wrapping import wrap
from dsvc.textdiff.fields import json_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dsvc.blame.values import Attribution, BlameBlock, BlamedRecord, FieldBlame
    from dsvc.origin import Origin
    from dsvc.textdiff.fields import Step

NOT_COMMITTED = "not committed yet"
_MOST_WHO, _MOST_SOURCE = 16, 24
"""Most columns for who, and for where from."""
_ROOM = 40
"""With less room than this the parts of a record stand on a line of their own."""
_DATE = len("2026-11-22")


class Widths(msgspec.Struct, frozen=True):
    """Columns of rows, version, who and where from; known before the first line, so that all lines stand in step."""

    rows: int
    version: int
    who: int
    source: int

    @staticmethod
    def of(last_row: int, versions: Iterable[str], origins: Iterable[Origin]) -> Widths:
        """Wide enough for these, but not too wide."""
        known = list(origins)
        return Widths(
            2 * len(f"{last_row:,}") + 1,
            max([4, *map(len, versions)]),
            min(max([1, *(cell_width(annotators_text(origin.annotators)) for origin in known)]), _MOST_WHO),
            min(max([1, *(cell_width(safe(origin.source or "")) for origin in known)]), _MOST_SOURCE),
        )


class BlameLines(msgspec.Struct, frozen=True):
    """Writes blocks and records in step; ``files``: each line names its file."""

    widths: Widths
    style: Style = PLAIN
    columns: int = 100
    files: bool = False

    def block(self, block: BlameBlock, text: str) -> str:
        """One line for a block; ``text`` (safe) fills the rest of it."""
        if block.attribution is None:
            return self._line(self._rows(block), self.style("dim", self._padded("")), text)
        return self._line(self._rows(block), self._who(block.attribution), text)

    def record(self, record: BlamedRecord) -> Iterator[str]:
        """A line for each version that gave a record some of its parts, the record's own first."""
        versions: dict[Attribution, list[FieldBlame]] = {record.attribution: []}
        for part in record.parts:
            versions.setdefault(part.attribution, []).append(part)
        place = self._place(record.file, f"{record.row:,}")
        for attribution, parts in versions.items():
            text = ", ".join(part_names([part.steps for part in parts])) or "(took something out)"
            yield from self._wrapped(place, self._who(attribution), text)
            place = ""

    def _rows(self, block: BlameBlock) -> str:
        last = f"-{block.row + block.records - 1:,}" if block.records > 1 else ""
        return self._place(block.file, f"{block.row:,}{last}")

    def _place(self, file: str, rows: str) -> str:
        return f"{safe(file)}:{rows}" if self.files else rows

    def _who(self, attribution: Attribution) -> str:
        if not attribution.committed:
            return self.style("warning", self._padded(NOT_COMMITTED))
        entry, widths = attribution.entry, self.widths
        version = entry.number if entry is not None else attribution.version[:8]
        when = entry.authored_at.strftime("%Y-%m-%d") if entry is not None else ""
        who, source = annotators_text(attribution.annotators), safe(attribution.source or "")
        rest = [f"{when:{_DATE}}", _column(who, widths.who), _column(source, widths.source)]
        return self.style("strong", _column(version, widths.version)) + "  " + self.style("dim", "  ".join(rest))

    def _padded(self, text: str) -> str:
        return _column(text, self._width)

    @property
    def _width(self) -> int:
        return self.widths.version + _DATE + self.widths.who + self.widths.source + 6

    def _line(self, place: str, who: str, text: str) -> str:
        lead = _column(place, self.widths.rows) if not self.files else place
        room = self.columns - cell_width(lead) - self._width - 4
        return f"{lead}  {who}  {fit(text, max(room, 10))}".rstrip()

    def _wrapped(self, place: str, who: str, text: str) -> Iterator[str]:
        lead = _column(place, self.widths.rows) if not self.files else place
        indent = cell_width(lead) + self._width + 4
        if self.columns - indent < _ROOM and cell_width(text) > self.columns - indent:
            yield f"{lead}  {who}".rstrip()
            indent = min(cell_width(lead), self.widths.rows) + 4
            yield from (" " * indent + line for line in wrap([(None, text)], self.columns - indent, style=self.style))
            return
        first, *more = wrap([(None, text)], self.columns - indent, style=self.style)
        yield f"{lead}  {who}  {first}"
        yield from (" " * indent + line for line in more)


def part_names(parts: Sequence[Sequence[Step]]) -> Iterator[str]:
    """Paths of parts, safe; neighbours in a list as one: ``messages[0-3]``; nothing said of a whole record: ``all``."""
    for _, group in groupby(enumerate(parts), key=lambda item: _list_key(*item)):
        run = [steps for _, steps in group]
        if not run[0]:
            yield "all of it"
        elif len(run) == 1:
            yield safe(json_path(run[0]))
        else:
            yield f"{safe(json_path(run[0][:-1]))}[{run[0][-1]}-{run[-1][-1]}]"


def _list_key(index: int, steps: Sequence[Step]) -> object:
    """Equal for neighbours in one list."""
    last = steps[-1] if steps else None
    return (tuple(steps[:-1]), last - index) if isinstance(last, int) else index


def _column(text: str, width: int) -> str:
    shown = fit(text, width)
    return shown + " " * (width - cell_width(shown))
