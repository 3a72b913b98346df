"""The examples of a rule, as few lines as tell it."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from dsvc.render.safe_text import fit, safe

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_MOST: Final = 6
_ENDS: Final = 2


def example_lines(lines: Sequence[str], columns: int) -> Iterator[str]:
    """Lines cut to ``columns``; equal ones that follow each other once, and of many only the first and last ones."""
    groups = [(line, sum(1 for _ in equal)) for line, equal in groupby(lines)]
    shown = groups if len(groups) <= _MOST else [*groups[:_ENDS], None, *groups[-_ENDS:]]
    for group in shown:
        if group is None:
            yield f"… {len(groups) - 2 * _ENDS:,} more"
        else:
            line, count = group
            yield fit(safe(line), columns) + (f"    … {count:,} times" if count > 1 else "")
