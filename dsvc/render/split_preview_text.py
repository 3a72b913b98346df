"""A split before it is written, as text: its parts, the shares of labels in each, how far each is from the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.render.safe_text import safe
from dsvc.render.split_text import split_lines, table_lines
from dsvc.render.style import PLAIN, Style
from dsvc.statistics import shifts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsvc.repository.splits.preview import SplitPreview
    from dsvc.statistics import Shares, Statistics

_FEATURES: Final = 10
_FIELDS: Final = 3
_VALUES: Final = 8


def preview_lines(found: SplitPreview, style: Style = PLAIN) -> Iterator[str]:
    """The table of the parts and what could not be kept, then the labels and the drift of each part."""
    yield from split_lines(found.split.plan, style)
    if not found.parts:
        return
    for name in _labels(found.whole):
        yield ""
        yield from _shares_of(name, found, style)
    yield ""
    yield from _drift(found, style)


def _labels(whole: Statistics) -> list[str]:
    """The fields of few values, those of more than one."""
    fields = [name for name in whole.shares if name not in ("language", "source")]
    return [name for name in fields if len(whole.shares[name].counts) > 1][:_FIELDS]


def _shares_of(name: str, found: SplitPreview, style: Style) -> Iterator[str]:
    columns: list[Shares | None] = [found.whole.shares[name], *(each.shares.get(name) for each in found.parts.values())]
    values = sorted(found.whole.shares[name].counts.items(), key=lambda each: (-each[1], each[0]))
    rows = [[safe(name), "the whole", *map(safe, found.parts)]]
    for value, _ in values[:_VALUES]:
        told = [f"{each.share(value):.1%}" if each is not None else "–" for each in columns]
        rows.append([safe(value) or "(empty)", *told])
    yield from table_lines(rows, style)
    if len(values) > _VALUES:
        yield f"  and {len(values) - _VALUES:,} more"


def _drift(found: SplitPreview, style: Style) -> Iterator[str]:
    """How far each part is from the whole, the features that moved most first."""
    figures: dict[str, dict[str, float]] = {}
    for part, measured in found.parts.items():
        for shift in shifts(found.whole, measured):
            figures.setdefault(shift.feature, {})[part] = shift.figure
    ordered = sorted(figures.items(), key=lambda each: (-max(each[1].values()), each[0]))[:_FEATURES]
    rows: list[Sequence[str]] = [["drift", *map(safe, found.parts)]]
    rows += [
        [safe(feature), *(f"{told[part]:.3f}" if part in told else "–" for part in found.parts)]
        for feature, told in ordered
    ]
    yield from table_lines(rows, style)
    yield "  0: as in the whole, 1: nothing in common; of small parts expect more"
