"""What plain DVC keeps: the files of an output (``FILE.dvc``) as a commit has it, from the cache or the remote.

DVC's own file system does the looking, so that old cache layouts, imports and every kind of remote work as with
``dvc get``. Importing it costs about a second, so it happens inside the functions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dsvc.errors import MissingObjectError, RemoteError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dsvc.store.git_values import CommitId


class DvcOutputs:
    """The outputs of the DVC repository at ``root``, as one commit has them."""

    def __init__(self, root: Path, commit: CommitId) -> None:
        from dvc.api import DVCFileSystem

        self._commit = commit
        self._files: Any = DVCFileSystem(str(root), rev=commit)

    def files(self, path: str) -> Sequence[str]:
        """The files of an output: itself, or those in the folder that it is, at any depth."""
        try:
            if self._files.isdir(f"/{path}"):
                return sorted(each.lstrip("/") for each in self._files.find(f"/{path}", dvc_only=True))
            return [path] if self._files.isfile(f"/{path}") else []
        except Exception as error:
            raise self._missing(path, error) from error

    def write(self, path: str, target: Path) -> None:
        """Write one file's bytes to ``target``. Raises MissingObjectError when neither cache nor remote has them."""
        try:
            self._files.get_file(f"/{path}", str(target))
        except Exception as error:
            target.unlink(missing_ok=True)
            raise self._missing(path, error) from error

    def _missing(self, path: str, error: Exception) -> MissingObjectError | RemoteError:
        if isinstance(error, OSError) and not isinstance(error, FileNotFoundError):
            return RemoteError(f"cannot read '{path}' of commit {self._commit[:10]}: {error}", hint="dvc fetch")
        return MissingObjectError(
            f"DVC has '{path}' of commit {self._commit[:10]} neither here nor on a remote",
            hint="dvc fetch --all-commits",
        )
