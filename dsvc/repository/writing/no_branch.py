"""A commit while HEAD is detached: it is on no branch, and whoever switches to one does not see it any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dsvc.repository.context import Context


def told_of_no_branch(ctx: Context) -> tuple[str, ...]:
    """A note where HEAD is detached; nothing else."""
    if ctx.git.branch() is not None:
        return ()
    return ("HEAD is detached: this commit is on no branch; keep it on one: git switch -c NAME",)


__all__ = ["told_of_no_branch"]
