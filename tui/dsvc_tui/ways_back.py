"""What going back to a version would do to the file, the history and HEAD, before it is done. Nothing here draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from dsvc.errors import NotFoundError
from dsvc.render.numbers import plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.manifest import LedgerEntry
    from dsvc.repository import Repository
    from dsvc.repository.results import DatasetStatus, Outcome
    from dsvc_tui.drawing import Part

Verb = Literal["checkout", "restore", "rollback", "tag"]


@dataclass(frozen=True, slots=True)
class Way:
    """A way back: its verb, the version that is meant, and how the working file stands."""

    verb: Verb
    entry: LedgerEntry
    status: DatasetStatus
    text: str = ""
    """The reason of a rollback, the name of a tag."""

    @property
    def revision(self) -> str:
        """The version, as every verb takes it; its id, for numbers may mean another one after a merge."""
        return f"{self.status.dataset.name}@{self.entry.id[:12]}"

    @property
    def name(self) -> str:
        """The version, as people call it."""
        return f"{self.status.dataset.name}@{self.entry.number}"

    @property
    def loses_edits(self) -> bool:
        """Whether edits stand where the version's content goes: they are saved first."""
        if self.verb == "tag" or not self.status.changed:
            return False
        if all(file.state == "missing" for file in self.status.files):
            return False
        return not self.keeps_file

    @property
    def keeps_file(self) -> bool:
        """Whether a rollback leaves the file alone: it was written from that version, edits are made on top of it."""
        return self.verb == "rollback" and self.status.base is not None and self.status.base.id == self.entry.id

    def statement(self) -> Iterator[Part]:
        """What will happen, line by line."""
        for name, text in (("file", self._file()), ("history", self._history()), ("HEAD", self._head())):
            yield ("strong", f"{name:<9}")
            yield ("", f"{text}\n")
        if self.loses_edits:
            yield ("warning", f"! {self._edits()} is saved first, under a tag; undo brings it back\n")
        yield ("dim", f"same as: {self.command_line()}")

    def command_line(self) -> str:
        """What does the same on the command line."""
        from shlex import quote

        force = ["--force"] if self.loses_edits else []
        words = {
            "checkout": ["checkout", self.name, *force],
            "restore": ["restore", self.status.dataset.name],
            "rollback": ["rollback", self.name, *(["-m", self.text] if self.text else []), *force],
            "tag": ["tag", self.name, self.text],
        }[self.verb]
        return " ".join(["dsvc", *map(quote, words)])

    def _file(self) -> str:
        path = self.status.dataset.path
        if self.verb == "tag":
            return f"'{path}' stays as it is"
        if self.keeps_file:
            return f"'{path}' stays as it is, it comes from {self.entry.number}"
        return f"'{path}' gets the content of {self.entry.number}, {plural(self.entry.counts.records, 'record')}"

    def _history(self) -> str:
        if self.verb == "tag":
            return f"the git tag '{self.status.dataset.tag(self.text)}' is put on {self.entry.number}"
        if self.verb != "rollback":
            return "stays as it is"
        return f"a new version like {self.entry.number} is added; all others stay"

    def _head(self) -> str:
        if self.verb == "rollback":
            return "goes to the new version"
        return f"stays at {self.status.head.number}" if self.status.head is not None else "stays"

    def _edits(self) -> str:
        added, removed = (sum(getattr(file, name) for file in self.status.files) for name in _LINES)
        since = f" since {self.status.base.number}" if self.status.base is not None else ""
        count = f" (lines +{added:,} -{removed:,})" if added or removed else ""
        return f"what was edited{since}{count}"


_LINES = ("lines_added", "lines_removed")


def way(repository: Repository, verb: Verb, revision: str) -> Way:
    """Look at a version and the working file of its dataset. Raises NotFoundError for what is no version."""
    name = revision.rpartition("@")[0] or None
    if name is None and verb == "restore":
        name = revision
    dataset = repository.dataset(name)
    (status,) = repository.status(dataset.name)
    entry = status.head if verb == "restore" else repository.version(revision)
    if entry is None:
        raise NotFoundError(f"HEAD has no version of '{dataset.name}'", hint="dsvc log")
    if verb == "rollback" and status.head is not None and status.head.layout == entry.layout:
        raise NotFoundError(f"nothing to roll back: {status.head.number} has the content of {entry.number}")
    return Way(verb, entry, status)


def go(repository: Repository, way: Way) -> tuple[Outcome, bool]:
    """Do it; what was done, and whether there is something to take back."""
    before = _last(repository)
    outcome = _done(repository, way)
    return outcome, _last(repository) != before


def _last(repository: Repository) -> str | None:
    return next((operation.id for operation in repository.operations()), None)


def _done(repository: Repository, way: Way) -> Outcome:
    match way.verb:
        case "checkout":
            return repository.checkout(way.revision, force=way.loses_edits)
        case "restore":
            return repository.restore(way.status.dataset.name)
        case "rollback":
            return repository.rollback(way.revision, reason=way.text or None, force=way.loses_edits)
        case "tag":
            return _tagged(repository, way)


def _tagged(repository: Repository, way: Way) -> Outcome:
    from dsvc.repository.results import Outcome

    made = repository.tag(way.revision, way.text)
    return Outcome(
        verb="tag",
        dataset=way.status.dataset,
        file="",
        history=f"{way.name} is also called '{made}'",
        head="",
        version=way.entry,
        notes=(f"to take the name away: git tag -d '{made}'",),
    )
