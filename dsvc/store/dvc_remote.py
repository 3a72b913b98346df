"""A remote as DVC's configuration describes it.

DVC brings the file systems (S3, SSH, WebDAV, ...) and their credentials; what is moved, and whether
it is sound, is decided in :mod:`dsvc.store.transfer`. Importing DVC costs about half a second, so it
happens inside the functions.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dsvc.errors import DsvcError, MissingObjectError, RemoteError
from dsvc.store.objects import ObjectId

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_MAX_JOBS = 16


class DvcRemote:
    """One configured remote; made by :func:`open_remote`."""

    def __init__(self, name: str, odb: Any) -> None:
        self.name = name
        self.jobs = max(1, min(_MAX_JOBS, int(odb.fs.jobs)))
        self._odb = odb
        self._is_local = odb.fs.protocol == "local"

    def download(self, oid: ObjectId, path: Path) -> None:
        """Write the object to ``path``; ``MissingObjectError`` when the remote lacks it."""
        with _as_remote_errors(self.name):
            try:
                self._odb.fs.get_file(self._odb.oid_to_path(oid), str(path))
            except FileNotFoundError:
                raise MissingObjectError(
                    f"remote '{self.name}' lacks object '{oid}'", hint="run this where the data is: dsvc push"
                ) from None

    def present(self, oids: Iterable[ObjectId]) -> set[ObjectId]:
        """Return which of the objects the remote has."""
        with _as_remote_errors(self.name):
            # For a remote on a mounted disk, DVC's usual query deletes objects that it takes for damaged.
            ask = self._odb.list_oids_exists if self._is_local else self._odb.oids_exist
            return {ObjectId(oid) for oid in ask(list(oids), jobs=self.jobs)}

    def upload(self, paths: Mapping[ObjectId, Path]) -> None:
        """Copy files to the remote under their ids."""
        if not paths:
            return
        failures: list[BaseException] = []
        with _as_remote_errors(self.name):
            from dvc.fs import localfs

            self._odb.add(
                [str(path) for path in paths.values()],
                localfs,
                list(paths),
                check_exists=False,
                on_error=lambda _oid, error: failures.append(error),
            )
            if failures:
                raise failures[0]

    def require_reachable(self) -> None:
        """Raise ``RemoteError`` when a remote on a mounted disk is not there at all."""
        if self._is_local and not Path(self._odb.path).exists():
            raise RemoteError(
                f"remote '{self.name}' has nothing at '{self._odb.path}'",
                hint="mount it, or correct it: dvc remote modify " + self.name + " url PATH",
            )


def open_remote(root: Path, name: str) -> DvcRemote:
    """Open a remote of the DVC repository at ``root``; ``RemoteError`` when it cannot be used."""
    with _as_remote_errors(name):
        from dvc.cachemgr import CacheManager
        from dvc.config import Config
        from dvc.fs import get_cloud_fs
        from dvc_data.hashfile.db import get_odb

        make_fs, settings, base = get_cloud_fs(Config(str(root / ".dvc")), name=name)
        if settings.pop("worktree", None) or settings.get("version_aware"):
            raise RemoteError(
                f"remote '{name}' is cloud-versioned, which keeps files by name and not by digest",
                hint=f"dvc remote modify {name} version_aware false",
            )
        fs = make_fs(**settings)
        settings["hash_name"] = "md5"
        return DvcRemote(name, get_odb(fs, fs.join(base, CacheManager.FILES_DIR, "md5"), **settings))


@contextmanager
def _as_remote_errors(name: str) -> Iterator[None]:
    """Turn whatever a cloud library raises into ``RemoteError``: they share no base class."""
    try:
        yield
    except DsvcError:
        raise
    except Exception as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise RemoteError(f"remote '{name}' failed: {reason}", hint=_way_out(name, error)) from error


def _way_out(name: str, error: Exception) -> str:
    plugin = re.search(r"requires '(dvc-\w+)'", str(error))
    if plugin:
        return f"pip install {plugin[1]}"
    if type(error).__name__ == "RemoteNotFoundError":
        return f"dvc remote add {name} URL"
    return "dvc remote list"
