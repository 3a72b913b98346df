"""A file that a verb writes out: whole or not at all, and never over a working file."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, BinaryIO, Final

from dsvc.errors import ProtectedError, storage_error
from dsvc.exporters.new_folder import folders_to, require_way
from dsvc.exporters.unfinished import PREFIX, unfinished

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsvc.repository.datasets import Dataset
    from dsvc.repository.repository import Repository

_CONTROL_FOLDERS: Final = frozenset((".git", ".dvc", ".dsvc"))
_CONTROL_FILES: Final = frozenset(
    (".gitignore", ".gitattributes", ".gitmodules", ".dvcignore", "dvc.yaml", "dvc.lock", "params.yaml")
)


def refuse_working_file(repository: Repository, path: Path, version: str, *, verb: str, option: str = "-o") -> None:
    """Raise ProtectedError when ``path`` is a working file: edits would be lost, because nothing is saved first.

    The same for the files that git, DVC and dsvc themselves work with.

    ``version`` is what is written (``medical@v1.0``), ``verb`` who writes, ``option`` what names the file.
    """
    refuse_place(repository.root, repository.datasets(), path, version, verb=verb, option=option)


def refuse_place(
    root: Path,
    datasets: Sequence[Dataset],
    path: Path,
    version: str,
    *,
    verb: str,
    folder: bool = False,
    option: str = "-o",
) -> None:
    """The same with ``root`` and ``datasets`` of a repository; a ``folder`` may not be in a dataset's folder at all."""
    from dsvc.repository.datasets import SUFFIX

    refuse_control_file(root, path, verb=verb)
    for dataset in datasets:
        working = root / dataset.path
        if dataset.kind == "folder":
            place = path.resolve()
            inside = working.resolve() in (place, *place.parents) if folder else working.resolve() in place.parents
            taken = inside and (folder or path.suffix == SUFFIX)
        else:
            taken = path.resolve() == working.resolve() or (
                path.exists() and working.exists() and path.samefile(working)
            )
        if taken:
            same = version.startswith(f"{dataset.name}@")
            raise ProtectedError(
                f"'{path}' is the working file of '{dataset.name}'; {verb} does not write there"
                if dataset.kind == "file"
                else f"'{path}' is in the folder of '{dataset.name}'; {verb} does not write there",
                hint=f"dsvc checkout {version}" if same else f"name another file: {option} FILE",
            )


def refuse_control_file(root: Path, path: Path, *, verb: str) -> None:
    """Raise ProtectedError when ``path`` is one of the files by which git, DVC and dsvc know what they keep."""
    place = path.parent.resolve() / path.name
    if not place.is_relative_to(root.resolve()):
        return
    inside = place.relative_to(root.resolve())
    if _CONTROL_FOLDERS & {*inside.parts} or inside.name in _CONTROL_FILES or inside.suffix == ".dvc":
        raise ProtectedError(
            f"'{path}' is what git, DVC or dsvc works with; {verb} does not write there",
            hint="name another file: -o FILE",
        )


def require_free(path: Path, *, force: bool) -> None:
    """Raise what :func:`replacing` raises before it writes anything."""
    _require_plain(path)
    if path.exists() and not force:
        raise ProtectedError(f"'{path}' exists already", hint="overwrite it: --force")
    require_way(path)


def _require_plain(path: Path) -> None:
    """Raise ProtectedError for a link, a device or a pipe: a new file in its place would be the end of it."""
    if path.is_symlink() and (path.is_file() or not path.exists()):
        target = path.resolve()
        raise ProtectedError(
            f"'{path}' is a link to '{target}', and links are not written through",
            hint=f"name that file: -o {quote(str(target))}",
        )
    if path.exists() and not path.is_file() and not path.is_dir():
        raise ProtectedError(
            f"'{path}' is a device or a pipe, not a file that could be replaced",
            hint=f"name a file: -o FILE; what can be written into a pipe goes there without -o: > {quote(str(path))}",
        )


@contextmanager
def replacing(path: Path, *, force: bool) -> Iterator[BinaryIO]:
    """A new file that takes its name only when all of it is written; an error names it, not the temporary one.

    Raises ProtectedError when there is such a file and nobody said ``force``, or it is no plain file, NotFoundError
    when a folder on the way cannot be made.
    """
    require_free(path, force=force)
    with folders_to(path):
        try:
            with unfinished(path) as new:
                with new.open("wb") as out:
                    yield out
                mask = os.umask(0)
                os.umask(mask)
                new.chmod(0o666 & ~mask)
                new.replace(path)
        except OSError as error:
            if error.filename is None or Path(error.filename).name.startswith(PREFIX):
                raise storage_error(OSError(error.errno, error.strerror, str(path))) from error
            raise
