"""Which files of two folders belong together, and which only one of them has."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dsvc.diff.layout_diff import LayoutDiff
    from dsvc.layout import FileLayout


class FileNames(msgspec.Struct, frozen=True):
    """The files of a folder that another one does not have by that name; ``renamed`` ones are pairs, old and new."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()

    @property
    def count(self) -> int:
        """How many files are new, gone or called otherwise."""
        return len(self.added) + len(self.removed) + len(self.renamed)


def paired_files(old: Sequence[FileLayout], new: Sequence[FileLayout]) -> tuple[list[FileLayout], tuple[int, ...]]:
    """Old files in the order of the new ones of the same name; two single files are one file.

    The name is the last part of the path: folders of other names, and what lies elsewhere, are compared file by file.
    The second value is the place of each new file's partner among them, or -1.
    """
    if len(old) == len(new) == 1:
        return list(old), (0,)
    by_name = {_name(file): file for file in old}
    ordered = [by_name[_name(file)] for file in new if _name(file) in by_name]
    places = {_name(file): place for place, file in enumerate(ordered)}
    ordered += [file for file in old if _name(file) not in places]
    return ordered, tuple(places.get(_name(file), -1) for file in new)


def file_names(layout: LayoutDiff) -> FileNames:
    """What became of the names of the files."""
    old, new = layout.old_files.files, layout.new_files.files
    pairs = [(old[place], file) for file, place in zip(new, layout.partners, strict=True) if place >= 0]
    partners = set(layout.partners)
    return FileNames(
        tuple(file.path for file, place in zip(new, layout.partners, strict=True) if place < 0),
        tuple(file.path for place, file in enumerate(old) if place not in partners),
        tuple((one.path, other.path) for one, other in pairs if _name(one) != _name(other)),
    )


def _name(file: FileLayout) -> str:
    return PurePosixPath(file.path).name
