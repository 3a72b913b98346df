"""What to do with an operation that was begun and not closed: put it back, or finish it.

Used by the operation itself when it fails, and by the next writer when the process died.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from dsvc.durable import replace_flushed
from dsvc.errors import DsvcError, MissingObjectError
from dsvc.manifest import Manifest
from dsvc.repository.datasets import Dataset

if TYPE_CHECKING:
    from dsvc.repository.context import Context
    from dsvc.repository.journal import Entry
    from dsvc.store.git_values import CommitId


def recover(ctx: Context) -> None:
    """Close every open operation, oldest first. Called by each writer once it is the only one."""
    for entry in ctx.journal.open_entries():
        if entry.verb == "undo":
            from dsvc.repository.undo import resume

            resume(ctx, entry)
        elif entry.version is None or entry.commit is not None:
            finish(ctx, entry, None)
        elif (commit := _commit_of(ctx, entry)) is not None:
            finish(ctx, entry, commit)
        else:
            roll_back(ctx, entry)


def dataset_of(entry: Entry) -> Dataset:
    """The dataset that an operation was about."""
    kind = entry.dataset["kind"]
    assert kind in ("file", "folder")
    return Dataset(entry.dataset["name"], entry.dataset["path"], "file" if kind == "file" else "folder")


def _commit_of(ctx: Context, entry: Entry) -> CommitId | None:
    """The commit that brought the operation's version in, None when git never made it."""
    head = ctx.git.head()
    if head is None or head == entry.parent:
        return None
    dataset = dataset_of(entry)
    for info in ctx.git.walk(head, dataset.manifest_path):
        data = ctx.git.read(info.id, dataset.manifest_path)
        if data is not None and Manifest.decode(data, dataset.manifest_path).id == entry.version:
            return info.id
        if info.id == entry.parent:
            return None
    return None


def roll_back(ctx: Context, entry: Entry) -> None:
    """Put dsvc's files and the user's ignore file back to what HEAD has; the working file was never touched."""
    head = ctx.git.head()
    own = [path for path in entry.paths if path not in entry.extra]
    ctx.git.restore(head, own)
    for path, (before, after) in entry.extra.items():
        _put_back(ctx.working.root / path, before, after)
        if path in entry.paths:
            _unstage(ctx, path)
    for move in entry.moves:
        if move.temporary is not None:
            Path(move.temporary).unlink(missing_ok=True)
    _link_current(ctx, entry, head)
    ctx.journal.forget(entry)


def _put_back(file: Path, before: str | None, after: str) -> None:
    if not file.is_file() or file.read_text("utf-8") != after:
        return
    if before is None:
        file.unlink()
    else:
        replace_flushed(file, before.encode("utf-8"))


def _unstage(ctx: Context, path: str) -> None:
    head = ctx.git.head()
    if head is not None and ctx.git.read(head, path) is not None:
        return
    with suppress(DsvcError):
        ctx.git.unstage([path])


def _link_current(ctx: Context, entry: Entry, head: CommitId | None) -> None:
    """Let the store folder show HEAD's version again; without one it goes."""
    from dsvc.store.objects import object_id

    dataset = dataset_of(entry)
    folder = ctx.working.root / dataset.store_path
    data = ctx.git.read(head, dataset.manifest_path) if head is not None else None
    if data is not None:
        with suppress(MissingObjectError):
            ctx.packs.link(folder, object_id(Manifest.decode(data, dataset.manifest_path).store.dir))
        return
    drop_empty_store(ctx, dataset)


def drop_empty_store(ctx: Context, dataset: Dataset) -> None:
    """Remove the store folder of a dataset that HEAD does not have, and folders that are empty then."""
    folder = ctx.working.root / dataset.store_path
    if folder.is_dir():
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()
    with suppress(OSError):
        for parent in folder.parents:
            if parent == ctx.working.root:
                break
            parent.rmdir()


def finish(ctx: Context, entry: Entry, commit: CommitId | None) -> tuple[Entry, str | None]:
    """Do what is left of an operation whose point of no return has passed.

    Gives the closed journal entry, and a sentence when the tag could not be made (the version is safe without it).
    """
    problem = None
    tag = entry.tag
    if commit is not None and tag is not None and tag not in ctx.git.tags(tag):
        try:
            data = ctx.git.read(commit, dataset_of(entry).manifest_path)
            assert data is not None
            manifest = Manifest.decode(data)
            ctx.git.tag(tag, commit, f"{manifest.dataset.name} {manifest.number}\n\n{manifest.reason}\n")
        except DsvcError as error:
            problem = f"the tag '{tag}' was not made: {error.message}"
            tag = None
    for move in entry.moves:
        if move.temporary is None:
            ctx.working.remove(move.path)
        elif (temporary := Path(move.temporary)).exists():
            ctx.working.put(temporary, move.path)
    _set_base(ctx, entry)
    closed = ctx.journal.close(entry, commit=commit or entry.commit, tag=tag)
    return closed, problem


def _set_base(ctx: Context, entry: Entry) -> None:
    """Remember the base; a stamp is taken of a file that was put in place just now and is as the base has it."""
    from dsvc.working_copy import Base

    base = entry.after()
    if base is not None and entry.moves:
        placed = {m.path: m.sha256_after for m in entry.moves}
        fresh = {p: f.sha256 for p, f in base.files.items() if placed.get(p) == f.sha256}
        base = Base(base.version, {**base.files, **ctx.working.facts(fresh)})
    ctx.working.set_base(entry.dataset["path"], base)
