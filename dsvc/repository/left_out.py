"""What a folder holds besides the JSONL files that it is read as: other formats, and files in sub folders."""

from __future__ import annotations

import os
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

import msgspec

from dsvc.errors import NotFoundError
from dsvc.repository.datasets import SUFFIX

if TYPE_CHECKING:
    from pathlib import Path

_OTHER_FORMATS: Final = (".json", ".csv", ".tsv", ".ndjson", ".parquet", ".arrow", ".feather")
_COMPRESSED: Final = (".gz", ".bz2", ".xz", ".zst", ".zip")


class LeftOut(msgspec.Struct, frozen=True):
    """Files with records that are no part of a folder: in ``other`` formats, and JSONL ``below`` it, by their paths."""

    other: tuple[str, ...] = ()
    below: tuple[str, ...] = ()

    @staticmethod
    def of(folder: Path) -> LeftOut:
        """What a folder holds; what is hidden is not looked at."""
        other: list[str] = []
        below: list[str] = []
        for place, folders, names in os.walk(folder):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            seen = sorted(name for name in names if not name.startswith("."))
            if place == str(folder):
                other = [name for name in seen if _is_other(PurePath(name))]
            else:
                here = os.path.relpath(place, folder)
                below += [f"{here}/{name}" for name in seen if name.endswith(SUFFIX)]
        return LeftOut(tuple(other), tuple(below))

    def in_words(self) -> str | None:
        """How many there are of each, with a name that shows what is meant; None: there is nothing."""
        told = []
        if self.other:
            told.append(f"{_files(self.other, 'file')} in another format ({_named(self.other)})")
        if self.below:
            told.append(f"{_files(self.below, 'JSONL file')} in sub folders ({_named(self.below)})")
        return " and ".join(told) or None


def no_jsonl_file(folder: Path, called: str) -> NotFoundError:
    """The error for a folder without JSONL files, which tells what it holds instead."""
    found = LeftOut.of(folder)
    has = found.in_words()
    if found.below:
        hint = f"name the folder that they are in: '{called}/{PurePath(found.below[0]).parent}'"
    elif found.other:
        hint = f"name the file itself ('{called}/{found.other[0]}'), or bring it in: dsvc import"
    else:
        hint = f"see what is there: ls -a '{called}'"
    return NotFoundError(f"there is no JSONL file in '{called}'" + (f", but {has}" if has else ""), hint=hint)


def _is_other(name: PurePath) -> bool:
    suffixes = [suffix.lower() for suffix in name.suffixes]
    if suffixes and suffixes[-1] in _COMPRESSED:
        return any(suffix in (SUFFIX, *_OTHER_FORMATS) for suffix in suffixes)
    return bool(suffixes) and suffixes[-1] in _OTHER_FORMATS


def _files(paths: tuple[str, ...], noun: str) -> str:
    return f"{len(paths):,} {noun}" if len(paths) == 1 else f"{len(paths):,} {noun}s"


def _named(paths: tuple[str, ...]) -> str:
    return ", ".join([f"'{path}'" for path in paths[:2]]) + (", …" if len(paths) > 2 else "")
