"""A project folder as a user has it: git, DVC, dsvc, looked at with the real ``git`` and ``dvc`` commands."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dsvc
from dsvc.repository.results import CommitRequest
from tests.git_repo import GitRepo
from tests.store.dvc_command import run_dvc

if TYPE_CHECKING:
    from dsvc.repository.repository import Repository
    from dsvc.repository.results import CommitResult

DATA = Path(__file__).parents[3] / "shared" / "data"
"""Real public data, where the machine has it."""


def lines(*records: object) -> bytes:
    """Records as JSONL."""
    return b"".join(json.dumps(record, ensure_ascii=False).encode() + b"\n" for record in records)


class Project(GitRepo):
    """A work tree with dsvc in it; every verb opens the repository anew, as a command does."""

    @classmethod
    def start(cls, root: Path) -> Project:
        """An empty folder with ``dsvc init``."""
        root.mkdir(parents=True, exist_ok=True)
        dsvc.init(root)
        return cls(root)

    @property
    def repo(self) -> Repository:
        return dsvc.open(self.root)

    def read(self, path: str) -> bytes:
        return (self.root / path).read_bytes()

    def save(
        self, path: str, content: bytes, reason: str = "more", source: str | None = "hand", **more: Any
    ) -> CommitResult:
        """Write a working file and commit it."""
        self.write(path, content)
        return self.keep(path, reason, source, **more)

    def keep(self, target: str, reason: str = "more", source: str | None = "hand", **more: Any) -> CommitResult:
        """Commit what is in the working file, whatever is found in it: what is refused is told by other tests."""
        given = {"allow_findings": "as it is", **more}
        return self.repo.commit(CommitRequest(target=target, reason=reason, source=source, **given))

    def dvc(self, *words: str, status: int = 0) -> str:
        return run_dvc(self.root, *words, status=status)

    def remote(self, folder: Path) -> None:
        """Make a local folder DVC's default remote, for everybody."""
        self.write(".dvc/config", f"[core]\n    remote = disk\n['remote \"disk\"']\n    url = {folder}\n")
        self.git("add", ".dvc/config")
        self.git("commit", "-q", "-m", "where the data is", "--", ".dvc/config")

    def copy(self, to: Path, *options: str) -> Project:
        """A fresh clone, without any data."""
        return Project(self.clone(to, *options).root)

    def cache(self) -> Path:
        return self.root / ".dvc" / "cache"

    def picture(self) -> dict[str, object]:
        """Everything that a refused command must leave alone."""
        return {
            "status": self.status(),
            "index": self.staged(),
            "refs": self.git("for-each-ref") + self.git("symbolic-ref", "-q", "HEAD"),
            "files": {
                str(path.relative_to(self.root)): hashlib.sha256(path.read_bytes()).hexdigest()
                for path in sorted(self.root.rglob("*"))
                if path.is_file()
                and ".git" not in path.relative_to(self.root).parts[:1]
                and ".dvc/tmp" not in str(path)
            },
        }
