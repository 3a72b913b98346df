"""A folder that an export writes: whole or not at all, and never over what no export wrote."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from dsvc.errors import NotFoundError, ProtectedError, storage_error
from dsvc.exporters.provenance import FORMAT, NOTE
from dsvc.exporters.unfinished import PREFIX, unfinished

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def new_folder(path: Path, *, force: bool) -> Iterator[Path]:
    """A folder beside ``path`` to write into, which takes its name when all is written.

    With ``force`` it may take the place of an earlier export, but not of a folder with other files in it. Raises
    ProtectedError then. Folders on the way are made; NotFoundError where one cannot be.
    """
    refuse_folder(path, force=force)
    with folders_to(path):
        try:
            with unfinished(path, is_folder=True) as beside:
                made = beside / path.name
                made.mkdir()
                yield made
                _swap(made, path, beside / "before")
        except OSError as error:
            named = Path(error.filename) if isinstance(error.filename, str) else None
            if named is None or any(part.startswith(PREFIX) for part in named.parts):
                raise storage_error(OSError(error.errno, error.strerror, str(path))) from error
            raise


@contextmanager
def folders_to(path: Path) -> Iterator[None]:
    """The folders on the way to a file or folder that is written; those that were missing go again when it fails."""
    missing = [folder for folder in path.parents if not folder.exists()]
    try:
        for folder in reversed(missing):
            folder.mkdir()
        yield
    except BaseException:
        for folder in missing:
            with suppress(OSError):  # somebody else put something there
                folder.rmdir()
        raise


def require_way(path: Path) -> None:
    """Raise NotFoundError when a file is where a folder on the way would have to be."""
    there = next((folder for folder in path.parents if folder.exists()), path.parent)
    if not there.is_dir():
        raise NotFoundError(f"'{there}' is no folder", hint="name another place: -o PATH")


def _swap(made: Path, path: Path, before: Path) -> None:
    """Put the new folder in the place of an earlier one, which is back when that is cut short (Ctrl-C, too)."""
    try:
        if path.exists():
            path.rename(before)
        made.rename(path)
    finally:
        if before.exists() and not path.exists():
            before.rename(path)


def refuse_folder(path: Path, *, force: bool) -> None:
    """Raise ProtectedError when there is something at ``path`` that an export may not replace."""
    require_way(path)
    if not path.exists() and not path.is_symlink():
        return
    if path.is_symlink() or not path.is_dir():
        raise ProtectedError(f"'{path}' is no folder", hint="name another one: -o FOLDER")
    found = _files_in(path)
    if not found:
        return
    foreign = sorted(found - _of_export(path))
    if foreign:
        raise ProtectedError(
            f"'{path}' holds files that no export wrote ('{foreign[0]}')", hint="name a new folder: -o FOLDER"
        )
    if not force:
        raise ProtectedError(f"'{path}' exists already", hint="overwrite it: --force")


def _files_in(path: Path) -> set[str]:
    return {str((Path(folder) / name).relative_to(path)) for folder, _, names in os.walk(path) for name in names}


def _of_export(path: Path) -> set[str]:
    """The files that an earlier export says it wrote there, and that still are what it wrote."""
    from dsvc.exporters.provenance import sha256_of

    with suppress(OSError, ValueError, KeyError, TypeError):
        facts = json.loads((path / NOTE).read_bytes())
        if facts["format"] == FORMAT:
            ours = {NOTE}
            for fact in facts["files"]:
                written = path / str(fact["path"])
                if written.is_file() and sha256_of(written) == fact["sha256"]:
                    ours.add(str(fact["path"]))
            return ours
    return set()
