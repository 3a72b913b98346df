"""GNU diff, line by line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.measure import CommandError, Job, prepare
from benchmarks.peers.contender import Setting, UnavailableError
from benchmarks.peers.git import count_lines

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class GnuDiff:
    """``diff old new``."""

    setting: Setting
    name: str = "GNU diff"
    largest: int = 10_000_000

    def version(self) -> str:
        """``diff --version``; another diff than GNU's is not measured under its name."""
        try:
            first = prepare(("diff", "--version"), self.setting.home, self.setting.env).splitlines()[0]
        except (OSError, CommandError) as error:
            raise UnavailableError(str(error)) from error
        if "GNU" not in first:
            raise UnavailableError(f"'diff' is not GNU diff: {first}")
        return first.split()[-1]

    def diff(self, old: Path, new: Path, output: Path) -> Job:
        """The default output, into a file."""
        argv = ("diff", "--text", str(old), str(new))
        return Job(argv, output.parent, self.setting.env, accept=(0, 1), stdout=output)

    def found(self, output: Path) -> int | None:
        """Lines that were put in."""
        return count_lines(output, b">")
