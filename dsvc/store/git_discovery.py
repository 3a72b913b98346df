"""Finding the repository of a path, as git finds it: worktrees, submodules and its own safety checks count."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from dsvc.errors import NotFoundError, ProtectedError, UsageError
from dsvc.store.git_process import run_git

if TYPE_CHECKING:
    import subprocess

    from dsvc.errors import DsvcError


def discover(path: Path) -> tuple[Path, Path]:
    """The top of the work tree that holds ``path`` (which need not exist yet), and its git directory.

    Raises NotFoundError when there is none, UsageError for a bare repository or one that cannot be read,
    ProtectedError for one that belongs to another user.
    """
    folder = path.absolute()
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    done = _rev_parse(folder, "--show-object-format", "--absolute-git-dir", "--show-toplevel")
    if done.returncode != 0:
        return _from_inside(path, folder, done)
    lines = os.fsdecode(done.stdout).removesuffix("\n").split("\n")
    if len(lines) != 3:
        raise _unreadable(folder, "there is a line feed in its path")
    if lines[0] != "sha1":
        raise _unreadable(folder, f"its objects are named by {lines[0]}, which DVC cannot read either")
    return Path(lines[2]).resolve(), Path(lines[1]).resolve()


def work_tree_of(git_dir: Path) -> Path | None:
    """The work tree of a git directory that is not a linked worktree's; None for a bare repository."""
    done = run_git(git_dir, "--git-dir=.", "config", "--null", "--get-regexp", r"^core\.(bare|worktree)$")
    settings = dict(line.partition("\n")[::2] for line in os.fsdecode(done.stdout).split("\0"))
    if settings.get("core.bare", "no").lower() not in ("false", "no", "off", "0"):
        return None
    return (git_dir / settings.get("core.worktree", "..")).resolve()


def _from_inside(path: Path, folder: Path, failed: subprocess.CompletedProcess[bytes]) -> tuple[Path, Path]:
    """For a path in a git directory, which is in no work tree: that of the repository."""
    done = _rev_parse(folder, "--absolute-git-dir")
    if done.returncode != 0:
        raise _refused(path, folder, failed)
    git_dir = Path(os.fsdecode(done.stdout).removesuffix("\n")).resolve()
    top = _linked_work_tree(git_dir) if (git_dir / "commondir").exists() else work_tree_of(git_dir)
    if top is None:
        raise UsageError(
            f"'{path}' is a bare git repository: it has no files to work on", hint=f"git clone '{path}' work"
        )
    return top, git_dir


def _linked_work_tree(git_dir: Path) -> Path:
    """The linked work tree that a git directory of its own belongs to."""
    top = Path((git_dir / "gitdir").read_text("utf-8", "surrogateescape").removesuffix("\n")).parent
    if not top.is_dir():
        raise UsageError(f"the work tree of '{git_dir}' is gone", hint="git worktree prune")
    return top.resolve()


def _rev_parse(folder: Path, *options: str) -> subprocess.CompletedProcess[bytes]:
    return run_git(folder, "rev-parse", *options, env={"LC_ALL": "C"})  # its messages are looked into


def _refused(path: Path, folder: Path, failed: subprocess.CompletedProcess[bytes]) -> DsvcError:
    said = failed.stderr.decode("utf-8", "replace").strip().removeprefix("fatal: ")
    if "not a git repository (or any" in said:
        return NotFoundError(f"'{path}' is not in a git repository", hint="dsvc init")
    if "dubious ownership" in said:
        return ProtectedError(
            f"the git repository at '{folder}' belongs to another user",
            hint=f"git config --global --add safe.directory '{folder}'",
        )
    return _unreadable(folder, said.partition("\n")[0])


def _unreadable(folder: Path, reason: str) -> UsageError:
    return UsageError(f"cannot read the git repository at '{folder}': {reason}", hint="git status")
