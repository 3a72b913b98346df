"""The life of a versioned file, with all keepers taking turns: commits, status, checkout, a clone, start-up."""

from __future__ import annotations

import filecmp
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from benchmarks.measure import CommandError, disk, run
from benchmarks.peers.contender import WORKING_FILE, Clones, GoesBack, HasCaches, Starts, TellsStatus
from benchmarks.recorder import sample_of
from benchmarks.results import Sample

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.corpus import Corpus
    from benchmarks.data import EditCount
    from benchmarks.peers.contender import Keeper, Named
    from benchmarks.recorder import Recorder

FIRST: Final = "first"
COMMITS: Final = (
    ("append", "commit, 1 % appended"),
    ("one-percent", "commit, 1 % edits"),
    ("delete", "commit, 1 % deleted"),
    ("shuffle", "commit, shuffled"),
)


@dataclass
class KeeperRun:
    """All keepers at one size. ``repositories`` holds those that still work; a keeper that fails a commit drops out."""

    corpus: Corpus
    recorder: Recorder
    folder: Path
    runs: int
    keepers: list[Keeper]
    labels: list[str] = field(default_factory=lambda: [FIRST])

    @property
    def size(self) -> int:
        """Records of the first version."""
        return self.corpus.count

    def repository(self, keeper: Named) -> Path:
        """Where a keeper works."""
        return self.folder / keeper.name.replace(" ", "-")

    def drop(self, keeper: Keeper) -> None:
        """Leave a keeper out of all that follows."""
        self.keepers = [each for each in self.keepers if each is not keeper]
        shutil.rmtree(self.repository(keeper), ignore_errors=True)

    def first_commits(self) -> None:
        """A first commit in a fresh repository, ``runs`` times; the last repository stays for what follows."""
        for _ in range(self.runs if self.recorder.wanted("first commit") else 1):
            for keeper in list(self.keepers):
                shutil.rmtree(self.repository(keeper), ignore_errors=True)
                self.repository(keeper).mkdir(parents=True)
                if not self.recorder.attempt(self.size, "first commit", keeper.name, self._first, keeper):
                    self.drop(keeper)
        for keeper in self.keepers:
            self.recorder.attempt(
                self.size, "disk after first commit", keeper.name, self._disk, self.repository(keeper)
            )

    def _first(self, keeper: Keeper) -> Sample:
        keeper.create(self.repository(keeper))
        return self._commit(keeper, FIRST, None)

    def _disk(self, repository: Path) -> Sample:
        return Sample(ratio=disk(repository).size / (repository / WORKING_FILE).stat().st_size)

    def _commit(self, keeper: Keeper, label: str, count: EditCount | None) -> Sample:
        """Place the current version and commit it; what the repository grew by, the working file apart."""
        repository = self.repository(keeper)
        self.corpus.place(repository / WORKING_FILE)
        before, derived_before = self._held(keeper)
        taken = run(keeper.commit(repository))
        after, derived_after = self._held(keeper)
        keeper.finish_commit(repository, label)
        edited = count.edited_bytes if count and count.edited_bytes else None
        return sample_of(
            taken, new_bytes=after - before, derived_bytes=derived_after - derived_before, edited_bytes=edited
        )

    def _held(self, keeper: Keeper) -> tuple[int, int]:
        """Bytes in the repository without the working file, and those of them in derived caches."""
        repository = self.repository(keeper)
        whole = disk(repository).size - (repository / WORKING_FILE).stat().st_size
        folders = keeper.derived(repository) if isinstance(keeper, HasCaches) else ()
        return whole, sum(disk(folder).size for folder in folders if folder.exists())

    def commits(self, kind: str, operation: str) -> None:
        """``runs`` commits of one kind of edit, each on top of the one before."""
        for _ in range(self.runs if self.recorder.wanted(operation) else 1):
            count = self.corpus.advance(kind)
            label = f"step-{self.corpus.steps}"
            self.labels.append(label)
            for keeper in list(self.keepers):
                if not self.recorder.attempt(self.size, operation, keeper.name, self._commit, keeper, label, count):
                    self.drop(keeper)

    def status(self) -> None:
        """Nothing was changed since the last commit."""
        for _ in range(self.runs):
            for keeper in self.keepers:
                if isinstance(keeper, TellsStatus):
                    self.recorder.timed(self.size, "status", keeper.name, keeper.status(self.repository(keeper)))

    def checkouts(self) -> None:
        """To and fro between the last two versions; ends on the newest."""
        for turn in range(2 * self.runs):
            label = self.labels[-2] if turn % 2 == 0 else self.labels[-1]
            for keeper in self.keepers:
                if isinstance(keeper, GoesBack):
                    self.recorder.attempt(self.size, "checkout", keeper.name, self._checkout, keeper, label)

    def _checkout(self, keeper: GoesBack, label: str) -> Sample:
        repository = self.repository(keeper)
        keeper.prepare_checkout(repository, label)
        taken = run(keeper.checkout(repository, label))
        if label == self.labels[-1] and not filecmp.cmp(repository / WORKING_FILE, self.corpus.current, shallow=False):
            raise CommandError("the file that came back is not the one that was committed")
        return sample_of(taken)

    def clones(self) -> None:
        """Publish everything, clone it afresh, get the newest file: bytes on disk."""
        for keeper in self.keepers:
            if isinstance(keeper, Clones):
                self.recorder.attempt(self.size, "disk after a fresh clone", keeper.name, self._clone, keeper)

    def _clone(self, keeper: Clones) -> Sample:
        remote = self.folder / "remote"
        target = self.folder / "clone"
        try:
            remote.mkdir()
            keeper.publish(self.repository(keeper), remote)
            keeper.clone(remote, target)
            return self._disk(target)
        finally:
            shutil.rmtree(remote, ignore_errors=True)
            shutil.rmtree(target, ignore_errors=True)

    def starts(self) -> None:
        """Light commands."""
        for _ in range(self.runs):
            for keeper in self.keepers:
                if isinstance(keeper, Starts):
                    for name, job in keeper.starts(self.repository(keeper)).items():
                        self.recorder.timed(self.size, f"start: {name}", keeper.name, job)
