"""``restore`` of one file of a folder: the others stay as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from dsvc.errors import NotFoundError, ProtectedError
from dsvc.repository.going_back.checkout import record_replacement
from dsvc.repository.going_back.kept import called_apart, revision_for
from dsvc.repository.results import Outcome
from dsvc.repository.writing.replacing import Replacement, protect, stage_version
from dsvc.working_copy import Base

if TYPE_CHECKING:
    from dsvc.repository.context import Context
    from dsvc.repository.revisions import Version
    from dsvc.repository.writing.replacing import WorkingState


def restore_file(ctx: Context, version: Version, file: str, state: WorkingState) -> Outcome:
    """Bring one file back to the version that its folder was written from; an edit of it is saved first.

    Raises NotFoundError when the version has no such file, ProtectedError when the folder is of another version: its
    files belong together.
    """
    dataset, entry = version.dataset, version.entry
    told = called_apart(ctx, dataset, entry)
    whole = f"dsvc restore {dataset.name}"
    if state.base is None or state.base.version != entry.id:
        was = "no version that is known" if state.entry is None else called_apart(ctx, dataset, state.entry)
        raise ProtectedError(
            f"'{dataset.path}' was written from {was}, and no file of it alone can be of {told}", hint=whole
        )
    snapshot = ctx.versions.snapshot(dataset, entry)
    found = next((each for each in snapshot.layout.files if each.path == file), None)
    if found is None:
        named = revision_for(ctx, dataset, entry)
        raise NotFoundError(f"{told} has no file '{file}'", hint=f"see its files: dsvc show {dataset.name}@{named}")
    others = {path: sha256 for path, sha256 in state.sha256.items() if path != file}
    with ctx.locked():
        saved = protect(ctx, dataset, state, {**others, file: found.sha256}, force=True, verb="restore")
        staged = stage_version(ctx, dataset, snapshot.of_files([file]), entry.id, _alone(state, file))
        base = Base(entry.id, {**state.base.files, **(staged.base.files if staged.base is not None else {})})
        if staged.moves:
            moved = Replacement(staged.moves, base)
            record_replacement(ctx, "restore", dataset, f"{told}, {file}", state.base, moved, saved)
    return Outcome(
        verb="restore",
        dataset=dataset,
        file=f"'{file}' {'is back to' if staged.moves else 'already was as in'} {told}",
        saved_as=saved,
        version=entry,
    )


def _alone(state: WorkingState, file: str) -> WorkingState:
    """As if there were no other file: what stage_version does not know of, it does not take away."""
    only = tuple(path for path in state.present if path == file)
    return replace(state, present=only)
