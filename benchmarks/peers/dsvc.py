"""dsvc itself, through its command, as a user runs it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.measure import CommandError, Job, prepare
from benchmarks.peers.contender import WORKING_FILE, Setting, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DATASET: Final = Path(WORKING_FILE).stem
COMMIT: Final = (
    "--no-input",
    "--source",
    "bank manual",
    "--license",
    "CC-BY-4.0",
    "--annotator",
    "ann",
    "-m",
    "a version",
)


@dataclass(frozen=True)
class Dsvc:
    """``dsvc commit``: parsed, verified, in git with its tag, flushed to disk."""

    setting: Setting
    name: str = "dsvc"
    largest: int = 10_000_000

    def _job(self, repository: Path, *argv: str, stdout: Path | None = None) -> Job:
        return Job(("dsvc", *argv), repository, self.setting.env, stdout=stdout)

    def _prepare(self, repository: Path, *argv: str) -> str:
        return prepare(argv, repository, self.setting.env)

    def version(self) -> str:
        """``dsvc --version``."""
        try:
            return prepare(("dsvc", "--version"), self.setting.home, self.setting.env).split()[-1]
        except (OSError, CommandError, IndexError) as error:
            raise UnavailableError(str(error)) from error

    def create(self, repository: Path) -> None:
        """git, DVC and dsvc."""
        self._prepare(repository, "git", "init", "-q")
        self._prepare(repository, "dvc", "init", "-q")
        self._prepare(repository, "git", "commit", "-q", "-m", "init")
        self._prepare(repository, "dsvc", "init")

    def commit(self, repository: Path) -> Job:
        """Everything, the git commit and the tag too."""
        return self._job(repository, "commit", WORKING_FILE, *COMMIT)

    def finish_commit(self, repository: Path, label: str) -> None:
        """A git tag under the harness's own name; any git revision names a version."""
        self._prepare(repository, "git", "tag", label)

    def derived(self, repository: Path) -> Sequence[Path]:
        """Caches that may be deleted at any time."""
        return (repository / ".git" / "dsvc" / "cache",)

    def prepare_checkout(self, repository: Path, label: str) -> None:
        """Nothing to prepare."""

    def checkout(self, repository: Path, label: str) -> Job:
        """Verified against the manifest before it replaces anything."""
        return self._job(repository, "checkout", f"{DATASET}@{label}")

    def status(self, repository: Path) -> Job:
        """``dsvc status``."""
        return self._job(repository, "status")

    def publish(self, repository: Path, remote: Path) -> None:
        """An ordinary git repository and DVC remote, both folders."""
        self._prepare(repository, "git", "init", "-q", "--bare", str(remote / "git"))
        self._prepare(repository, "dvc", "remote", "add", "-q", "-f", "-d", "shared", str(remote / "dvc"))
        self._prepare(repository, "git", "commit", "-q", "-m", "remote", ".dvc/config")
        self._prepare(repository, "git", "push", "-q", "--tags", str(remote / "git"), "HEAD:main")
        self._prepare(repository, "dvc", "push", "-q")

    def clone(self, remote: Path, target: Path) -> None:
        """``git clone``, then ``dsvc pull``; where that verb does not exist yet, ``dvc pull`` and ``dsvc checkout``."""
        prepare(("git", "clone", "-q", "-b", "main", str(remote / "git"), str(target)), remote, self.setting.env)
        try:
            self._prepare(target, "dsvc", "pull", "--help")
        except CommandError:
            self._prepare(target, "dvc", "pull", "-q")
            self._prepare(target, "dsvc", "checkout", f"{DATASET}@HEAD")
        else:
            self._prepare(target, "dsvc", "pull")

    def starts(self, repository: Path) -> Mapping[str, Job]:
        """The light commands."""
        return {"help": self._job(repository, "--help"), "log": self._job(repository, "log")}


@dataclass(frozen=True)
class DsvcFiles:
    """``dsvc diff`` of two files, outside any repository: nothing is known of them beforehand."""

    setting: Setting
    name: str = "dsvc files"
    largest: int = 10_000_000

    def version(self) -> str:
        """As of the command."""
        return Dsvc(self.setting).version()

    def diff(self, old: Path, new: Path, output: Path) -> Job:
        """Every change with its words, as JSON lines."""
        argv = ("dsvc", "diff", "--json", str(old), str(new))
        return Job(argv, output.parent, self.setting.env, stdout=output)

    def found(self, output: Path) -> int | None:
        """Changed records."""
        return count_changes(output)


@dataclass(frozen=True)
class DsvcTotals(DsvcFiles):
    """``dsvc diff --stat`` of two files: what it adds up to, without telling every change."""

    name: str = "dsvc totals"

    def diff(self, old: Path, new: Path, output: Path) -> Job:
        """The totals alone."""
        argv = ("dsvc", "diff", "--stat", "--json", str(old), str(new))
        return Job(argv, output.parent, self.setting.env, stdout=output)

    def found(self, output: Path) -> int | None:
        """Not asked: the runs that tell every change are counted."""
        return None


@dataclass(frozen=True)
class DsvcVersions:
    """``dsvc diff`` of the first two versions in a repository."""

    setting: Setting
    repository: Path
    name: str = "dsvc"
    largest: int = 10_000_000

    def version(self) -> str:
        """As of the command."""
        return Dsvc(self.setting).version()

    def diff(self, old: Path, new: Path, output: Path) -> Job:
        """Every change with its words, as JSON lines."""
        argv = ("dsvc", "diff", "--json", f"{DATASET}@first", f"{DATASET}@step-1")
        return Job(argv, self.repository, self.setting.env, stdout=output)

    def found(self, output: Path) -> int | None:
        """Changed records."""
        return count_changes(output)


CHANGES: Final = frozenset({"added", "removed", "modified"})


def count_changes(output: Path) -> int:
    """Records that were added, removed or modified, by the JSON lines of ``dsvc diff --json``."""
    with output.open("rb") as stream:
        return sum(json.loads(line).get("type") in CHANGES for line in stream)
