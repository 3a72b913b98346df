"""Which rows of a version or working file were changed against the version before it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from dsvc.delta import Added, Modified, MovedBlock, Reformatted, Removed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dsvc.diff import Diff

SIGNS: Final[Mapping[str, str]] = {
    "+": "added",
    "~": "modified",
    ">": "moved",
    "=": "reformatted",
}


@dataclass(frozen=True, slots=True)
class Changes:
    """The sign of each changed row (0: unchanged), how many rows have each sign, and how many records are gone."""

    signs: bytearray
    counts: Mapping[str, int]
    removed: int
    against: str


def changes_of(diff: Diff, go_on: Callable[[], bool]) -> Changes | None:
    """Read a diff into one sign a row; None: stopped."""
    files = diff.new.layout.files
    starts = dict(
        zip([file.path for file in files], accumulate([file.records for file in files], initial=0), strict=False)
    )
    plain = {file.path for file in files if file.lines == file.records}
    signs = bytearray(len(diff.new))
    removed = 0
    for number, delta in enumerate(diff):
        if number % 1000 == 0 and not go_on():
            return None
        match delta:
            case Removed():
                removed += 1
            case Added(record=record):
                signs[starts[record.file] + record.row - 1] = ord("+")
            case Modified(new=record):
                signs[starts[record.file] + record.row - 1] = ord("~")
            case Reformatted(new=record):
                signs[starts[record.file] + record.row - 1] = ord("=")
            case MovedBlock() if delta.new_file in plain:
                first = starts[delta.new_file] + delta.new_line - 1
                signs[first : first + delta.lines] = b">" * delta.lines
            case MovedBlock():  # lines are no rows here: some are blank
                pass
    return Changes(signs, {sign: signs.count(ord(sign)) for sign in SIGNS}, removed, diff.old.name)
