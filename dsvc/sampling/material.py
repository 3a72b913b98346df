"""What strategies ask of the records of a version, read once and kept: a rule may be changed many times."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

import numpy as np

from dsvc.conditions import condition
from dsvc.conditions.fields import MISSING, field, steps_of, text_of, value_of
from dsvc.record import is_blank
from dsvc.sampling.farthest import MINIMA, signatures_of
from dsvc.sampling.ranking import ranker, ranks_of
from dsvc.sampling.surprise import surprise
from dsvc.sampling.table import turns
from dsvc.statistics.features import texts_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from dsvc.sampling.identities import Ids
    from dsvc.sampling.orders import Rows
    from dsvc.sampling.table import Progress, Table

MISSING_FIELD: Final = "(missing)"
"""What a group is called whose records lack the field."""
_BLOCK: Final = 1000
"""Records whose texts are looked at together."""


class Records:
    """The records of a table as :class:`dsvc.sampling.orders.Material`; each figure is worked out when first asked for.

    ``identities`` (16 bytes a record) say what each record is.
    """

    def __init__(self, table: Table, identities: Ids, progress: Progress = None) -> None:
        self.table = table
        self._identities = identities
        self._progress = progress
        self._ranks: dict[str, NDArray[np.uint64]] = {}
        self._row_ranks: dict[str, NDArray[np.uint64]] = {}
        self._groups: dict[tuple[str, ...], tuple[NDArray[np.int64], list[tuple[str, ...]]]] = {}
        self._masks: dict[str, NDArray[np.bool_]] = {}
        self._signatures: dict[int, NDArray[np.uint16]] = {}
        self._characters: NDArray[np.int64] | None = None
        self._surprise: NDArray[np.float64] | None = None

    def __len__(self) -> int:
        return len(self.table)

    def contents(self) -> Iterator[bytes]:
        """The bytes of all records, in order."""
        snapshot = self.table.snapshot
        for file in snapshot.layout.files:
            for line in snapshot.lines(file):
                if not is_blank(line):
                    if self._progress is not None:
                        self._progress(len(line) + 1)
                    yield line

    def ranks(self, seed: str) -> NDArray[np.uint64]:
        """Ranks by identity; of equal ones by identity and turn."""
        if seed not in self._ranks:
            found = self._identities
            rank, again = ranker("pilot", seed), turns(found)
            ranks = ranks_of("pilot", seed, found.view("V16").ravel().tolist())
            for row in np.flatnonzero(again > 1).tolist():
                ranks[row] = rank(found[row].tobytes() + f"#{again[row]}".encode())
            self._ranks[seed] = ranks
        return self._ranks[seed]

    def row_ranks(self, seed: str) -> NDArray[np.uint64]:
        """Ranks by the number of the row, from 1."""
        if seed not in self._row_ranks:
            rows = (str(row).encode() for row in range(1, len(self) + 1))
            self._row_ranks[seed] = ranks_of("pilot", seed, rows)
        return self._row_ranks[seed]

    def characters(self) -> NDArray[np.int64]:
        """Characters of all texts."""
        if self._characters is None:
            counts = (len(_text(content)) for content in self.contents())
            self._characters = np.fromiter(counts, dtype=np.int64, count=len(self))
        return self._characters

    def surprise(self) -> NDArray[np.float64]:
        """Mean information of the tokens, in bits."""
        if self._surprise is None:
            self._surprise = surprise(self._text_blocks)
        return self._surprise

    def signatures(self, rows: Rows) -> NDArray[np.uint16]:
        """MinHash signatures, made once for each record that is asked for."""
        new = [row for row in rows.tolist() if row not in self._signatures]
        for at in range(0, len(new), _BLOCK):
            block = new[at : at + _BLOCK]
            made = signatures_of([_text(self.table.content(row)) for row in block])
            self._signatures.update(zip(block, made, strict=True))
        found = [self._signatures[row] for row in rows.tolist()]
        return np.array(found, dtype=np.uint16).reshape(-1, MINIMA)

    def groups(self, fields: Sequence[str]) -> tuple[NDArray[np.int64], list[tuple[str, ...]]]:
        """Groups by the values of fields as they read; groups are numbered as they first appear."""
        key = tuple(fields)
        if key not in self._groups:
            paths = [steps_of(name) for name in key]
            numbers: dict[tuple[str, ...], int] = {}
            codes = np.empty(len(self), dtype=np.int64)
            for row, content in enumerate(self.contents()):
                value = value_of(content)
                group = tuple([_called(field(value, steps)) for steps in paths])
                codes[row] = numbers.setdefault(group, len(numbers))
            self._groups[key] = codes, [*numbers]
        return self._groups[key]

    def meets(self, expression: str) -> NDArray[np.bool_]:
        """For which records a condition holds (:mod:`dsvc.conditions`)."""
        if expression not in self._masks:
            holds = condition(expression).holds
            self._masks[expression] = np.fromiter(map(holds, self.contents()), dtype=bool, count=len(self))
        return self._masks[expression]

    def _text_blocks(self) -> Iterator[list[str]]:
        contents = self.contents()
        while block := [_text(content) for content in islice(contents, _BLOCK)]:
            yield block


def _text(content: bytes) -> str:
    return "\n".join(texts_of(value_of(content)))


def _called(value: object) -> str:
    return MISSING_FIELD if value is MISSING else text_of(value)
