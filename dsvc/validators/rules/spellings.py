"""One number that is written in several ways in a field."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import msgspec

from dsvc.validators.checked import Records
from dsvc.validators.finding import Finding
from dsvc.validators.rule import DatasetCheck, Example, NoOptions, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsvc.validators.checked import Checked
    from dsvc.validators.finding import Place, Severity
    from dsvc.validators.rule import Signature

_CLASSES: Final = frozenset(("label", "labels", "category", "intent", "class", "score", "rating"))
"""Fields in which a text that reads as a number stands for one."""
_NUMBER: Final = re.compile(r"[+-]?\d{1,15}(\.\d{1,15})?")
_REALS: Final = frozenset((int, float))
_DIGITS: Final = 15
_MOST: Final = 200
"""Of a field with more numbers than that no class is made."""


class Spelling(msgspec.Struct, gc=False, array_like=True):
    """One way to write a number: how many records have it, and the first of them (from 0, in the block)."""

    count: int
    first: int


class _Column(dict[float, dict[str, Spelling]]):
    """The numbers of a field by their values, each with how it is written."""


def _spellings(records: Sequence[Checked]) -> dict[str, _Column]:
    columns: dict[str, _Column] = {}
    for row in _with_numbers(records):
        record = records[row]
        for key, value in record.fields.items():
            text = _text(record, key, value)
            if text is not None:
                column = columns.setdefault(key, _Column())
                number = float(text)
                if number in column or len(column) < _MOST:
                    column.setdefault(number, {}).setdefault(text, Spelling(0, row)).count += 1
    return columns


def _with_numbers(records: Sequence[Checked]) -> Sequence[int]:
    """The records with a field in which :func:`_text` may find something."""
    if not isinstance(records, Records):
        return range(len(records))
    return sorted([row for signature, alike in records.alike.items() if _may_have(signature) for row in alike])


def _may_have(signature: Signature) -> bool:
    return any(kind in _REALS or (kind is str and key in _CLASSES) for key, kind in zip(*signature, strict=False))


def _text(record: Checked, key: str, value: object) -> str | None:
    """How a number is written; None for what is none, or is not found."""
    kind = type(value)
    if kind is int:
        text = str(value)
        return text if len(text) <= _DIGITS else None
    if kind is str and key in _CLASSES:
        return str(value) if _NUMBER.fullmatch(str(value)) else None
    return _written(record.content, key, value) if isinstance(value, float) else None


def _written(content: bytes, key: str, value: float) -> str | None:
    """The digits of a real number, which a parser does not keep."""
    found = _pattern(key).search(content)
    text = found[1].decode() if found is not None else ""
    return text if text and float(text) == value else None


@lru_cache(maxsize=1024)
def _pattern(key: str) -> re.Pattern[bytes]:
    name = json.dumps(key, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return re.compile(re.escape(name) + rb"\s*:\s*([+-]?\d{1,15}(?:\.\d{1,15})?)[\s,}]")


class _Columns:
    def __init__(self) -> None:
        self._columns: dict[str, dict[float, dict[str, tuple[int, Place]]]] = {}

    def take(self, places: Sequence[Place], summary: dict[str, _Column]) -> None:
        for key, numbers in summary.items():
            column = self._columns.setdefault(key, {})
            for number, spellings in numbers.items():
                if number not in column and len(column) >= _MOST:
                    continue
                known = column.setdefault(number, {})
                for text, found in spellings.items():
                    count, first = known.get(text, (0, places[found.first]))
                    known[text] = (count + found.count, first)

    def finish(self) -> Iterator[Finding]:
        for key, column in self._columns.items():
            severity: Severity = "warning" if key in _CLASSES else "note"
            if len(column) >= _MOST:
                continue
            for spellings in column.values():
                usual = max(spellings, key=lambda text: spellings[text][0])
                for text, (count, place) in spellings.items():
                    if text != usual:
                        told = (
                            f"{text} in {_records(count)}, first here, and {usual} in {_records(spellings[usual][0])}"
                        )
                        yield Finding("", severity, told, place, path=key, fix=f"write {usual} everywhere")


def _records(count: int) -> str:
    return f"{count:,} record{'s' * (count != 1)}"


def _summarised(options: NoOptions) -> DatasetCheck:
    return DatasetCheck(_spellings, _Columns)


RULES: Final = (
    Rule(
        id="number-spelling",
        topic="content",
        severity="warning",
        title="one number is written in several ways",
        why="1, 1.0 and 1.00 are one number, and three classes to whoever reads labels as texts. Looked at in "
        "fields of the record with fewer than 200 numbers; a note where the field is no label.",
        example=Example(
            bad=('{"text": "a", "label": 1}', '{"text": "b", "label": 1}', '{"text": "c", "label": 1.0}'),
            good=('{"text": "a", "label": 1}', '{"text": "1.0", "label": 2}', '{"text": "1", "label": 0.5}'),
        ),
        make=_summarised,
    ),
)
