"""Records that are empty, or there already."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from dsvc.record import canonical
from dsvc.repairs.repair import LEAVE_OUT, Repair

if TYPE_CHECKING:
    from collections.abc import Callable

    from dsvc.repairs.repair import Change


def _empty(content: bytes, value: object) -> list[Change]:
    return LEAVE_OUT if _is_empty(value) else []


def _is_empty(value: object) -> bool:
    """Whether there is nothing in a value: no text but white space, no number, no true."""
    if isinstance(value, str):
        return not value.strip()
    if isinstance(value, dict):
        return all(map(_is_empty, value.values()))
    if isinstance(value, list):
        return all(map(_is_empty, value))
    return value is None or value is False


def _repeated() -> Callable[[bytes, object], list[Change]]:
    seen: set[bytes] = set()

    def find(content: bytes, value: object) -> list[Change]:
        digest = blake2b(canonical(content), digest_size=16).digest()
        if digest in seen:
            return LEAVE_OUT
        seen.add(digest)
        return []

    return find


EMPTY: Final = Repair(
    name="empty",
    title="records with nothing in them are left out",
    why="There is nothing to learn in them. A record with a number or a 'true' is not empty.",
    begin=lambda: _empty,
)
DUPLICATES: Final = Repair(
    name="duplicates",
    title="of equal records the first one stays",
    why="A record that is there several times weighs more than the others. Records are equal when their values are, "
    "however they are written. Each file of a folder is looked at by itself: no split loses a record to another one.",
    begin=_repeated,
)
