"""Line tables of committed files, kept so that the next commit need not read the old version again.

Derived data in the git directory's ``dsvc/cache/lines/``: named by the file's sha256, and safe to delete at any time.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np
import xxhash

from dsvc.durable import temporary_beside
from dsvc.line_table import LineTable

if TYPE_CHECKING:
    from pathlib import Path

_FORMAT = "dsvc.lines/2"
KEPT_TABLES = 8


def load(folder: Path, sha256: str) -> LineTable | None:
    """The line table of the file with this sha256, None when it is not kept or damaged."""
    try:
        data = (folder / f"{sha256}.lines").read_bytes()
    except OSError:
        return None
    header, _, body = data.partition(b"\n")
    try:
        facts = json.loads(header)
        if facts["format"] != _FORMAT or facts["check"] != xxhash.xxh3_64_hexdigest(body):
            return None
        lines = int(facts["lines"])
        ends = np.frombuffer(body, dtype=np.int64, count=lines)
        return LineTable(ends, int(facts["blank"]), sha256, unterminated=bool(facts["unterminated"]))
    except (ValueError, KeyError, TypeError):
        return None


def store(folder: Path, table: LineTable) -> None:
    """Keep a line table; the oldest ones go. A full disk is no reason to fail: then nothing is kept."""
    body = table.ends.astype(np.int64).tobytes()
    facts = {
        "format": _FORMAT,
        "check": xxhash.xxh3_64_hexdigest(body),
        "lines": table.lines,
        "blank": table.blank_lines,
        "unterminated": table.unterminated,
    }
    target = folder / f"{table.sha256}.lines"
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        temporary = temporary_beside(target)
        try:
            temporary.write_bytes(json.dumps(facts).encode() + b"\n" + body)
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
        kept = sorted(folder.glob("*.lines"), key=lambda file: file.stat().st_mtime_ns, reverse=True)
        for old in kept[KEPT_TABLES:]:
            old.unlink()
