"""Whether a colleague's clone would find the data: git carries ``.dvc/config``, which names the remote."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from dsvc.repository.context import Context

_CONFIG: Final = ".dvc/config"


def uncommitted_remote(ctx: Context) -> tuple[str, ...]:
    """One sentence when ``.dvc/config`` names a remote and is not in HEAD as it is; else nothing."""
    text = b""
    with suppress(OSError):
        text = (ctx.working.root / _CONFIG).read_bytes()
    if b"remote" not in text or not ctx.git.changed_in_worktree(_CONFIG) or ctx.git.is_ignored(_CONFIG):
        return ()
    return (
        f"'{_CONFIG}' is not committed, and clones need its remote: "
        f"git add {_CONFIG} && git commit -m remote {_CONFIG}",
    )
