"""The real ``dvc`` command, the oracle of these tests, and a repository for it to work in."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from dsvc.store.dvc_packs import DvcPacks

if TYPE_CHECKING:
    from pathlib import Path

    from typing_extensions import Self

    from dsvc.store.objects import ObjectId


def run_dvc(root: Path, *words: str, status: int = 0) -> str:
    """Run ``dvc`` in ``root``, expect the exit status, return what it said."""
    done = subprocess.run([sys.executable, "-m", "dvc", *words], cwd=root, capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    assert done.returncode == status, said
    return said


def git(root: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=True)
    return done.stdout


class StoreRepository:
    """A git repository with DVC's files and a ``store/`` that dsvc's object store fills."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / ".dsvc" / "data" / "medical" / "store"

    @classmethod
    def create(cls, root: Path, config: str = "") -> Self:
        root.mkdir()
        git(root, "init", "-q", ".")
        DvcPacks.init(root)
        (root / ".dvc" / "config").write_text(config)
        repository = cls(root)
        repository.folder.parent.mkdir(parents=True)
        (repository.folder.parent / ".gitignore").write_text("/store\n")
        return repository

    @property
    def packs(self) -> DvcPacks:
        return DvcPacks.at(self.root)

    @property
    def pointer(self) -> Path:
        return self.folder.parent / "store.dvc"

    def save(self, files: dict[str, bytes], message: str | None = "data") -> ObjectId:
        """Store ``files``, link them, write the pointer, commit it."""
        packs = self.packs
        directory = packs.put_dir({name: packs.put(data).oid for name, data in files.items()})
        packs.link(self.folder, directory)
        size = sum(len(data) for data in files.values())
        self.pointer.write_bytes(packs.pointer_bytes(directory, size=size, nfiles=len(files)))
        if message:
            git(self.root, "add", ".")
            git(self.root, "commit", "-qm", message)
        return directory

    def shown(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.folder.iterdir()}


def pack_name(number: int, kind: str = "jsonl") -> str:
    return f"{number:032x}.{kind}"
