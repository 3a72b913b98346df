"""Files that verbs look at outside of a repository, too; ``-`` is the standard input."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from dsvc.repository import Repository


def piped(name: str) -> str:
    """What is to be opened for a name: the standard input for ``-``."""
    return "/dev/stdin" if name == "-" else name


def repository_or_file(name: str | None, progress: Callable[[int], None]) -> Repository | None:
    """The repository here; None for a file that lies outside of any. Raises NotFoundError where there is neither."""
    import dsvc
    from dsvc.errors import NotFoundError

    try:
        return dsvc.open(progress=progress)
    except NotFoundError as error:
        if name is None:
            raise
        path = Path(name)
        if path.exists():
            return None
        folder = next(above for above in path.absolute().parents if above.is_dir())
        shown = "." if folder == Path.cwd() else str(folder)
        raise NotFoundError(
            f"there is no file '{name}', and no repository here", hint=f"see what is there: ls {quote(shown)}"
        ) from error
