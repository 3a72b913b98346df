"""The versions of the data file that a run goes through, each made from the one before and deleted when it is past."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.data import EditCount
from benchmarks.measure import prepare

if TYPE_CHECKING:
    from collections.abc import Mapping

HERE: Final = Path(__file__).resolve().parent.parent


@dataclass
class Corpus:
    """Files of one size: ``base``, and ``current`` that edits move forward."""

    folder: Path
    count: int
    env: Mapping[str, str]
    base: Path = field(init=False)
    current: Path = field(init=False)
    steps: int = 0

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.base = self.current = self.folder / "base.jsonl"
        self._run("base", str(self.count), str(self.base))

    def _run(self, *arguments: str) -> EditCount:
        argv = (sys.executable, "-m", "benchmarks.data", *arguments)
        return EditCount(**json.loads(prepare(argv, HERE, self.env)))

    def variant(self, kind: str, seed: int = 0) -> Path:
        """An edit of the base, beside it."""
        target = self.folder / f"{kind}-{seed}.jsonl"
        if not target.exists():
            self._run(kind, str(seed), str(self.base), str(target))
        return target

    def advance(self, kind: str) -> EditCount:
        """Edit the current version into the next."""
        self.steps += 1
        target = self.folder / f"step-{self.steps}.jsonl"
        count = self._run(kind, str(self.steps), str(self.current), str(target))
        if self.current != self.base:
            self.current.unlink()
        self.current = target
        return count

    def place(self, working_file: Path) -> None:
        """Put the current version where a tool works on it, as a new file."""
        temporary = working_file.with_name(".placing")
        shutil.copyfile(self.current, temporary)
        temporary.replace(working_file)

    def remove(self) -> None:
        """Delete all files."""
        shutil.rmtree(self.folder, ignore_errors=True)
