"""Records that are there more than once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.record import record_id
from dsvc.validators.finding import Finding
from dsvc.validators.rule import DatasetCheck, Example, NoOptions, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsvc.validators.checked import Checked
    from dsvc.validators.finding import Place


def _exact(options: NoOptions) -> DatasetCheck:
    return DatasetCheck(_ids, _Repeated)


def _ids(records: Sequence[Checked]) -> list[str | None]:
    return [_id(record) for record in records]


def _id(record: Checked) -> str | None:
    try:
        return record_id(record.content)
    except ValueError:  # told by the rule ``syntax``
        return None


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
                self._found.append(
                    Finding(
                        "",
                        "warning",
                        f"the same record as row {first.row}",
                        place,
                        fix="leave it out",
                        related=(first,),
                    )
                )

    def finish(self) -> Iterator[Finding]:
        yield from self._found


RULES: Final = (
    Rule(
        id="exact-duplicate",
        topic="content",
        severity="warning",
        title="a record is there more than once",
        why="It weighs more than the others in training, and may stand in the test part as well.",
        example=Example(bad=('{"a": 1}', '{"a":1}'), good=('{"a": 1}', '{"a": 1.0}')),
        make=_exact,
        repair="duplicates",
    ),
)
