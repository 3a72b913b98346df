"""DVC: ``dvc add`` of the whole file. The git commit around it is not timed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.measure import CommandError, Job, prepare
from benchmarks.peers.contender import WORKING_FILE, Setting, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

POINTER = f"{WORKING_FILE}.dvc"


@dataclass(frozen=True)
class Dvc:
    """The ``dvc`` command that dsvc itself stands on."""

    setting: Setting
    name: str = "dvc"
    largest: int = 10_000_000

    def _prepare(self, repository: Path, *argv: str) -> str:
        return prepare(argv, repository, self.setting.env)

    def _job(self, repository: Path, *argv: str) -> Job:
        return Job(argv, repository, self.setting.env)

    def version(self) -> str:
        """``dvc --version``."""
        try:
            return prepare(("dvc", "--version"), self.setting.home, self.setting.env).strip()
        except (OSError, CommandError) as error:
            raise UnavailableError(str(error)) from error

    def create(self, repository: Path) -> None:
        """git and DVC, nothing else."""
        self._prepare(repository, "git", "init", "-q")
        self._prepare(repository, "dvc", "init", "-q")
        self._prepare(repository, "git", "commit", "-q", "-m", "init")

    def commit(self, repository: Path) -> Job:
        """``dvc add``: hashes the file and copies it into the cache."""
        return self._job(repository, "dvc", "add", "-q", WORKING_FILE)

    def finish_commit(self, repository: Path, label: str) -> None:
        """The pointer goes into git, under a tag."""
        self._prepare(repository, "git", "add", POINTER, ".gitignore")
        self._prepare(repository, "git", "commit", "-q", "--allow-empty", "-m", label)
        self._prepare(repository, "git", "tag", label)

    def prepare_checkout(self, repository: Path, label: str) -> None:
        """The pointer of that version."""
        self._prepare(repository, "git", "checkout", "-q", label, "--", POINTER)

    def checkout(self, repository: Path, label: str) -> Job:
        """``dvc checkout``; it verifies nothing."""
        return self._job(repository, "dvc", "checkout", "-q", POINTER)

    def status(self, repository: Path) -> Job:
        """``dvc status``."""
        return self._job(repository, "dvc", "status")

    def publish(self, repository: Path, remote: Path) -> None:
        """A git repository and a DVC remote, both folders."""
        self._prepare(repository, "git", "init", "-q", "--bare", str(remote / "git"))
        self._prepare(repository, "dvc", "remote", "add", "-q", "-f", "-d", "shared", str(remote / "dvc"))
        self._prepare(repository, "git", "commit", "-q", "-m", "remote", ".dvc/config")
        self._prepare(repository, "git", "push", "-q", "--tags", str(remote / "git"), "HEAD:main")
        self._prepare(repository, "dvc", "push", "-q")

    def clone(self, remote: Path, target: Path) -> None:
        """``git clone`` and ``dvc pull``."""
        prepare(("git", "clone", "-q", "-b", "main", str(remote / "git"), str(target)), remote, self.setting.env)
        self._prepare(target, "dvc", "pull", "-q")

    def starts(self, repository: Path) -> Mapping[str, Job]:
        """What ``dvc`` does at least."""
        return {
            "help": self._job(repository, "dvc", "--help"),
            "log": self._job(repository, "git", "log", "--oneline", "-n", "20", "--", POINTER),
        }
