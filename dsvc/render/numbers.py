"""Counts, sizes and times as people read them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

_GROUPED: Final = re.compile(r"\d{1,3}(?:,\d{3})+")
_UNITS = ("B", "kB", "MB", "GB", "TB")


def plural(count: int, noun: str) -> str:
    """``1 record``, ``1,200 records``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def without_separators(text: str) -> str:
    """A number as somebody types it who saw it as ``7,299``: ``7299``; any other text as it is."""
    plain = text.strip().replace("，", ",")
    return plain.replace(",", "") if _GROUPED.fullmatch(plain) else text


def rows_text(rows: Sequence[int], count: int) -> str:
    """``row 10``, ``rows 3, 7,299 …``: the first ones of ``count`` rows."""
    shown = ", ".join([f"{row:,}" for row in rows])
    return f"{'row' if count == 1 else 'rows'} {shown}{' …' if count > len(rows) else ''}"


def size(count: int) -> str:
    """A number of bytes in decimal units: ``812 B``, ``8.03 MB``."""
    value = float(count)
    for unit in _UNITS:
        if value < 999.5 or unit == _UNITS[-1]:
            break
        value /= 1000
    return f"{count:,} B" if unit == "B" else f"{value:.3g} {unit}"


def change_counts(
    *,
    added: int,
    removed: int,
    modified: int,
    moved: int = 0,
    reformatted: int = 0,
    modified_moved: int = 0,
    reformatted_moved: int = 0,
) -> str:
    """Counts of changes in short: ``+12 -3 ~40 (2 moved too)``; what did not happen is left out."""
    signs = (
        ("+", added, 0),
        ("-", removed, 0),
        ("~", modified, modified_moved),
        (">", moved, 0),
        ("=", reformatted, reformatted_moved),
    )
    return " ".join([f"{sign}{n:,}" + (f" ({too:,} moved too)" if too else "") for sign, n, too in signs if n])


def minute(moment: datetime) -> str:
    """A moment to the minute, in the time zone that it was written in: ``2026-11-22 14:03``."""
    return moment.strftime("%Y-%m-%d %H:%M")
