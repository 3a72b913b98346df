"""Where lines of an old version stand in a newer one: followed version by version, as blame follows them back.

Each version was compared with the one before it when it was made, and what a diff of two neighbours pairs is told from
less than what lies between versions that are far apart.
"""

from __future__ import annotations

from contextlib import suppress
from itertools import takewhile
from typing import TYPE_CHECKING

import numpy as np

from dsvc.blame.past import line_of_parents
from dsvc.diff import diff
from dsvc.diff.plan import MODIFIED
from dsvc.errors import MissingObjectError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dsvc.blame.past import Past
    from dsvc.layout import Column
    from dsvc.origin import VersionId
    from dsvc.snapshot import Snapshot


def lines_since(
    past: Past, old: VersionId, handed: Snapshot, new: VersionId, key: Sequence[str], lines: Column
) -> Column:
    """For lines of version ``old`` (content ``handed``) the lines of version ``new`` that they are, -1: they are gone.

    A version that ``new`` does not go back to, or cannot be followed back to because the data between is not here, is
    compared with it directly. What was gone in between and is there again with the same value is found, too.
    """
    if old == new:
        return lines
    now = past.lines(new).snapshot
    became = np.full(_count(handed), -1, dtype=np.int64)
    is_followed = False
    with suppress(MissingObjectError):
        is_followed = _follow(past, old, new, became)
    if not is_followed or (became[lines] < 0).any():
        found = diff(handed, now, key=key).earlier(np.arange(_count(now), dtype=np.int64))
        free = np.ones(_count(now), dtype=bool)
        free[became[became >= 0]] = False
        chosen = (found.line >= 0) & free & (True if not is_followed else found.kind != MODIFIED)
        theirs = np.flatnonzero(chosen)
        theirs = theirs[became[found.line[theirs]] < 0]
        became[found.line[theirs]] = theirs
    return became[lines]


def _follow(past: Past, old: VersionId, new: VersionId, became: Column) -> bool:
    """Fill in where the old lines are; False when the new version does not go back to the old one."""
    versions = [*takewhile(lambda version: version != old, line_of_parents(past, new))]
    if past.parent(versions[-1]) != old:
        return False
    at = here = np.arange(_count(past.lines(new).snapshot), dtype=np.int64)
    for version in versions:
        before = past.diff(version).earlier(at).line
        at, here = before[before >= 0], here[before >= 0]
    became[at] = here
    return True


def _count(snapshot: Snapshot) -> int:
    return sum(file.lines for file in snapshot.layout.files)
