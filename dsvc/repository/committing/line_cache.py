"""Line tables of committed files, kept so that the next commit need not read the old version again.

They lie in the git directory's ``dsvc/cache/lines/`` (:mod:`dsvc.derived`), named by the file's sha256.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from dsvc.derived import DerivedFiles
from dsvc.line_table import LineTable

if TYPE_CHECKING:
    from pathlib import Path

_FORMAT = "dsvc.lines/3"
KEPT_TABLES = 8


def load(folder: Path, sha256: str) -> LineTable | None:
    """The line table of the file with this sha256, None when it is not kept or damaged."""
    data = _files(folder).read(sha256)
    if data is None:
        return None
    header, _, body = data.partition(b"\n")
    try:
        facts = json.loads(header)
        if facts["format"] != _FORMAT:
            return None
        ends = np.frombuffer(body, dtype=np.int64, count=int(facts["lines"]))
        return LineTable(ends, int(facts["blank"]), sha256, unterminated=bool(facts["unterminated"]))
    except (ValueError, KeyError, TypeError):
        return None


def store(folder: Path, table: LineTable) -> None:
    """Keep a line table; the oldest ones go."""
    facts = {
        "format": _FORMAT,
        "lines": table.lines,
        "blank": table.blank_lines,
        "unterminated": table.unterminated,
    }
    files = _files(folder)
    files.write(table.sha256, json.dumps(facts).encode() + b"\n" + table.ends.astype(np.int64).tobytes())
    files.prune()


def _files(folder: Path) -> DerivedFiles:
    return DerivedFiles(folder, ".lines", KEPT_TABLES)
