"""Where new lines come from: which source and which annotators each of them is recorded with."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, TypeAlias

import msgspec
import numpy as np

from dsvc.errors import BadDataError, SourceNeededError, UsageError
from dsvc.origin import Annotator, Origin
from dsvc.record import check_record, is_blank, parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dsvc.layout import Column, FileLayout
    from dsvc.matching import MatchedFile
    from dsvc.repository.committing.new_version import VersionFacts
    from dsvc.repository.results import CommitRequest
    from dsvc.repository.scan import ScannedFile
    from dsvc.repository.versions import Current
    from dsvc.snapshot import Snapshot


Place = tuple[str, int]
"""A file's path and a line's number (from 1)."""


class AssignedOrigins(msgspec.Struct, frozen=True):
    """Origins, for each file the origin's number of each new line, and how many added records each source gave."""

    origins: tuple[Origin, ...]
    lines: tuple[Column, ...]
    records_by_source: Mapping[str, int]
    annotators: tuple[Annotator, ...]
    """Who made the new records: people that they name, in order of first appearance, then who made the others."""
    notes: tuple[str, ...] = ()


class _Fields(msgspec.Struct):
    """Takes sources and annotators from the records' own fields (or who is known to have made them), and counts those
    that have none.
    """

    request: CommitRequest
    people: dict[Annotator, None] = msgspec.field(default_factory=dict)
    without_annotator: int = 0
    without_source: int = 0
    with_source: int = 0

    def __bool__(self) -> bool:
        request = self.request
        fields = request.source_field is not None or request.annotator_field is not None
        return fields or request.known_source is not None or bool(request.people)

    def annotators(self, default: tuple[Annotator, ...]) -> tuple[Annotator, ...]:
        """The people that were found, and the default ones if a record named nobody."""
        others = default if self.without_annotator or not self.people else ()
        return tuple(dict.fromkeys((*self.people, *others)))

    def notes(self) -> tuple[str, ...]:
        """What should be known of records without the field."""
        if not self.without_source:
            return ()
        name, source = self.request.source_field, self.request.source
        if self.without_source == 1:
            return (f"1 added record has no field '{name}'; its source is '{source}'",)
        return (f"{self.without_source:,} added records have no field '{name}'; their source is '{source}'",)

    def of(self, content: bytes, place: Place, source: str | None, *, is_edit: bool) -> tuple[str | None, _People]:
        """The source (else the given one) and the annotators (none: nobody is named) of one record."""
        try:
            value = parse(content)
        except ValueError:
            return source, ()  # refused with its place, here or by the writer
        record = value if isinstance(value, dict) else {}
        request = self.request
        if request.source_field is not None:
            named = record.get(request.source_field)
            if named is not None:
                source = _text(named, request.source_field, *place)
            if not is_edit:
                self.with_source += named is not None
                self.without_source += named is None and source == request.source
        return source, self._people(record, place)

    def _people(self, record: Mapping[str, object], place: Place) -> _People:
        if (found := self.request.people.get(place)) is not None:
            self.people.update(dict.fromkeys(found))
            self.without_annotator += not found
            return found
        name = self.request.annotator_field
        if name is None:
            return ()
        named = record.get(name)
        names = named if isinstance(named, list) else [named]
        found = tuple(Annotator(_text(n, name, *place)) for n in names if n is not None)
        self.people.update(dict.fromkeys(found))
        self.without_annotator += not found
        return found


_People: TypeAlias = "tuple[Annotator, ...]"


class _Numbers(msgspec.Struct):
    """Numbers origins in the order of their first appearance."""

    facts: VersionFacts
    found: dict[Origin, int] = msgspec.field(default_factory=dict)

    def of(self, source: str | None, annotators: tuple[Annotator, ...]) -> int:
        origin = Origin(self.facts.id, source, annotators)
        return self.found.setdefault(origin, len(self.found))


def assign_origins(
    request: CommitRequest,
    facts: VersionFacts,
    current: Current | None,
    old: Snapshot | None,
    edited: Mapping[Place, Place],
    files: Sequence[ScannedFile],
    matched: Sequence[MatchedFile],
) -> AssignedOrigins:
    """Give every new line its origin.

    Edited records keep the source they had; added ones take ``source``, or what their ``source_field`` says. Raises
    SourceNeededError when added records have neither (BadDataError when one of them is no record at all), and
    UsageError when none has the field.
    """
    found = _Assignment(request, facts, _inherited_sources(old, edited))
    columns = [found.column(file, match) for file, match in zip(files, matched, strict=True)]
    fields = found.fields
    if found.without_source:
        _require_records(files, matched)
        if request.source_field is not None and not fields.with_source:
            raise _no_such_field(request.source_field, files, matched)
        known = request.known_source.source.name if request.known_source is not None else None
        raise SourceNeededError(found.without_source, facts.dataset.name, known)
    return AssignedOrigins(
        tuple(found.numbers.found),
        tuple(columns),
        dict(found.added),
        fields.annotators(facts.annotators),
        fields.notes(),
    )


class _Assignment:
    """Origins of new lines, file by file, and how many added records each source gave."""

    def __init__(self, request: CommitRequest, facts: VersionFacts, inherited: Mapping[Place, str | None]) -> None:
        self.fields = _Fields(request)
        self.numbers = _Numbers(facts)
        self.added: Counter[str] = Counter()
        self.without_source = 0
        self._request = request
        self._annotators = facts.annotators
        self._inherited = inherited
        self._edited_files = {path for path, _ in inherited}

    def column(self, file: ScannedFile, match: MatchedFile) -> Column:
        """The origin's number of each new line of a file."""
        new = match.new_lines()
        if self.fields or file.path in self._edited_files:
            numbers = [self._number((file.path, line), content) for line, content in _contents(file, new)]
            return np.array(numbers, dtype=np.int64)
        self._count(self._request.source, _records_among(file, match, new))
        number = self.numbers.of(self._request.source, self._annotators) if len(new) else 0
        return np.full(len(new), number, dtype=np.int64)

    def _number(self, place: Place, content: bytes) -> int:
        is_edit = place in self._inherited
        source = self._inherited[place] if is_edit else _source_at(self._request, *place)
        annotators = self._annotators
        if self.fields and not is_blank(content):
            source, people = self.fields.of(content, place, source, is_edit=is_edit)
            annotators = people or annotators
        if not is_edit and not is_blank(content):
            self._count(source, 1)
        return self.numbers.of(source, annotators)

    def _count(self, source: str | None, records: int) -> None:
        if source is None:
            self.without_source += records
        else:
            self.added[source] += records


def _source_at(request: CommitRequest, path: str, line: int) -> str | None:
    """The source of a new record: what is known, else what is said."""
    known = request.known_source
    return known.source.name if known is not None and (path, line) not in known.lacks else request.source


def _require_records(files: Sequence[ScannedFile], matched: Sequence[MatchedFile]) -> None:
    """Raise BadDataError for a new line that is no record: that is to be mended before anything is asked for."""
    for file, match in zip(files, matched, strict=True):
        for line, content in _contents(file, match.new_lines()):
            check_record(content, name=file.path, line_number=line)


def _no_such_field(name: str, files: Sequence[ScannedFile], matched: Sequence[MatchedFile]) -> UsageError:
    every = (c for file, match in zip(files, matched, strict=True) for _, c in _contents(file, match.new_lines()))
    first = next((parse(content) for content in every if not is_blank(content)), None)
    has = ", ".join(first) if isinstance(first, dict) else ""
    return UsageError(
        f"no added record has the field '{name}' (the first one has: {has or 'none'})",
        hint="name one that tells the source, or say it: --source 'where from'",
    )


def _records_among(file: ScannedFile, match: MatchedFile, new: Column) -> int:
    if not file.table.blank_lines:
        return len(new)
    return sum(1 for _, content in _contents(file, new) if not is_blank(content))


def _contents(file: ScannedFile, lines: Column) -> Iterator[tuple[int, bytes]]:
    """Number (from 1) and bytes of the given lines."""
    ends = file.table.ends
    starts = file.table.starts()
    for line in lines.tolist():
        start = int(starts[line])
        yield line + 1, file.read(start, int(ends[line]) - start)


def _text(value: object, name: str, path: str, line: int) -> str:
    if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
        return str(value)
    raise BadDataError(
        f"cannot take '{name}' from the record at '{path}:{line}': it is not a name", hint="give it as a string"
    )


def _inherited_sources(old: Snapshot | None, edited: Mapping[Place, Place]) -> dict[Place, str | None]:
    """The source of the old record behind each edited line (file, line from 1)."""
    if old is None or not edited:
        return {}
    sources = [pack.origin.source for pack in old.layout.packs]
    packs: dict[str, Column] = {}
    files = {file.path: file for file in old.layout.files}
    found = {}
    for new, (old_file, old_line) in edited.items():
        if old_file not in packs:
            packs[old_file] = _line_ends(files[old_file])
        piece = int(np.searchsorted(packs[old_file], old_line - 1, side="right"))
        found[new] = sources[int(files[old_file].pieces.pack[piece])]
    return found


def _line_ends(file: FileLayout) -> Column:
    ends: Column = np.cumsum(file.pieces.lines)
    return ends
