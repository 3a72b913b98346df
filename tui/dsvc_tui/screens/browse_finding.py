"""The part of Browse that finds: search, filters, order, frequency tables, changes against the version before."""

from __future__ import annotations

from array import array
from functools import partial
from typing import TYPE_CHECKING

from dsvc.errors import UsageError
from dsvc.render.numbers import plural
from dsvc_tui.messages import Open, Target
from dsvc_tui.records import passes
from dsvc_tui.records.changes import SIGNS, Changes, changes_of
from dsvc_tui.records.conditions import HINT, Condition, condition, equal
from dsvc_tui.records.fields import field_names, steps_of, value_of
from dsvc_tui.records.shape import FIRST, LENGTH, TURNS, Column
from dsvc_tui.screens.base import BaseScreen, is_cancelled
from dsvc_tui.widgets.dialogs import Choose, ChooseSeveral, Prompt
from dsvc_tui.widgets.frequency_table import FrequencyTable
from dsvc_tui.widgets.record_list import PARSED_BYTES, RecordList
from dsvc_tui.widgets.search_prompt import SearchPrompt

if TYPE_CHECKING:
    from collections.abc import Callable

    from dsvc_tui.drawing import Part
    from dsvc_tui.records.passes import Frequencies
    from dsvc_tui.records.search import Query
    from dsvc_tui.records.source import RecordSource

_SHAPED_BY = 50
"""Records that decide which fields are offered."""
_MARKED_UNASKED = 50_000
"""So many changes of a version are looked up without being asked."""


class Finding(BaseScreen):
    """What is looked for, and what was found. ``source`` and ``revision`` are set by Browse."""

    source: RecordSource | None = None
    revision: str | None = None

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        self.query_text: Query | None = None
        self.found = bytearray()
        """A flag for each row that the search found."""
        self.conditions: list[Condition] = []
        self.sign: str | None = None
        """Only rows with this sign of change; ``*`` for any."""
        self.sorted_by: tuple[str, bool] | None = None
        """Field, and whether from the largest down."""
        self.changes: Changes | None = None
        self._kept_row: int | None = None
        """The row that the cursor goes back to when a selection is complete."""
        self.at_work: str = ""
        """What is going on, for the line below."""

    @property
    def records(self) -> RecordList:
        """The list."""
        return self.query_one("#records", RecordList)

    def show_state(self) -> None:
        """Show what is found, in the line below."""

    def findings(self) -> list[Part]:
        """What is found and selected, in short."""
        parts: list[Part] = []
        if self.conditions or self.sign:
            asked = [*([{"*": "changed"}.get(self.sign, SIGNS.get(self.sign, ""))] if self.sign else [])]
            asked += [known.text for known in self.conditions]
            parts += [("", f"  {self.records.count:,} shown: "), ("changed", " and ".join(asked))]
        if self.sorted_by is not None:
            name, down = self.sorted_by
            parts.append(("dim", f"  by {Column(name).title} {'↓' if down else '↑'}"))
        if self.query_text is not None:
            parts += [("", f"  {self.found.count(1):,} found: "), ("match", self.query_text.text)]
        if self.changes is not None:
            counts = "".join(f" {sign}{count:,}" for sign, count in self.changes.counts.items() if count)
            gone = f" -{self.changes.removed:,}" if self.changes.removed else ""
            parts.append(
                ("dim", f"  against {self.changes.against.rpartition('@')[2]}:{counts + gone or ' no change'}")
            )
        if self.at_work:
            parts.append(("changed", f"  {self.at_work}"))
        return parts

    def forget_findings(self) -> None:
        """Other records: what was found in the ones before does not count any more; what was asked stays."""
        self.changes = None
        self.show_marks()
        self.search_again()

    def show_marks(self) -> None:
        """Mark what was changed against the version before."""
        self.records.marks = self.changes.signs if self.changes is not None else b""

    def search_again(self) -> None:
        """Find anew what was asked for: rows are not what they were."""
        self.found = bytearray()
        self.records.matches = self.found
        if self.query_text is not None:
            self._search(self.query_text)
        if self.conditions or self.sorted_by or self.sign:
            self.sign = self.sign if self.changes is not None else None
            self.select()

    # Progress

    def _report(self, what: str) -> Callable[[float], bool]:
        def report(share: float) -> bool:
            if is_cancelled():
                return False
            self.app.call_from_thread(self._show_at_work, f"{what} {min(share, 1):.0%}")
            return not is_cancelled()

        return report

    def _show_at_work(self, what: str) -> None:
        self.at_work = what
        if self.is_mounted:
            self.records.keep_up()
            self.show_state()

    def _done(self) -> None:
        self._show_at_work("")

    # Search

    def act_search(self) -> None:
        """Ask what to look for, and look for it."""
        self.app.push_screen(SearchPrompt(self.query_text), self._search_for)

    def _search_for(self, query: Query | None) -> None:
        if query is None:
            return
        if query.text:
            self._search(query, go=True)
        else:
            self.query_text = None
            self.found = bytearray()
            self.records.matches = self.found
            self._done()

    def _search(self, query: Query, *, go: bool = False) -> None:
        assert self.source is not None
        self.query_text, self.found = query, bytearray()
        self.records.matches = self.found
        fits, flags, source = query.matcher(), self.found, self.source

        def finished(_: None) -> None:
            self._done()
            if not flags.count(1):
                self.notify(f"nothing has '{query.text}' in it ({query.mode})", severity="warning")
            elif go and not self._is_found(self.records.row):
                self.act_next()

        self.in_background(
            lambda: passes.mark(source, fits, flags, self._report("searching")), finished, group="search"
        )

    def _is_found(self, row: int | None) -> bool:
        return row is not None and row < len(self.found) and bool(self.found[row])

    def act_next(self) -> None:
        """To the next record that was found, from the last one to the first."""
        self._step(1)

    def act_previous(self) -> None:
        """To the one before."""
        self._step(-1)

    def _step(self, by: int) -> None:
        count, at = self.records.count, self.records.cursor
        order = range(at + by, count) if by > 0 else range(at + by, -1, -1)
        around = range(at) if by > 0 else range(count - 1, at, -1)
        for index in (*_found_in(order, self), *_found_in(around, self)):
            self.records.move_to(index, centre=True)
            return
        self.notify("no other record was found (yet)", severity="warning")

    # Filters and order

    def act_filter(self) -> None:
        """Ask for a condition, and show only what fulfils it."""
        prompt = Prompt("Only records with", hint=HINT, check=condition)
        self.app.push_screen(prompt, lambda text: self._narrow(condition(text)) if text else None)

    def _narrow(self, asked: Condition) -> None:
        self.conditions.append(asked)
        self.select()

    def act_clear(self) -> None:
        """All records again, in the order of the file."""
        self.conditions.clear()
        self.sign = self.sorted_by = None
        self.select()

    def select(self) -> None:
        """Show what fulfils all conditions, in the order that was asked for."""
        assert self.source is not None
        if not (self.conditions or self.sign or self.sorted_by):
            self.in_background(lambda: None, lambda _: None, group="select")  # stops what is at work
            self.records.show_rows(None)
            self._done()
            return
        rows: array[int] = array("Q")
        if self._kept_row is None:
            self._kept_row = self.records.row
        work = partial(self._sorted if self.sorted_by else self._selected, self.source, self._fits(), rows)
        if not self.sorted_by:
            self.records.show_rows(rows)
        self.in_background(work, self._selected_rows, group="select")

    def _fits(self) -> Callable[[int, bytes], bool]:
        tests = [known.holds for known in self.conditions]
        signs = self.records.marks if self.changes is not None and self.sign else None
        wanted = b"+~>=" if self.sign == "*" else (self.sign or "").encode()

        def fits(row: int, line: bytes) -> bool:
            if signs is not None and (row >= len(signs) or signs[row] not in wanted):
                return False
            return all(test(line) for test in tests)

        return fits

    def _selected(self, source: RecordSource, fits: Callable[[int, bytes], bool], rows: array[int]) -> array[int]:
        passes.select(source, fits, rows, self._report("filtering"))
        return rows

    def _sorted(self, source: RecordSource, fits: Callable[[int, bytes], bool], rows: array[int]) -> array[int] | None:
        assert self.sorted_by is not None
        name, down = self.sorted_by
        ordered = passes.order(source, name, self._report("sorting"))
        if ordered is None:
            return None
        if down:
            ordered.reverse()
        if not (self.conditions or self.sign):
            return ordered
        chosen = passes.flags_of(self._selected(source, fits, rows), len(ordered))
        return array("Q", [row for row in ordered if chosen[row]])

    def _selected_rows(self, rows: array[int] | None) -> None:
        if rows is not None:
            self.records.show_rows(rows, at=self._kept_row)
            self._kept_row = None
        self._done()

    def act_sort(self) -> None:
        """Ask for a field to sort by; the same one again turns the order round."""
        names = self._names()
        at = names.index(self.sorted_by[0]) if self.sorted_by and self.sorted_by[0] in names else 0

        def chosen(index: int | None) -> None:
            if index is None:
                return
            name = names[index]
            again = self.sorted_by is not None and self.sorted_by[0] == name
            self.sorted_by = (name, not self.sorted_by[1] if again and self.sorted_by else False)
            self.select()

        self.app.push_screen(Choose("Sort by", [(Column(name).title, "") for name in names], at=at), chosen)

    def _names(self) -> list[str]:
        """The fields of the first records, and what can be counted of a record."""
        assert self.source is not None
        heads = [self.source.head(row, PARSED_BYTES) for row in range(min(_SHAPED_BY, len(self.source)))]
        names = field_names([value_of(head) for head, size in heads if len(head) == size])
        return [*names, TURNS.name, LENGTH.name]

    # Columns and frequencies

    def act_columns(self) -> None:
        """Ask which columns to show."""
        names = [*self._names(), FIRST.name]
        shown = {names.index(column.name) for column in self.records.columns if column.name in names}

        def chosen(indexes: list[int] | None) -> None:
            if indexes:
                columns = [names[index] for index in indexes]
                self.session.state.keep(columns, "columns", self.revision or "")
                self.records.show_columns([Column(name) for name in columns])
                self.show_state()

        self.app.push_screen(ChooseSeveral("Columns", [(Column(name).title, "") for name in names], shown), chosen)

    def act_frequency(self) -> None:
        """Ask for a field, and count its values in what is shown."""
        hint = f"a field, such as {', '.join(self._names()[:4])}, or #turns"
        self.app.push_screen(Prompt("How often each value of", hint=hint, check=_check_field), self._count)

    def _count(self, name: str | None) -> None:
        if not name:
            return
        assert self.source is not None
        narrowed = bool(self.conditions or self.sign)
        rows = [self.records.row_at(index) or 0 for index in range(self.records.count)] if narrowed else range(0)
        flags = passes.flags_of(rows, len(self.source))

        def shown(row: int) -> bool:
            return not narrowed or (row < len(flags) and bool(flags[row]))

        work = partial(passes.frequencies, self.source, name.strip(), shown, self._report("counting"))
        self.in_background(work, partial(self._show_frequencies, name.strip()), group="count")

    def _show_frequencies(self, name: str, found: Frequencies | None) -> None:
        self._done()
        if found is not None:
            table = FrequencyTable(name, found)
            self.app.push_screen(table, lambda value: self._narrow(equal(name, value)) if value is not None else None)

    # Changes

    def look_up_changes(self, *, asked: bool = True) -> None:
        """Find out which records were changed against the version before."""
        self.in_background(partial(self._read_changes, asked=asked), self._changes_found, group="changes")

    def _read_changes(self, *, asked: bool) -> Changes | None:
        revision = self.revision
        if revision is None or (dataset := self.session.dataset(revision)) is None:
            if asked:
                raise UsageError("this file is no dataset: there is no version before it to compare it with")
            return None
        repository = self.session.repository
        if "@" in revision:
            entry = repository.version(revision)
            counts = entry.changes
            many = counts.added + counts.removed + counts.modified + counts.moved > _MARKED_UNASKED
            if not entry.parents or (many and not asked):
                if asked:
                    raise UsageError("this is the first version: everything in it is new")
                return None
            old, new = f"{dataset.name}@{entry.parents[0]}", f"{dataset.name}@{entry.id}"
        else:
            old, new = f"{dataset.name}@HEAD", dataset.name
        return changes_of(repository.diff(old, new), lambda: not is_cancelled())

    def _changes_found(self, changes: Changes | None) -> None:
        if changes is None:
            return
        self.changes = changes
        self.show_marks()
        self.records.refresh()
        self.show_state()

    def act_changes(self) -> None:
        """Ask which changes to show; looks them up first."""
        if self.changes is None:
            self.look_up_changes()
            self.notify("looking up what was changed; the list will show it", timeout=3)
            return
        counts = self.changes.counts
        signs = [None, "*", *SIGNS]
        names = {None: "all records", "*": "every change"} | {sign: f"{sign} {name}" for sign, name in SIGNS.items()}
        notes = {"*": plural(sum(counts.values()), "record")} | {sign: plural(counts[sign], "record") for sign in SIGNS}
        choices = [(names[sign], notes.get(sign or "", "")) for sign in signs]

        def chosen(index: int | None) -> None:
            if index is not None:
                self.sign = signs[index]
                self.select()

        self.app.push_screen(Choose("Show", choices, at=signs.index(self.sign)), chosen)

    # Versions before and after

    def act_older(self) -> None:
        """The same row in the version before."""
        self._neighbour(-1)

    def act_newer(self) -> None:
        """The same row in the version after, and after the last one in the working file."""
        self._neighbour(1)

    def _neighbour(self, by: int) -> None:
        self.in_background(partial(self._find_neighbour, by), self._go_to_neighbour, group="neighbour")

    def _find_neighbour(self, by: int) -> str:
        revision = self.revision
        dataset = self.session.dataset(revision) if revision is not None else None
        if revision is None or dataset is None:
            raise UsageError("this file is no dataset: it has no versions")
        repository = self.session.repository
        log = repository.log(dataset.name)
        versions = [*(entry.revision for entry in reversed(log)), dataset.name]
        named = repository.version(revision).id if "@" in revision else None
        here = next((entry.revision for entry in log if entry.entry.id == named), dataset.name if named is None else "")
        at = versions.index(here) + by if here in versions else -1
        if not 0 <= at < len(versions):
            raise UsageError(
                "this is the first version" if by < 0 else "this is the working file: there is nothing newer"
            )
        return versions[at]

    def _go_to_neighbour(self, revision: str) -> None:
        row = self.records.row
        self.post_message(Open("browse", Target(revision=revision, row=None if row is None else row + 1)))


def _found_in(indexes: range, screen: Finding) -> list[int]:
    """The first of these lines whose record was found, as a list of one or none."""
    flags, records = screen.found, screen.records
    for index in indexes:
        row = records.row_at(index)
        if row is not None and row < len(flags) and flags[row]:
            return [index]
    return []


def _check_field(text: str) -> object:
    return text if text.strip() in (TURNS.name, LENGTH.name) else steps_of(text)
