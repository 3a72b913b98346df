"""A version with other values in some fields of some records; every other byte as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dsvc.conditions.fields import MISSING, field
from dsvc.diff.layout_diff import Files
from dsvc.diff.places import Places
from dsvc.editing.field_splice import with_field
from dsvc.errors import NotFoundError
from dsvc.importers.source import Part
from dsvc.record import BOM, parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dsvc.layout import FileLayout
    from dsvc.origin import Annotator
    from dsvc.record import Json
    from dsvc.snapshot import Snapshot
    from dsvc.textdiff.fields import Steps


class FieldChanges:
    """Changes of a version's records, by their lines (from 0 through all files), and who made them."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._files = Files.of(snapshot.layout.files)
        self._places = Places(snapshot, self._files)
        self._changes: dict[int, list[tuple[Steps, Json]]] = {}
        self._people: dict[int, dict[Annotator, None]] = {}

    @property
    def count(self) -> int:
        """How many fields of records change."""
        return sum(map(len, self._changes.values()))

    def add(self, line: int, steps: Steps, value: Json, people: tuple[Annotator, ...]) -> None:
        """Give a field of a record another value."""
        self._changes.setdefault(line, []).append((steps, value))
        self._people.setdefault(line, {}).update(dict.fromkeys(people))

    def place(self, line: int) -> tuple[str, int]:
        """File and row (from 1, in the file) of the record on a line."""
        files, _, rows = self._places.numbers(np.array([line], dtype=np.int64))
        return files[0], int(rows[0])

    def people(self) -> Mapping[tuple[str, int], tuple[Annotator, ...]]:
        """Who changed the record on a line (from 1) of a file; nobody is named where nobody is known."""
        found = {}
        for line, people in self._people.items():
            number = int(self._files.at(np.array([line]))[0])
            found[self._files.files[number].path, line - int(self._files.starts[number]) + 1] = tuple(people)
        return found

    def parts(self) -> dict[str, Part]:
        """Each file of the version with the changes, as something to import."""
        return {
            file.path: Part(split=file.split, called=file.path, counted="line", lines=lambda n=n: self._lines(n))  # type: ignore[misc]
            for n, file in enumerate(self._files.files)
        }

    def _lines(self, number: int) -> Iterator[bytes]:
        file, start = self._files.files[number], int(self._files.starts[number])
        for at, line in enumerate(_lines_of(self._snapshot, file)):
            changes = self._changes.get(start + at)
            yield line if changes is None else _changed(line, changes, file.path, at)


def _changed(line: bytes, changes: list[tuple[Steps, Json]], name: str, row: int) -> bytes:
    mark = BOM if line.startswith(BOM) else b""
    content = line.removeprefix(mark)
    for steps, value in changes:
        content = _with(content, _from_the_start(steps, content), value, name, row)
    return mark + content


def _from_the_start(steps: Steps, content: bytes) -> Steps:
    """The path with positions that count from the end of a list (``messages[-1]``) counted from its start."""
    if not any(isinstance(step, int) and step < 0 for step in steps):
        return steps
    value: Any = parse(content)
    found: list[int | str] = []
    for step in steps:
        at = len(value) + step if isinstance(step, int) and step < 0 and isinstance(value, list) else step
        value = field(value, (at,))
        found.append(at)
    return tuple(found)


def _with(content: bytes, steps: Steps, value: Json, name: str, row: int) -> bytes:
    """The record with a value at a path; objects that are missing on the way are made, other values never replaced."""
    try:
        return with_field(content, steps, value, name=name, row=row)
    except NotFoundError:
        if len(steps) < 2 or not isinstance(steps[-1], str) or not _is_free(content, steps[:-1]):
            raise
        return _with(content, steps[:-1], {steps[-1]: value}, name, row)


def _is_free(content: bytes, steps: Steps) -> bool:
    """Whether nothing stands at a path, or null."""
    return field(parse(content), steps) in (MISSING, None)


def _lines_of(snapshot: Snapshot, file: FileLayout) -> Iterator[bytes]:
    """The lines of a file with their ends; the last one may have none."""
    pending = b""
    for chunk in snapshot.chunks(file):
        lines = (pending + chunk).split(b"\n")
        pending = lines.pop()
        for line in lines:
            yield line + b"\n"
    if pending:
        yield pending
