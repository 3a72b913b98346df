"""A diff as text for people: what it adds up to first, then record by record.

Signs: ``+`` added, ``-`` removed, ``~`` modified, ``>`` moved, ``=`` the same value written differently.
"""

from __future__ import annotations

from itertools import groupby, islice
from typing import TYPE_CHECKING

from dsvc.delta import Added, Modified, MovedBlock, Reformatted, Removed
from dsvc.record import BOM, canonical_value
from dsvc.render.field_text import View, changes_lines
from dsvc.render.not_json import MARK, is_json, record_changes
from dsvc.render.numbers import plural, size
from dsvc.render.reformatting import how_reformatted, in_words
from dsvc.render.safe_text import ELLIPSIS, cell_width, fit, safe
from dsvc.render.wrapping import head, wrap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from dsvc.delta import Delta
    from dsvc.diff.file_names import FileNames
    from dsvc.diff.summary import SameChange, SourceChange, Summary
    from dsvc.render.style import Role
    from dsvc.snapshot import Record
    from dsvc.textdiff import FieldChange
    from dsvc.textdiff.fields import Step

_FORMATS = {
    "json": "a JSON array",
    "jsonl": "JSONL",
    "json-objects": "JSON objects",
    "csv": "CSV",
    "tsv": "TSV",
    "parquet": "Parquet",
    "arrow": "Arrow",
    "label-studio": "an export of Label Studio",
    "doccano": "an export of Doccano",
    "argilla": "an export of Argilla",
    "easy-dataset": "an export of easy-dataset",
}
_INDENT = 6
_RECORD_LINES = 3
"""Most lines for a record that is shown whole."""
_MOST_LINES = 40
"""Most lines for the changed fields of one record, unless in full."""
_MOST_SAME = 6
"""Most changes that are told once for many records."""
_NOT_REPEATED_FROM = 20
"""A change that the summary tells of so many records is not repeated in each."""


def heading(old: str, new: str, view: View) -> str:
    """What is compared with what."""
    return view.style("heading", fit(safe(f"{old} .. {new}"), view.columns))


def read_as_line(old: str | None, new: str | None) -> str | None:
    """What the two sides were read as, where that is not JSONL."""
    if old == new:
        return f"  both read as {_FORMATS[new]}" if new else None
    sides = (("old", old), ("new", new))
    return "  " + ", ".join([f"the {side} one read as {_FORMATS[found]}" for side, found in sides if found])


def summary_lines(summary: Summary, view: View) -> Iterator[str]:
    """What a diff adds up to."""
    if summary.is_empty:
        yield "no record differs" if summary.sources else "no differences"
        yield from _source_lines(summary, view)
        return
    if counts := "   ".join(_counts(summary, view)):
        yield f"  {counts}"
    if summary.files.count:
        yield _listed("  files: ", list(_file_names(summary.files)), view.columns)
    totals = summary.totals
    if totals.lines_added or totals.lines_removed:
        yield (
            f"  lines +{totals.lines_added:,} -{totals.lines_removed:,}   "
            f"bytes +{size(totals.bytes_added)} -{size(totals.bytes_removed)}"
        )
    yield from _source_lines(summary, view)
    for same in _shared(summary):
        yield fit(f"  in {plural(same.records, 'record')}: {_same_change(same)}", view.columns)
    if summary.fields:
        yield _listed("  fields: ", [f"{safe(path)} {n:,}" for path, n in summary.fields], view.columns)
    if (
        summary.text_length_old is not None
        and summary.text_length_new is not None
        and (summary.text_length_old or summary.text_length_new)
    ):
        yield (
            f"  text of the changed records: {summary.text_length_old:,.0f} -> {summary.text_length_new:,.0f} "
            "characters on average"
        )
    for shift in summary.shifts:
        values = [f"{safe(value)} {old:,} -> {new:,}" for value, old, new in shift.counts]
        yield _listed(f"  {safe(shift.field)}: ", values, view.columns)


def _source_lines(summary: Summary, view: View) -> Iterator[str]:
    if summary.sources:
        yield _listed("  sources: ", list(map(_source, summary.sources)), view.columns)


def _source(change: SourceChange) -> str:
    """A source with its licence, as it was taken in, is gone, or is under another licence now."""
    if change.old_licence is not None and change.new_licence is not None:
        return f"~ {safe(change.name)} (licence {safe(change.old_licence)} -> {safe(change.new_licence)})"
    sign, licence = ("-", change.old_licence) if change.new_licence is None else ("+", change.new_licence)
    return f"{sign} {safe(change.name)} (licence {safe(licence or 'unknown')})"


def record_lines(
    deltas: Iterable[Delta],
    view: View,
    *,
    first_moved: Callable[[MovedBlock], tuple[Record, int]],
    files: int = 1,
    is_told: Callable[[FieldChange], bool] | None = None,
) -> Iterator[str]:
    """The changes record by record; with several ``files`` each place names its file.

    ``first_moved`` gives the first record of a moved block and the row that it had. ``is_told`` says of a field change
    that the summary told it already; it is then not repeated.
    """
    printer = _Printer(view, first_moved, several=files > 1, is_told=is_told or (lambda _change: False))
    for is_format, group in groupby(deltas, key=lambda delta: isinstance(delta, Reformatted)):
        if is_format:
            yield from printer.reformatted(group)  # type: ignore[arg-type]
        else:
            for delta in group:
                yield from printer.delta(delta)
    yield from printer.untold()


class _Printer:
    """Writes deltas; counts the records whose changes were all told before."""

    def __init__(
        self,
        view: View,
        first_moved: Callable[[MovedBlock], tuple[Record, int]],
        *,
        several: bool,
        is_told: Callable[[FieldChange], bool],
    ) -> None:
        self._view = view
        self._first_moved = first_moved
        self._style = view.style
        self._several = several
        self._is_told = is_told
        self._silent = 0

    def delta(self, delta: Delta) -> Iterator[str]:
        if isinstance(delta, Added):
            yield from self._whole("+", "added", delta.record)
        elif isinstance(delta, Removed):
            yield from self._whole("-", "removed", delta.record)
        elif isinstance(delta, Modified):
            yield from self._modified(delta)
        elif isinstance(delta, MovedBlock):
            yield self._moved(delta)

    def reformatted(self, deltas: Iterable[Reformatted]) -> Iterator[str]:
        """Neighbours in one line, whatever is different in the writing of each."""
        for (_, distance), group in groupby(deltas, key=_alike_reformatted):
            reasons: dict[str, None] = {}
            first: Reformatted | None = None
            for count, last in enumerate(group, 1):  # noqa: B007 - both are used behind the loop
                first = first or last
                reasons.update(dict.fromkeys(how_reformatted(last)))
            assert first is not None
            place = self._places(first.new, last.new)
            moved = distance is not None
            if moved:
                place += f" (from {self._places(first.old, last.old)})"
            yield self._style("same", f"= {place}") + f"  {_reformatted_text(count, [*reasons], moved=moved)}"

    def untold(self) -> Iterator[str]:
        if self._silent:
            yield self._style("dim", f"{plural(self._silent, 'record')} with only the changes told above: not repeated")

    def _modified(self, delta: Modified) -> Iterator[str]:
        changes, both_json = record_changes(delta.old, delta.new)
        fresh = [change for change in changes if not self._is_told(change)]
        if not fresh and not delta.moved:
            self._silent += 1
            return
        place = self._place(delta.new)
        if delta.moved:
            place += f" (from {self._place(delta.old)})"
        if not both_json:
            place += f" {MARK}"
        lead = f"~ {place}  "
        room = self._view.columns - cell_width(lead)
        yield self._style("changed", lead) + self._style("dim", gist(delta.new.content, room))
        yield from self._fields(fresh)
        if len(fresh) < len(changes):
            more = plural(len(changes) - len(fresh), "change")
            yield " " * _INDENT + self._style("dim", f"({more} told above)")

    def _fields(self, changes: Sequence[FieldChange]) -> Iterator[str]:
        lines = changes_lines(changes, self._view, indent=_INDENT)
        if self._view.full:
            yield from lines
            return
        yield from islice(lines, _MOST_LINES)
        if next(lines, None) is not None:
            yield " " * _INDENT + self._style("dim", f"{ELLIPSIS} more changes in this record: --full")

    def _whole(self, sign: str, role: Role, record: Record) -> Iterator[str]:
        mark = "" if is_json(record) else f" {MARK}"
        lead = f"{sign} {self._place(record)}{mark}  "
        width = min(cell_width(lead), 20)
        limit = None if self._view.full else _RECORD_LINES
        text = _text(record.content, None if limit is None else self._view.columns * limit)
        columns = self._view.columns - width
        first, *more = wrap([(role, text)], columns, style=self._style, limit=limit) or [""]
        yield self._style(role, lead) + first
        yield from (" " * width + line for line in more)

    def _moved(self, block: MovedBlock) -> str:
        record, old_row = self._first_moved(block)
        if self._several:
            old, new = _range(block.old_line, block.lines), _range(block.new_line, block.lines)
            other_file = "" if block.new_file == block.old_file else f"{safe(block.new_file)}:"
            places = f"{safe(block.old_file)}:{old} -> {other_file}{new}"
        else:
            places = f"{_range(old_row, block.records)} -> {_range(record.row, block.records)}"
        lead = f"> {places}  "
        what = f"{plural(block.records, 'record')} moved{': ' if block.records == 1 else ', first: '}"
        room = self._view.columns - cell_width(lead) - cell_width(what)
        return self._style("moved", lead) + what + self._style("dim", gist(record.content, room))

    def _places(self, first: Record, last: Record) -> str:
        return self._place(first) + (f"-{last.row:,}" if last.row != first.row else "")

    def _place(self, record: Record) -> str:
        return f"{safe(record.file)}:{record.line}" if self._several else f"{record.row:,}"


def gist(content: bytes, columns: int) -> str:
    """The start of a record, as it is written, in at most so many columns."""
    return fit(_text(content, columns), columns)


def _counts(summary: Summary, view: View) -> Iterator[str]:
    rows: tuple[tuple[str, int, str, Role], ...] = (
        ("+", summary.added, "added", "added"),
        ("-", summary.removed, "removed", "removed"),
        ("~", summary.modified, "modified", "changed"),
        (">", summary.moved, "moved", "moved"),
        ("=", summary.reformatted, "reformatted", "same"),
    )
    moved_too = {"~": summary.modified_moved, "=": summary.reformatted_moved}
    for sign, count, name, role in rows:
        if count:
            also = moved_too.get(sign, 0)
            yield view.style(role, f"{sign} {count:,} {name}" + (f" ({also:,} moved too)" if also else ""))
    blank = summary.blank_lines_added, summary.blank_lines_removed
    if any(blank):
        yield f"blank lines +{blank[0]:,} -{blank[1]:,}"


def _file_names(files: FileNames) -> Iterator[str]:
    yield from (f"{safe(old)} -> {safe(new)}" for old, new in files.renamed)
    yield from (f"+ {safe(path)}" for path in files.added)
    yield from (f"- {safe(path)}" for path in files.removed)


def _alike_reformatted(delta: Reformatted) -> tuple[str, tuple[str, int] | None]:
    """Neighbours for which this is the same are told together: in which file, and from how far they moved."""
    return delta.new.file, (delta.old.file, delta.new.row - delta.old.row) if delta.moved else None


def _reformatted_text(count: int, reasons: Sequence[str], *, moved: bool) -> str:
    """How many records have the same value, and what is different in the writing of some of them or all."""
    if count == 1:
        return f"{'moved; ' if moved else ''}same value, other {in_words(reasons)}"
    return f"{plural(count, 'record')}{' moved' if moved else ''}, same value: {', '.join(reasons)}"


def _same_change(same: SameChange) -> str:
    path, old, new = safe(same.path), safe(same.old or ""), safe(same.new or "")
    if same.kind == "added":
        return f"+ {path}  {new}"
    if same.kind == "removed":
        return f"- {path}  {old}"
    return f"~ {path}  [-{old}-]{{+{new}+}}"


def _shared(summary: Summary) -> tuple[SameChange, ...]:
    """The changes worth telling once: of five records and more, or of half of all."""
    worth = [same for same in summary.same_changes if same.records >= 5 or 2 * same.records >= summary.modified > 1]
    return tuple(worth[:_MOST_SAME])


def _listed(lead: str, items: list[str], columns: int) -> str:
    """As many items on a line as fit, and how many do not."""
    line = lead + items[0]
    for index, item in enumerate(items[1:], 1):
        more = f" · … {len(items) - index:,} more"
        longer = f"{line} · {item}"
        if cell_width(longer) + (len(more) if index + 1 < len(items) else 0) > columns:
            return fit(line + more, columns)
        line = longer
    return fit(line, columns)


def _range(first: int, count: int) -> str:
    return f"{first:,}" if count == 1 else f"{first:,}-{first + count - 1:,}"


def _text(content: bytes, columns: int | None) -> str:
    """The record as written; no more is decoded than can be shown (a character takes at most four bytes)."""
    if columns is None or len(content) <= 4 * columns:
        return safe(content.removeprefix(BOM).strip().decode("utf-8", "replace"))
    cut = content[: 4 * columns].removeprefix(BOM).lstrip().decode("utf-8", "replace").rstrip("\ufffd")
    return head(safe(cut), columns) + ELLIPSIS


def told_in(summary: Summary) -> Callable[[FieldChange], bool]:
    """Whether a field change is one that the summary tells of so many records that repeating it would tire."""
    told = {(s.path, s.kind, s.old, s.new) for s in _shared(summary) if s.records >= _NOT_REPEATED_FROM}

    def is_told(change: FieldChange) -> bool:
        old = None if change.kind == "added" else canonical_value(change.old).decode("utf-8", "replace")
        new = None if change.kind == "removed" else canonical_value(change.new).decode("utf-8", "replace")
        return (_general_path(change.steps), change.kind, old, new) in told

    return is_told if told else lambda _change: False


def _general_path(steps: Sequence[Step]) -> str:
    path = "".join(["[]" if isinstance(step, int) else f".{step}" for step in steps])
    return path.removeprefix(".") or "$"
