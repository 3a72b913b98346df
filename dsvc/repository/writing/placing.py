"""Moving staged files to their places, and never over anything that was written there in the meantime."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from dsvc.working_copy import Base, BaseFile, Stamp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dsvc.repository.context import Context
    from dsvc.repository.writing.journal import FileMove


class Placed(msgspec.Struct, frozen=True):
    """What became of staged files.

    ``put``: those that were put in place just now; ``left``: files that somebody wrote to in the meantime;
    ``begun``: whether any of them is in its place.
    """

    put: dict[str, BaseFile]
    left: tuple[str, ...]
    begun: bool

    def base(self, before: Base | None, after: Base | None) -> Base | None:
        """The base of the files as they are now.

        Stamps are only believed of what this process put there itself, and only where that is what the base has: edits
        may have been put there, too.
        """
        if self.left and not self.begun:
            return before
        if after is None:
            return None
        put = {path: file for path, file in after.files.items() if path in self.put}
        put = {p: self.put[p] if self.put[p].sha256 == f.sha256 else BaseFile(f.sha256, None) for p, f in put.items()}
        files = {**after.files, **put}
        return Base(after.version, files)

    def problem(self) -> str | None:
        """One sentence about the files that were left."""
        if not self.left:
            return None
        names = ", ".join(f"'{path}'" for path in self.left)
        return f"{names} changed while it was about to be replaced, and was left as it is"


def place(ctx: Context, moves: Sequence[FileMove]) -> Placed:
    """Carry out moves, as many as are still to do; those over files that changed in the meantime are dropped."""
    done = [move for move in moves if _is_done(ctx, move)]
    waiting = [move for move in moves if move not in done]
    left = [move for move in waiting if not _is_as_before(ctx, move)]
    if left and not done:
        discard(moves)
        return Placed({}, tuple(move.path for move in left), begun=False)
    put = {m.path: BaseFile(m.sha256_after or "", _carry_out(ctx, m)) for m in waiting if m not in left}
    discard(left)
    return Placed(put, tuple(move.path for move in left), begun=True)


def discard(moves: Sequence[FileMove]) -> None:
    """Remove staged files that will not be put in place."""
    for move in moves:
        if move.temporary is not None:
            Path(move.temporary).unlink(missing_ok=True)


def _is_done(ctx: Context, move: FileMove) -> bool:
    if move.temporary is None:
        return not ctx.working.path(move.path).exists()
    return not Path(move.temporary).exists() and not _is_as_before(ctx, move)


def _is_as_before(ctx: Context, move: FileMove) -> bool:
    """Whether the file is what it was when the move was decided."""
    path = ctx.working.path(move.path)
    if not path.exists():
        return move.sha256_before is None
    if move.stamp_before is not None and ctx.working.stamp(move.path) == move.stamp_before:
        return True
    return move.sha256_before is not None and ctx.working.sha256(move.path) == move.sha256_before


def _carry_out(ctx: Context, move: FileMove) -> Stamp | None:
    if move.temporary is None:
        ctx.working.remove(move.path)
        return None
    temporary = Path(move.temporary)
    if not temporary.exists():
        return None
    staged = Stamp.of(temporary.stat())
    ctx.working.put(temporary, move.path)
    stamp = ctx.working.stamp(move.path)
    same = (stamp.inode, stamp.size, stamp.mtime_ns) == (staged.inode, staged.size, staged.mtime_ns)
    return ctx.working.settled(stamp) if same else None
