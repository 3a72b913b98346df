"""Plain git on the data file itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.measure import CommandError, Job, prepare
from benchmarks.peers.contender import WORKING_FILE, Setting, UnavailableError

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Git:
    """``git add`` and ``git commit`` of the file; ``git diff`` of two files.

    Left out above 10^5 records: files beyond 512 MB are binary to git, and are stored whole each time.
    """

    setting: Setting
    name: str = "git"
    largest: int = 100_000

    def version(self) -> str:
        """``git --version``."""
        try:
            return prepare(("git", "--version"), self.setting.home, self.setting.env).split()[2]
        except (OSError, CommandError) as error:
            raise UnavailableError(str(error)) from error

    def create(self, repository: Path) -> None:
        """An empty git repository."""
        prepare(("git", "init", "-q"), repository, self.setting.env)

    def commit(self, repository: Path) -> Job:
        """Add and commit, one shell."""
        command = f"git add {WORKING_FILE} && git commit -q --allow-empty -m version"
        return Job(("sh", "-c", command), repository, self.setting.env)

    def finish_commit(self, repository: Path, label: str) -> None:
        """A tag."""
        prepare(("git", "tag", label), repository, self.setting.env)

    def prepare_checkout(self, repository: Path, label: str) -> None:
        """Nothing to prepare."""

    def checkout(self, repository: Path, label: str) -> Job:
        """The file of that version."""
        return Job(("git", "checkout", "-q", label, "--", WORKING_FILE), repository, self.setting.env)

    def status(self, repository: Path) -> Job:
        """``git status``."""
        return Job(("git", "status", "--short"), repository, self.setting.env)

    def diff(self, old: Path, new: Path, output: Path) -> Job:
        """``git diff`` of two files outside any repository."""
        argv = ("git", "diff", "--no-index", "--no-color", str(old), str(new))
        return Job(argv, output.parent, self.setting.env, accept=(0, 1), stdout=output)

    def found(self, output: Path) -> int | None:
        """Lines that were put in."""
        return count_lines(output, b"+") - 1


def count_lines(path: Path, mark: bytes) -> int:
    """Lines of *path* that begin with *mark*."""
    with path.open("rb") as stream:
        return sum(line.startswith(mark) for line in stream)
