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

    __slots__ = ("_all", "file", "line", "numbers", "row")

    def __init__(self, file: str, line: int, row: int, numbers: Sequence[int]) -> None:
        self.file = file
        self.line = line
        self.row = row
        self.numbers = numbers
        self._all: list[Place] | None = None

    def __reduce__(self) -> tuple[type[Places], tuple[str, int, int, Sequence[int]]]:
        return Places, (self.file, self.line, self.row, self.numbers)

    def __len__(self) -> int:
        return len(self.numbers)

    @overload
    def __getitem__(self, at: SupportsIndex) -> Place: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Place]: ...
    def __getitem__(self, at: SupportsIndex | slice) -> Place | Sequence[Place]:
        if isinstance(at, slice):
            return [self[number] for number in range(*at.indices(len(self)))]
        number = int(at)
        if number < 0:
            number += len(self.numbers)
        return Place(self.file, self.line + self.numbers[number], self.row + number)

    def __iter__(self) -> Iterator[Place]:
        if self._all is None:  # several rules ask
            rows = enumerate(self.numbers, self.row)
            self._all = [Place(self.file, self.line + number, row) for row, number in rows]
        return iter(self._all)
