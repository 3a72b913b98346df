"""Records that are there more than once."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import orjson

from dsvc.record import record_id
from dsvc.splitting.naming import split_of
from dsvc.validators.checked import Records
from dsvc.validators.finding import Finding
from dsvc.validators.rule import DatasetCheck, Example, NoOptions, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsvc.validators.checked import Checked
    from dsvc.validators.finding import Place, Severity


_PLAIN: Final = frozenset((str, bool, type(None)))
"""Types that a parser keeps all of; of numbers it does not keep how they are written."""


def _exact(options: NoOptions) -> DatasetCheck:
    return DatasetCheck(_ids, _Repeated)


def _ids(records: Sequence[Checked]) -> list[str | None]:
    if not isinstance(records, Records):
        return [_id(record) for record in records]
    found: list[str | None] = [None] * len(records)
    for (_, types), alike in records.alike.items():
        plain = bool(types) and _PLAIN.issuperset(types)
        for row in alike:
            found[row] = _id_of_plain(records.values[row]) if plain else None
            found[row] = found[row] or _id(records[row])
    return found


def _id_of_plain(value: object) -> str | None:
    """The id of a record without numbers, whose value is as good as its bytes; None where that cannot be written."""
    try:
        return hashlib.sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]
    except TypeError:  # halves of characters
        return None


def _id(record: Checked) -> str | None:
    try:
        return record_id(record.content)
    except ValueError:  # told by the rule ``syntax``
        return None


def severity_between(file: str, other: str) -> Severity:
    """How severe it is that records of two files are the same: in two parts of a folder one is in the test."""
    return "warning" if split_of(file) == split_of(other) else "error"


class _Repeated:
    def __init__(self) -> None:
        self._first: dict[str, Place] = {}
        self._found: list[Finding] = []

    def take(self, places: Sequence[Place], summary: list[str | None]) -> None:
        for place, identity in zip(places, summary, strict=True):
            if identity is None:
                continue
            first = self._first.setdefault(identity, place)
            if first is not place:
                told = f"the same record as row {first.row:,}"
                told += f" of '{first.file}'" if first.file != place.file else ""
                severity = severity_between(first.file, place.file)
                self._found.append(Finding("", severity, told, place, fix="leave it out", related=(first,)))

    def finish(self) -> Iterator[Finding]:
        yield from self._found


RULES: Final = (
    Rule(
        id="exact-duplicate",
        topic="content",
        severity="warning",
        title="a record is there more than once",
        why="It weighs more than the others in training, and may stand in the test part as well: "
        "in two parts of a folder it is an error.",
        example=Example(bad=('{"a": 1}', '{"a":1}'), good=('{"a": 1}', '{"a": 1.0}')),
        make=_exact,
        repair="duplicates",
        version=2,
    ),
)
