"""What stored lines say, kept by pack: a line that many versions have is read and understood once.

They lie in the git directory's ``dsvc/cache/said/`` (:mod:`dsvc.derived`). A file holds which ranges of a pack were
looked at, and for each label or answer in them a row of four numbers.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from dsvc.derived import DerivedFiles
from dsvc.record import is_blank
from dsvc.validators.checked import Checked
from dsvc.validators.finding import Place
from dsvc.validators.said import VERSION, said_of
from dsvc.validators.spans import Spans

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Rows = NDArray[np.uint64]
    """Offset and bytes of a line, digest of a text, digest of the value: four columns."""

_NOWHERE: Final = Place("", 1, 1)
_MOST_ROWS: Final = 4_000_000
"""Of one pack; more are not kept."""
_KEPT_FILES: Final = 2048
_MOST_HELD: Final = 1_000_000
"""Rows (32 bytes each) in memory, but for one pack, whatever it has."""


def no_rows() -> Rows:
    """Nothing is said."""
    return np.empty((0, 4), dtype=np.uint64)


def said_in(data: bytes) -> Rows:
    """What the lines of a block say, by their offset in it."""
    rows: list[tuple[int, int, int, int]] = []
    at = 0
    for content in data.split(b"\n"):
        if not is_blank(content):
            rows += [(at, len(content), said.text, said.value) for said in said_of(Checked(content, _NOWHERE))]
        at += len(content) + 1
    return np.array(rows, dtype=np.uint64).reshape(-1, 4)


class Facts(msgspec.Struct):
    """What is known of a pack: the ranges that were looked at, and what is said in them."""

    looked: Spans
    rows: Rows


class _Written(msgspec.Struct):
    start: bytes
    end: bytes
    rows: bytes


class SaidFacts:
    """Reads and writes what is known of packs; those that were asked for last are held in memory."""

    def __init__(self, folder: Path) -> None:
        self._files = DerivedFiles(folder, ".said", _KEPT_FILES)
        self._known: dict[str, Facts] = {}
        self._held = 0
        self._changed: set[str] = set()

    def of(self, pack: str) -> Facts:
        """What is known of a pack; damaged files count as nothing."""
        if pack in self._known:
            self._known[pack] = self._known.pop(pack)
        else:
            known = Facts(Spans.none(), no_rows())
            with suppress(ValueError, msgspec.DecodeError):
                read = msgspec.msgpack.decode(self._files.read(_name(pack)) or b"", type=_Written)
                looked = Spans(np.frombuffer(read.start, dtype="<i8"), np.frombuffer(read.end, dtype="<i8"))
                known = Facts(looked, np.frombuffer(read.rows, dtype="<u8").reshape(-1, 4))
            self._hold(pack, known)
        return self._known[pack]

    def add(self, pack: str, looked: Spans, rows: Rows) -> None:
        """Note what is said in ranges that were not looked at before."""
        known = self.of(pack)
        self._let_go(pack)
        self._changed.add(pack)
        self._hold(pack, Facts(known.looked.joined(looked), np.concatenate((known.rows, rows))))

    def save(self) -> None:
        """Write what is new."""
        for pack in [*self._known]:
            self._save(pack, self._let_go(pack))
        self._files.prune()

    def _hold(self, pack: str, known: Facts) -> None:
        """Hold what is known of a pack, and let go of those that were not asked for for longest."""
        self._known[pack] = known
        self._held += len(known.rows)
        while self._held > _MOST_HELD and len(self._known) > 1:
            oldest = next(iter(self._known))
            self._save(oldest, self._let_go(oldest))

    def _let_go(self, pack: str) -> Facts:
        known = self._known.pop(pack)
        self._held -= len(known.rows)
        return known

    def _save(self, pack: str, known: Facts) -> None:
        if pack in self._changed and len(known.rows) <= _MOST_ROWS:
            columns = (known.looked.start.astype("<i8"), known.looked.end.astype("<i8"), known.rows.astype("<u8"))
            written = _Written(*(column.tobytes() for column in columns))
            self._files.write(_name(pack), msgspec.msgpack.encode(written))
        self._changed.discard(pack)


def _name(pack: str) -> str:
    return f"{pack}-{VERSION}"
