"""Which paths may stand in a manifest, a layout or a command: only such as lead inside the repository."""

from __future__ import annotations

from pathlib import PurePosixPath

_TAKEN = (".git", ".dvc", ".dsvc")


def require_inside(path: str) -> None:
    """Raise ValueError unless ``path`` is a plain relative path: not absolute, without ``..``, written as itself."""
    pure = PurePosixPath(path)
    if not path or pure.is_absolute() or ".." in pure.parts or "\x00" in path or str(pure) != path:
        raise ValueError(f"'{path}' is not a path inside the repository")


def require_data_path(path: str) -> None:
    """Raise ValueError unless ``path`` leads to a place for data inside the repository."""
    require_inside(path)
    if PurePosixPath(path).parts[0] in _TAKEN:
        raise ValueError(f"'{path}' is not a place for data")
