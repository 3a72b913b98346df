"""What lines of a new version were in the old one, for whoever follows records back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
from msgspec.structs import replace

from dsvc.alignment import NO_MATCH
from dsvc.diff.plan import SAME

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dsvc.diff.layout_diff import Files, LayoutDiff
    from dsvc.diff.plan import Plan
    from dsvc.layout import Column, FileLayout


class Earlier(msgspec.Struct, frozen=True, eq=False):
    """For each line the number of the old line that it was (-1: there was none), in which sense, and whether it moved.

    ``kind`` is ``SAME``, ``REFORMATTED`` or ``MODIFIED`` of :mod:`dsvc.diff.plan`. ``moved`` is told of lines that
    were paired, not of those that the layouts share.
    """

    line: Column
    kind: Column
    moved: NDArray[np.bool_]

    @staticmethod
    def of_lines(line: Column) -> Earlier:
        """The same lines as they are now, which have not moved."""
        return Earlier(line, np.full(len(line), SAME, dtype=np.int64), np.zeros(len(line), dtype=bool))


def earlier_by_layout(layout: LayoutDiff, lines: Column) -> Earlier:
    """Follow lines through what both layouts share."""
    links = layout.links
    old = np.full(len(lines), NO_MATCH, dtype=np.int64)
    if len(links.new):
        order = np.argsort(links.new, kind="stable")
        link = order[np.maximum(np.searchsorted(links.new[order], lines, side="right") - 1, 0)]
        within = lines - links.new[link]
        inside = (within >= 0) & (within < links.lines[link])
        old[inside] = (links.old[link] + within)[inside]
    return Earlier.of_lines(old)


def earlier_by_plan(plan: Plan, lines: Column, found: Earlier) -> Earlier:
    """Follow the lines that were not found yet through the pairs of a plan."""
    if not len(plan.new):
        return found
    number = np.minimum(np.searchsorted(plan.new.position, lines), len(plan.new) - 1)
    paired = (found.line < 0) & (plan.new.position[number] == lines) & (plan.partner[number] >= 0)
    number = number[paired]
    line, kind, moved = found.line.copy(), found.kind.copy(), found.moved.copy()
    line[paired] = plan.old.position[plan.partner[number]]
    kind[paired] = plan.kind[number]
    moved[paired] = plan.moved[number]
    return Earlier(line, kind, moved)


def in_order_of(found: Earlier, files: Files, order: Sequence[FileLayout]) -> Earlier:
    """Number the old lines through the files of their layout; a diff has them in the order of the new ones."""
    if [file.path for file in files.files] == [file.path for file in order]:
        return found
    starts, start = {}, 0
    for file in order:
        starts[file.path], start = start, start + file.lines
    shifts = np.array([starts[file.path] for file in files.files], dtype=np.int64) - files.starts
    known = found.line >= 0
    line = found.line.copy()
    line[known] += shifts[files.at(line[known])]
    return replace(found, line=line)
