"""What the verbs of one repository share: its stores, its working copy, its journal, its clock, its lock."""

from __future__ import annotations

import errno
import os
import shlex
import time
from contextlib import contextmanager
from datetime import datetime, timezone
from threading import get_ident
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from dsvc.errors import DsvcError, LockedError, ProtectedError, storage_error
from dsvc.repository.datasets import STATE_FOLDER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from dsvc.repository.settings import Settings
    from dsvc.repository.stores import History, Packs, PausableLock
    from dsvc.repository.versions import Versions
    from dsvc.repository.writing.journal import Journal
    from dsvc.store.git_values import Operation
    from dsvc.working_copy import WorkingCopy

_OF_A_VERSION = ("/manifest.json", "/store.dvc")
"""How the files end that each version writes anew: both sides have them in conflict where both made one."""
_TOGETHER = "how to put them together: docs/plain-git-and-dvc.md"
UNFINISHED = "unfinished"
"""The file in the state folder that is there while somebody writes, and after a writer died."""
LOCK_TIMEOUT = 10.0
"""Seconds that a writer waits for another one."""


def now() -> datetime:
    """The time, with the local time zone, to the second."""
    return datetime.now(timezone.utc).astimezone().replace(microsecond=0)


class Context(msgspec.Struct, frozen=True):
    """The parts of an open repository. ``progress`` is told the bytes that long steps have read or written."""

    git: History
    packs: Packs
    versions: Versions
    working: WorkingCopy
    journal: Journal
    state: Path
    clock: Callable[[], datetime] = now
    progress: Callable[[int], None] | None = None
    lock_timeout: float = LOCK_TIMEOUT
    _writers: list[int] = msgspec.field(default_factory=list)
    """The thread that writes now; it may enter `writing` again."""
    _locks: dict[int, PausableLock] = msgspec.field(default_factory=dict)
    """The lock of each thread that keeps ``dvc`` out now; it may enter `locked` again."""

    @property
    def settings(self) -> Settings:
        """What the team agreed on; read where it is needed. Raises UsageError for a file that cannot be read."""
        from dsvc.repository.settings import read_settings

        return read_settings(self.working.root)

    def require_settings(self) -> None:
        """Raise UsageError for settings that cannot be read, before anything is done by who needs them at its end."""
        _ = self.settings

    @property
    def reserve(self) -> Path:
        """A file of zeros, made before something that cannot stop half way and given up to put it back."""
        return self.state / "reserve"

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Be the only writer of this worktree; what a dead writer left open is rolled back or completed first.

        A verb that is made of others holds it around them. Raises WriterBusyError when another one does not finish in
        time, StorageError in place of any OSError.
        """
        from dsvc.repository.writing.recovery import recover, show_head, sweep_leftovers

        if self._writers == [get_ident()]:
            yield
            return
        try:
            _require_writable(self.git.git_dir)
            with _exclusive(self.state / "lock", self.lock_timeout), self._as_writer():
                if self._is_unsettled():
                    with self.locked():
                        if self._unfinished.exists():
                            sweep_leftovers(self)  # first, because who is put back is not known any more
                        recover(self)
                        if self._unfinished.exists():
                            show_head(self)
                self._unfinished.touch()
                try:
                    yield
                except DsvcError:  # refused: nothing is left behind, and the next one need not look
                    self._unfinished.unlink(missing_ok=True)
                    raise
                self._unfinished.unlink(missing_ok=True)
        except OSError as error:
            raise storage_error(error) from error

    @contextmanager
    def locked(self) -> Iterator[PausableLock]:
        """Keep ``dvc`` out while something is written that it reads or writes: objects, pointers, the store folders.

        It is taken before anything is changed, and may be entered again. Raises LockedError when ``dvc`` does not
        finish in time.
        """
        me = get_ident()
        if me in self._locks:
            yield self._locks[me]
            return
        lock = self.packs.lock(self.lock_timeout)
        with lock:
            self._locks[me] = lock
            try:
                yield lock
            finally:
                del self._locks[me]

    @contextmanager
    def _as_writer(self) -> Iterator[None]:
        self._writers.append(get_ident())
        try:
            yield
        finally:
            self._writers.clear()

    def settle_if_free(self) -> DsvcError | None:
        """For readers: put right what a dead writer left, but wait for nobody; what kept it from being put right."""
        try:
            if not self._is_unsettled():
                return None
            with replace(self, lock_timeout=0.0).writing():
                return None
        except WriterBusyError:
            return None
        except LockedError as error:  # dvc is at work; temporary files can wait without a word
            return error if self.journal.open_entries() else None
        except DsvcError as error:
            return error

    def _is_unsettled(self) -> bool:
        return self._unfinished.exists() or bool(self.journal.open_entries())

    @property
    def _unfinished(self) -> Path:
        """There while somebody writes, and when a writer died: then its temporary files are looked for."""
        return self.state / UNFINISHED

    def require_no_merge(self) -> None:
        """Raise ProtectedError while git is in the middle of a merge, rebase or cherry-pick."""
        operation = self.git.merging()
        if operation is not None:
            raise ProtectedError(
                f"git is in the middle of a {operation.value}", hint=f"finish it first: {self.way_out_of(operation)}"
            )

    def way_out_of(self, operation: Operation) -> str:
        """The command that ends what git is in the middle of; with both sides' versions in conflict it cannot go on.

        Of other files of dsvc's that both sides have (pilots, reviews of one name) one side's is to be chosen.
        """
        own = [path for path in self.git.conflicts() if path.startswith(f"{STATE_FOLDER}/")]
        if any(path.endswith(_OF_A_VERSION) for path in own):
            told = f"git {operation.value} --abort (both sides made a version; {_TOGETHER})"
            return f"{told}{self._way_of_reviews(operation, own)}"
        if own:
            choose = f"git checkout --ours '{own[0]}' (or --theirs), git add '{own[0]}'"
            return f"{choose}, git {operation.value} --continue; or git {operation.value} --abort"
        return f"git {operation.value} --continue (or --abort)"

    def _way_of_reviews(self, operation: Operation, own: list[str]) -> str:
        """What else ends a merge of two versions where reviews were finished: the corrections are made once more."""
        versions = [path for path in own if path.endswith(_OF_A_VERSION)]
        known = self.versions.datasets(self.git.head())
        both = [each for each in known if {each.manifest_path, each.pointer_path} & {*versions}]
        folders = [(each, sorted((self.working.root / each.reviews_path).glob("*/"))) for each in both]
        of = {each.name: f" --of {each.name}" if len(known) > 1 else "" for each in both}
        reviews = [shlex.quote(folder.name) + of[each.name] for each, found in folders for folder in found]
        if operation.value != "merge" or not reviews:
            return ""
        keep = f"git checkout --ours {shlex.join(versions)} && git add {STATE_FOLDER} && git commit --no-edit"
        finish = " && ".join(f"dsvc review finish {name}" for name in reviews)
        return f"; or, where both finished a review: {keep} && {finish}"


class WriterBusyError(LockedError):
    """Another dsvc is writing to the repository right now."""


def _require_writable(folder: Path) -> None:
    """Raise OSError when git could not write its index: that is known before anything is changed."""
    if folder.is_dir() and not os.access(folder, os.W_OK):
        raise OSError(errno.EACCES, os.strerror(errno.EACCES), str(folder))


@contextmanager
def _exclusive(path: Path, timeout: float) -> Iterator[None]:
    import zc.lockfile

    path.parent.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + timeout
    while True:
        try:
            lock = zc.lockfile.LockFile(str(path))
            break
        except zc.lockfile.LockError:
            if time.monotonic() >= deadline:
                holder = path.read_text("ascii", "replace").strip() if path.exists() else ""
                raise WriterBusyError(
                    f"another dsvc is writing here (process {holder or 'unknown'})",
                    hint="wait until it has finished, then try again",
                ) from None
            time.sleep(0.05)
    try:
        yield
    finally:
        lock.close()
