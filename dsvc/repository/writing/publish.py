"""Making a version visible: journal, renames, git commit, tag. Everything it points at is stored already.

The order is the promise: a crash at any point leaves either the old version whole or the new one, and the journal
entry tells the next writer which of the two to finish.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dsvc.durable import replace_flushed
from dsvc.errors import DsvcError, ProtectedError
from dsvc.repository.numbers.renumbering import ended, lines_of
from dsvc.repository.numbers.tags import tags_follow
from dsvc.repository.writing.ignore import rule_for, with_rule
from dsvc.repository.writing.journal import Entry, FileMove
from dsvc.repository.writing.no_branch import told_of_no_branch
from dsvc.repository.writing.recovery import finish, read_text, set_room_aside, settle, stopped_late
from dsvc.repository.writing.shared_files import ATTRIBUTES_PATH, REBUILD_PATH, renewals, shared_files
from dsvc.repository.writing.store_folder import show_version
from dsvc.store.git_values import CommitId

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from dsvc.manifest import Manifest
    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.repository.numbers.renumbering import Renumbered
    from dsvc.repository.stores import PausableLock
    from dsvc.repository.versions import Current
    from dsvc.store.objects import ObjectId
    from dsvc.working_copy import Base

SHARED_FILES = (".dvc/config", ".dvc/.gitignore", ".dvcignore", ATTRIBUTES_PATH, REBUILD_PATH)
"""Files of ``init`` that enter the first commit when nobody has committed them yet."""


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A version that is stored and not yet visible."""

    verb: str
    dataset: Dataset
    manifest: Manifest
    directory: ObjectId
    current: Current | None
    parent: CommitId | None
    tag: str | None
    base_before: Base | None
    base_after: Base
    moves: tuple[FileMove, ...] = ()
    saved: str | None = None
    renumbered: tuple[Renumbered, ...] = ()
    untracked: tuple[str, ...] = ()
    retired: Mapping[str, str] = {}
    earlier: tuple[tuple[str, str | None], ...] = ()
    """What :class:`dsvc.repository.writing.journal.Entry` says of these three."""
    beside: Mapping[str, bytes] = {}
    """More files of the dataset's state folder that enter the same commit, by repository path."""

    @property
    def ledger_at(self) -> CommitId | None:
        """The commit with the ledger that the version's own line is added to."""
        return CommitId(self.earlier[-1][0]) if self.earlier else self.parent


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """Where a version can be found now."""

    commit: CommitId
    tag: str | None
    notes: tuple[str, ...]


def publish(ctx: Context, draft: Draft, *, lock: PausableLock) -> Published:
    """Make the version the current one. DVC's ``lock`` is let go while git runs, for hooks that run ``dvc``.

    On any failure before git has moved HEAD everything is put back, and the error is raised on.
    """
    files = _files(ctx, draft)
    notes: list[str] = []
    extra = ignore_change(ctx, draft.dataset, notes) | renewals(ctx, draft.parent, notes)
    for path in (*files, *extra, draft.dataset.store_path):
        ctx.working.path(path)  # refuses links before anything is written down
    set_room_aside(ctx)
    entry = ctx.journal.write(_entry(ctx, draft, [*files, *committable(ctx, extra)], extra))
    try:
        for path, data in files.items():
            replace_flushed(ctx.working.root / path, data)
        for path, (_, new) in extra.items():
            replace_flushed(ctx.working.root / path, new.encode("utf-8", "surrogateescape"))
        show_version(ctx, draft.dataset, draft.manifest, draft.base_before.files if draft.base_before else ())
        with lock.paused():
            text = message(draft.manifest)
            commit = ctx.git.commit(entry.paths, text, expected_parent=draft.parent, untracked=draft.untracked)
    except BaseException as error:
        if _settle_failed(ctx, entry, error) and isinstance(error, KeyboardInterrupt):
            raise stopped_late(entry) from None
        raise
    closed, problem = finish(ctx, entry, commit)
    commit = CommitId(closed.commit) if closed.commit is not None else commit
    if problem is not None:
        notes.append(problem)
    notes += tags_follow(ctx, draft.dataset, draft.renumbered)
    return Published(commit=commit, tag=closed.tag, notes=(*notes, *told_of_no_branch(ctx)))


def _settle_failed(ctx: Context, entry: Entry, error: BaseException) -> bool:
    """Put back (or finish) what failed; whether its commit is there.

    Where that fails, too, the next writer does it; the first error is told.
    """
    try:
        return settle(ctx, entry)
    except (DsvcError, OSError) as another:
        if isinstance(error, DsvcError) and isinstance(another, DsvcError) and another.hint:
            error.hint = another.hint
        return False


def message(manifest: Manifest) -> str:
    """The commit message: dataset, number and reason, then what was written down."""
    first, *rest = manifest.reason.strip().split("\n") or [""]
    changes = manifest.changes
    lines = [f"{manifest.dataset.name} {manifest.number}: {first}", *rest, ""]
    sources = ", ".join(source.name for source in manifest.sources if source.records)
    if sources:
        lines.append(f"Source: {sources}")
    if manifest.annotators:
        lines.append("Annotators: " + ", ".join(f"{a.name} ({a.kind})" for a in manifest.annotators))
    lines.append(f"Changes: +{changes.added} -{changes.removed} ~{changes.modified}")
    lines.append(f"Dsvc-Version: {manifest.id}")
    return "\n".join(lines) + "\n"


def _entry(ctx: Context, draft: Draft, paths: list[str], extra: dict[str, tuple[str | None, str]]) -> Entry:
    return Entry(
        number=ctx.journal.next_number(),
        verb=draft.verb,
        state="open",
        at=ctx.clock().isoformat(),
        dataset={"name": draft.dataset.name, "path": draft.dataset.path, "kind": draft.dataset.kind},
        summary=f"{draft.manifest.number}: {draft.manifest.reason}",
        parent=draft.parent,
        version=draft.manifest.id,
        tag=draft.tag,
        paths=tuple(paths),
        extra=extra,
        base_before=draft.base_before.to_json() if draft.base_before else None,
        base_after=draft.base_after.to_json(),
        moves=draft.moves,
        saved=draft.saved,
        untracked=draft.untracked,
        retired=draft.retired,
        earlier=draft.earlier,
    )


def _files(ctx: Context, draft: Draft) -> dict[str, bytes]:
    """dsvc's own files of the new version, by repository path."""
    dataset, manifest = draft.dataset, draft.manifest
    ledger = ctx.git.read(draft.ledger_at, dataset.ledger_path) if draft.ledger_at else None
    files = {
        dataset.manifest_path: manifest.encode(),
        dataset.ledger_path: ended(ledger or b"") + lines_of(draft.renumbered) + manifest.ledger_entry().encode(),
        dataset.pointer_path: ctx.packs.pointer_bytes(
            draft.directory, size=manifest.store.bytes, nfiles=manifest.store.files
        ),
        dataset.ignore_path: b"/store\n",
        **draft.beside,
    }
    ours = shared_files()
    files.update({p: d for p, d in ours.items() if draft.parent is None or ctx.git.read(draft.parent, p) is None})
    shared = [path for path in SHARED_FILES if path not in files and _is_uncommitted(ctx, path)]
    files.update({path: (ctx.working.root / path).read_bytes() for path in shared})
    return files


def _is_uncommitted(ctx: Context, path: str) -> bool:
    """Whether a file of ``init`` waits to be committed. One that git ignores may hold secrets: it stays out."""
    here = ctx.working.root / path
    return here.is_file() and not here.is_symlink() and not ctx.git.is_tracked(path) and not ctx.git.is_ignored(path)


def ignore_change(ctx: Context, dataset: Dataset, notes: list[str]) -> dict[str, tuple[str | None, str]]:
    """The change to the user's ignore file, as text before and after; empty when git ignores the file already."""
    probe = dataset.path if dataset.kind == "file" else f"{dataset.path}/x.jsonl"
    if ctx.git.is_ignored(probe):
        return {}
    path = dataset.working_ignore_path
    file = ctx.working.root / path
    if file.is_symlink():
        raise ProtectedError(
            f"'{path}' is a symbolic link, which git does not follow for ignore rules",
            hint=f"put the file itself there: cp --remove-destination \"$(realpath '{path}')\" '{path}'",
        )
    before = read_text(file) if file.is_file() else None
    rule = rule_for(dataset)
    notes.append(f"added '{rule}' to '{path}': the data is kept by dsvc, not by git")
    return {path: (before, with_rule(before or "", rule))}


def committable(ctx: Context, extra: dict[str, tuple[str | None, str]]) -> list[str]:
    """Those of the user's files that hold no other uncommitted work of theirs."""
    return [p for p, (before, _) in extra.items() if before is None or not ctx.git.changed_in_worktree(p)]


def file_moves(moves: list[tuple[str, Path | None, str | None, str | None]]) -> tuple[FileMove, ...]:
    """Journal lines for staged files: path, staged file (None: remove), sha256 before and after."""
    return tuple(
        FileMove(path=path, temporary=str(temporary) if temporary else None, sha256_before=old, sha256_after=new)
        for path, temporary, old, new in moves
    )


__all__ = ["Draft", "Published", "committable", "file_moves", "ignore_change", "message", "publish"]
