"""No stale overwrite: a commit needs to know that the working file was written from HEAD's version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsvc.errors import ProtectedError
from dsvc.manifest import Manifest
from dsvc.working_copy import Base, BaseFile

if TYPE_CHECKING:
    from dsvc.manifest import LedgerEntry
    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.repository.versions import Current


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


def _stale(ctx: Context, current: Current, base: Base) -> StaleBaseError:
    dataset, number = current.dataset, current.manifest.number
    known = {entry.id: entry.number for entry in ctx.versions.all_known(dataset, current.commit)}
    old = known.get(base.version, base.version[:12])
    if any(ctx.working.is_edited(path, file) for path, file in base.files.items()):
        hint = (
            f"to make {old} with your edits the newest version: dsvc rollback {dataset.name}@{old}, then commit; "
            f"to drop your edits (they are saved first): dsvc restore {dataset.name} --force"
        )
    else:
        hint = f"bring it in step with HEAD: dsvc checkout {dataset.name}@{number}"
    return StaleBaseError(f"'{dataset.path}' was written from {old}, but HEAD has {number}", hint=hint)


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
    from dsvc.errors import DsvcError

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
