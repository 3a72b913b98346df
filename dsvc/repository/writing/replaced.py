"""A file of the repository that is no dataset's, replaced so that it can be put back: a baseline.

What it was and what it becomes are kept in the git directory, by their digests, before anything is changed, for as long
as the journal has the operation. Whatever else was written there in the meantime stays.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from dsvc.durable import make_folders, replace_flushed, sweep

if TYPE_CHECKING:
    from pathlib import Path

    from dsvc.repository.context import Context
    from dsvc.repository.writing.journal import Entry
    from dsvc.store.git_values import CommitId

FOLDER: Final = "replaced"
"""In the state folder."""


def keep(ctx: Context, content: bytes) -> str:
    """Keep a file's content; gives its sha256."""
    digest = hashlib.sha256(content).hexdigest()
    target = _kept(ctx, digest)
    if not target.exists():
        make_folders(target.parent)
        replace_flushed(target, content)
    return digest


def digest_now(ctx: Context, path: str) -> str | None:
    """The sha256 of a file as it is now; None where there is none."""
    file = ctx.working.path(path)
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else None


def put(ctx: Context, entry: Entry, *, back: bool = False) -> list[str]:
    """Put an operation's files in their places, or back; may be done again. Gives those that were left as they are,
    because they are other ones by now (or none: another branch may have them), or what they were is not kept any more.
    """
    left = []
    for path, (before, after) in entry.replaced.items():
        expected, wanted = (after, before) if back else (before, after)
        now = digest_now(ctx, path)
        if now == wanted:
            continue
        if now != expected:
            left.append(path)
        elif wanted is None:
            ctx.working.remove(path)
        elif _kept(ctx, wanted).is_file():
            replace_flushed(ctx.working.path(path), _kept(ctx, wanted).read_bytes())
        else:
            left.append(path)
    return left


def is_kept(ctx: Context, digest: str | None) -> bool:
    """Whether a content can be put back; that there was no file (None) always can."""
    return digest is None or _kept(ctx, digest).is_file()


def has_committed(ctx: Context, commit: CommitId, path: str, digest: str | None) -> bool:
    """Whether a commit has a file with this sha256."""
    content = ctx.git.read(commit, path)
    return content is not None and hashlib.sha256(content).hexdigest() == digest


def sweep_kept(ctx: Context) -> None:
    """Let go of contents that no operation of the journal needs."""
    sweep(ctx.state / FOLDER)
    needed = {digest for entry in ctx.journal.entries() for pair in entry.replaced.values() for digest in pair}
    for file in (ctx.state / FOLDER).glob("*"):
        if file.name not in needed:
            file.unlink(missing_ok=True)


def _kept(ctx: Context, digest: str) -> Path:
    return ctx.state / FOLDER / digest
