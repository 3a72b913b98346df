"""Which git command sends the versions themselves: dsvc sends their data only."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dsvc.repository.context import Context


def git_push(ctx: Context) -> str | None:
    """The command that sends HEAD's branch and the tags of its versions; None where git has no remote to send to.

    ``--follow-tags``, not ``--tags``: that would send the local tags of undone versions and saved edits, too.
    """
    branch = ctx.git.branch()
    if branch is not None and ctx.git.config(f"branch.{branch}.remote") is not None:
        return "git push --follow-tags"
    if ctx.git.config("remote.origin.url") is None:
        return None
    if branch is None:
        return "git push --follow-tags origin HEAD:BRANCH"
    return f"git push --follow-tags -u origin {branch}"
