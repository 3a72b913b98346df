"""``rm``: take a dataset out of HEAD. Its files, its old versions and their data stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsvc.durable import flush_folder
from dsvc.repository.results import Outcome
from dsvc.repository.reviews.file import review_names, verdicts_folder
from dsvc.repository.revisions import require_whole
from dsvc.repository.tracking import require_intact
from dsvc.repository.versions import require_dataset
from dsvc.repository.writing.journal import Entry
from dsvc.repository.writing.recovery import finish, set_room_aside, settle
from dsvc.repository.writing.store_folder import drop_store

if TYPE_CHECKING:
    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.repository.versions import Current
    from dsvc.store.git_values import CommitId


def remove(ctx: Context, target: str, *, reason: str | None = None) -> Outcome:
    """Commit that a dataset is kept no longer; the working file is not touched, and git goes on ignoring it.

    What is remembered of the file stays, too: committing it again asks whether it goes on from its last version.
    Raises NotFoundError, UsageError for one file of a folder, and what a commit raises.
    """
    with ctx.writing():
        ctx.require_no_merge()
        ctx.git.identity()
        head = ctx.git.head()
        dataset = require_dataset(ctx.versions.datasets(head), target)
        require_whole(dataset, target, f"dsvc rm {dataset.name}")
        current = ctx.versions.current(dataset, head)
        assert current is not None
        require_intact(ctx, current)
        commit = _commit(ctx, current, reason or "not kept any more")
        return _outcome(ctx, current, commit)


def _commit(ctx: Context, current: Current, reason: str) -> CommitId:
    dataset = current.dataset
    paths = _own_files(ctx, current)
    with ctx.locked() as lock:
        set_room_aside(ctx)
        entry = ctx.journal.write(_entry(ctx, current, paths, reason))
        try:
            for path in paths:
                ctx.working.path(path).unlink(missing_ok=True)
            flush_folder(ctx.working.path(dataset.manifest_path).parent)
            drop_store(ctx, dataset)
            with lock.paused():
                commit = ctx.git.commit(paths, f"{dataset.name}: {reason}\n", expected_parent=current.commit)
        except BaseException:
            settle(ctx, entry)
            raise
        finish(ctx, entry, commit)
    return commit


def _own_files(ctx: Context, current: Current) -> list[str]:
    """The committed files that are the dataset's; the state of another dataset may lie beside them."""
    dataset = current.dataset
    noted = [
        f"{folder}/{name}"
        for folder in (
            dataset.pilots_path,
            dataset.reviews_path,
            dataset.agreements_path,
            *_verdict_folders(ctx, current),
        )
        for name in ctx.git.files_in(current.commit, folder)
    ]
    own = (dataset.manifest_path, dataset.ledger_path, dataset.pointer_path, dataset.ignore_path, *noted)
    return [path for path in own if ctx.git.read(current.commit, path) is not None]


def _verdict_folders(ctx: Context, current: Current) -> list[str]:
    return [verdicts_folder(current.dataset, name) for name in review_names(ctx, current.dataset)]


def _entry(ctx: Context, current: Current, paths: list[str], reason: str) -> Entry:
    dataset = current.dataset
    base = ctx.working.base(dataset.path)
    return Entry(
        number=ctx.journal.next_number(),
        verb="rm",
        state="open",
        at=ctx.clock().isoformat(),
        dataset={"name": dataset.name, "path": dataset.path, "kind": dataset.kind},
        summary=reason,
        parent=current.commit,
        version=current.manifest.id,
        paths=tuple(paths),
        base_before=base.to_json() if base else None,
        base_after=base.to_json() if base else None,
    )


def _outcome(ctx: Context, current: Current, commit: CommitId) -> Outcome:
    dataset = current.dataset
    tagged = dataset.tag(current.manifest.number) in ctx.git.tags(dataset.tag(""))
    last = f"{dataset.name}@{current.manifest.number if tagged else current.commit[:12]}"
    return Outcome(
        verb="rm",
        dataset=dataset,
        file=f"'{dataset.path}' was not touched; git goes on ignoring it",
        history=f"all versions stay; the last one is '{last}'",
        head=f"has no '{dataset.name}' any more ({commit[:12]})",
        version=current.entry,
        notes=_notes(ctx, dataset),
    )


def _notes(ctx: Context, dataset: Dataset) -> tuple[str, ...]:
    if not ctx.packs.has_remote:
        return ()
    return (f"dsvc push sends no data of '{dataset.name}' now; if some was not sent yet: dsvc undo, dsvc push first",)


__all__ = ["remove"]
