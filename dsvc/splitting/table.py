"""What of each record decides on its side, column by column: little of each, so that a million records fit.

What a rule makes of the records that were read (:mod:`dsvc.splitting.reading`), in the order in which they will be
written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec
import numpy as np

from dsvc.errors import UsageError
from dsvc.sampling.ranking import ranks_of
from dsvc.splitting.reading import Reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from dsvc.splitting.reading import Known
    from dsvc.splitting.rule import Rule

    Column = NDArray[Any]

NO_SIDE: Final = -1


class Lines(Protocol):
    """A file of records, of which any line can be read again."""

    @property
    def name(self) -> str:
        """What messages call it."""
        ...

    def lines(self) -> Iterator[bytes]:
        """All lines, without their ends."""
        ...

    def line(self, number: int) -> bytes:
        """Line ``number`` (from 0), without its end."""
        ...


class Input(msgspec.Struct, frozen=True):
    """A file of records, and the side that they are on (``NO_SIDE``: none yet).

    ``only_remembered``: its records tell which side they are on, and will not be written.
    """

    file: Lines
    side: int = NO_SIDE
    only_remembered: bool = False


class Table(msgspec.Struct, frozen=True):
    """The records of all inputs, in order; each column has one element for each record.

    ``line`` counts from 0 in its ``file`` (an index into ``files``). ``identity`` is a rank: the same for records
    that are the same. ``groups`` has for each field of the groups a digest of its value, 0 for a record of none;
    ``question`` a digest of what is asked, 0 where that cannot be told; ``stratum`` is an index into ``strata``,
    whose values are as JSON reads.
    """

    files: tuple[Lines, ...]
    file: Column
    line: Column
    identity: Column
    groups: tuple[Column, ...]
    question: Column
    stratum: Column
    side: Column
    written: Column
    strata: tuple[tuple[str, ...], ...]
    group_names: dict[int, str]
    without_group: int
    alike: tuple[tuple[int, int], ...]
    """Pairs of records that are nearly the same: a record, and the first one of its cluster."""

    def __len__(self) -> int:
        return len(self.identity)

    @property
    def gone(self) -> int:
        """How many of the records that are remembered will not be written."""
        return int(np.count_nonzero(~np.isin(self.identity[~self.written], self.identity[self.written])))


def read_table(
    inputs: Sequence[Input],
    rule: Rule,
    key: Sequence[str] = (),
    progress: Callable[[int], None] | None = None,
    reading: Reading | None = None,
) -> Table:
    """The records of all inputs. ``key``: the dataset's key fields, which say what a record is where it has them all.

    ``reading``: what was read for another rule, and what is read for this one. Raises BadDataError for a line that is
    no record, UsageError for a field that no record has.
    """
    known = (reading if reading is not None else Reading()).read(inputs, rule, key, progress)
    records = known.records
    _require_fields(known, rule)
    identity = ranks_of("split", rule.seed, records.each_identity())
    sides = np.array([one.side for one in inputs], dtype=np.int8)
    written = np.array([not one.only_remembered for one in inputs], dtype=bool)
    side = sides[records.file] if len(sides) else np.zeros(0, dtype=np.int8)
    is_written = written[records.file] if len(written) else np.zeros(0, dtype=bool)
    groups = [known.groups[name] for name in rule.group_fields]
    stratum, strata = _strata(known, rule, len(identity))
    return Table(
        files=tuple(one.file for one in inputs),
        file=records.file,
        line=records.line,
        identity=identity,
        groups=tuple(each.of for each in groups),
        question=records.question,
        stratum=stratum,
        side=_remembered(identity, side, is_written),
        written=is_written,
        strata=strata,
        group_names={digest: name for each in groups for digest, name in each.names.items()},
        without_group=_in_none([each.of for each in groups]),
        alike=known.alike[rule.alike] if rule.near_duplicates == "together" else (),
    )


def _strata(known: Known, rule: Rule, records: int) -> tuple[Column, tuple[tuple[str, ...], ...]]:
    """The stratum of each record, and the values of each, which are numbered as they first appear."""
    fields = [known.strata[name] for name in rule.stratify]
    if not fields or not records:
        return np.zeros(records, dtype=np.int64), ((),) if records else ()
    if len(fields) == 1:
        return fields[0].of, tuple((value,) for value in fields[0].values)
    codes = np.stack([each.of for each in fields], axis=1)
    different, first, inverse = np.unique(codes, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first)
    numbers = np.empty(len(order), dtype=np.int64)
    numbers[order] = np.arange(len(order))
    values = [
        tuple(each.values[code] for each, code in zip(fields, row, strict=True)) for row in different[order].tolist()
    ]
    return numbers[inverse.ravel()], tuple(values)


def _require_fields(known: Known, rule: Rule) -> None:
    fields = known.records.fields
    seen = [("--stratify", name, known.strata[name].seen) for name in rule.stratify]
    seen += [("--group-by", name, known.groups[name].seen) for name in rule.group_fields]
    for option, name, count in seen:
        if not count and len(known.records.file):
            raise UsageError(
                f"no record has the field '{name}' (the first one has: {', '.join(fields) or 'none'})",
                hint=f"{option} {next(iter(fields), 'FIELD')}",
            )


def _in_none(groups: Sequence[Column]) -> int:
    """How many records are in no group, where there are groups."""
    return int(np.count_nonzero(np.logical_and.reduce([group == 0 for group in groups]))) if groups else 0


def _remembered(identity: Column, side: Column, written: Column) -> Column:
    """The side of each record, also of those whose side is only remembered; of equal ones that of the first."""
    known, first = np.unique(identity[~written], return_index=True)
    if not len(known):
        return side
    at = np.searchsorted(known, identity).clip(0, len(known) - 1)
    found = (known[at] == identity) & (side == NO_SIDE)
    return np.where(found, side[~written][first][at], side)


__all__ = ["NO_SIDE", "Input", "Lines", "Table", "read_table"]
