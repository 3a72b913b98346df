"""``blame`` and the history of a record: what the algorithms of ``dsvc.blame`` ask, answered from ledger and stores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsvc.blame.history import RecordHistory
from dsvc.blame.lines import Lines
from dsvc.blame.past import WORKING
from dsvc.errors import CorruptError, NotFoundError, UsageError
from dsvc.repository.content import file_of, open_working
from dsvc.repository.revisions import PlainFile, Version, Working, resolve, resolve_version, whole
from dsvc.repository.versions import Kept, require_dataset
from dsvc.repository.working_files import require_present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.blame.values import BlameBlock, BlamedRecord
    from dsvc.diff import Diff
    from dsvc.layout import Column
    from dsvc.manifest import LedgerEntry
    from dsvc.origin import VersionId
    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.snapshot import Snapshot

    Rows = tuple[int, int | None]

_MOST_OPEN = 4
"""Versions whose lines are kept at hand."""


class VersionsPast:
    """The past of one dataset: the ledger for what is known of versions, the stores for what is in them."""

    def __init__(self, ctx: Context, dataset: Dataset, start: LedgerEntry) -> None:
        current = ctx.versions.current(dataset, ctx.git.head())
        known = current.ledger if current is not None else ctx.versions.all_known(dataset, ctx.git.head())
        self._ctx = ctx
        self._dataset = dataset
        self._key = current.manifest.key if current is not None else ()
        self._head = start.id
        self._entries: dict[VersionId, LedgerEntry | None] = {entry.id: entry for entry in (*known, start)}
        self._ages = {version: -number for number, version in enumerate(self._entries)}
        self._layouts = Kept()
        self._lines: dict[VersionId, Lines] = {}
        self._working: Snapshot | None = None

    def begin_with(self, working: Snapshot) -> None:
        """Take working files for what comes behind the newest version."""
        self._working = working

    def entry(self, version: VersionId) -> LedgerEntry | None:
        """What the ledger, a tag or another branch knows of a version."""
        if version == WORKING:
            return None
        if version not in self._entries:
            from dsvc.repository.going_back.kept import version_by_id

            self._entries[version] = version_by_id(self._ctx, self._dataset, version)
        return self._entries[version]

    def numbers(self) -> list[str]:
        """The numbers of all versions that are known."""
        return [entry.number for entry in self._entries.values() if entry is not None]

    def parent(self, version: VersionId) -> VersionId | None:
        """The version that one was made from."""
        if version == WORKING:
            return self._head
        entry = self.entry(version)
        if entry is None or not entry.parents or self.entry(entry.parents[0]) is None:
            return None
        return entry.parents[0]

    def age(self, version: VersionId) -> int:
        """Higher for versions that were made earlier."""
        return -len(self._entries) if version == WORKING else self._ages.get(version, 1)

    def lines(self, version: VersionId) -> Lines:
        """The lines of a version."""
        found = self._lines.pop(version, None)
        self._lines[version] = found or Lines(self._snapshot(version))
        if len(self._lines) > _MOST_OPEN:
            del self._lines[next(iter(self._lines))]
        return self._lines[version]

    def diff(self, version: VersionId) -> Diff:
        """The changes from a version's parent to it."""
        from dsvc.diff import diff

        parent = self.parent(version)
        assert parent is not None
        return diff(self.lines(parent).snapshot, self.lines(version).snapshot, key=self._key)

    def _snapshot(self, version: VersionId) -> Snapshot:
        if version == WORKING:
            assert self._working is not None
            return self._working
        entry = self.entry(version)
        if entry is None:
            raise CorruptError(f"nothing here knows the version {version[:12]}", hint="git fetch --tags")
        return self._ctx.versions.snapshot(self._dataset, entry, self._layouts)


class Blame:
    """Content whose records can be told apart by the versions that brought them in."""

    def __init__(self, past: VersionsPast, version: VersionId, file: str | None) -> None:
        self._past = past
        self._version = version
        self._file = file

    @property
    def snapshot(self) -> Snapshot:
        """The content that is looked at."""
        return self._past.lines(self._version).snapshot

    def blocks(self, rows: Rows = (1, None), *, field: str | None = None) -> Iterator[BlameBlock]:
        """The records of these rows, as blocks that one version brought in (or gave this field)."""
        from dsvc.blame.fields import blame_field
        from dsvc.blame.whole import blame
        from dsvc.textdiff.paths import steps_of

        if field is None:
            yield from blame(self._past, self._version, self._lines(rows))
        else:
            yield from blame_field(self._past, self._version, self._lines(rows), steps_of(field))

    def records(self, rows: Rows = (1, None)) -> Iterator[BlamedRecord]:
        """The records of these rows one by one, with the version of each of their parts."""
        from dsvc.blame.fields import blame_parts

        yield from blame_parts(self._past, self._version, self._lines(rows))

    def line(self, file: str, number: int) -> bytes:
        """A line of a file (from 1), without its line end."""
        return self.snapshot.line(self.snapshot.layout.file(file), number - 1)

    def numbers(self) -> list[str]:
        """The numbers of the versions that are known."""
        return self._past.numbers()

    def history(self, row: int) -> RecordHistory:
        """The history of the record in a row."""
        return RecordHistory(self._past, self._version, int(self._lines((row, row))[0]))

    def _lines(self, rows: Rows) -> Column:
        """The lines of these rows. Raises NotFoundError when there is none of them."""
        found = self._past.lines(self._version).of_rows(*rows, self._file)
        if not len(found) and rows != (1, None):
            count = len(self.snapshot) if self._file is None else self.snapshot.layout.file(self._file).records
            name = self._file or self.snapshot.name
            raise NotFoundError(
                f"there is no row {rows[0]:,}: '{name}' has {count:,} record{'' if count == 1 else 's'}"
            )
        return found


def blame(ctx: Context, revision: str | None) -> Blame:
    """The content that a revision names; a name or path without ``@`` is the working file, nothing the only one."""
    if revision is None:
        revision = require_dataset(ctx.versions.datasets(ctx.git.head()), None).path
    found = resolve(ctx, revision)
    if isinstance(found, PlainFile):
        raise UsageError(
            f"'{revision}' is no dataset: nothing is known of its records' versions",
            hint=_tracking(ctx, revision),
        )
    if isinstance(found, Version):
        whole(found)
    return Blame(*_opened(ctx, found), file_of(found, revision))


def _tracking(ctx: Context, path: str) -> str:
    """How a file that is no dataset becomes one."""
    file = ctx.working.root / path
    if file.resolve().is_relative_to(ctx.working.root.resolve()):
        return f"dsvc commit '{path}' --source 'where from' -m 'why'"
    return f"copy it into the repository first: cp '{path}' '{ctx.working.root}/'"


def record_history(ctx: Context, revision: str | None, row: int) -> RecordHistory:
    """The history of the record that stands in a row of the content that a revision names."""
    return blame(ctx, revision).history(row)


def _opened(ctx: Context, found: Version | Working) -> tuple[VersionsPast, VersionId]:
    if isinstance(found, Version):
        return VersionsPast(ctx, found.dataset, found.entry), found.entry.id
    require_present(ctx.working, found.dataset)
    head = resolve_version(ctx, found.dataset, "HEAD")
    past = VersionsPast(ctx, found.dataset, head)
    committed = past.lines(head.id).snapshot
    past.begin_with(open_working(ctx.working, found.dataset, committed, ctx.state / "cache" / "lines"))
    return past, WORKING
