"""What a source is, what its records become, and bringing them in. Nothing here draws."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field, fields
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from dsvc.errors import FoundErrorsError, NotFoundError, SourceNeededError, UsageError
from dsvc.formats.renaming import renaming_of
from dsvc.render.numbers import plural
from dsvc.repository.datasets import SUFFIX, name_from
from dsvc.repository.results import CommitRequest, Outcome
from dsvc_tui.committing import Typed
from dsvc_tui.paths import expanded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from dsvc.formats import Conversion
    from dsvc.formats.detection import Survey
    from dsvc.formats.sampling import Example
    from dsvc.importers.source import Part, RecordSource
    from dsvc.repository import Repository
    from dsvc.repository.results import CommitResult

AS_IT_IS: Final = "as it is"
FIRST_RECORDS: Final = 20
"""So many records can be looked at before they are brought in."""

FIELDS_BY_OPTION: Final[Mapping[str, str]] = {
    "--as": "dataset",
    "--name": "dataset",
    "--split": "split",
    "--convert": "shape",
    "--from": "format",
    "--encoding": "encoding",
    "--config": "config",
    "--records": "inside",
    "--rename": "rename",
    "--source": "source",
    "--license": "licence",
    "--annotator": "annotators",
    "-m": "reason",
}
"""What a message may name, by the option of the command line."""


@dataclass(frozen=True, slots=True)
class Given:
    """The fields of an import, as they are typed."""

    path: str = ""
    shape: str = ""
    """Empty or ``as it is``: not converted."""
    split: str = ""
    dataset: str = ""
    reason: str = ""
    source: str = ""
    licence: str = ""
    annotators: str = ""
    format: str = ""
    encoding: str = ""
    config: str = ""
    inside: str = ""
    rename: str = ""
    """``old=new`` between commas."""

    @classmethod
    def of(cls, texts: Mapping[str, str]) -> Given:
        """From texts by the names of the fields; spaces around them do not count."""
        return cls(**{field.name: texts.get(field.name, "").strip() for field in fields(cls)})

    @property
    def place(self) -> str:
        """The source, as the repository takes it."""
        return expanded(self.path)

    @property
    def convert(self) -> str | None:
        """The shape that records are brought into."""
        return self.shape if self.shape not in ("", AS_IT_IS) else None

    @property
    def renamed(self) -> dict[str, str]:
        """New names of fields by their old ones, for a conversion. Raises UsageError for what says nothing."""
        return renaming_of(self._several(self.rename)) if self.convert is not None else {}

    @property
    def splits(self) -> tuple[str, ...]:
        """The splits that are wanted; none: all."""
        return self._several(self.split)

    def _several(self, text: str) -> tuple[str, ...]:
        return tuple([each.strip() for each in text.replace("，", ",").split(",") if each.strip()])

    @property
    def reading(self) -> tuple[str, ...]:
        """What a look depends on: with another one everything is looked at anew."""
        return (self.path, self.split, self.format, self.encoding, self.config, self.inside, self.rename)

    def request(self) -> CommitRequest:
        """What is asked of the repository. Raises UsageError for what makes no sense."""
        called = self.place if "://" in self.place else Path(self.place).name
        typed = Typed(
            reason=self.reason or f"import {called}",
            source=self.source,
            licence=self.licence,
            annotators=self.annotators,
        )
        return typed.request(self.dataset)

    def command_line(self, *, dry_run: bool = False, force: bool = False) -> str:
        """What does the same on the command line."""
        words = ["dsvc", "import", self.place or "SRC"]
        named = (
            *(("--split", name) for name in self.splits),
            ("--as", self.dataset),
            ("--convert", self.convert or ""),
            *(("--rename", each) for each in self._several(self.rename) if self.convert is not None),
            ("--from", self.format),
            ("--encoding", self.encoding),
            ("--config", self.config),
            ("--records", self.inside),
            ("--source", self.source),
            ("--license", self.licence),
            *(("--annotator", name) for name in self._several(self.annotators)),
            ("-m", self.reason),
        )
        for option, value in named:
            words += [option, value] if value else []
        words += ["--dry-run"] * dry_run + ["--force"] * force
        return shlex.join(words)


@dataclass(frozen=True, slots=True)
class Facts:
    """What was found out about a source without reading all of it."""

    name: str
    read_as: str
    told: tuple[str, ...]
    splits: tuple[str, ...]
    size: int | None
    source: str | None
    uri: str | None
    licence: str | None
    revision: str | None
    suggested: str
    """The dataset that it becomes when nothing else is said."""
    shapes: tuple[str, ...]
    """The shapes that the first records may have, the likeliest first."""
    examples: tuple[Example, ...]


@dataclass(slots=True)
class Counted:
    """What a pass over all records found: how many, by split; their shapes; what a conversion loses."""

    records: dict[str, int] = field(default_factory=dict)
    bytes: dict[str, int] = field(default_factory=dict)
    survey: Survey | None = None
    conversion: Conversion | None = None
    told: tuple[str, ...] = ()

    @property
    def all_bytes(self) -> int:
        """Of all splits."""
        return sum(self.bytes.values())


def look(folder: Path, given: Given) -> Facts:
    """Look at a source and its first records. Raises what opening it raises, and UsageError for what waits for ever."""
    from dsvc.formats.detection import Survey
    from dsvc.formats.sampling import examples

    conversion = _conversion(given)
    with _opened(folder, given) as source:
        first: list[bytes] = []
        survey = Survey()
        for part in source.parts:
            begin = [*islice(_records(part), FIRST_RECORDS - len(first))]
            survey.look(begin, part.called)
            first += begin
        shapes = tuple(found.shape for found in survey.found() if found.shape is not None)
        several = source.is_folder
        return Facts(
            name=source.name,
            read_as=source.read_as,
            told=tuple(source.told),
            splits=tuple([part.split for part in source.parts if part.split is not None]),
            size=_size(folder / given.place),
            source=source.source,
            uri=source.uri,
            licence=source.licence,
            revision=source.revision,
            suggested=name_from(source.name) + ("" if several else SUFFIX),
            shapes=shapes,
            examples=tuple(examples(first, conversion)),
        )


def count(folder: Path, given: Given, report: Callable[[int], None]) -> Counted:
    """Read all records once: count them, tell their shapes, and what a conversion would lose.

    ``report`` is told bytes, and raises to stop it. Raises BadDataError for the first line that is no record.
    """
    from dsvc.formats.detection import Survey

    found = Counted(survey=Survey())
    assert found.survey is not None
    conversion = found.conversion = _conversion(given)
    with _opened(folder, given) as source:
        for part in source.parts:
            name = part.split or source.name
            found.records[name] = found.bytes[name] = 0
            found.survey.look(_noted(_records(part), name, found, report), part.called)
            if conversion is not None:
                for line in conversion.lines(part.lines(), part.called, counted=part.counted):
                    report(len(line))
        found.told = tuple(source.told)
    return found


def _noted(lines: Iterable[bytes], name: str, found: Counted, report: Callable[[int], None]) -> Iterator[bytes]:
    for line in lines:
        found.records[name] += 1
        found.bytes[name] += len(line)
        report(len(line))
        yield line


def try_out(repository: Repository, given: Given, *, force: bool) -> CommitResult:
    """The version that would be made; nothing is kept. What is asked for otherwise is told all the same."""
    return _tried(repository, given, replace(given.request(), dry_run=True), force=force)


def _tried(repository: Repository, given: Given, request: CommitRequest, *, force: bool) -> CommitResult:
    try:
        return _imported(repository, given, request, force=force)
    except SourceNeededError:
        return _tried(repository, given, replace(request, source="?"), force=force)
    except FoundErrorsError as error:
        made = _tried(repository, given, replace(request, allow_findings="?"), force=force)
        others = (note for note in made.notes if note != made.kept_errors)
        return replace(made, notes=(f"refused unless it is said why they may stay: {error.message}", *others))


def bring_in(repository: Repository, given: Given, *, force: bool, allow_findings: str | None = None) -> Outcome:
    """Import, and tell it as the other verbs do; ``allow_findings``: why errors that the settings refuse may stay."""
    made = _imported(repository, given, replace(given.request(), allow_findings=allow_findings), force=force)
    number = made.manifest.number
    return Outcome(
        verb="import",
        dataset=made.dataset,
        file=f"'{made.dataset.path}' holds {plural(made.manifest.counts.records, 'record')} of '{given.path}'",
        history=f"{made.dataset.name}@{number} was added",
        head=f"is at {number}",
        version=made.manifest.ledger_entry(),
        notes=made.notes,
    )


def edited(repository: Repository, dataset: str) -> bool:
    """Whether there are edits in the working files that an import would replace: they are saved first."""
    try:
        (state,) = repository.status(dataset)
    except (NotFoundError, UsageError, ValueError):
        return False
    return state.changed and not all(file.state == "missing" for file in state.files)


def _imported(repository: Repository, given: Given, request: CommitRequest, *, force: bool) -> CommitResult:
    return repository.import_(
        given.place,
        request,
        format_name=given.format or None,
        encoding=given.encoding or None,
        splits=given.splits,
        config=given.config or None,
        records=given.inside or None,
        convert=given.convert,
        rename=given.renamed,
        force=force,
    )


def _opened(folder: Path, given: Given) -> AbstractContextManager[RecordSource]:
    from dsvc.importers import FORMATS
    from dsvc.importers.opening import opened
    from dsvc.importers.source import Wanted
    from dsvc.importers.tools import TOOLS

    place = folder / given.place
    if given.place == "-" or place.is_fifo():
        raise UsageError("a pipe cannot be looked at before it is read", hint=f"dsvc import {given.place} --as NAME")
    if given.format and given.format not in (*FORMATS, *TOOLS):
        raise UsageError(
            f"'{given.format}' is not a format that can be read", hint=f"one of: {', '.join((*FORMATS, *TOOLS))}"
        )
    wanted = Wanted(
        format_name=given.format or None,
        encoding=given.encoding or None,
        splits=given.splits,
        config=given.config or None,
        records=given.inside or None,
    )
    return opened(given.place, place, wanted)


def _conversion(given: Given) -> Conversion | None:
    from dsvc.formats import Conversion

    return Conversion(given.convert, skip=True, rename=given.renamed) if given.convert is not None else None


def _records(part: Part) -> Iterator[bytes]:
    return (line for line in part.lines() if line and not line.isspace())


def _size(path: Path) -> int | None:
    """Bytes of a file or of the files of a folder; None for what is not here."""
    try:
        if path.is_dir():
            return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
        return path.stat().st_size if path.exists() else None
    except OSError:
        return None
