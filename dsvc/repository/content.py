"""Content to look at: snapshots of versions, working files and plain files, and diffs between any two of them."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, TypeAlias

from msgspec.structs import replace

from dsvc.errors import BadDataError, NotFoundError, UsageError
from dsvc.repository.datasets import Dataset
from dsvc.repository.left_out import LeftOut, no_jsonl_file
from dsvc.repository.other_formats import as_jsonl, from_pipe
from dsvc.repository.revisions import PlainFile, Version, Working, beside, one_file, range_of, resolve, resolve_version
from dsvc.repository.versions import find_dataset, require_dataset
from dsvc.repository.working_files import require_present, working_files
from dsvc.working_copy import WorkingCopy

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dsvc.diff import Diff
    from dsvc.manifest import LedgerEntry
    from dsvc.repository.context import Context
    from dsvc.repository.scan import ScannedFile
    from dsvc.snapshot import Snapshot


def diff_working(ctx: Context, dataset: Dataset, entry: LedgerEntry, key: Sequence[str] = ()) -> Diff:
    """The diff from a version to the working files."""
    from dsvc.diff import diff
    from dsvc.repository.comparison import OldVersion, working_snapshot
    from dsvc.repository.scan import scan

    require_present(ctx.working, dataset)
    snapshot = ctx.versions.snapshot(dataset, entry)
    old = OldVersion.of(snapshot, ctx.state / "cache" / "lines")
    files = scan(ctx.working, working_files(ctx.working, dataset), old.along(dataset, ctx.progress))
    now = working_snapshot(dataset.path, snapshot, files, old.match(files))
    return diff(snapshot, now, key=key, folders=dataset.kind == "folder")


def snapshot(ctx: Context, revision: str) -> Snapshot:
    """The content that a revision names; a name or path without ``@`` is the working file.

    A file in a folder dataset stands for that file alone. Raises NotFoundError where the content has no such file.
    """
    side = side_of(ctx, revision)
    return _of_file(_open(ctx, side, None), file_of(side, revision))


def snapshot_with_origins(ctx: Context, revision: str | None) -> Snapshot:
    """What a revision names (None: the working file of the only dataset), its lines in the packs that they came in.

    A working file is compared with HEAD's version for that, so that it is known of each line where it comes from.
    """
    head = ctx.git.head()
    if revision is None:
        revision = require_dataset(ctx.versions.datasets(head), None).name
    side = side_of(ctx, revision)
    if isinstance(side, Working) and ctx.versions.current(side.dataset, head) is not None:
        now = diff_working(ctx, side.dataset, resolve_version(ctx, side.dataset, "HEAD")).new
        return _of_file(now, file_of(side, revision))
    return snapshot(ctx, revision)


def _of_file(whole: Snapshot, path: str | None) -> Snapshot:
    """One file of a folder (None: all of them)."""
    if path is not None and not _has(whole, path):
        raise NotFoundError(f"'{whole.name}' has no file '{path}'", hint=f"see its files: dsvc show {whole.name}")
    return _only(whole, path)


def diff(ctx: Context, old: str | None, new: str | None, key: Sequence[str] | None = None) -> Diff:
    """The changes from ``old`` to ``new``: revisions, dataset names, or paths of plain files.

    Without ``new``: to the working file of the same dataset; ``v1.0..v1.1`` gives both in one. Without either: from
    HEAD's version to the working file of the only dataset. A file in a folder dataset stands for that file alone.
    """
    from dsvc.diff import diff as compare
    from dsvc.repository.sources import source_changes

    old, new = _ends(ctx, old, new)
    first, second = _sides(ctx, old, new)
    if key is None:
        key = key_of(ctx, first, second)
    left = _open(ctx, first, None)
    right = _open(ctx, second, left)
    one, other = file_of(first, old), file_of(second, new if new is not None else old)
    if (one or other) and not (_has(left, one) or _has(right, other)):
        raise NotFoundError(
            f"there is no file '{one or other}' in either '{left.name}' or '{right.name}'",
            hint=f"see all files: dsvc diff {left.name}",
        )
    folders = not (one or other) and _is_folder(ctx, first) and _is_folder(ctx, second)
    found = compare(_only(left, one), _only(right, other), key=key, folders=folders)
    found.sources = partial(source_changes, ctx, (first, second), (found.old, found.new))
    return found


def _is_folder(ctx: Context, side: Side) -> bool:
    return (ctx.working.root / side.path).is_dir() if isinstance(side, PlainFile) else side.dataset.kind == "folder"


def file_of(side: Side, text: str | None) -> str | None:
    """The one file of a folder dataset that a revision names, None when it names all of it."""
    return None if text is None or isinstance(side, PlainFile) else one_file(side.dataset, text)


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
    """Both ends of ``v1.0..v1.1``, or what is named one by one: the second may leave its dataset's name out."""
    if old is None:
        return old, new
    if new is None:
        parts = range_of(ctx, old) if not (ctx.working.root / old).exists() else None
        return parts if parts is not None else (old, new)
    return old, new if (ctx.working.root / new).exists() else beside(old, new)


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


def _open(ctx: Context, side: Side, other: Snapshot | None) -> Snapshot:
    """A side's content. What is not stored is matched with the ``other`` side, so that equal lines are not compared."""
    if isinstance(side, Version):
        return _version(ctx, side)
    cache = ctx.state / "cache" / "lines"
    if isinstance(side, PlainFile):
        return open_path(ctx.working.root / side.path, other, cache=cache, name=side.path)
    require_present(ctx.working, side.dataset)
    return open_working(ctx.working, side.dataset, other, cache)


def _version(ctx: Context, side: Version) -> Snapshot:
    if side.pilot is None:
        return ctx.versions.snapshot(side.dataset, side.entry)
    from dsvc.repository.pilots.export import records_of

    return records_of(ctx, side, side.pilot)


def open_working(
    working: WorkingCopy, dataset: Dataset, other: Snapshot | None, cache: Path | None, called: str | None = None
) -> Snapshot:
    """Files as they are now, as a snapshot that shares the packs of ``other``; ``called`` as it was given."""
    from dsvc.repository.comparison import OldVersion, working_snapshot
    from dsvc.repository.scan import ByItself, scan

    paths = working_files(working, dataset)
    if other is None:
        files = scan(working, paths, ByItself(dataset, hashed=False))
        return working_snapshot(called or dataset.path, None, _files_below(called, dataset, files), None)
    old = OldVersion.of(other, cache)
    files = scan(working, paths, old.along(dataset, hashed=False))
    matched = old.match(files)
    return working_snapshot(called or dataset.path, other, _files_below(called, dataset, files), matched)


def _files_below(folder: str | None, dataset: Dataset, files: Sequence[ScannedFile]) -> Sequence[ScannedFile]:
    """The files of a folder by paths that begin as it was given."""
    if folder is None or dataset.kind == "file":
        return files
    return [replace(file, path=str(PurePosixPath(folder) / PurePosixPath(file.path).name)) for file in files]


def diff_paths(old: Path, new: Path, key: Sequence[str] = ()) -> Diff:
    """The changes between two files (or folders of JSONL files) anywhere; no repository is needed."""
    from dsvc.diff import diff as compare

    left = open_path(old)
    right = open_path(new, left)
    return compare(left, right, key=key, folders=old.is_dir() and new.is_dir())


def open_path(
    path: Path, other: Snapshot | None = None, *, cache: Path | None = None, name: str | None = None
) -> Snapshot:
    """A JSONL file, or a folder of them, anywhere; called as it was given. Nothing is written there.

    A JSON array, CSV or TSV is read as ``import`` reads it, a pipe to its end. What that is kept in is a file without
    a name, which is gone with the snapshot.
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
        opened = open_working(working, dataset, other, cache, called)
    opened.read_as = read_as
    opened.folder = path.resolve() if dataset.kind == "folder" else path.resolve().parent
    opened.left_out = LeftOut.of(path).in_words() if dataset.kind == "folder" else None
    return opened
