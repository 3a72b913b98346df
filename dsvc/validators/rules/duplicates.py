"""Records that are there more than once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.record import record_id
from dsvc.splitting.naming import split_of
from dsvc.validators.finding import Finding
from dsvc.validators.rule import DatasetCheck, Example, NoOptions, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsvc.validators.checked import Checked
    from dsvc.validators.finding import Place, Severity


def _exact(options: NoOptions) -> DatasetCheck:
    return DatasetCheck(_ids, _Repeated)


def _ids(records: Sequence[Checked]) -> list[str | None]:
    return [_id(record) for record in records]


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
                told = f"the same record as row {first.row}"
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
