"""The programs, and the keys by which each goes to the ends and to the next record."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

PEERS: Final = Path(__file__).resolve().parents[1] / ".work" / "viewers"
"""visidata and toolong live in an environment of their own: toolong needs an older Textual."""


@dataclass(frozen=True)
class Viewer:
    """A program that shows the records of a file."""

    name: str
    argv: tuple[str, ...]
    last: bytes = b"\x1b[F"
    first: bytes = b"\x1b[H"
    down: bytes = b"\x1b[B"
    begins_at_end: bool = False
    tells_rows: bool = False
    variables: dict[str, str] = field(default_factory=dict)

    def sign_of(self, row: int) -> str:
        """What the screen shows (a regular expression) when a row, from 0, is reached: its number, or its id."""
        return rf"▸ *{row + 1:,} " if self.tells_rows else rf"fin-{row:08}"

    @property
    def is_here(self) -> bool:
        """Whether it is installed."""
        return Path(self.argv[0]).exists()


def viewers(folder: Path) -> list[Viewer]:
    """All of them; ``folder`` is for what they keep."""
    kept = {"XDG_CACHE_HOME": str(folder / "cache"), "XDG_STATE_HOME": str(folder / "state"), "HOME": str(folder)}
    dsvc = (sys.executable, "-c", "from dsvc.cli import main; main()", "tui")
    return [
        Viewer("dsvc", dsvc, tells_rows=True, variables=kept),
        Viewer("visidata", (str(PEERS / "bin" / "vd"),), last=b"G", first=b"gk", down=b"j", variables=kept),
        Viewer("toolong", (str(PEERS / "bin" / "tl"),), begins_at_end=True, variables=kept),
    ]
