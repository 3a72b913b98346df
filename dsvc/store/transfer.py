"""Fetching and pushing objects, each verified before it counts.

DVC 3.67 uploads a damaged object under its old name and takes one from a remote without looking;
here nothing damaged leaves this machine or enters its cache. A directory is uploaded after all its
files, so that a remote that has the directory has everything in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Protocol

from dsvc.errors import CorruptError, DsvcError, MissingObjectError
from dsvc.store.objects import ObjectId, damaged_object, is_directory, missing_object

if TYPE_CHECKING:
    from pathlib import Path

    from dsvc.store.object_cache import ObjectCache

Progress = Callable[[int, int], None]
"""Called with the number of objects done and of all objects to move."""

_HASHING_THREADS = 4


class RemoteStorage(Protocol):
    """What a transfer needs from a remote."""

    name: str
    jobs: int

    def download(self, oid: ObjectId, path: Path) -> None:
        """Write the object to ``path``; ``MissingObjectError`` when the remote lacks it."""

    def present(self, oids: Iterable[ObjectId]) -> set[ObjectId]:
        """Return which of the objects the remote has."""
        ...

    def upload(self, paths: Mapping[ObjectId, Path]) -> None:
        """Copy files to the remote under their ids."""


def absent_here(cache: ObjectCache, oids: Iterable[ObjectId], *, files: bool) -> list[ObjectId]:
    """Return which objects the cache lacks; with ``files``, also those that its directories list."""
    wanted = dict.fromkeys(oids)
    if files:
        for oid in [oid for oid in wanted if is_directory(oid) and cache.has(oid)]:
            wanted.update(dict.fromkeys(cache.read_dir(oid).values()))
    return [oid for oid in wanted if not cache.has(oid)]


def fetch(
    cache: ObjectCache, remote: RemoteStorage, oids: Iterable[ObjectId], progress: Progress | None = None
) -> None:
    """Bring objects into the cache; what came whole stays, even when others fail.

    Raises ``CorruptError`` (a damaged object is not kept), ``MissingObjectError``, ``RemoteError``.
    """
    failures: list[DsvcError] = []

    def one(oid: ObjectId) -> None:
        if any(not isinstance(error, (MissingObjectError, CorruptError)) for error in failures):
            return  # the remote itself fails: do not try it once for each object
        try:
            _fetch_one(cache, remote, oid)
        except DsvcError as error:
            failures.append(error)

    _each(one, list(oids), remote.jobs, progress)
    if failures:
        raise _worst(failures, remote.name)


def replace_damaged(cache: ObjectCache, remote: RemoteStorage, oid: ObjectId) -> None:
    """Fetch a good copy of a damaged object; the damaged one is only set aside when the good one has come.

    Raises ``CorruptError`` (the remote's is damaged, too), ``MissingObjectError``, ``RemoteError``.
    """
    _fetch_one(cache, remote, oid, instead=True)


def push(cache: ObjectCache, remote: RemoteStorage, oids: Iterable[ObjectId], progress: Progress | None = None) -> None:
    """Copy what the remote lacks, directories with all their files; nothing if anything is damaged.

    Raises ``CorruptError``, ``MissingObjectError`` (neither here nor there), ``RemoteError``.
    """
    wanted = dict.fromkeys(oids)
    for oid in [oid for oid in wanted if is_directory(oid) and cache.has(oid)]:
        wanted.update(dict.fromkeys(cache.read_dir(oid).values()))
    there = remote.present(wanted) if wanted else set()
    to_send = [oid for oid in wanted if oid not in there]
    _require_sound(cache, to_send)
    batches = [[oid for oid in to_send if not is_directory(oid)], [oid for oid in to_send if is_directory(oid)]]
    done = 0
    for batch in batches:
        for start in range(0, len(batch), remote.jobs):
            some = batch[start : start + remote.jobs]
            remote.upload({oid: cache.path(oid) for oid in some})
            done += len(some)
            if progress:
                progress(done, len(to_send))


def _fetch_one(cache: ObjectCache, remote: RemoteStorage, oid: ObjectId, *, instead: bool = False) -> None:
    file = cache.scratch_file()
    try:
        remote.download(oid, file.path)
        file.reopen()
        if not cache.keep_if_sound(file, oid, instead=instead):
            raise damaged_object(oid, where=f"remote '{remote.name}'")
    finally:
        file.discard()


def _require_sound(cache: ObjectCache, oids: Sequence[ObjectId]) -> None:
    for oid in oids:
        if not cache.has(oid):
            raise missing_object(oid)
    with ThreadPoolExecutor(_HASHING_THREADS) as threads:
        verdicts = threads.map(cache.verify, oids)
        damaged = [oid for oid, sound in zip(oids, verdicts, strict=True) if not sound]
    if damaged:
        raise damaged_object(damaged[0])


def _each(action: Callable[[ObjectId], None], oids: Sequence[ObjectId], jobs: int, progress: Progress | None) -> None:
    with ThreadPoolExecutor(jobs) as threads:
        try:
            for done, _ in enumerate(threads.map(action, oids), 1):
                if progress:
                    progress(done, len(oids))
        except BaseException:
            threads.shutdown(wait=False, cancel_futures=True)
            raise


def _worst(failures: Sequence[DsvcError], remote: str) -> DsvcError:
    """Return the failure to report: damage first, then a failing remote, then what it lacks."""
    missing = [error for error in failures if isinstance(error, MissingObjectError)]
    others = [error for error in failures if not isinstance(error, MissingObjectError)]
    if others:
        return next((error for error in others if isinstance(error, CorruptError)), others[0])
    if len(missing) == 1:
        return missing[0]
    names = ", ".join(sorted(str(error).rsplit("'", 2)[1] for error in missing)[:3])
    more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
    return MissingObjectError(f"remote '{remote}' lacks {len(missing)} objects: {names}{more}", hint=missing[0].hint)
