"""Content to look at: snapshots of versions, working files and plain files, and diffs between any two of them."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, TypeAlias

from msgspec.structs import replace

from dsvc.errors import BadDataError, NotFoundError, UsageError
from dsvc.repository.datasets import SUFFIX, Dataset
from dsvc.repository.left_out import LeftOut, no_jsonl_file
from dsvc.repository.other_formats import as_jsonl, from_pipe
from dsvc.repository.revisions import PlainFile, Version, Working, resolve, resolve_version, split_range
from dsvc.repository.versions import find_dataset, require_dataset
from dsvc.repository.working_files import require_present, working_files
from dsvc.working_copy import WorkingCopy

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from dsvc.diff import Diff
    from dsvc.manifest import LedgerEntry
    from dsvc.repository.context import Context
    from dsvc.repository.scan import ScannedFile
    from dsvc.snapshot import Snapshot


@contextmanager
def diff_working(ctx: Context, dataset: Dataset, entry: LedgerEntry, key: Sequence[str] = ()) -> Iterator[Diff]:
    """The diff from a version to the working files; valid inside the ``with`` block."""
    from dsvc.diff import diff
    from dsvc.repository.comparison import OldVersion, working_snapshot
    from dsvc.repository.scan import scanned

    require_present(ctx.working, dataset)
    snapshot = ctx.versions.snapshot(dataset, entry)
    old = OldVersion.of(snapshot, ctx.state / "cache" / "lines")
    with scanned(ctx.working, working_files(ctx.working, dataset), old.along(dataset, ctx.progress)) as files:
        now = working_snapshot(dataset.path, snapshot, files, old.match(files))
        yield diff(snapshot, now, key=key, folders=dataset.kind == "folder")


@contextmanager
def snapshot(ctx: Context, revision: str) -> Iterator[Snapshot]:
    """The content that a revision names; a name or path without ``@`` is the working file."""
    found = side_of(ctx, revision)
    with ExitStack() as stack:
        yield stack.enter_context(_open(ctx, found, None))


@contextmanager
def snapshot_with_origins(ctx: Context, revision: str | None) -> Iterator[Snapshot]:
    """What a revision names (None: the working file of the only dataset), its lines in the packs that they came in.

    A working file is compared with HEAD's version for that, so that it is known of each line where it comes from.
    """
    head = ctx.git.head()
    if revision is None:
        revision = require_dataset(ctx.versions.datasets(head), None).name
    side = side_of(ctx, revision)
    if isinstance(side, Working) and ctx.versions.current(side.dataset, head) is not None:
        with diff_working(ctx, side.dataset, resolve_version(ctx, side.dataset, "HEAD")) as found:
            yield found.new
        return
    with snapshot(ctx, revision) as opened:
        yield opened


@contextmanager
def diff(ctx: Context, old: str | None, new: str | None, key: Sequence[str] | None = None) -> Iterator[Diff]:
    """The changes from ``old`` to ``new``: revisions, dataset names, or paths of plain files.

    Without ``new``: to the working file of the same dataset; ``v1.0..v1.1`` gives both in one. Without either: from
    HEAD's version to the working file of the only dataset. A file in a folder dataset stands for that file alone.
    """
    from dsvc.diff import diff as compare

    old, new = _ends(ctx, old, new)
    first, second = _sides(ctx, old, new)
    if key is None:
        key = key_of(ctx, first, second)
    with ExitStack() as stack:
        left = stack.enter_context(_open(ctx, first, None))
        right = stack.enter_context(_open(ctx, second, left))
        one, other = file_of(first, old), file_of(second, new if new is not None else old)
        if (one or other) and not (_has(left, one) or _has(right, other)):
            raise NotFoundError(
                f"there is no file '{one or other}' in either '{left.name}' or '{right.name}'",
                hint=f"see all files: dsvc diff {left.name}",
            )
        folders = not (one or other) and _is_folder(ctx, first) and _is_folder(ctx, second)
        yield compare(_only(left, one), _only(right, other), key=key, folders=folders)


def _is_folder(ctx: Context, side: Side) -> bool:
    return (ctx.working.root / side.path).is_dir() if isinstance(side, PlainFile) else side.dataset.kind == "folder"


def file_of(side: Side, text: str | None) -> str | None:
    """The one file of a folder dataset that a revision names, None when it names all of it."""
    if text is None or isinstance(side, PlainFile) or side.dataset.kind == "file":
        return None
    folder = f"{side.dataset.path}/"
    named = text if text.endswith(SUFFIX) else text.rpartition("@")[0]
    return named if named.startswith(folder) and named.endswith(SUFFIX) else None


def _has(snapshot: Snapshot, path: str | None) -> bool:
    return path is None or any(file.path == path for file in snapshot.layout.files)


def _only(snapshot: Snapshot, path: str | None) -> Snapshot:
    """The snapshot with only one of its files (None: all of them)."""
    if path is None:
        return snapshot
    _, at, version = snapshot.name.rpartition("@")
    return snapshot.of_files([path], name=f"{path}{at}{version if at else ''}")


Side: TypeAlias = Version | Working | PlainFile


def _ends(ctx: Context, old: str | None, new: str | None) -> tuple[str | None, str | None]:
    """Both ends of ``v1.0..v1.1``; what is no range stays as it is."""
    if old is not None and new is None and not (ctx.working.root / old).exists():
        parts = split_range(old, ctx.versions.datasets(ctx.git.head()))
        if parts is not None:
            return parts
    return old, new


def sides(ctx: Context, old: str | None, new: str | None) -> tuple[Side, Side]:
    """What the two sides of a :func:`diff` are."""
    return _sides(ctx, *_ends(ctx, old, new))


def _sides(ctx: Context, old: str | None, new: str | None) -> tuple[Side, Side]:
    if old is None:
        dataset = require_dataset(ctx.versions.datasets(ctx.git.head()), None)
        return Version(dataset, resolve_version(ctx, dataset, "HEAD")), Working(dataset)
    first = side_of(ctx, old)
    if new is not None:
        return first, side_of(ctx, new)
    if isinstance(first, Working):
        return Version(first.dataset, resolve_version(ctx, first.dataset, "HEAD")), first
    if isinstance(first, PlainFile):
        raise UsageError(f"'{old}' is no dataset; what should it be compared with?", hint=f"dsvc diff '{old}' OTHER")
    return first, Working(first.dataset)


def side_of(ctx: Context, text: str) -> Side:
    """What a side means; besides what others take, what is there and is no dataset."""
    path = ctx.working.root / text
    if path.exists() and not path.is_file() and find_dataset(ctx.versions.datasets(ctx.git.head()), text) is None:
        return PlainFile(text)
    return resolve(ctx, text)


def key_of(ctx: Context, *sides: Side) -> tuple[str, ...]:
    """The fields that say which record of a dataset is which; none where it has no key."""
    for side in sides:
        if not isinstance(side, PlainFile):
            current = ctx.versions.current(side.dataset, ctx.git.head())
            if current is not None:
                return current.manifest.key
    return ()


@contextmanager
def _open(ctx: Context, side: Side, other: Snapshot | None) -> Iterator[Snapshot]:
    """A side's content. What is not stored is matched with the ``other`` side, so that equal lines are not compared."""
    if isinstance(side, Version):
        yield _version(ctx, side)
        return
    cache = ctx.state / "cache" / "lines"
    if isinstance(side, PlainFile):
        with open_path(ctx.working.root / side.path, other, cache=cache, name=side.path) as opened:
            yield opened
        return
    require_present(ctx.working, side.dataset)
    with open_working(ctx.working, side.dataset, other, cache) as opened:
        yield opened


def _version(ctx: Context, side: Version) -> Snapshot:
    if side.pilot is None:
        return ctx.versions.snapshot(side.dataset, side.entry)
    from dsvc.repository.pilots.export import records_of

    return records_of(ctx, side, side.pilot)


@contextmanager
def open_working(
    working: WorkingCopy, dataset: Dataset, other: Snapshot | None, cache: Path | None, called: str | None = None
) -> Iterator[Snapshot]:
    """Files as they are now, as a snapshot that shares the packs of ``other``; ``called`` as it was given."""
    from dsvc.repository.comparison import OldVersion, working_snapshot
    from dsvc.repository.scan import ByItself, scanned

    paths = working_files(working, dataset)
    if other is None:
        with scanned(working, paths, ByItself(dataset, hashed=False)) as files:
            yield working_snapshot(called or dataset.path, None, _files_below(called, dataset, files), None)
        return
    old = OldVersion.of(other, cache)
    with scanned(working, paths, old.along(dataset, hashed=False)) as files:
        matched = old.match(files)
        yield working_snapshot(called or dataset.path, other, _files_below(called, dataset, files), matched)


def _files_below(folder: str | None, dataset: Dataset, files: Sequence[ScannedFile]) -> Sequence[ScannedFile]:
    """The files of a folder by paths that begin as it was given."""
    if folder is None or dataset.kind == "file":
        return files
    return [replace(file, path=str(PurePosixPath(folder) / PurePosixPath(file.path).name)) for file in files]


@contextmanager
def diff_paths(old: Path, new: Path, key: Sequence[str] = ()) -> Iterator[Diff]:
    """The changes between two files (or folders of JSONL files) anywhere; no repository is needed."""
    from dsvc.diff import diff as compare

    with ExitStack() as stack:
        left = stack.enter_context(open_path(old))
        right = stack.enter_context(open_path(new, left))
        yield compare(left, right, key=key, folders=old.is_dir() and new.is_dir())


@contextmanager
def open_path(
    path: Path, other: Snapshot | None = None, *, cache: Path | None = None, name: str | None = None
) -> Iterator[Snapshot]:
    """A JSONL file, or a folder of them, anywhere; called as it was given. Nothing is written there.

    A JSON array, CSV or TSV is read as ``import`` reads it, a pipe to its end.
    """
    called = name or str(path)
    if not path.exists():
        raise NotFoundError(f"there is no file '{called}'")
    with ExitStack() as stack:
        resolved = stack.enter_context(from_pipe(path)) if path.is_fifo() else path.resolve()
        if not resolved.is_dir() and not resolved.is_file():
            raise BadDataError(f"'{called}' is not a regular file", hint="write what it gives into a file first")
        dataset = Dataset(path.name, resolved.name, "folder" if resolved.is_dir() else "file")
        read_as = None
        if dataset.kind == "file":
            resolved, read_as = stack.enter_context(as_jsonl(resolved, called, piped=path.is_fifo()))
        working = WorkingCopy(resolved.parent, resolved.parent)
        if not working_files(working, dataset):
            raise no_jsonl_file(path, called)
        opened = stack.enter_context(open_working(working, dataset, other, cache, called))
        opened.read_as = read_as
        opened.folder = path.resolve() if dataset.kind == "folder" else path.resolve().parent
        opened.left_out = LeftOut.of(path).in_words() if dataset.kind == "folder" else None
        yield opened
