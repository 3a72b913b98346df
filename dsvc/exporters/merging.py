"""Files put into a folder that others use as well: all of them or none, and none over what is there unasked."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from dsvc.errors import ProtectedError
from dsvc.exporters.unfinished import unfinished

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def put_into(folder: Path, made: Path, names: Sequence[str], *, force: bool, mine: Sequence[str] = ()) -> None:
    """Move the files ``names`` from ``made`` into ``folder``, the last one last. What goes wrong is taken back.

    A file that is there with other content is replaced with ``force``, or when it is one of ``mine``, whose content
    was taken over; what is no plain file never. Raises ProtectedError otherwise, before anything is moved.
    """
    for name in names:
        there = folder / name
        if there.is_symlink() or (there.exists() and not there.is_file() and not there.is_dir()):
            raise ProtectedError(f"'{there}' is a link, a device or a pipe", hint="name another folder: -o FOLDER")
        if there.is_dir() or (there.exists() and not force and name not in mine and not _same(there, made / name)):
            raise ProtectedError(f"'{there}' exists already", hint="overwrite it: --force")
    with unfinished(folder, is_folder=True, inside=folder) as kept:
        moved: list[str] = []
        try:
            for name in names:
                if (folder / name).exists():
                    shutil.copy2(folder / name, kept / name)
                moved.append(name)  # before it is: Ctrl-C may come between the two
                (made / name).replace(folder / name)
        except BaseException:
            for name in moved:
                before = kept / name
                if before.exists():
                    before.replace(folder / name)
                else:
                    (folder / name).unlink(missing_ok=True)
            raise


def _same(one: Path, other: Path) -> bool:
    return one.stat().st_size == other.stat().st_size and one.read_bytes() == other.read_bytes()
