"""Records that are nearly the same; how they are found: :mod:`dsvc.validators.near_search`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from dsvc.conditions.fields import value_of
from dsvc.record import record_id
from dsvc.validators.finding import Finding
from dsvc.validators.near_search import ALIKE, Search
from dsvc.validators.near_signing import Signed, signed, text_of
from dsvc.validators.other_numbers import other_numbers
from dsvc.validators.rule import DatasetCheck, Example, Rule
from dsvc.validators.rules.duplicates import severity_between

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from dsvc.validators.checked import Checked
    from dsvc.validators.finding import Place, Severity


_LESS: Final[dict[Severity, Severity]] = {"error": "warning", "warning": "note", "note": "note"}
"""Where only numbers differ it may be a drill: the square root of 49 and of 81 are two questions."""


class NearDuplicate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``alike``: from which likeness on (0 to 1, the share of the text that need not be edited)."""

    alike: float = ALIKE


def _near(options: NearDuplicate) -> DatasetCheck:
    return DatasetCheck(_signed, lambda: _Clusters(options))


def _signed(records: Sequence[Checked]) -> Signed:
    return signed([text_of(record.value) for record in records])


class _Clusters:
    def __init__(self, options: NearDuplicate) -> None:
        self._places: list[Place] = []
        self._search = Search(options.alike, lambda row: text_of(value_of(self._content(row))))
        self.read_record: Callable[[Place], bytes] | None = None

    def take(self, places: Sequence[Place], summary: Signed) -> None:
        self._places += places
        self._search.add(summary)

    def finish(self) -> Iterator[Finding]:
        found = self._search.clusters()
        for row, (near, share) in sorted(self._search.told(found).items()):
            if self._identity(row) == self._identity(near):
                continue  # told by the rule ``exact-duplicate``
            yield self._told(row, near, share)

    def _told(self, row: int, near: int, share: float) -> Finding:
        place, leader = self._places[row], self._places[near]
        where = f"row {leader.row:,}" if leader.file == place.file else f"row {leader.row:,} of '{leader.file}'"
        severity = severity_between(leader.file, place.file)
        told, fix = f"{share:.0%} the same as {where}", "keep one of them, or make them differ"
        if other_numbers(value_of(self._content(row)), value_of(self._content(near))):
            severity = _LESS[severity]
            told, fix = f"the same as {where} but for numbers", "keep one of them, unless the numbers are the question"
        return Finding("", severity, told, place, fix=fix, related=(leader,))

    def _content(self, row: int) -> bytes:
        assert self.read_record is not None
        return self.read_record(self._places[row])

    def _identity(self, row: int) -> str:
        try:
            return str(record_id(self._content(row)))
        except ValueError:
            return ""


def clusters(blocks: Iterable[Sequence[bytes]], read: Callable[[int], bytes], *, alike: float = ALIKE) -> list[int]:
    """For each record the number of the first one of its cluster, from 0; of a record that is like no other its own.

    ``blocks`` gives the bytes of all records in their order, ``read`` those of one by its number. Records of fewer than
    five tokens are like no other.
    """
    search = Search(alike, lambda number: text_of(value_of(read(number))))
    for contents in blocks:
        search.add(signed([text_of(value_of(content)) for content in contents]))
    found = search.clusters()
    return [found.first(number) for number in range(len(found))]


RULES: Final = (
    Rule(
        id="near-duplicate",
        topic="content",
        severity="warning",
        title="a record is nearly the same as another one",
        why="It weighs more than the others in training; with one of them in the test part the score says nothing. "
        "In two parts of a folder it is an error. Where only numbers of a running text differ it may be another "
        "question, and counts one grade less; other ids make none. The first record of a cluster is not told, all "
        "others are.",
        example=Example(
            bad=(
                '{"q": "How many days after the statement date is my payment due, if I hold a gold card?"}',
                '{"q": "How many days after the statement date is my payment due, if I hold a gold card"}',
                '{"q": "账单日之后多少天必须还款，如果我持有的是贵行的金卡，可以延期吗？"}',
                '{"q": "账单日之后多少天必须还款，如果我持有的是贵行的白金卡，可以延期吗？"}',
            ),
            good=(
                '{"q": "How many days after the statement date is my payment due, if I hold a gold card?"}',
                '{"q": "What is the fee for cash from a machine abroad, if I hold a gold card?"}',
            ),
        ),
        make=_near,
        options=NearDuplicate,
        version=5,
        sources=("Broder, On the resemblance and containment of documents, 1997",),
    ),
)
