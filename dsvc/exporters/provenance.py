"""What an export names, so that a model can be traced to its data: the version, its digests, and what was written.

In a folder it is the file ``dsvc-export.json``; in Parquet it stands in the metadata; of a single file ``dsvc export``
prints it. There is no date in it: the same version gives the same bytes.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

import msgspec

import dsvc

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from dsvc.snapshot import Snapshot

FORMAT: Final = "dsvc.export/1"
NOTE: Final = "dsvc-export.json"
"""The name of the file in a folder that an export wrote."""


class Provenance(msgspec.Struct, frozen=True, kw_only=True):
    """The version that an export was made of.

    ``revision`` is how it is called (``medical@v1.2``; of a working file with its edits: ``medical@v1.2~1``).
    ``version`` and ``layout`` are the id of the version and the digest of its layout (docs/format.md); a working file
    that is not its version has no layout, a plain file neither of them. ``files``: path, sha256 and records of what was
    read.
    """

    revision: str
    dataset: str | None = None
    version: str | None = None
    layout: str | None = None
    files: tuple[tuple[str, str, int], ...] = ()
    class_labels: Mapping[str, Sequence[str]] = {}
    """What the numbers in columns of classes mean."""
    more: Mapping[str, Any] = {}
    """What else is written down: the pilot that was exported."""

    def facts(self, to: str) -> dict[str, Any]:
        """What is written down of it, for an export to ``to``."""
        return {
            "format": FORMAT,
            "dsvc": dsvc.__version__,
            "to": to,
            "dataset": self.dataset,
            "revision": self.revision,
            "version": self.version,
            "layout": self.layout,
            "source_files": [
                {"path": path, "sha256": sha256, "records": records} for path, sha256, records in self.files
            ],
            **self.more,
        }


def files_of(snapshot: Snapshot) -> tuple[tuple[str, str, int], ...]:
    """Path, sha256 (of the exact bytes) and number of records of a snapshot's files."""
    return tuple((file.path, file.sha256 or _sha256(snapshot, file), file.records) for file in snapshot.layout.files)


def _sha256(snapshot: Snapshot, file: Any) -> str:
    digest = hashlib.sha256()
    for chunk in snapshot.chunks(file):
        digest.update(chunk)
    return digest.hexdigest()


def sha256_of(path: Path) -> str:
    """The sha256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def written_files(folder: Path, names: Sequence[str], records: Mapping[str, int]) -> list[dict[str, Any]]:
    """What is written down of files in a folder: path, bytes, sha256, and of data files the records."""
    made = []
    for name in names:
        path = folder / name
        fact: dict[str, Any] = {"path": name, "bytes": path.stat().st_size, "sha256": sha256_of(path)}
        if name in records:
            fact["records"] = records[name]
        made.append(fact)
    return made


def as_bytes(facts: Mapping[str, Any]) -> bytes:
    """The bytes of ``dsvc-export.json``."""
    return (json.dumps(facts, ensure_ascii=False, indent=2) + "\n").encode("utf-8", "surrogatepass")
