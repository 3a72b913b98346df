"""``checkout``, ``restore`` and ``rollback``: three ways back. Edits are never destroyed, each can be undone."""

from __future__ import annotations

from contextlib import suppress
from shlex import quote
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from dsvc.errors import DsvcError, NotFoundError, ProtectedError
from dsvc.repository.committing.base_check import require_base
from dsvc.repository.committing.new_version import Numbering, VersionFacts, build_manifest
from dsvc.repository.found_by_commits import found_by_commits
from dsvc.repository.going_back.kept import base_left_by, called_apart, require_committed, revision_for
from dsvc.repository.results import CommitRequest, Outcome
from dsvc.repository.revisions import one_file, resolve_to_version, resolve_to_whole
from dsvc.repository.tracking import require_intact
from dsvc.repository.versions import require_dataset
from dsvc.repository.writing.journal import Entry
from dsvc.repository.writing.placing import discard
from dsvc.repository.writing.publish import Draft, publish
from dsvc.repository.writing.recovery import finish, set_room_aside
from dsvc.repository.writing.replacing import Replacement, protect, stage_version, told_by_file, working_state
from dsvc.repository.writing.store_folder import show_version
from dsvc.repository.writing.version_writer import StoredVersion

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dsvc.manifest import LedgerEntry
    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.repository.versions import Current
    from dsvc.repository.writing.journal import FileMove
    from dsvc.repository.writing.replacing import WorkingState
    from dsvc.working_copy import Base


def checkout(ctx: Context, revision: str, *, force: bool = False) -> Outcome:
    """Put a version's content into the working file. History and HEAD stay where they are."""
    with ctx.writing():
        version = resolve_to_whole(ctx, revision)
        dataset, entry = version.dataset, version.entry
        state = working_state(ctx, dataset)
        current = ctx.versions.current(dataset, ctx.git.head())
        told = called_apart(ctx, dataset, entry)
        named = entry.id[:12] if current is None else revision_for(ctx, dataset, entry)
        verb = f"checkout {dataset.name}@{named}"
        with ctx.locked():
            saved = protect(ctx, dataset, state, _files(ctx, entry), force=force, verb=verb)
            moves = replace_working(ctx, "checkout", dataset, entry, state, saved)
        head = f"stays at {called_apart(ctx, dataset, current.entry)}" if current else f"has no '{dataset.name}'"
        notes = list(told_by_file(dataset, moves))
        if current is not None and entry.id != current.manifest.id and entry.kind != "save":
            notes.append(f"to make {told} the newest version again: dsvc rollback {dataset.name}@{named}")
        return Outcome(
            verb="checkout",
            dataset=dataset,
            file=f"'{dataset.path}' {'now has' if moves else 'already had'} {told}",
            head=head,
            saved_as=saved,
            version=entry,
            notes=tuple(notes),
        )


def restore(ctx: Context, target: str | None, *, revision: str | None = None) -> Outcome:
    """Bring the working file back to HEAD's version (or another one); edits are saved first.

    A file of a folder dataset alone is brought back without the others.
    """
    with ctx.writing():
        head = ctx.git.head()
        dataset = require_dataset(ctx.versions.datasets(head), target)
        version = resolve_to_version(ctx, f"{dataset.path}@{revision or 'HEAD'}")
        state = working_state(ctx, dataset)
        file = one_file(dataset, target) if target is not None else None
        if file is not None:
            from dsvc.repository.going_back.one_file import restore_file

            return restore_file(ctx, version, file, state)
        with ctx.locked():
            saved = protect(ctx, dataset, state, _files(ctx, version.entry), force=True, verb="restore")
            moves = replace_working(ctx, "restore", dataset, version.entry, state, saved)
        current = ctx.versions.current(dataset, head)
        assert current is not None
        told = called_apart(ctx, dataset, version.entry)
        return Outcome(
            verb="restore",
            dataset=dataset,
            file=f"'{dataset.path}' {'is back to' if moves else 'already was as in'} {told}",
            head=f"stays at {called_apart(ctx, dataset, current.entry)}",
            saved_as=saved,
            version=version.entry,
            notes=told_by_file(dataset, moves),
        )


def _files(ctx: Context, entry: LedgerEntry) -> dict[str, str]:
    """The files of a version and their sha256."""
    return {file.path: file.sha256 for file in ctx.versions.layout(entry).layout.files}


def replace_working(
    ctx: Context, verb: str, dataset: Dataset, entry: LedgerEntry, state: WorkingState, saved: str | None
) -> tuple[FileMove, ...]:
    """Put a version's files in place; those that had to change. What changes nothing cannot be undone either."""
    snapshot = ctx.versions.snapshot(dataset, entry)
    staged = stage_version(ctx, dataset, snapshot, entry.id, state)
    staged = replace(staged, base=base_left_by(ctx, dataset, entry, staged.base))
    if staged.moves or saved is not None or state.base is None or state.base.version != entry.id:
        record_replacement(ctx, verb, dataset, called_apart(ctx, dataset, entry), state.base, staged, saved)
    _share_store(ctx, dataset)
    return staged.moves


def _share_store(ctx: Context, dataset: Dataset) -> None:
    """Link a store folder that ``dvc pull`` filled with copies to the cache: data lies on disk twice, not thrice."""
    current = ctx.versions.current(dataset, ctx.git.head())
    if current is not None and (ctx.working.root / dataset.store_path).is_dir():
        with suppress(DsvcError):
            show_version(ctx, dataset, current.manifest)


def record_replacement(
    ctx: Context,
    verb: str,
    dataset: Dataset,
    summary: str,
    base_before: Base | None,
    staged: Replacement,
    saved: str | None,
    remembers: Mapping[str, Any] | None = None,
) -> None:
    """Journal a replacement of working files and carry it out; ``remembers``: what the next commit is to know."""
    head = ctx.git.head()
    entry = Entry(
        number=ctx.journal.next_number(),
        verb=verb,
        state="open",
        at=ctx.clock().isoformat(),
        dataset={"name": dataset.name, "path": dataset.path, "kind": dataset.kind},
        summary=summary,
        parent=head,
        commit=head,
        base_before=base_before.to_json() if base_before else None,
        base_after=staged.base.to_json() if staged.base else None,
        moves=staged.moves,
        saved=saved,
        remembers=remembers or {},
    )
    try:
        set_room_aside(ctx)
        opened = ctx.journal.write(entry)
    except OSError:
        discard(staged.moves)
        raise
    _, problem = finish(ctx, opened, None)
    if problem is not None:
        raise ProtectedError(problem, hint=f"dsvc status {dataset.name}")


def rollback(ctx: Context, revision: str, *, reason: str | None = None, force: bool = False) -> Outcome:
    """Make a new version with an old version's content. Edits made on top of that old version stay in the file."""
    with ctx.writing():
        ctx.require_no_merge()
        ctx.require_settings()
        version = resolve_to_whole(ctx, revision)
        dataset, entry = version.dataset, version.entry
        require_committed(dataset, entry)
        head = ctx.git.head()
        current = ctx.versions.current(dataset, head)
        if current is None:
            raise NotFoundError(f"HEAD has no dataset '{dataset.name}'", hint="dsvc status")
        require_intact(ctx, current)
        if entry.layout == current.manifest.store.layout:
            now = called_apart(ctx, dataset, current.entry)
            raise NotFoundError(
                f"nothing to roll back: {now} has the content of {called_apart(ctx, dataset, entry)}",
                hint=f"to drop edits of the file (they are saved first): dsvc restore {dataset.name}",
            )
        state = working_state(ctx, dataset)
        keeps_file = state.base is not None and state.base.version == entry.id
        if not keeps_file and state.base is not None and state.edited:
            require_base(ctx, current)
        saved = None
        if not keeps_file:
            verb = f"rollback {dataset.name}@{revision_for(ctx, dataset, entry)}"
            saved = protect(ctx, dataset, state, _files(ctx, entry), force=force, verb=verb)
        return _roll_back_to(ctx, dataset, current, entry, state, reason, saved, keeps_file=keeps_file)


def _roll_back_to(
    ctx: Context,
    dataset: Dataset,
    current: Current,
    entry: LedgerEntry,
    state: WorkingState,
    reason: str | None,
    saved: str | None,
    *,
    keeps_file: bool,
) -> Outcome:
    from dsvc.diff import diff

    told, told_before = called_apart(ctx, dataset, entry), called_apart(ctx, dataset, current.entry)
    request = CommitRequest(target=dataset.path, reason=reason or f"roll back to {told}")
    facts = VersionFacts.of(ctx, request, dataset, current, current.commit, kind="rollback")
    old = ctx.versions.snapshot(dataset, entry)
    now = ctx.versions.snapshot(dataset, current.entry)
    changes = diff(now, old, key=current.manifest.key, folders=dataset.kind == "folder")
    numbering = Numbering.of(ctx, dataset, current, current.commit)
    number = numbering.choose(None, major=False)
    with ctx.locked() as lock:
        store = ctx.versions.store(entry)
        assert store.directory is not None
        stored = StoredVersion(ctx.versions.layout(entry), store.directory, store.size(), len(store.entries), 0)
        manifest = build_manifest(facts, number, stored, (), changes.counts, {}, current.manifest.key)
        staged = None if keeps_file else stage_version(ctx, dataset, old, manifest.id, state)
        draft = Draft(
            verb="rollback",
            dataset=dataset,
            manifest=manifest,
            directory=store.directory,
            current=current,
            parent=current.commit,
            tag=numbering.tag(number),
            renumbered=numbering.renumbered,
            base_before=state.base,
            base_after=_base_after(staged, state, manifest.id),
            moves=staged.moves if staged else (),
            saved=saved,
        )
        published = publish(ctx, draft, lock=lock)
    edits = " and your edits on top of it" if keeps_file and state.edited else ""
    return Outcome(
        verb="rollback",
        dataset=dataset,
        file=f"'{dataset.path}' has the content of {told}{edits}",
        history=f"{number} was added ({told_before} is still there)",
        head=f"is at {number}",
        saved_as=saved,
        version=manifest.ledger_entry(),
        notes=(*told_by_file(dataset, draft.moves), *published.notes, *_errors_it_came_with(ctx, dataset, entry)),
    )


def _errors_it_came_with(ctx: Context, dataset: Dataset, entry: LedgerEntry) -> tuple[str, ...]:
    """What the version's own commit found: those who go back to it have it again."""
    told = found_by_commits(ctx, dataset, [entry]).get(entry.id)
    if told is None or not told.findings:
        return ()
    counts = ", ".join(f"{rule} {count:,}" for rule, count in told.findings.items())
    why = f" (kept because: {told.reason})" if told.reason is not None else ""
    return (f"{told.version} came with errors: {counts}{why}; see them: dsvc validate {quote(dataset.name)}",)


def _base_after(staged: Replacement | None, state: WorkingState, version: str) -> Base:
    """What the working file stands on: one that stays as it is, on the same content under another version."""
    base = staged.base if staged else replace(state.base, version=version) if state.base else None
    assert base is not None
    return base
