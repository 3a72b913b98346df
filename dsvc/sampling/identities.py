"""What each record is, as 16 bytes: its record id, or where a dataset has key fields the digest of their values.

Kept by pack, because they are what a choice among a million records costs: in the git directory's ``dsvc/cache/ids/``
(:mod:`dsvc.derived`). Of a line that is blank all bytes are zero.
"""

from __future__ import annotations

import hashlib
from functools import partial
from typing import TYPE_CHECKING, Final, cast

import msgspec
import numpy as np
import xxhash

from dsvc.conditions.fields import MISSING, field, steps_of
from dsvc.derived import DerivedFiles
from dsvc.errors import UsageError
from dsvc.record import canonical, canonical_value, is_blank, parse

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from dsvc.conditions.fields import Missing
    from dsvc.layout import Column
    from dsvc.record import Json
    from dsvc.textdiff.fields import Steps

    Ids = NDArray[np.uint8]
    Named = tuple[str, Steps]

_FORMAT: Final = "dsvc.ids/1"
_WIDTH: Final = 16
_BLANK: Final = bytes(_WIDTH)
_LEAST_LINES: Final = 1000
"""Fewer are as quickly identified as looked up."""
_KEPT_FILES: Final = 2048
"""Several datasets of 256 stored files, by record id and by key; of a million records one takes 24 MB."""


class Lines(msgspec.Struct, frozen=True, eq=False):
    """Lines of a pack that are known: where each begins (ascending), and what it is (16 bytes a line)."""

    offsets: Column
    ids: Ids

    def between(self, start: int, end: int) -> Lines:
        """Those that begin in a range."""
        low, high = np.searchsorted(self.offsets, [start, end])
        return Lines(self.offsets[low:high], self.ids[low:high])

    def joined(self, others: Sequence[Lines]) -> Lines:
        """These and others; a line that several have counts once."""
        offsets, first = np.unique(np.concatenate([self.offsets, *(o.offsets for o in others)]), return_index=True)
        return Lines(offsets, np.concatenate([self.ids, *(other.ids for other in others)])[first])


def lines_of(parts: Sequence[tuple[Column, bytes]]) -> Lines:
    """Lines from what :func:`identified` gives for blocks that follow each other."""
    ids = np.frombuffer(b"".join([each for _, each in parts]), dtype=np.uint8)
    return Lines(np.concatenate([offsets for offsets, _ in parts]), ids.reshape(-1, _WIDTH))


def no_lines() -> Lines:
    """No lines at all."""
    return Lines(np.zeros(0, dtype=np.int64), np.zeros((0, _WIDTH), dtype=np.uint8))


def record_identity(content: bytes) -> bytes:
    """The record id of a line, as bytes. Raises ValueError when the line is not JSON."""
    return hashlib.sha256(canonical(content)).digest()[:_WIDTH]


def key_identity(content: bytes, key: Sequence[Named]) -> bytes:
    """The digest of the values of key fields; of a line that lacks one its record id."""
    found = key_values(content, key)
    if found is None:
        return record_identity(content)
    return hashlib.sha256(b"key\0" + b"\0".join([canonical_value(each) for each in found])).digest()[:_WIDTH]


def named_fields(names: Sequence[str]) -> tuple[Named, ...]:
    """Key fields as :func:`key_values` takes them; a name that is no path is that of a field at the top."""
    return tuple((name, _steps(name)) for name in names)


def key_values(content: bytes, key: Sequence[Named]) -> list[Json] | None:
    """The values of key fields: of the field that is called so, else what stands at the path (``meta.id``).

    None where a record lacks one of them. Raises ValueError when the line is not JSON.
    """
    return values_under(parse(content), key)


def value_under(value: object, named: Named) -> Json | Missing:
    """What stands in one such field; MISSING where there is nothing."""
    name, steps = named
    found = value[name] if isinstance(value, dict) and name in value else field(value, steps)
    return cast("Json | Missing", found)


def steps_in(value: object, name: str) -> Steps:
    """The path that a name means in a record: the field that is called so, where it has one, else the path."""
    return (name,) if isinstance(value, dict) and name in value else _steps(name)


def values_under(value: Json, key: Sequence[Named]) -> list[Json] | None:
    """The same of a record that was parsed."""
    found = [value_under(value, each) for each in key]
    return None if any(each is MISSING for each in found) else cast("list[Json]", found)


def _steps(name: str) -> Steps:
    try:
        return steps_of(name)
    except UsageError:
        return (name,)


def identified(block: tuple[int, bytes], key: Sequence[str] = ()) -> tuple[NDArray[np.int64], bytes]:
    """Where each line of a block begins, and what it is (16 bytes a line); by ``key`` fields, else by record id.

    A block is where it begins in its pack, and its bytes. Raises ValueError for a line that is not JSON.
    """
    start, data = block
    lines = data.removesuffix(b"\n").split(b"\n") if data else []
    sizes = np.fromiter(map(len, lines), dtype=np.int64, count=len(lines)) + 1
    if key:
        identify = partial(key_identity, key=named_fields(key))
        ids = [_BLANK if is_blank(line) else identify(line) for line in lines]
    else:  # as record_identity: a million calls of it are half a second
        sha256 = hashlib.sha256
        ids = [sha256(canonical(line)).digest()[:_WIDTH] if line and not line.isspace() else _BLANK for line in lines]
    return start + np.cumsum(sizes) - sizes, b"".join(ids)


class IdentityStore:
    """What the lines of packs are, by ``key`` fields, else by record id; what is known of it lies in ``folder``."""

    def __init__(self, folder: Path, key: Sequence[str] = ()) -> None:
        self._files = DerivedFiles(folder, ".ids", _KEPT_FILES)
        self.key = tuple(key)
        self._what = xxhash.xxh3_64_hexdigest("\0".join((_FORMAT, *self.key)).encode("utf-8", "surrogatepass"))
        self._known: dict[str, Lines] = {}
        self._new: dict[str, list[Lines]] = {}

    def known(self, pack: str) -> Lines:
        """The lines of a pack that are known; a damaged file counts as none."""
        if pack not in self._known:
            body = self._files.read(self._of(pack))
            self._known[pack] = _decoded(body) if body is not None else no_lines()
        return self._known[pack]

    def add(self, pack: str, lines: Lines) -> None:
        """Note what lines are; they are known once it is saved."""
        self._new.setdefault(pack, []).append(lines)

    def save(self) -> None:
        """Write what is new, and leave the newest files."""
        for pack, lines in sorted(self._new.items()):
            known = self._known[pack] = self.known(pack).joined(lines)
            if len(known.offsets) >= _LEAST_LINES:
                self._files.write(self._of(pack), known.offsets.astype("<i8").tobytes() + known.ids.tobytes())
        if self._new:
            self._files.prune()
        self._new.clear()

    def _of(self, pack: str) -> str:
        return f"{pack}-{self._what}"


def _decoded(body: bytes) -> Lines:
    """All offsets (8 bytes each), then all ids."""
    count = len(body) // (8 + _WIDTH)
    offsets = np.frombuffer(body, dtype="<i8", count=count).astype(np.int64)
    return Lines(offsets, np.frombuffer(body, dtype=np.uint8, offset=8 * count).reshape(count, _WIDTH))
