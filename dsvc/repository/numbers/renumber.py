"""Giving up clashing numbers in a commit of their own, before versions are sent anywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from dsvc.durable import replace_flushed
from dsvc.repository.numbers.renumbering import chosen, ended, lines_of, renumbering
from dsvc.repository.numbers.tags import move_tags, tags_behind, tags_follow
from dsvc.repository.tracking import require_intact
from dsvc.repository.writing.journal import Entry
from dsvc.repository.writing.recovery import finish, set_room_aside, settle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.repository.numbers.renumbering import Renumbered
    from dsvc.repository.versions import Current


def renumber(ctx: Context, target: str | None = None) -> list[str]:
    """Commit new numbers for versions whose numbers are taken on the remote; one sentence for each.

    Nothing happens in the middle of a merge. Raises what a commit raises: CorruptError, ProtectedError, HookError.
    """
    waiting = [dataset for dataset in chosen(ctx, target) if _is_waiting(ctx, dataset)]
    if not waiting or ctx.git.merging() is not None:
        return []
    notes = []
    with ctx.writing():
        for dataset in waiting:
            notes += _renumber(ctx, dataset)
    return notes


def _is_waiting(ctx: Context, dataset: Dataset) -> bool:
    return bool(renumbering(ctx, dataset, ctx.git.head())) or tags_behind(ctx, dataset)


def _renumber(ctx: Context, dataset: Dataset) -> list[str]:
    head = ctx.git.head()
    current = ctx.versions.current(dataset, head)
    assert current is not None
    renumbered = renumbering(ctx, dataset, head)
    if not renumbered:
        move_tags(ctx, dataset)
        return []
    require_intact(ctx, current)
    files = _files(ctx, current, renumbered)
    set_room_aside(ctx)
    entry = ctx.journal.write(_entry(ctx, current, list(files)))
    try:
        for path, data in files.items():
            replace_flushed(ctx.working.path(path), data)
        commit = ctx.git.commit(entry.paths, _message(dataset, renumbered), expected_parent=current.commit)
    except BaseException:
        settle(ctx, entry)
        raise
    finish(ctx, entry, commit)
    return tags_follow(ctx, dataset, renumbered)


def _files(ctx: Context, current: Current, renumbered: Sequence[Renumbered]) -> dict[str, bytes]:
    """The ledger with the new numbers, and the manifest where its own version has one."""
    dataset, manifest = current.dataset, current.manifest
    ledger = ctx.git.read(current.commit, dataset.ledger_path) or b""
    number = next((each.number for each in renumbered if each.entry.id == manifest.id), None)
    files = {dataset.ledger_path: ended(ledger) + lines_of(renumbered)}
    if number is not None:
        files[dataset.manifest_path] = replace(manifest, number=number).encode()
    return files


def _entry(ctx: Context, current: Current, paths: Sequence[str]) -> Entry:
    dataset = current.dataset
    base = ctx.working.base(dataset.path)
    return Entry(
        number=ctx.journal.next_number(),
        verb="renumber",
        state="open",
        at=ctx.clock().isoformat(),
        dataset={"name": dataset.name, "path": dataset.path, "kind": dataset.kind},
        summary="new numbers",
        parent=current.commit,
        version=current.manifest.id,
        paths=tuple(paths),
        base_before=base.to_json() if base else None,
        base_after=base.to_json() if base else None,
    )


def _message(dataset: Dataset, renumbered: Sequence[Renumbered]) -> str:
    moved = ", ".join(f"{each.entry.number} is {each.number} now" for each in renumbered)
    ids = "\n".join(f"Dsvc-Version: {each.entry.id}" for each in renumbered)
    return f"{dataset.name}: {moved}\n\n{renumbered[0].why}.\n\n{ids}\n"
