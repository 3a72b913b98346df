"""What a split will do, as values: for the command line, a screen or a script, before anything is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec
import numpy as np

from dsvc.errors import NotFoundError, UsageError
from dsvc.splitting.assigning import assign
from dsvc.splitting.rule import Rule  # noqa: TC001 - msgspec needs it at run time
from dsvc.splitting.table import NO_SIDE
from dsvc.splitting.units import units_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from dsvc.splitting.table import Lines, Table
    from dsvc.splitting.units import Units

    Column = NDArray[Any]

_TOLD: Final = 5
"""So many cases of a kind are told one by one."""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A part: its records, those that come to it now (``new``), and how many of each stratum it has."""

    name: str
    wanted: float
    """The share that the rule asks for."""
    records: int
    share: float
    new: int
    strata: tuple[int, ...]


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """What was held together: so many groups, clusters of near-duplicates, and sets of equal records, of several
    records each; and how many records of the largest unit.
    """

    groups: int
    near_duplicates: int
    equal: int
    largest: int


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """What could not be kept: ``torn`` (held together, but on several sides from before), ``larger`` (a group that is
    larger than a part should be), ``apart`` (a stratum whose shares are off by more than one record), ``small`` (a
    stratum of fewer records than there are parts), ``no-group`` (records without a field of the groups),
    ``question`` (the same question in several parts, in records that nothing held together).

    ``message`` has text of records in it: make it safe before it is shown.
    """

    kind: Literal["torn", "larger", "apart", "small", "no-group", "question"]
    message: str
    count: int


class SplitPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Every record's side. ``strata`` are the values of the fields of ``rule.stratify``, as JSON reads."""

    rule: Rule
    parts: tuple[Part, ...]
    strata: tuple[tuple[str, ...], ...]
    held: Held
    problems: tuple[Problem, ...]
    kept: int
    """Records that had a side already."""
    _table: Table
    _sides: Column

    @property
    def records(self) -> int:
        """How many there are in all parts."""
        return sum(part.records for part in self.parts)

    def sides(self, file: Lines) -> tuple[Column, Column]:
        """The lines (from 0) of a file's records, and the side of each, as an index into ``parts``."""
        number = next(place for place, one in enumerate(self._table.files) if one is file)
        rows = self._table.file == number
        return self._table.line[rows], self._sides[rows]


def plan(table: Table, rule: Rule) -> SplitPlan:
    """Put each record on a side. Raises UsageError when a part would have no record, NotFoundError without any."""
    units = units_of(table, len(rule.shares))
    sides = assign(table, units, [share.share for share in rule.shares])
    written = table.written
    had = (table.side != NO_SIDE) & written
    cells = np.zeros((len(table.strata), len(rule.shares)), dtype=np.int64)
    np.add.at(cells, (table.stratum[written], sides[written]), 1)
    order = sorted(range(len(table.strata)), key=lambda place: table.strata[place])
    cells, strata = cells[order], tuple(table.strata[place] for place in order)
    new = np.bincount(sides[written & ~had], minlength=len(rule.shares))
    parts = _parts(rule, cells, new)
    _require_records(parts)
    return SplitPlan(
        rule=rule,
        parts=parts,
        strata=strata if rule.stratify else (),
        held=_held(table, units),
        problems=(*_problems(table, units, rule, cells, strata), *_questions(table, sides)),
        kept=int(had.sum()),
        _table=table,
        _sides=sides,
    )


def _parts(rule: Rule, cells: Column, new: Column) -> tuple[Part, ...]:
    total = int(cells.sum())
    return tuple(
        Part(
            name=share.part,
            wanted=share.share,
            records=int(cells[:, side].sum()),
            share=int(cells[:, side].sum()) / total if total else 0.0,
            new=int(new[side]),
            strata=tuple(cells[:, side].tolist()) if rule.stratify else (),
        )
        for side, share in enumerate(rule.shares)
    )


def _require_records(parts: tuple[Part, ...]) -> None:
    total, new = sum(part.records for part in parts), sum(part.new for part in parts)
    empty = next((part for part in parts if not part.records), None)
    if empty is None:
        return
    if not total:
        raise NotFoundError("there is no record to put on a side", hint="see what the files have: dsvc status")
    if new < total:
        raise UsageError(
            f"'{empty.name}' would have no record: {total - new:,} of {total:,} records are on a side, and stay there",
            hint="put all records on sides anew: --anew",
        )
    raise UsageError(
        f"'{empty.name}' would have no record: {empty.wanted:g} of {total:,} records",
        hint="give it a greater share, or leave it out",
    )


def _held(table: Table, units: Units) -> Held:
    written = table.written
    sizes = [np.unique(group[written & (group != 0)], return_counts=True)[1] for group in table.groups]
    _, copies = np.unique(table.identity[written], return_counts=True)
    tops = {first for row, first in table.alike if written[row] and table.identity[row] != table.identity[first]}
    return Held(
        groups=sum(int((each > 1).sum()) for each in sizes),
        near_duplicates=len(tops),
        equal=int((copies > 1).sum()),
        largest=int(units.size.max()) if len(units) else 0,
    )


def _problems(
    table: Table, units: Units, rule: Rule, cells: Column, strata: tuple[tuple[str, ...], ...]
) -> Iterator[Problem]:
    yield from _torn(table, units, rule)
    yield from _larger(table, units, rule)
    yield from _apart(rule, cells, strata)
    small = int((cells.sum(axis=1) < len(rule.shares)).sum())
    if rule.stratify and small:
        told = "1 stratum has" if small == 1 else f"{small:,} strata have"
        yield Problem(kind="small", message=f"{told} fewer records than there are parts", count=small)
    if table.without_group:
        told = "1 record has" if table.without_group == 1 else f"{table.without_group:,} records have"
        fields = " and no ".join(f"'{name}'" for name in rule.group_fields)
        message = f"{told} no {fields}: each is by itself"
        yield Problem(kind="no-group", message=message, count=table.without_group)


def _torn(table: Table, units: Units, rule: Rule) -> Iterator[Problem]:
    """Units with records on several sides, as they were before, or as new records connect them."""
    sides = np.zeros((len(units), len(rule.shares)), dtype=bool)
    on_side = table.written & (table.side != NO_SIDE)
    sides[units.of[on_side], table.side[on_side]] = True
    torn = np.flatnonzero(sides.sum(axis=1) > 1)
    for number in torn[:_TOLD].tolist():
        names = " and ".join(f"'{rule.shares[side].part}'" for side in np.flatnonzero(sides[number]).tolist())
        message = f"{_unit_name(table, units, number)} belong together, and are on {names} already: none is moved"
        yield Problem(kind="torn", message=message, count=int(units.size[number]))
    yield from _more("torn", len(torn) - _TOLD, "sets of records that belong together and are on several sides")


def _larger(table: Table, units: Units, rule: Rule) -> Iterator[Problem]:
    """Units that are larger than the smallest part should be."""
    total = int(table.written.sum())
    least = min(rule.shares, key=lambda share: share.share)
    most = least.share * total
    found = np.flatnonzero((units.size > most) & (units.size > 1))
    for number in found[np.argsort(-units.size[found], kind="stable")][:_TOLD].tolist():
        message = f"{_unit_name(table, units, number)} stay together: more than the {most:,.0f} of '{least.part}'"
        yield Problem(kind="larger", message=message, count=int(units.size[number]))
    yield from _more("larger", len(found) - _TOLD, f"sets of records that are larger than '{least.part}' should be")


def _apart(rule: Rule, cells: Column, strata: tuple[tuple[str, ...], ...]) -> Iterator[Problem]:
    """Strata (or all records) whose shares are off by more than one record."""
    shares = np.array([share.share for share in rule.shares])
    off = cells - cells.sum(axis=1)[:, None] * shares[None, :]
    found = np.flatnonzero(np.abs(off).max(axis=1) > 1 + 1e-6) if len(cells) else np.zeros(0, dtype=np.int64)
    for number in found[np.argsort(-np.abs(off[found]).max(axis=1), kind="stable")][:_TOLD].tolist():
        side = int(np.abs(off[number]).argmax())
        what = ", ".join(strata[number]) if rule.stratify else "all records"
        wanted = cells[number].sum() * shares[side]
        message = f"{what}: '{rule.shares[side].part}' has {cells[number, side]:,} records instead of {wanted:,.1f}"
        yield Problem(kind="apart", message=message, count=int(abs(off[number, side])))
    yield from _more("apart", len(found) - _TOLD, "strata whose shares are off by more than one record")


def _questions(table: Table, sides: Column) -> Iterator[Problem]:
    """Questions that stand in several parts."""
    rows = np.flatnonzero(table.written & (table.question != 0))
    rows = rows[np.lexsort((sides[rows], table.question[rows]))]
    question, side = table.question[rows], sides[rows]
    other = np.flatnonzero((question[1:] == question[:-1]) & (side[1:] != side[:-1]))
    count = len(np.unique(question[other]))
    if not count:
        return
    one, two = (int(rows[place]) for place in (other[0], other[0] + 1))
    told = "1 question stands" if count == 1 else f"{count:,} questions stand"
    places = " and ".join(f"{table.files[int(table.file[row])].name}:{int(table.line[row]) + 1}" for row in (one, two))
    message = f"{told} in several parts ({places}): group by the question to keep them together"
    yield Problem(kind="question", message=message, count=count)


def _unit_name(table: Table, units: Units, number: int) -> str:
    """A unit by its group, else by the place of its first record."""
    rows = np.flatnonzero((units.of == number) & table.written)
    count = f"{len(rows):,} records"
    found = [each for group in table.groups for each in np.unique(group[rows]).tolist() if each]
    groups = [table.group_names[group] for group in dict.fromkeys(found)]
    if groups:
        return f"{count} of the group {groups[0]}{' and others' if len(groups) > 1 else ''}"
    row = int(rows[0])
    return f"{count} ({table.files[int(table.file[row])].name}:{int(table.line[row]) + 1} and what is like it)"


def _more(kind: Literal["torn", "larger", "apart"], count: int, what: str) -> Iterator[Problem]:
    if count > 0:
        yield Problem(kind=kind, message=f"and {count:,} more {what}", count=count)
