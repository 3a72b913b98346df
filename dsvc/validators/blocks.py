"""A block of a file's lines, and what rules make of it; plain functions and data, for any process."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

from dsvc.record import is_blank, record_id
from dsvc.textdiff import json_path
from dsvc.validators.checked import Checked
from dsvc.validators.finding import Finding, Place
from dsvc.validators.rule import RecordCheck
from dsvc.validators.selection import Chosen, Selection, choose

if TYPE_CHECKING:
    from collections.abc import Sequence


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
    """Run the rules of a selection over a block; ``records``, ``datasets``: which kinds of rules."""
    lines = block.data.removesuffix(b"\n").split(b"\n") if block.data else []
    checked: list[Checked | None] = []
    row = block.row
    for number, content in enumerate(lines, block.line):
        if is_blank(content):
            checked.append(None)
        else:
            checked.append(Checked(content, Place(block.file, number, row)))
            row += 1
    findings: list[Finding] = []
    summaries: list[Any] = []
    present = [record for record in checked if record is not None]
    for each in chosen_for(key):
        if isinstance(each.check, RecordCheck):
            if records:
                findings += _found(each, each.check, block.data, checked)
        elif datasets:
            summaries.append(each.check.summarise(present))
    findings.sort(key=_order)
    return Looked(findings, summaries, [record.place for record in present] if summaries else [])


def _order(finding: Finding) -> int:
    return finding.place.line if finding.place is not None else 0


def _found(chosen: Chosen, check: RecordCheck, data: bytes, lines: Sequence[Checked | None]) -> list[Finding]:
    rule, made = chosen.rule.id, []
    for record in lines if check.trigger is None else _triggered(check, data, lines):
        if record is None:
            continue
        for found in check.check(record):
            try:
                identity = record_id(record.content)
            except ValueError:
                identity = None
            made.append(
                Finding(
                    rule,
                    chosen.severity_of(found.severity),
                    found.message,
                    record.place,
                    identity,
                    json_path(found.steps) if found.steps else "",
                    found.fix,
                    (),
                    found.outcome,
                )
            )
    return made


def _triggered(check: RecordCheck, data: bytes, lines: Sequence[Checked | None]) -> list[Checked | None]:
    """The records whose lines have what triggers a check."""
    assert check.trigger is not None
    found: list[Checked | None] = []
    number, at = 0, 0  # the line at offset ``at``
    match = check.trigger.search(data)
    while match is not None:
        number += data.count(b"\n", at, match.start())
        found.append(lines[number])
        end = data.find(b"\n", match.start())
        if end < 0:
            break
        number, at = number + 1, end + 1
        match = check.trigger.search(data, at)
    return found
