"""A repository on either pair of stores, to try verbs on; what a test says it can say of both."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from itertools import count
from typing import TYPE_CHECKING, Any

import dsvc
from dsvc.repository.repository import Repository
from dsvc.repository.results import CommitRequest
from dsvc.store.dvc_packs import DvcPacks
from dsvc.store.git_history import GitHistory
from dsvc.store.git_values import Identity
from dsvc.store.memory_history import MemoryHistory
from dsvc.store.memory_packs import MemoryPacks

if TYPE_CHECKING:
    from pathlib import Path

    from dsvc.delta import Delta
    from dsvc.repository.results import CommitResult, Outcome
    from dsvc.repository.stores import History, Packs

STORES = ("memory", "git")
START = datetime(2025, 3, 1, 9, 0, tzinfo=timezone(timedelta(hours=8)))
FILE = "data/medical.jsonl"


def lines(*records: object) -> bytes:
    """Records as JSONL."""
    return b"".join(json.dumps(record, ensure_ascii=False).encode() + b"\n" for record in records)


def numbered(*numbers: int) -> bytes:
    """Records that are told apart by a number."""
    return lines(*({"id": number, "问": f"第 {number} 个问题"} for number in numbers))


@dataclass
class Lab:
    """A repository with a clock that goes on a minute with each look."""

    git: History
    packs: Packs
    minutes: count[int] = field(default_factory=count)

    @staticmethod
    def over(store: str, root: Path) -> Lab:
        """An empty repository in the folder ``root``, on one of ``STORES``."""
        if store == "memory":
            return Lab(MemoryHistory(root, identity=Identity("Ann Otter", "ann@example.com")), MemoryPacks())
        dsvc.init(root)
        git = GitHistory.open(root)
        return Lab(git, DvcPacks.at(git.root))

    @property
    def root(self) -> Path:
        return self.git.root

    @property
    def repo(self) -> Repository:
        """Opened anew, as each command does."""
        return Repository.over(self.git, self.packs, clock=self.now, lock_timeout=0.1)

    def repo_in(self, folder: str) -> Repository:
        """Opened from a folder of the work tree."""
        return Repository.over(self.git, self.packs, self.root / folder, clock=self.now)

    def now(self) -> datetime:
        return START + timedelta(minutes=next(self.minutes))

    # Files

    def write(self, content: bytes, path: str = FILE) -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)

    def read(self, path: str = FILE) -> bytes:
        return (self.root / path).read_bytes()

    def exists(self, path: str = FILE) -> bool:
        return (self.root / path).exists()

    # Verbs in short

    def keep(self, target: str = FILE, reason: str = "more", source: str | None = "hand", **more: Any) -> CommitResult:
        """Commit what is in the working file."""
        return self.repo.commit(CommitRequest(target=target, reason=reason, source=source, **more))

    def save(self, content: bytes, path: str = FILE, **more: Any) -> CommitResult:
        """Write a working file and commit it."""
        self.write(content, path)
        return self.keep(path, **more)

    def versions(self, *contents: bytes, path: str = FILE) -> list[CommitResult]:
        """One version for each content."""
        return [self.save(content, path) for content in contents]

    def content(self, revision: str) -> bytes:
        """All bytes of a version, its files one after the other."""
        snapshot = self.repo.snapshot(revision)
        return b"".join(chunk for file in snapshot.layout.files for chunk in snapshot.chunks(file))

    def changes(self, old: str | None = None, new: str | None = None, **more: Any) -> list[Delta]:
        return list(self.repo.diff(old, new, **more))

    def numbers(self, target: str | None = None) -> list[str]:
        """The numbers in the log, newest first."""
        return [entry.entry.number for entry in self.repo.log(target)]

    def states(self, target: str | None = None) -> dict[str, str]:
        """Each working file's state."""
        return {file.path: file.state for status in self.repo.status(target) for file in status.files}

    def files(self) -> dict[str, bytes]:
        """All files of the work tree, but not git's own and DVC's cache."""
        return {
            str(path.relative_to(self.root)): path.read_bytes()
            for path in sorted(self.root.rglob("*"))
            if path.is_file() and path.relative_to(self.root).parts[:1] != (".git",) and not _is_dvcs_own(path)
        }

    def picture(self) -> dict[str, object]:
        """Everything that a refused verb must leave alone: HEAD, tags, files and what is committed of them."""
        files = self.files()
        tracked = {path: (self.git.is_tracked(path), self.git.changed_in_worktree(path)) for path in files}
        return {"head": self.git.head(), "tags": self.git.tags(), "files": files, "tracked": tracked}


def _is_dvcs_own(path: Path) -> bool:
    return path.parent.name == "tmp" or "cache" in path.parts


def sentences(outcome: Outcome) -> str:
    """What a verb says it did."""
    return f"{outcome.file}; {outcome.history}; {outcome.head}"
