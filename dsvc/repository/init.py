"""``init``: make a git work tree ready for dsvc, respecting what is there. And the hooks that keep files in step."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from dsvc.durable import make_folders, replace_flushed, sweep
from dsvc.errors import storage_error
from dsvc.repository.context import UNFINISHED
from dsvc.repository.results import InitResult
from dsvc.repository.writing.shared_files import shared_files

if TYPE_CHECKING:
    from pathlib import Path

HOOKS = ("post-checkout", "post-merge")
_MARK = "# dsvc: keep unedited datasets in step with HEAD"
_VERSIONING_TOOLS = (b"setuptools_scm", b"setuptools-scm", b"hatch-vcs")


def init(path: Path) -> InitResult:
    """Make git, DVC and dsvc ready at ``path``; everything that exists already is left as it is.

    Returns one sentence for each thing that was made. Nothing is committed: the first ``dsvc commit`` takes it along.
    It may be run again at any time. Raises StorageError when something cannot be written.
    """
    try:
        return _init(path)
    except OSError as error:
        raise storage_error(error) from error


def _init(path: Path) -> InitResult:
    from dsvc.store.dvc_packs import DvcPacks
    from dsvc.store.git_history import GitHistory

    had_git = _has_git(path)
    git = GitHistory.init(path)
    changes = [] if had_git else [f"made a git repository in '{git.root}'"]
    made = DvcPacks.init(git.root)
    if made:
        changes.append(f"made a DVC repository ({', '.join(made)})")
    unfinished = git.git_dir / "dsvc" / UNFINISHED
    make_folders(unfinished.parent)
    unfinished.touch()  # after a crash the next writer looks for temporary files
    for name, data in shared_files().items():
        if not (git.root / name).exists():
            replace_flushed(git.root / name, data)
            changes.append(f"wrote '{name}'")
    if git.main_worktree is not None:
        shared = DvcPacks.at(git.root, main_worktree=git.main_worktree).use_main_cache(git.main_worktree)
        changes += [shared] if shared else []
    changes += install_hooks(git.hooks_dir)
    unfinished.unlink()
    return InitResult(root=str(git.root), changes=tuple(changes), warnings=tuple(_warnings(git.root)))


def _has_git(path: Path) -> bool:
    from dsvc.errors import NotFoundError
    from dsvc.store.git_history import GitHistory

    try:
        GitHistory.open(path)
    except NotFoundError:
        return False
    return True


def install_hooks(folder: Path) -> list[str]:
    """Let git bring unedited working files in step after a switch, pull or merge; hooks that exist run as before."""
    changes = []
    sweep(folder)
    for name in HOOKS:
        hook = folder / name
        text = hook.read_text("utf-8", "surrogateescape") if hook.is_file() else ""
        if _MARK in text:
            continue
        if text and not text.startswith(("#!/bin/sh", "#!/bin/bash", "#!/usr/bin/env bash", "#!/usr/bin/env sh")):
            changes.append(f"left the git hook '{name}' alone: it is no shell script; call from it: dsvc hook {name}")
            continue
        _write_hook(hook, name, text)
        changes.append(f"{'extended' if text else 'made'} the git hook '{name}', which keeps unedited files in step")
    return changes


def _write_hook(hook: Path, name: str, text: str) -> None:
    """Our line goes before an existing script's own commands, which may end in ``exec`` or ``exit``."""
    line = f'{_MARK}\n(dsvc hook {shlex.quote(name)} "$@" || true)\n'
    shebang, _, rest = text.partition("\n") if text else ("#!/bin/sh", "", "")
    mode = hook.stat().st_mode if hook.exists() else 0o755
    text = f"{shebang}\n{line}{rest}"
    replace_flushed(hook, text.encode("utf-8", "surrogateescape"), mode=(mode & 0o777) | 0o111)


def _warnings(root: Path) -> list[str]:
    for name in ("pyproject.toml", "setup.py", "setup.cfg"):
        file = root / name
        if file.is_file() and any(tool in file.read_bytes() for tool in _VERSIONING_TOOLS):
            return [
                f"'{name}' takes the package's version from git tags; dsvc's tags (such as medical_v1.0) would "
                'stop it: set tags = "none" in dsvc.toml, or let that tool match its own tags only'
            ]
    return []
