"""What to do with an operation that was begun and not closed: put it back, or finish it.

Used by the operation itself when it fails, and by the next writer when the process died. Everything here may be cut
short and done again.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from dsvc.durable import make_folders, replace_flushed, sweep, write_flushed
from dsvc.errors import DsvcError, LockedError, MissingObjectError
from dsvc.manifest import Manifest
from dsvc.repository.datasets import STATE_FOLDER, Dataset
from dsvc.repository.writing.placing import discard, place
from dsvc.repository.writing.replaced import FOLDER
from dsvc.repository.writing.store_folder import drop_store, show_version
from dsvc.store.git_values import CommitId

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dsvc.repository.context import Context
    from dsvc.repository.writing.journal import Entry


def recover(ctx: Context) -> None:
    """Close every open operation, oldest first. Called by each writer once it is the only one."""
    for entry in ctx.journal.open_entries():
        settle(ctx, entry)


def settle(ctx: Context, entry: Entry) -> bool:
    """Finish an operation whose point of no return has passed, put any other back; whether its commit is there."""
    if entry.verb == "undo":
        from dsvc.repository.going_back.undo import resume

        resume(ctx, entry)
    elif entry.replaced:
        from dsvc.repository.accepting import settle_acceptance

        settle_acceptance(ctx, entry)
    elif entry.version is None or entry.commit is not None:
        finish(ctx, entry, None)
    elif (commit := _commit_of(ctx, entry)) is not None:
        _bring_index_along(ctx, entry)
        finish(ctx, entry, commit)
        return True
    else:
        roll_back(ctx, entry)
        if entry.brought_in is not None:
            from dsvc.repository.going_back.undo import undo_import

            undo_import(ctx, entry.brought_in)
    return False


def stopped_late(entry: Entry) -> KeyboardInterrupt:
    """Ctrl-C that came when it was too late: with what is there now."""
    name = entry.dataset["name"]
    return KeyboardInterrupt(f"but this was made already: {name} {entry.summary} (take it back: dsvc undo)")


def _bring_index_along(ctx: Context, entry: Entry) -> None:
    """Let the index have the commit's files where git was killed before it wrote them: else they seem to be undone.

    Raises LockedError while git's lock file is there, with the operation still open.
    """
    own = own_paths(entry)
    ctx.reserve.unlink(missing_ok=True)
    parent = CommitId(entry.parent) if entry.parent is not None else None
    stale = [path for path in entry.paths if path in own or _is_as_before(ctx, path, parent)]
    left = [path for path in stale if ctx.git.is_staged(path)]
    if left:
        ctx.git.unstage(left)


def _is_as_before(ctx: Context, path: str, parent: CommitId | None) -> bool:
    """Whether the index holds what it held before the operation: others may have staged something since."""
    if parent is None or ctx.git.blob(parent, path) is None:
        return True
    return not ctx.git.is_staged(path, since=parent)


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
    if entry.verb == "rm":
        return _removal_of(ctx, dataset, head)
    if entry.facts:
        return _noting_of(ctx, entry, head)
    for info in ctx.git.walk(head, dataset.manifest_path):
        data = ctx.git.read(info.id, dataset.manifest_path)
        if data is not None and Manifest.decode(data, dataset.manifest_path).id == entry.version:
            return info.id
        if info.id == entry.parent:
            return None
    return None


def _removal_of(ctx: Context, dataset: Dataset, head: CommitId) -> CommitId | None:
    """The commit that took the dataset out, None while HEAD has it."""
    if ctx.git.read(head, dataset.manifest_path) is not None:
        return None
    return next((info.id for info in ctx.git.walk(head, dataset.manifest_path)), None)


def _noting_of(ctx: Context, entry: Entry, head: CommitId) -> CommitId | None:
    """The commit with the facts that the operation wrote, None when git never made it."""
    for info in ctx.git.walk(head, next(iter(entry.facts))):
        if info.id == entry.parent:
            return None
        if has_facts(ctx, entry, info.id):
            return info.id
    return None


def has_facts(ctx: Context, entry: Entry, commit: CommitId) -> bool:
    """Whether a commit has all files as the operation wrote them."""
    for path, sha256 in entry.facts.items():
        data = ctx.git.read(commit, path)
        if (None if data is None else hashlib.sha256(data).hexdigest()) != sha256:
            return False
    return True


def roll_back(ctx: Context, entry: Entry) -> None:
    """Put dsvc's files and the user's ignore file back to what HEAD has; the working file was never touched."""
    ctx.reserve.unlink(missing_ok=True)
    head = ctx.git.head()
    ctx.git.restore(head, own_paths(entry))
    put_shared_back(ctx, entry)
    discard(entry.moves)
    _link_current(ctx, entry, head)
    ctx.journal.forget(entry)


def own_paths(entry: Entry) -> list[str]:
    """The committed paths that are the dataset's alone; others (settings, ignore rules) hold work of other people."""
    return [path for path in entry.paths if path.startswith(f"{dataset_of(entry).state_path}/")]


def put_shared_back(ctx: Context, entry: Entry) -> None:
    """Take the operation's line out of ignore files; shared files stay, and the index has HEAD's again."""
    for path, (before, after) in entry.extra.items():
        put_back(ctx.working.root / path, before, after)
    for path, text in entry.retired.items():
        if not (ctx.working.root / path).exists():
            replace_flushed(ctx.working.root / path, text.encode("utf-8", "surrogateescape"))
    own = own_paths(entry)
    ctx.git.unstage([*(path for path in entry.paths if path not in own), *entry.untracked])


def put_back(file: Path, before: str | None, after: str) -> None:
    """Give a shared file its old text, unless somebody has written to it since."""
    if not file.is_file() or read_text(file) != after:
        return
    if before is None:
        file.unlink()
    else:
        replace_flushed(file, before.encode("utf-8", "surrogateescape"))


def read_text(file: Path) -> str:
    """A text file's content, every byte of it."""
    return file.read_bytes().decode("utf-8", "surrogateescape")


def _link_current(ctx: Context, entry: Entry, head: CommitId | None) -> None:
    """Let the store folder show HEAD's version again; without one it goes."""
    dataset = dataset_of(entry)
    data = ctx.git.read(head, dataset.manifest_path) if head is not None else None
    if data is None:
        drop_store(ctx, dataset)
        return
    with suppress(MissingObjectError):
        show_version(ctx, dataset, Manifest.decode(data, dataset.manifest_path), files_of(entry))


def files_of(entry: Entry) -> list[str]:
    """The working files that an operation knows of, before and after."""
    return [path for base in (entry.before(), entry.after()) if base is not None for path in base.files]


def set_room_aside(ctx: Context) -> None:
    """Make sure that what must come after a point of no return does not fail on a full disk.

    Called before the journal entry. Putting things back makes git write its index anew.
    """
    index = ctx.git.git_dir / "index"
    size = 256 * 1024 + 2 * (index.stat().st_size if index.exists() else 0)
    ctx.reserve.unlink(missing_ok=True)
    make_folders(ctx.state)
    write_flushed(ctx.reserve, [bytes(size)])


def finish(ctx: Context, entry: Entry, commit: CommitId | None) -> tuple[Entry, str | None]:
    """Do what is left of an operation whose point of no return has passed.

    Gives the closed journal entry, and a sentence when a file was left because it had changed, or when the tag could
    not be made (the version is safe without it). Raises LockedError, with the operation still open, when git's lock
    files keep the tag from being made.
    """
    ctx.reserve.unlink(missing_ok=True)
    try:
        return _finish(ctx, entry, commit)
    except OSError:
        return _finish(ctx, entry, commit)  # there is no way back; perhaps somebody made room
    except KeyboardInterrupt:
        _finish(ctx, entry, commit)
        raise stopped_late(entry) from None


def _finish(ctx: Context, entry: Entry, commit: CommitId | None) -> tuple[Entry, str | None]:
    placed = place(ctx, entry.moves)
    ctx.working.set_base(entry.dataset["path"], placed.base(ctx.working.base(entry.dataset["path"]), entry.after()))
    problem = placed.problem()
    tag = entry.tag
    commit = _on_top_of_earlier(ctx, entry, commit)
    _retire(ctx, entry)
    _untag(ctx, entry)
    try:
        for earlier, name in entry.earlier:
            if name is not None and name not in ctx.git.tags(name):
                _tag(ctx, entry, name, CommitId(earlier))
        if commit is not None and tag is not None and tag not in ctx.git.tags(tag):
            _tag(ctx, entry, tag, commit)
    except LockedError:
        raise
    except DsvcError as error:
        problem = f"the tag '{tag}' was not made: {error.message}"
        tag = None
    moves = tuple(move for move in entry.moves if move.path not in placed.left)
    if entry.moves and not moves and entry.version is None:
        ctx.journal.forget(entry)
        return entry, problem
    closed = ctx.journal.close(entry, commit=commit or entry.commit, tag=tag, moves=moves)
    return closed, problem


def _on_top_of_earlier(ctx: Context, entry: Entry, commit: CommitId | None) -> CommitId | None:
    """Put the operation's commit behind those of the older versions, unless somebody has built upon it already."""
    if commit is None or not entry.earlier or commit != ctx.git.head():
        return commit
    last = CommitId(entry.earlier[-1][0])
    if last in ctx.git.info(commit).parents:
        return commit
    made = ctx.git.commit_again(commit, parent=last)
    ctx.git.move_branch(made, expected=commit, paths=())
    return made


def _retire(ctx: Context, entry: Entry) -> None:
    """Take away the files that the operation replaces, unless somebody has written to them since."""
    for path, text in entry.retired.items():
        file = ctx.working.root / path
        if file.is_file() and read_text(file) == text:
            file.unlink()
    if entry.untracked:
        ctx.git.unstage(entry.untracked)


def _untag(ctx: Context, entry: Entry) -> None:
    """Take the tag away that the operation lets go, unless it is on another commit by now."""
    if entry.untagged is not None:
        tag, commit = entry.untagged
        if ctx.git.tagged(tag) == commit:
            ctx.git.delete_tag(tag)


def _tag(ctx: Context, entry: Entry, tag: str, commit: CommitId) -> None:
    if entry.facts:
        ctx.git.tag(tag, commit, f"{entry.dataset['name']} {entry.summary}\n")
        return
    data = ctx.git.read(commit, dataset_of(entry).manifest_path)
    assert data is not None
    manifest = Manifest.decode(data)
    ctx.git.tag(tag, commit, f"{manifest.dataset.name} {manifest.number}\n\n{manifest.reason}\n")


def sweep_leftovers(ctx: Context) -> None:
    """Remove temporary files that a dead writer left, wherever writers put them; not those that it waits to place."""
    ctx.journal.sweep()
    ctx.packs.sweep()
    ctx.reserve.unlink(missing_ok=True)
    entries = list(ctx.journal.entries())
    paths = [path for entry in entries for path in (entry.dataset["path"], *entry.paths, *entry.extra, *entry.replaced)]
    for dataset in ctx.versions.datasets(ctx.git.head()):
        paths += [dataset.path, dataset.manifest_path]
    staged = [Path(move.temporary).name for entry in entries for move in entry.moves if move.temporary is not None]
    derived = (ctx.state / "cache").glob("*")
    for folder in (*derived, ctx.state / FOLDER, ctx.git.hooks_dir, *_folders(ctx.working.root, paths)):
        sweep(folder, but=staged)


def show_head(ctx: Context) -> None:
    """Let each dataset's store folder show HEAD's version."""
    head = ctx.git.head()
    if head is None:
        return
    for dataset in ctx.versions.datasets(head):
        data = ctx.git.read(head, dataset.manifest_path)
        if data is not None:
            with suppress(DsvcError):  # an object that is not at hand: dvc pull brings it
                show_version(ctx, dataset, Manifest.decode(data, dataset.manifest_path))


def _folders(root: Path, paths: Iterable[str]) -> set[Path]:
    """The folders that files with these paths lie in, or that they are."""
    names = {STATE_FOLDER, ".dvc", *paths, *(str(PurePosixPath(path).parent) for path in paths)}
    return {root / name for name in names if (root / name).is_dir() and not (root / name).is_symlink()}
