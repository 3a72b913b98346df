"""A git repository for tests, built and looked at with the real git command only."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass
class GitRepo:
    """A work tree at ``root``. Each commit made through it is a minute later than the one before."""

    root: Path
    clock: count[int] = field(default_factory=lambda: count(1_700_000_000, 60))

    @classmethod
    def create(cls, root: Path) -> GitRepo:
        root.mkdir(parents=True)
        repo = cls(root)
        repo.git("init", "--quiet")
        return repo

    def git(self, *args: str, stdin: str = "", env: Mapping[str, str] | None = None) -> str:
        """Run git in the work tree and return its stdout without the last newline; failing is an error."""
        done = subprocess.run(
            ["git", *args],
            cwd=self.root,
            input=stdin,
            capture_output=True,
            text=True,
            env={**os.environ, **(env or {})},
        )
        assert done.returncode == 0, f"git {' '.join(args)}: {done.stderr}{done.stdout}"
        return done.stdout.removesuffix("\n")

    def write(self, path: str, content: str | bytes) -> Path:
        """Put a file into the work tree, with its folders, and stage nothing."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
        return target

    def commit(self, message: str, files: Mapping[str, str | bytes] | None = None) -> str:
        """Write ``files``, commit the whole work tree (an empty commit is fine), and return its id."""
        for path, content in (files or {}).items():
            self.write(path, content)
        self.git("add", "--all")
        date = f"@{next(self.clock)} +0000"
        dates = {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
        self.git("commit", "--quiet", "--allow-empty", "--message", message, env=dates)
        return self.head()

    def head(self) -> str:
        return self.git("rev-parse", "HEAD")

    def status(self) -> list[str]:
        """The lines of ``git status --porcelain``, with names unquoted."""
        return [line for line in self.git("status", "--porcelain", "-z", "-uall").split("\0") if line]

    def staged(self) -> str:
        """Every entry of the index with mode, blob and stage: equal text means an equal index."""
        return self.git("ls-files", "--stage", "-z")

    def show(self, revision: str) -> str:
        """The content of ``COMMIT:PATH``, or the patch-less description of a commit."""
        return self.git("show", "--no-patch", revision) if ":" not in revision else self.git("show", revision)

    def changed(self, revision: str = "HEAD") -> list[str]:
        """The paths that a commit changed."""
        out = self.git("show", "--format=", "--name-only", "-z", "--first-parent", revision)
        return [name for name in out.split("\0") if name]

    def hook(self, name: str, script: str) -> Path:
        """Install an executable ``sh`` hook."""
        path = self.root / ".git" / "hooks" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return path

    def clone(self, to: Path, *options: str) -> GitRepo:
        """Clone this repository into ``to`` over the file protocol (so that ``--depth`` counts)."""
        self.git("clone", "--quiet", *options, self.root.as_uri(), str(to))
        return GitRepo(to, self.clock)
