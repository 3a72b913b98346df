"""Oxen, through the Python API of the package ``oxenai`` (written against 0.65)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.peers import python_job
from benchmarks.peers.contender import WORKING_FILE, Setting

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from benchmarks.measure import Job

CREATE = """
    import oxen
    oxen.user.config_user("Bench Mark", "bench@example.com")
    oxen.Repo(".").init()
"""
COMMIT = """
    import sys, oxen
    repository = oxen.Repo(".")
    repository.add(sys.argv[1])
    repository.commit("version")
"""
LABEL = """
    import sys, oxen
    repository = oxen.Repo(".")
    repository.checkout(sys.argv[1], create=True)
    repository.checkout("main")
"""
CHECKOUT = """
    import sys, oxen
    oxen.Repo(".").checkout(sys.argv[1])
"""
STATUS = """
    import oxen
    print(oxen.Repo(".").status())
"""
LOG = """
    import oxen
    print(oxen.Repo(".").log())
"""
DIFF = """
    import sys, oxen
    table = oxen.diff(sys.argv[1], sys.argv[2], keys=["id"]).tabular.data
    with open(sys.argv[3], "w") as out:
        print(len(table), file=out)
        for row in table.iter_rows():
            print(row, file=out)
"""


@dataclass(frozen=True)
class Oxen:
    """Add and commit in one process; the diff joins on the records' ``id``."""

    setting: Setting
    name: str = "oxen"
    largest: int = 10_000_000

    def version(self) -> str:
        """Version of the package."""
        return python_job.package_version(self.setting, "oxenai", "oxen")

    def create(self, repository: Path) -> None:
        """``oxen init``; also takes the package's first, slow import out of the measured runs."""
        python_job.run_now(self.setting, repository, CREATE)

    def commit(self, repository: Path) -> Job:
        """``oxen add`` and ``oxen commit``."""
        return python_job.job(self.setting, repository, COMMIT, WORKING_FILE)

    def finish_commit(self, repository: Path, label: str) -> None:
        """A branch: this version of the API checks out branches only."""
        python_job.run_now(self.setting, repository, LABEL, label)

    def prepare_checkout(self, repository: Path, label: str) -> None:
        """Nothing to prepare."""

    def checkout(self, repository: Path, label: str) -> Job:
        """Check out the branch that marks the version."""
        return python_job.job(self.setting, repository, CHECKOUT, label)

    def status(self, repository: Path) -> Job:
        """``oxen status``."""
        return python_job.job(self.setting, repository, STATUS)

    def starts(self, repository: Path) -> Mapping[str, Job]:
        """The log; the package has no command line to ask for help."""
        return {"log": python_job.job(self.setting, repository, LOG)}

    def diff(self, old: Path, new: Path, output: Path) -> Job:
        """The table of changed rows, written out."""
        return python_job.job(self.setting, output.parent, DIFF, str(old), str(new), str(output))

    def found(self, output: Path) -> int | None:
        """Rows of the table."""
        with output.open() as stream:
            return int(stream.readline())
