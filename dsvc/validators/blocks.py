"""A block of a file's lines, and what rules make of it; plain functions and data, for any process."""

from __future__ import annotations

import gc
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec
import orjson

from dsvc.conditions.fields import value_of
from dsvc.errors import OwnRuleError
from dsvc.record import is_blank, record_id
from dsvc.regular_expression import EndlessSearchError
from dsvc.textdiff import json_path
from dsvc.validators.checked import Records
from dsvc.validators.finding import Finding
from dsvc.validators.own_code import at, own_code
from dsvc.validators.places import Places
from dsvc.validators.rule import DatasetCheck, RecordCheck
from dsvc.validators.selection import Chosen, Selection, choose

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dsvc.validators.checked import Checked
    from dsvc.validators.rule import Found, Rule


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
    places: Places


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
    present = _records_of(block)
    chosen = chosen_for(key)
    findings = sorted(_in_records(chosen, present), key=_order) if records else []
    of_all = [each.check for each in chosen if isinstance(each.check, DatasetCheck)] if datasets else []
    return Looked(findings, [check.summarise(present) for check in of_all], present.places)


def _records_of(block: Block) -> Records:
    """The records of a block. Most blocks have neither blank lines nor such as are no JSON, and are read at once."""
    contents = block.data.split(b"\n")
    if not contents[-1]:
        contents.pop()
    numbers: Sequence[int] = range(len(contents))
    try:
        values: list[object] = list(map(orjson.loads, contents))
    except ValueError:
        numbers = [number for number, content in enumerate(contents) if not is_blank(content)]
        contents = [contents[number] for number in numbers]
        values = list(map(value_of, contents))
    return Records(block.data, contents, values, Places(block.file, block.line, block.row, numbers))


def _order(finding: Finding) -> int:
    return finding.place.line if finding.place is not None else 0


def _in_records(chosen: Sequence[Chosen], present: Records) -> Iterator[Finding]:
    """What record rules find, rule by rule."""
    for each in chosen:
        check = each.check
        if not isinstance(check, RecordCheck):
            continue
        if each.rule.topic == "own":
            yield from _in_own(each, check, present)
            continue
        for row in _worth_a_look(check, present):
            record = present[row]
            for one in check.check(record):
                yield _found(each, record, one)


def _in_own(chosen: Chosen, check: RecordCheck, present: Records) -> list[Finding]:
    """What a rule of somebody's own finds; its faults are told as its own."""
    rule, found = chosen.rule, []
    record: Checked | None = None

    def fact() -> str:
        return f"rule '{rule.id}' fails {at(record.place) if record is not None else ''}".rstrip()

    with own_code(fact, "mend the rule", rule=rule.id):
        for row in _worth_a_look(check, present):
            record = present[row]
            try:
                found += [_found(chosen, record, one) for one in check.check(record)]
            except EndlessSearchError as error:
                raise _endless(rule, record, error) from None
    return found


def _endless(rule: Rule, record: Checked, error: EndlessSearchError) -> OwnRuleError:
    """The rule, the record, and all expressions of it: which of them it was does not matter to who mends it."""
    patterns = " or ".join(f"'{asked}'" for name, asked in rule.asks if "pattern" in name or "~" in asked)
    hint = f"{error.hint}: {patterns}" if patterns else error.hint
    return OwnRuleError(f"rule '{rule.id}' comes to no end {at(record.place)}", hint=str(hint), rule=rule.id)


def _worth_a_look(check: RecordCheck, present: Records) -> Iterable[int]:
    """The numbers of the records that a check looks at."""
    concerned = None if check.concerns_all else {one for one in present.alike if check.concerns(one)}
    if concerned is not None and not concerned:
        return ()
    if check.triggers:
        rows = present.with_any(check.triggers)
        return rows if concerned is None else [row for row in rows if present[row].signature in concerned]
    every: Sequence[int] = range(len(present))
    if concerned is not None:
        every = sorted([row for one in concerned for row in present.alike[one]])
    return every if check.select is None else check.select(present, every)


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
