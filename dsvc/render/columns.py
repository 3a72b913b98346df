"""Lists in columns: one line for each thing, what is told of all of them below each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.render.safe_text import cell, cell_width, safe
from dsvc.render.style import PLAIN, Style

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_MOST: Final = 40
"""A column is no wider, in columns of a terminal: what is longer pushes the rest of its own line to the right."""
_GAP: Final = 2
"""Spaces between two columns, at least."""


def in_columns(rows: Sequence[Sequence[str]], style: Style = PLAIN) -> Iterator[str]:
    """Rows of equally many texts of any kind, the first column standing out; nothing is cut off.

    The last column is not filled up.
    """
    shown = [[safe(text) for text in row] for row in rows]
    widths = [min(_MOST, max(map(cell_width, column))) for column in zip(*shown, strict=True)]
    for row in shown:
        first, *rest = [cell(text, width + _GAP) for text, width in zip(row[:-1], widths, strict=False)]
        yield "".join([style("strong", first), *rest, row[-1]])
