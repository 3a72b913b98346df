"""Lists in columns: one line for each thing, what is told of all of them below each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.render.safe_text import cell, cell_width, safe
from dsvc.render.style import PLAIN, Style

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_MOST: Final = 40
"""A column is no wider, in columns of a terminal."""


def in_columns(rows: Sequence[Sequence[str]], style: Style = PLAIN) -> Iterator[str]:
    """Rows of equally many texts of any kind, the first column standing out; the last one is not filled up."""
    widths = [min(_MOST, max(cell_width(safe(each)) for each in column)) + 2 for column in zip(*rows, strict=True)]
    for row in rows:
        first, *rest = [cell(each, width) for each, width in zip(row[:-1], widths, strict=False)]
        yield "".join([style("strong", first), *rest, safe(row[-1])])
