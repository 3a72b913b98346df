"""Which files of the work tree a dataset is made of, as they are now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsvc.errors import ProtectedError

if TYPE_CHECKING:
    from dsvc.repository.datasets import Dataset
    from dsvc.working_copy import WorkingCopy


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
