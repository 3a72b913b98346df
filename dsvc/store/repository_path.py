"""Paths as commits know them: relative to the top of the work tree, with ``/``, never outside of it."""

from __future__ import annotations

from pathlib import PurePosixPath

from dsvc.errors import UsageError


def inside(path: str) -> str:
    """``path`` itself, when it is a repository-relative POSIX path that stays in the work tree.

    Raises UsageError otherwise (absolute, empty, ``..``, or in the git directory).
    """
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts or "\0" in path or parts[0].lower() == ".git":
        raise UsageError(f"'{path}' is not a path inside the repository")
    return str(PurePosixPath(path))
