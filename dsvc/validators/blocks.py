"""A block of a file's lines, and what rules make of it; plain functions and data, for any process."""

from __future__ import annotations

import gc
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

from dsvc.record import is_blank, record_id
from dsvc.textdiff import json_path
from dsvc.validators.checked import Checked, Records
from dsvc.validators.finding import Finding, Place
from dsvc.validators.rule import DatasetCheck, RecordCheck
from dsvc.validators.selection import Chosen, Selection, choose

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable, Iterator, Sequence

    from dsvc.validators.rule import Found


class Block(msgspec.Struct, frozen=True):
    """Whole lines of a file: their bytes, and the line and row (from 1) of the first."""

    data: bytes
    file: str
    line: int
    row: int


class Looked(msgspec.Struct, frozen=True):
    """What rules made of a block: findings in records, a summary for each dataset rule, where the records are."""

    findings: list[Finding]
    summaries: list[Any]
    places: list[Place]


@lru_cache(maxsize=8)
def chosen_for(key: bytes) -> tuple[Chosen, ...]:
    """The rules of a selection that came as bytes (:func:`msgspec.msgpack.encode`), as another process gets it."""
    return tuple(choose(msgspec.msgpack.decode(key, type=Selection)))


def look(block: Block, key: bytes, *, records: bool, datasets: bool) -> Looked:
    """Run the rules of a selection over a block; ``records``, ``datasets``: which kinds of rules.

    Values of JSON hold no cycles: looking for some among them takes a fifth of the time, so that waits until the end.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        return _look(block, key, records=records, datasets=datasets)
    finally:
        if collects:
            gc.enable()


def _look(block: Block, key: bytes, *, records: bool, datasets: bool) -> Looked:
    lines = block.data.removesuffix(b"\n").split(b"\n") if block.data else []
    checked: list[Checked | None] = []
    row = block.row
    for number, content in enumerate(lines, block.line):
        if is_blank(content):
            checked.append(None)
        else:
            checked.append(Checked(content, Place(block.file, number, row)))
            row += 1
    present = Records([record for record in checked if record is not None])
    chosen = chosen_for(key)
    findings = sorted(_in_records(chosen, block.data, checked, present), key=_order) if records else []
    of_all = [each.check for each in chosen if isinstance(each.check, DatasetCheck)] if datasets else []
    summaries = [check.summarise(present) for check in of_all]
    return Looked(findings, summaries, [record.place for record in present] if summaries else [])


def _order(finding: Finding) -> int:
    return finding.place.line if finding.place is not None else 0


def _in_records(
    chosen: Sequence[Chosen], data: bytes, lines: Sequence[Checked | None], present: Records
) -> Iterator[Finding]:
    """What record rules find, rule by rule."""
    triggered: dict[re.Pattern[bytes], list[int]] = {}
    for each in chosen:
        check = each.check
        if not isinstance(check, RecordCheck):
            continue
        concerned = None if check.concerns_all else {one for one in present.alike if check.concerns(one)}
        if concerned is not None and not concerned:
            continue
        records: Iterable[Checked]
        if check.triggers:
            for pattern in check.triggers:
                if pattern not in triggered:  # several rules may look for the same
                    triggered[pattern] = _lines_with(pattern, data)
            numbers = sorted({number for pattern in check.triggers for number in triggered[pattern]})
            found = [record for number in numbers if (record := lines[number]) is not None]
            records = found if concerned is None else [one for one in found if one.signature in concerned]
        else:
            rows: Iterable[int] = range(len(present))
            if concerned is not None:
                rows = sorted([row for one in concerned for row in present.alike[one]])
            if check.select is not None:
                rows = check.select(present, [*rows])
            records = [present[row] for row in rows]
        for record in records:
            for one in check.check(record):
                yield _found(each, record, one)


def _found(chosen: Chosen, record: Checked, found: Found) -> Finding:
    try:
        identity = record_id(record.content)
    except ValueError:
        identity = None
    return Finding(
        chosen.rule.id,
        chosen.severity_of(found.severity),
        found.message,
        record.place,
        identity,
        json_path(found.steps) if found.steps else "",
        found.fix,
        (),
        found.outcome,
    )


def _lines_with(pattern: re.Pattern[bytes], data: bytes) -> list[int]:
    """The numbers (from 0) of the lines in which a pattern is found."""
    numbers: list[int] = []
    number, at = 0, 0  # the line at offset ``at``
    while (match := pattern.search(data, at)) is not None:
        number += data.count(b"\n", at, match.start())
        numbers.append(number)
        end = data.find(b"\n", match.start())
        if end < 0:
            break
        number, at = number + 1, end + 1
    return numbers
