"""What content is made of, measured once: what was counted is kept in the git directory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dsvc.statistics import measure
from dsvc.statistics.kept import TallyStore

if TYPE_CHECKING:
    from dsvc.repository.context import Context
    from dsvc.snapshot import Snapshot
    from dsvc.statistics import Statistics


def measured(ctx: Context, snapshot: Snapshot, **how: Any) -> Statistics:
    """What a version or a working file is made of; ``how`` and errors: see :func:`dsvc.statistics.measure`."""
    return measure(snapshot, progress=ctx.progress, store=TallyStore(ctx.state / "cache" / "tallies"), **how)
