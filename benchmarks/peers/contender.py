"""What the harness asks of a tool that is measured.

A *keeper* stores versions of a working file; a *differ* compares two files. A method that gives a ``Job`` describes
the command that is timed; everything else prepares for it and is not.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.measure import Job

WORKING_FILE = "data.jsonl"
GIT_CONFIG = """\
[user]
	name = Bench Mark
	email = bench@example.com
[init]
	defaultBranch = main
[advice]
	detachedHead = false
[gc]
	auto = 0
[protocol "file"]
	allow = always
"""


@dataclass(frozen=True)
class Setting:
    """Where a tool runs: a folder for everything it writes outside its repository, and its Python environment."""

    home: Path
    python: Path

    @classmethod
    def create(cls, home: Path, python: Path | None) -> Setting:
        """Make the home folder, with a git configuration of its own."""
        home.mkdir(parents=True, exist_ok=True)
        (home / "gitconfig").write_text(GIT_CONFIG)
        return cls(home=home, python=python or Path(sys.executable))

    @property
    def env(self) -> Mapping[str, str]:
        """An environment in which neither the user's configuration nor the network plays a part."""
        scripts = Path(sys.executable).parent
        kept = {name: os.environ[name] for name in ("TMPDIR", "LD_LIBRARY_PATH", "PYTHONPATH") if name in os.environ}
        return kept | {
            "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.home),
            "XDG_CONFIG_HOME": str(self.home / ".config"),
            "XDG_CACHE_HOME": str(self.home / ".cache"),
            "GIT_CONFIG_GLOBAL": str(self.home / "gitconfig"),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "DVC_NO_ANALYTICS": "1",
            "DVC_SITE_CACHE_DIR": str(self.home / "dvc-site"),
            "DVC_GLOBAL_CONFIG_DIR": str(self.home / "dvc-global"),
            "DVC_SYSTEM_CONFIG_DIR": str(self.home / "dvc-system"),
            "LC_ALL": "C.UTF-8",
            "NO_COLOR": "1",
        }


class UnavailableError(Exception):
    """A tool is not installed here: reported as such, never guessed."""


class Named(Protocol):
    """Any tool."""

    @property
    def name(self) -> str:
        """What the report calls it."""

    @property
    def largest(self) -> int:
        """Most records that it is measured with (the report says why)."""

    def version(self) -> str:
        """Its version. Raises UnavailableError when it cannot be run."""


@runtime_checkable
class Keeper(Named, Protocol):
    """A tool that keeps versions of one file, in one repository folder."""

    def create(self, repository: Path) -> None:
        """Make an empty repository in an empty folder."""

    def commit(self, repository: Path) -> Job:
        """Store the working file as a new version."""

    def finish_commit(self, repository: Path, label: str) -> None:
        """What belongs to a version but is not timed (the git commit around ``dvc add``, a label to go back to)."""


@runtime_checkable
class GoesBack(Named, Protocol):
    """A keeper that puts an older version's file back."""

    def prepare_checkout(self, repository: Path, label: str) -> None:
        """Everything up to the command that writes the file."""

    def checkout(self, repository: Path, label: str) -> Job:
        """Write the file as it was at *label*."""


@runtime_checkable
class TellsStatus(Named, Protocol):
    """A keeper that tells whether the working file was changed."""

    def status(self, repository: Path) -> Job:
        """Tell what changed."""


@runtime_checkable
class Clones(Named, Protocol):
    """A keeper whose data travels over a remote folder."""

    def publish(self, repository: Path, remote: Path) -> None:
        """Send everything to a folder."""

    def clone(self, remote: Path, target: Path) -> None:
        """A fresh clone with the newest version's file in place."""


@runtime_checkable
class Starts(Named, Protocol):
    """A tool whose start-up is measured."""

    def starts(self, repository: Path) -> Mapping[str, Job]:
        """Light commands, by what they are called in the report."""


@runtime_checkable
class HasCaches(Named, Protocol):
    """A keeper with caches inside the repository folder that may be deleted at any time."""

    def derived(self, repository: Path) -> Sequence[Path]:
        """Their folders."""


@runtime_checkable
class Differ(Named, Protocol):
    """A tool that compares two JSONL files."""

    def diff(self, old: Path, new: Path, output: Path) -> Job:
        """Write the differences to *output*."""

    def found(self, output: Path) -> int | None:
        """How many changed records the output tells of; None when it does not count records."""
