"""Where the records of a block stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, SupportsIndex, overload

from dsvc.validators.finding import Place

if TYPE_CHECKING:
    from collections.abc import Iterator


class Places(Sequence[Place]):
    """The places of the records of a block, each made when it is asked for: most blocks go by without a finding.

    ``line`` is the first line of the block, ``numbers`` are those of the lines with a record (from 0; all but blank
    ones), ``row`` is the row of the first record.
    """

    __slots__ = ("file", "line", "numbers", "row")

    def __init__(self, file: str, line: int, row: int, numbers: Sequence[int]) -> None:
        self.file = file
        self.line = line
        self.row = row
        self.numbers = numbers

    def __len__(self) -> int:
        return len(self.numbers)

    @overload
    def __getitem__(self, at: SupportsIndex) -> Place: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Place]: ...
    def __getitem__(self, at: SupportsIndex | slice) -> Place | Sequence[Place]:
        if isinstance(at, slice):
            return [self[number] for number in range(*at.indices(len(self)))]
        number = range(len(self))[at]
        return Place(self.file, self.line + self.numbers[number], self.row + number)

    def __iter__(self) -> Iterator[Place]:
        for row, number in enumerate(self.numbers, self.row):
            yield Place(self.file, self.line + number, row)
