"""What is typed to commit, what it would make, and what was typed for earlier versions. Nothing here draws."""

from __future__ import annotations

import shlex
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from dsvc.errors import BadDataError, FoundErrorsError, ProtectedError, SourceNeededError, UsageError
from dsvc.origin import annotator_named
from dsvc.render.numbers import plural
from dsvc.render.safe_text import safe
from dsvc.repository.results import CommitRequest, Outcome
from dsvc_tui.session import files_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from dsvc.delta import Change
    from dsvc.origin import Annotator
    from dsvc.repository import Repository
    from dsvc.repository.results import CommitResult

NEXT, MAJOR = "next", "major"
CHOOSE_AGAIN: Final = "go back (Esc), read the changes again (F5), and choose again"
WHY_THEY_STAY: Final = "mend them; or write into the field 'errors' why they may stay"
WHERE_FROM: Final = "say where they come from: bank manual 2025 in the field 'source'"
_OFFERED: Final = 50
AS_COLLECTED: Final = ("as collected", "known, to be mended in the next version")
LICENCES: Final = ("CC-BY-4.0", "CC-BY-SA-4.0", "CC0-1.0", "MIT", "Apache-2.0", "unknown")


@dataclass(frozen=True, slots=True)
class Typed:
    """The fields of a commit, as they are typed."""

    reason: str = ""
    source: str = ""
    licence: str = ""
    annotators: str = ""
    errors: str = ""
    """Why errors in new lines may stay."""
    version: str = ""
    """``next`` (or nothing), ``major``, or a number."""

    @classmethod
    def of(cls, texts: Mapping[str, str]) -> Typed:
        """From texts by the names of the fields; other names are left out."""
        return cls(**{field.name: texts[field.name] for field in fields(cls) if field.name in texts})

    def texts(self) -> dict[str, str]:
        """The fields by their names."""
        return asdict(self)

    def annotated_by(self) -> tuple[Annotator, ...]:
        """The annotators; several are separated by commas. Raises UsageError."""
        return tuple(
            annotator_named(name.strip()) for name in self.annotators.replace("，", ",").split(",") if name.strip()
        )

    def request(self, target: str) -> CommitRequest:
        """What is asked of the repository. Raises UsageError for what makes no sense."""
        version = self.version.strip()
        return CommitRequest(
            target=target,
            reason=self.reason.strip(),
            source=self.source.strip() or None,
            licence=self.licence.strip() or None,
            annotators=self.annotated_by(),
            allow_findings=self.errors.strip() or None,
            major=version == MAJOR,
            number=version if version not in ("", NEXT, MAJOR) else None,
        )

    def command_line(self, target: str) -> str:
        """What does the same on the command line."""
        return " ".join(["dsvc commit", *map(shlex.quote, [target, *self._options()])])

    def _options(self) -> Iterator[str]:
        version = self.version.strip()
        if version == MAJOR:
            yield "--major"
        elif version not in ("", NEXT):
            yield from ("--version", version)
        given = (("--source", self.source), ("--license", self.licence), ("--allow-findings", self.errors))
        for name, value in given:
            if value.strip():
                yield from (name, value.strip())
        for name in self.annotators.replace("，", ",").split(","):
            if name.strip():
                yield from ("--annotator", name.strip())
        yield from ("-m", self.reason.strip() or "why")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a commit would make. ``unsourced``: so many added records need a source."""

    target: str
    planned: CommitResult
    unsourced: int
    found: FoundErrorsError | None
    """Errors in new lines that are refused unless it is said why they may stay."""
    stamps: Sequence[tuple[str, int, int]]
    """Path, time and size of the working files when they were looked at."""
    earlier: Mapping[str, Sequence[str]]
    """What was typed into each field for earlier versions, newest first."""
    only: tuple[Change, ...] | None = None
    """The changes that are committed; None: all that the working file has."""

    @property
    def is_first(self) -> bool:
        """Whether the dataset has no version yet."""
        return not self.planned.manifest.parents


def plan(repository: Repository, target: str, version: str, only: tuple[Change, ...] | None = None) -> Plan:
    """Look what would be committed, and keep nothing.

    Raises what a commit raises, but for what the form asks: a missing source, and why errors may stay.
    """
    request = replace(Typed(version=version).request(target), dry_run=True, only=only)
    try:
        planned, unsourced, found = _tried(repository, request)
    except ProtectedError as error:
        if only is not None:
            raise ProtectedError(error.message, hint=CHOOSE_AGAIN) from error
        raise _with_way_back(repository, target, error) from error
    if found is not None:  # the form asks whether they shall be kept
        planned = replace(planned, notes=tuple(note for note in planned.notes if note != planned.kept_errors))
    stamps = stamps_of(repository.root / planned.dataset.path)
    return Plan(target, planned, unsourced, found, stamps, _earlier(repository, planned), only)


def _tried(
    repository: Repository, request: CommitRequest, unsourced: int = 0, found: FoundErrorsError | None = None
) -> tuple[CommitResult, int, FoundErrorsError | None]:
    """What a dry run gives once it has the answers that it asks for, and what it asked."""
    try:
        return repository.commit(request), unsourced, found
    except SourceNeededError as error:
        return _tried(repository, replace(request, source="?"), error.records, found)
    except FoundErrorsError as error:
        return _tried(repository, replace(request, allow_findings="?"), unsourced, error)
    except BadDataError as error:
        before = error.__context__  # without what is said of a reason, which nobody typed
        raise before if isinstance(before, BadDataError) else error from None


def _with_way_back(repository: Repository, target: str, error: ProtectedError) -> ProtectedError:
    """After a checkout of an older version: a commit is refused, a rollback may be what is meant."""
    revisions = [
        state.checked_out for state in repository.status() if target in (state.dataset.name, state.dataset.path)
    ]
    if not any(revisions):
        return error
    hint = f"to make it the newest version again, roll back to it from Home: dsvc rollback {revisions[0]}"
    return ProtectedError(error.message, hint=hint)


def stamps_of(path: Path) -> list[tuple[str, int, int]]:
    """Path, time and size of the files of a dataset: other ones, other content."""
    found = [(str(file), file.stat()) for file in files_at(path) if file.exists()]
    return [(name, stat.st_mtime_ns, stat.st_size) for name, stat in found]


def require_unchanged(
    root: Path, path: str, stamps: Sequence[tuple[str, int, int]], *, hint: str | None = None
) -> None:
    """Raise ProtectedError when the files of a dataset are not those any more that were looked at."""
    if stamps_of(root / path) != stamps:
        raise ProtectedError(f"'{path}' was changed after it was looked at", hint=hint or "look again (F5)")


def _earlier(repository: Repository, planned: CommitResult) -> dict[str, list[str]]:
    known = [dataset.name for dataset in repository.datasets()]
    log = [entry.entry for entry in repository.log(planned.dataset.name)] if planned.dataset.name in known else []
    licences = [source.licence for source in planned.manifest.sources if source.licence]
    return {
        "reason": offered(entry.reason for entry in log if entry.kind == "commit"),
        "source": offered(source for entry in log for source in entry.sources),
        "licence": offered([*licences, *LICENCES]),
        "annotators": offered(", ".join(map(named, entry.annotators)) for entry in log),
        "errors": list(AS_COLLECTED),
        "version": [NEXT, MAJOR],
    }


def named(annotator: Annotator) -> str:
    """An annotator as one is typed."""
    plain = annotator.kind == "person" and ":" not in annotator.name
    return annotator.name if plain else f"{annotator.name}:{annotator.kind}"


def offered(texts: Iterable[str]) -> list[str]:
    """Each text once; none that a field could not show as it is."""
    return [text for text in dict.fromkeys(texts) if text and safe(text) == text][:_OFFERED]


def commit(repository: Repository, plan: Plan, typed: Typed) -> Outcome:
    """Commit what was planned, and tell it as the other verbs do.

    Raises UsageError without a reason, FoundErrorsError for errors of which nobody said why they may stay,
    ProtectedError when the file is not the one any more that was looked at.
    """
    request = replace(typed.request(plan.target), only=plan.only)
    if not request.reason:
        raise UsageError("a version needs a reason", hint="write into the first field why it is made")
    hint = None if plan.only is None else CHOOSE_AGAIN
    require_unchanged(repository.root, plan.planned.dataset.path, plan.stamps, hint=hint)
    try:
        made = repository.commit(request)
    except FoundErrorsError as error:
        raise FoundErrorsError(error.message, hint=WHY_THEY_STAY, errors=error.errors) from error
    except SourceNeededError as error:
        error.hint = WHERE_FROM
        raise
    number = made.manifest.number
    return Outcome(
        verb="commit",
        dataset=made.dataset,
        file=f"{_kept(plan)} kept as {made.dataset.name}@{number}",
        history=f"{number} was added",
        head=f"is at {number}",
        version=made.manifest.ledger_entry(),
        notes=made.notes,
    )


def _kept(plan: Plan) -> str:
    path = f"'{plan.planned.dataset.path}'"
    if plan.only is None:
        return f"{path} is"
    return f"{plural(len(plan.only), 'change')} of {path} {'is' if len(plan.only) == 1 else 'are'}"
