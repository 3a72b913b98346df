"""Which files of the work tree a dataset is made of, as they are now."""

from __future__ import annotations

import os
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from dsvc.errors import NotFoundError, ProtectedError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dsvc.repository.datasets import Dataset
    from dsvc.working_copy import WorkingCopy


def folder_of(working: WorkingCopy, dataset: Dataset) -> Path:
    """The folder with the files of a dataset, which paths in its records are from."""
    path = working.path(dataset.path)
    return path if dataset.kind == "folder" else path.parent


def working_files(working: WorkingCopy, dataset: Dataset) -> list[str]:
    """Repository paths of a dataset's working files, as they are now.

    Raises ProtectedError when two file names of a folder differ only in case.
    """
    if dataset.kind == "file":
        return [dataset.path]
    paths = working.list_folder(dataset.path)
    seen: dict[str, str] = {}
    for path in paths:
        other = seen.setdefault(path.casefold(), path)
        if other != path:
            raise ProtectedError(
                f"'{other}' and '{path}' differ only in case; some file systems cannot hold both",
                hint="rename one of them",
            )
    return paths


def require_present(working: WorkingCopy, dataset: Dataset) -> None:
    """Raise NotFoundError when the file or folder of a dataset that has versions is gone."""
    if not os.path.lexists(working.root / dataset.path):
        missing = f"there is no file '{dataset.path}'" if dataset.kind == "file" else f"'{dataset.path}' is missing"
        name = dataset.name
        raise NotFoundError(
            missing, hint=f"dsvc restore {name}; if it has another name now, or is not wanted any more: dsvc rm {name}"
        )


def files_below(working: WorkingCopy, dataset: Dataset, datasets: Sequence[Dataset]) -> int:
    """How many JSONL files lie in sub folders of a folder dataset and belong to none of the ``datasets``."""
    if dataset.kind == "file":
        return 0
    taken = {other.path for other in datasets}
    count = 0
    for folder, folders, names in os.walk(working.root / dataset.path):
        folders[:] = [name for name in folders if not name.startswith(".")]
        here = PurePosixPath(os.path.relpath(folder, working.root)).as_posix()
        if here != dataset.path and here not in taken:
            count += sum(name.endswith(".jsonl") and f"{here}/{name}" not in taken for name in names)
    return count


def below_notes(dataset: Dataset, count: int) -> tuple[str, ...]:
    """What is said of files that lie in sub folders of a folder dataset."""
    if not count:
        return ()
    files = "1 JSONL file in a sub folder is" if count == 1 else f"{count:,} JSONL files in sub folders are"
    return (f"{files} not part of '{dataset.name}'",)
