"""A split before it is written: what is proposed, and how far each part would be from the whole.

For a screen that shows it while one chooses the rule. Figures are of up to ``MOST`` records of each part, evenly
spaced, so that a preview of a million records costs hardly more than the split itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from dsvc.repository import content
from dsvc.repository.candidates import table_from
from dsvc.repository.datasets import SUFFIX
from dsvc.repository.revisions import PlainFile, Version
from dsvc.repository.splits.memory import made_from, memory_of
from dsvc.repository.splits.split import Split, opened
from dsvc.repository.splits.target import SplitRequest
from dsvc.repository.versions import require_dataset
from dsvc.splitting.reading import Reading
from dsvc.splitting.rule import Rule, Share
from dsvc.statistics import Statistics, measure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from dsvc.repository.context import Context
    from dsvc.repository.splits.files import SnapshotLines
    from dsvc.splitting.plan import SplitPlan

    Rows = NDArray[np.int64]

MOST: Final = 5_000
"""So many records of a part are measured."""
USUAL: Final = (Share("train", 0.8), Share("validation", 0.1), Share("test", 0.1))
"""What is proposed where no split was made before."""


class SplitPreview(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """What would be done, and what the whole and each part (by its name) are made of.

    ``parts`` is empty where the records come from several places (``--add``).
    """

    split: Split
    whole: Statistics
    parts: Mapping[str, Statistics]


def proposal(ctx: Context, named: str | None) -> SplitRequest:
    """What a split is asked when nothing is said: the rule of the last one, else the usual shares; and its folder."""
    named = named or require_dataset(ctx.versions.datasets(ctx.git.head()), None).name
    source = content.side_of(ctx, named)
    memory, place = None, None
    if isinstance(source, PlainFile):
        place = _beside(source.path)
    elif source.dataset.kind == "folder" and not isinstance(source, Version):
        memory = memory_of(ctx, source.dataset)
    else:
        known = made_from(ctx, source.dataset.name)
        place = known[0].path if known else _beside(source.dataset.path)
        memory = memory_of(ctx, known[0]) if known else None
    rule = memory.rule if memory is not None else Rule(shares=USUAL)
    return SplitRequest(
        shares=rule.shares,
        seed=rule.seed,
        stratify=rule.stratify,
        group_by=rule.group_by or "",
        near_duplicates=rule.near_duplicates,
        output=place,
    )


def _beside(path: str) -> str:
    return f"{path.removesuffix(SUFFIX)}_split"


def kept_reading() -> Reading:
    """What previews keep from one rule to the next, given to each: another rule reads only what it asks besides."""
    return Reading(lambda lines: lines.mark)


def preview(ctx: Context, named: str | None, request: SplitRequest, reading: Reading | None = None) -> SplitPreview:
    """What a split would do, with the figures of its parts; raises as :func:`dsvc.repository.splits.split.split`."""
    with opened(ctx, named, request, reading) as draft:
        told, sources = draft.told(), draft.sources
        snapshot = sources[0].snapshot
        if any(lines.snapshot is not snapshot for lines in sources):
            return SplitPreview(split=told, whole=measure(snapshot), parts={})
        table = table_from(ctx, snapshot)
        rows = _rows_of_parts(draft.plan, sources, table.file)
        whole = measure(table.kept(_some(np.sort(np.concatenate(rows)), 2 * MOST), "the whole"))
        parts = {
            part.name: measure(table.kept(_some(mine, MOST), part.name), like=whole)
            for part, mine in zip(draft.plan.parts, rows, strict=True)
        }
        return SplitPreview(split=told, whole=whole, parts=parts)


def _rows_of_parts(plan: SplitPlan, sources: Sequence[SnapshotLines], file: NDArray[np.int64]) -> list[Rows]:
    """The rows (from 0, through all files of the snapshot) of each part."""
    side = np.full(len(file), -1, dtype=np.int64)
    paths = [each.path for each in sources[0].snapshot.layout.files]
    for lines in sources:
        side[np.flatnonzero(file == paths.index(lines.path))] = plan.sides(lines)[1]
    return [np.flatnonzero(side == number) for number in range(len(plan.parts))]


def _some(rows: Rows, most: int) -> Rows:
    """Rows evenly spaced, ``most`` of them at most."""
    return rows if len(rows) <= most else rows[np.linspace(0, len(rows) - 1, most).astype(np.int64)]


__all__ = ["SplitPreview", "kept_reading", "preview", "proposal"]
