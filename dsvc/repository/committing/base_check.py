"""No stale overwrite: a commit needs to know that the working file was written from HEAD's version."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from dsvc.errors import DsvcError, ProtectedError
from dsvc.manifest import Manifest
from dsvc.repository.going_back.kept import revision_for
from dsvc.working_copy import Base, BaseFile

if TYPE_CHECKING:
    from dsvc.manifest import LedgerEntry
    from dsvc.origin import VersionId
    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.repository.numbers.elsewhere import Holder
    from dsvc.repository.versions import Current


NO_VERSION = "none"
"""What a user names as the base of a file that shall begin a new line of versions, whatever it was written from."""


class StaleBaseError(ProtectedError):
    """The working file was written from another version than HEAD's."""


class UnknownBaseError(ProtectedError):
    """Nobody knows which version the working file was written from."""


def base_of(manifest: Manifest) -> Base:
    """A base that says: these are the bytes of this version (by content; stamps are not known)."""
    return Base(manifest.id, {file.path: BaseFile(file.sha256, None) for file in manifest.files})


def require_base(ctx: Context, current: Current, named: str | None = None) -> Base:
    """The base of the dataset's working files, which must be HEAD's version.

    ``named`` is the revision that the user says the file was edited from, for when it is not known. Raises
    StaleBaseError or UnknownBaseError.
    """
    dataset, number = current.dataset, current.manifest.number
    base = ctx.working.base(dataset.path) or found_base(ctx, current)
    if base is None and named is not None:
        from dsvc.repository.revisions import resolve_version

        base = _base_of_entry(ctx, dataset, resolve_version(ctx, dataset, named))
    if base is None:
        raise UnknownBaseError(
            f"it is not known which version '{dataset.path}' was edited from",
            hint=f"if it was {number}, say so: dsvc commit {dataset.name} --base {number} -m 'why'",
        )
    if base.version == current.manifest.id:
        return base
    if is_in_step(ctx, current):
        base = base_of(current.manifest)
        ctx.working.set_base(dataset.path, base)
        return base
    raise _stale(ctx, current, base)


def require_no_base(ctx: Context, dataset: Dataset, base: Base) -> None:
    """Raise StaleBaseError: HEAD does not have the dataset, but the working file was written from a version of it."""
    from dsvc.repository.numbers.elsewhere import holder_of

    anew = f"dsvc commit '{dataset.path}' --base {NO_VERSION} --source 'where from' -m 'why'"
    holder = holder_of(ctx, dataset, base.version)
    if holder is None:
        raise StaleBaseError(
            f"'{dataset.path}' was written from a version that is not known here ({base.version[:12]})",
            hint=f"get it, if somebody has it: git fetch --tags; to begin anew with this file: {anew}",
        )
    head = ctx.git.head()
    if head is not None and ctx.git.is_ancestor(holder.commit, head):
        restore = f"git restore --source='{holder.name}' --staged --worktree '{dataset.state_path}'"
        bring = f"{restore} && git commit -m 'bring {dataset.name} back'"
    else:
        bring = f"git merge '{holder.name}'" + (f" (or git switch '{holder.name}')" if holder.is_branch else "")
    number = holder.entry.number
    raise StaleBaseError(
        f"'{dataset.path}' was written from {number} ({_place(ctx, holder)}), but HEAD has no version of it",
        hint=f"to go on from {number}: {bring}; to begin anew with this file: {anew}",
    )


def _place(ctx: Context, holder: Holder) -> str:
    if holder.is_branch:
        return f"on branch '{holder.name}'"
    return f"{'tag' if ctx.git.tagged(holder.name) == holder.commit else 'in'} '{holder.name}'"


def _stale(ctx: Context, current: Current, base: Base) -> StaleBaseError:
    dataset, number = current.dataset, ctx.versions.called_apart(current.dataset, current.entry)
    old = _written_from(ctx, current, base.version).called
    return StaleBaseError(
        f"'{dataset.path}' was written from {old}, but HEAD has {number}", hint=ways_on(ctx, current, base)
    )


def ways_on(ctx: Context, current: Current, base: Base) -> str:
    """What to do with a working file that was written from another version than HEAD's."""
    dataset = current.dataset
    if not any(ctx.working.is_edited(path, file) for path, file in base.files.items()):
        return f"bring it in step with HEAD: dsvc checkout {dataset.name}@{revision_for(ctx, dataset, current.entry)}"
    found = _written_from(ctx, current, base.version)
    drop = f"to drop your edits (they are saved first): dsvc restore {dataset.name}"
    if found.branch is not None:
        return f"to go on with your edits where they belong: git switch '{found.branch}'; {drop}"
    if found.revision is None:
        return drop
    again = f"dsvc rollback {dataset.name}@{found.revision}"
    return f"to make {found.called} with your edits the newest version: {again}, then commit; {drop}"


class _WrittenFrom(msgspec.Struct, frozen=True):
    """A version that is not HEAD's: what to call it, a revision that names it, the branch that it belongs to."""

    called: str
    revision: str | None
    branch: str | None = None


def _written_from(ctx: Context, current: Current, version: VersionId) -> _WrittenFrom:
    from dsvc.repository.numbers.elsewhere import holder_of

    dataset = current.dataset
    is_listed = version in {entry.id for entry in current.ledger}
    known = {entry.id: entry for entry in ctx.versions.all_known(dataset, current.commit)}
    entry = known.get(version)
    holder = None if is_listed else holder_of(ctx, dataset, version)
    branch = holder.name if holder is not None and holder.is_branch else None
    if entry is not None and (is_listed or entry.number != current.manifest.number):
        called = ctx.versions.called_apart(dataset, entry)
        return _WrittenFrom(called, _naming(ctx, dataset, version, entry.number, version[:12]), branch)
    if holder is None:
        called = f"a version that is not known here ({version[:12]})"
        return _WrittenFrom(called, _naming(ctx, dataset, version, version[:12]))
    called = f"{ctx.versions.called_apart(dataset, holder.entry)} of '{holder.name}'"
    return _WrittenFrom(called, _naming(ctx, dataset, version, version[:12], holder.name), branch)


def _naming(ctx: Context, dataset: Dataset, version: VersionId, *names: str) -> str | None:
    """The first of these revisions that means this version and no other."""
    from dsvc.repository.revisions import resolve_version

    for name in names:
        with suppress(DsvcError):
            if resolve_version(ctx, dataset, name).id == version:
                return name
    return None


def is_in_step(ctx: Context, current: Current) -> bool:
    """Whether the working files are, byte for byte, those of HEAD's version."""
    from dsvc.errors import NotFoundError
    from dsvc.repository.working_files import working_files

    manifest = current.manifest
    try:
        if set(working_files(ctx.working, current.dataset)) != {file.path for file in manifest.files}:
            return False
        return all(
            ctx.working.stamp(file.path).size == file.bytes and ctx.working.sha256(file.path) == file.sha256
            for file in manifest.files
        )
    except (NotFoundError, FileNotFoundError):
        return False


def found_base(ctx: Context, current: Current) -> Base | None:
    """The newest version whose bytes the working files are, looked for in the history; remembered when found."""
    dataset = current.dataset
    try:
        here = {path: ctx.working.sha256(path) for path in _files_here(ctx, current)}
    except (DsvcError, OSError):
        return None
    manifests = [current.manifest]
    for info in ctx.git.walk(current.commit, dataset.manifest_path):
        data = ctx.git.read(info.id, dataset.manifest_path)
        if data is not None:
            manifests.append(Manifest.decode(data, dataset.manifest_path))
    for manifest in manifests:
        if {file.path: file.sha256 for file in manifest.files} == here:
            base = base_of(manifest)
            ctx.working.note_base(dataset.path, base, instead_of=None)
            return base
    return None


def _files_here(ctx: Context, current: Current) -> list[str]:
    from dsvc.repository.working_files import working_files

    return working_files(ctx.working, current.dataset)


def _base_of_entry(ctx: Context, dataset: Dataset, entry: LedgerEntry) -> Base:
    layout = ctx.versions.layout(entry).layout
    return Base(entry.id, {file.path: BaseFile(file.sha256, None) for file in layout.files})
