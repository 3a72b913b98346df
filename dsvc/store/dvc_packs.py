"""The object store of a repository: DVC's cache, its pointers, its lock and its remotes.

Objects, directory listings, pointers and settings are DVC's own formats, read and written here
without importing DVC (checked against the real ``dvc`` in the tests); only ``fetch`` and ``push``
import it, for its remotes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsvc.errors import RemoteError
from dsvc.store import dvc_config, dvc_pointer
from dsvc.store.dvc_pointer import Pointer
from dsvc.store.object_cache import ObjectCache

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from dsvc.store.dvc_config import DvcConfig
    from dsvc.store.dvc_lock import RepositoryLock
    from dsvc.store.dvc_remote import DvcRemote
    from dsvc.store.objects import ObjectId
    from dsvc.store.transfer import Progress

LOCK_TIMEOUT = 10.0
"""Seconds that a writer waits for another one."""


class DvcPacks(ObjectCache):
    """The store of the repository at ``root``; made by :meth:`at`."""

    def __init__(self, root: Path, cache_dir: Path, config: DvcConfig) -> None:
        super().__init__(cache_dir, shared=config.shared)
        self.root = root
        self._config = config

    @classmethod
    def at(cls, root: Path, *, main_worktree: Path | None = None) -> DvcPacks:
        """Open the store of the DVC repository at ``root``; ``NotFoundError`` where there is none.

        In a linked git worktree without a configured cache, the one of ``main_worktree`` is used;
        :meth:`use_main_cache` tells ``dvc`` so, too.
        """
        dvc_config.require_dvc(root)
        config = dvc_config.read_config(root)
        if config.cache_dir is not None:
            return cls(root, config.cache_dir, config)
        return cls(root, _cache_of(main_worktree) if main_worktree is not None else _own_cache(root), config)

    def beside(self, folder: Path) -> DvcPacks:
        """The store of the same repository with ``folder`` in place of its cache: for objects that nobody will keep."""
        return DvcPacks(self.root, folder, self._config)

    @classmethod
    def init(cls, root: Path) -> list[str]:
        """Make what ``dvc init`` makes where it is missing; return the new paths, to be committed."""
        return dvc_config.init_files(root)

    @property
    def cache_dir(self) -> Path:
        """The cache in use: ``cache.dir`` of DVC's settings, or ``.dvc/cache``."""
        return self.folder

    def use_main_cache(self, main_worktree: Path) -> str | None:
        """Let a linked worktree share the main one's cache, unless a cache is configured here.

        Writes ``cache.dir`` to the git-ignored ``.dvc/config.local``. Returns a sentence that tells
        what was changed, or ``None``.
        """
        if self._config.cache_dir is not None or main_worktree.resolve() == self.root.resolve():
            return None
        cache_dir = _cache_of(main_worktree)
        dvc_config.set_local_cache_dir(self.root, cache_dir)
        self._config = dvc_config.read_config(self.root)
        self.use_folder(cache_dir, shared=self._config.shared)
        return f"set cache.dir to '{cache_dir}' in .dvc/config.local, to share the main worktree's cache"

    def pointer_bytes(self, dir_oid: ObjectId, *, size: int, nfiles: int, path: str = "store") -> bytes:
        """Return ``store.dvc`` as ``dvc add`` writes it (``size`` in bytes)."""
        return dvc_pointer.pointer_bytes(Pointer(dir_oid, size, nfiles, path))

    def parse_pointer(self, data: bytes) -> Pointer:
        """Read ``store.dvc``; ``CorruptError`` when it is not one directory (conflict markers)."""
        return dvc_pointer.parse_pointer(data)

    def link(self, folder: Path, dir_oid: ObjectId, *, previous: Iterable[str] = ()) -> list[str]:
        """Make ``folder`` show the directory object, linked from the cache.

        Removes what does not belong only where it is ours: packs, their sidecars, and names in
        ``previous``. Returns the foreign names left there, which keep ``dvc status`` from being clean.
        """
        from dsvc.store.store_link import link_folder

        entries = self.read_dir(dir_oid)
        return link_folder(folder, entries, self, types=self._config.cache_types, previous=previous)

    def lock(self, timeout: float = LOCK_TIMEOUT) -> RepositoryLock:
        """Keep other writers out for a ``with`` block; ``LockedError`` after ``timeout`` seconds.

        Run the git commit inside :meth:`RepositoryLock.paused`: hooks of ``dvc install`` need DVC's lock.
        """
        from dsvc.store.dvc_lock import RepositoryLock

        return RepositoryLock(self.root, timeout=timeout, hardlink=self._config.hardlink_lock)

    def fetch(
        self,
        oids: Iterable[ObjectId],
        *,
        remote: str | None = None,
        files: bool = True,
        progress: Progress | None = None,
    ) -> None:
        """Bring objects from a remote into the cache, verified; with ``files``, directories' files too.

        DVC is imported only when something is absent. Raises ``CorruptError`` (a damaged object is
        not kept), ``MissingObjectError`` (the remote lacks it), ``RemoteError``.
        """
        from dsvc.store import transfer

        wanted = list(dict.fromkeys(oids))
        opened: DvcRemote | None = None
        while absent := transfer.absent_here(self, wanted, files=files):
            opened = opened or self._reachable(remote)
            transfer.fetch(self, opened, absent, progress)

    @property
    def has_remote(self) -> bool:
        """Whether DVC's settings name a remote to fetch from."""
        return bool(self._config.remote)

    def replace_damaged(self, oid: ObjectId) -> None:
        """Put the remote's copy in place of a damaged object, which stays where it is until that has come.

        Raises ``CorruptError``, ``MissingObjectError``, ``RemoteError``.
        """
        from dsvc.store import transfer

        transfer.replace_damaged(self, self._reachable(None), oid)

    def push(
        self,
        oids: Iterable[ObjectId],
        *,
        remote: str | None = None,
        progress: Progress | None = None,
    ) -> None:
        """Copy what a remote lacks, directories with their files, each verified before it leaves.

        Raises ``CorruptError`` (nothing is sent), ``MissingObjectError`` (neither here nor there),
        ``RemoteError``.
        """
        from dsvc.store import transfer
        from dsvc.store.dvc_remote import open_remote

        transfer.push(self, open_remote(self.root, self._remote_name(remote)), oids, progress)

    def _reachable(self, remote: str | None) -> DvcRemote:
        from dsvc.store.dvc_remote import open_remote

        opened = open_remote(self.root, self._remote_name(remote))
        opened.require_reachable()
        return opened

    def _remote_name(self, remote: str | None) -> str:
        name = remote or self._config.remote
        if not name:
            raise RemoteError("no DVC remote is configured", hint="dvc remote add --default storage URL")
        return name


def _cache_of(root: Path) -> Path:
    return dvc_config.read_config(root).cache_dir or _own_cache(root)


def _own_cache(root: Path) -> Path:
    return root.absolute() / dvc_config.DVC_FOLDER / "cache"
