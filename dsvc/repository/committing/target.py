"""What a commit is made of: the dataset that is meant, or a new one; and the version that it goes on from."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import msgspec

from dsvc.errors import NotFoundError, ProtectedError, UsageError
from dsvc.repository.committing.base_check import NO_VERSION, found_base, require_base, require_no_base
from dsvc.repository.datasets import SUFFIX, Dataset, check_name, name_from, require_apart
from dsvc.repository.going_back.kept import called_apart, version_by_id
from dsvc.repository.tracking import require_intact, require_untracked
from dsvc.repository.versions import find_dataset
from dsvc.repository.working_files import require_present

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dsvc.repository.context import Context
    from dsvc.repository.results import CommitRequest
    from dsvc.repository.versions import Current
    from dsvc.store.git_values import CommitId
    from dsvc.working_copy import Base

_TAKEN_FOLDERS = (".git", ".dvc", ".dsvc")


class Target(msgspec.Struct, frozen=True):
    """What is to be committed, and onto what."""

    dataset: Dataset
    current: Current | None
    parent: CommitId | None
    base: Base | None


def find_target(ctx: Context, request: CommitRequest) -> Target:
    """The dataset that a commit is for, tracked from now on if it is new.

    Raises what :func:`dsvc.repository.committing.commit.commit` raises before it reads the data.
    """
    ctx.require_no_merge()
    ctx.require_settings()
    ctx.git.identity()
    head = ctx.git.head()
    datasets = ctx.versions.datasets(head)
    dataset = find_dataset(datasets, request.target)
    if dataset is None:
        dataset = _new_dataset(ctx, request, datasets)
        base = base_of_new(ctx, dataset, request.base)
        require_untracked(ctx, dataset, is_new=True)
        return Target(dataset, None, head, base)
    if request.name is not None and request.name != dataset.name:
        raise UsageError(
            f"'{dataset.path}' is the dataset '{dataset.name}'; its name cannot be changed",
            hint=f"dsvc commit {dataset.name} -m 'why'",
        )
    current = ctx.versions.current(dataset, head)
    assert current is not None
    require_intact(ctx, current)
    require_present(ctx.working, dataset)
    require_untracked(ctx, dataset, is_new=False)
    return Target(dataset, current, head, _base(ctx, current, request.base))


def _base(ctx: Context, current: Current, named: str | None) -> Base:
    """The base of the working files. One that the user names must exist, and be the known one if one is known."""
    if named is None:
        return require_base(ctx, current)
    from dsvc.repository.revisions import resolve_version

    dataset = current.dataset
    named = named.removeprefix(f"{dataset.name}@")
    entry = resolve_version(ctx, dataset, named)
    known = ctx.working.base(dataset.path) or found_base(ctx, current)
    if known is not None and known.version != entry.id:
        base = version_by_id(ctx, dataset, known.version)
        told = called_apart(ctx, dataset, base) if base is not None else known.version[:12]
        raise ProtectedError(
            f"'{dataset.path}' was written from {told}, not {called_apart(ctx, dataset, entry)}",
            hint="leave --base away: it is known",
        )
    return require_base(ctx, current, named)


def base_of_new(ctx: Context, dataset: Dataset, named: str | None) -> Base | None:
    """The base of a file that HEAD has no version of: None, unless the user says (``none``) to begin anew with it.

    Raises StaleBaseError when it was written from a version that HEAD does not have.
    """
    if named not in (None, NO_VERSION):
        raise UsageError(
            f"'{dataset.path}' is new: it has no version '{named}'", hint="leave --base away the first time"
        )
    base = ctx.working.base(dataset.path)
    if base is not None and named is None:
        require_no_base(ctx, dataset, base)
    return base


def _new_dataset(ctx: Context, request: CommitRequest, datasets: Sequence[Dataset]) -> Dataset:
    path = request.target.rstrip("/")
    if path.split("/", 1)[0] in _TAKEN_FOLDERS:
        raise UsageError(
            f"'{path}' lies in a folder of git, DVC or dsvc itself",
            hint=f"move it: mv '{path}' '{path.split('/')[-1]}'",
        )
    try:
        mode = ctx.working.path(path).stat().st_mode
    except OSError:
        known = ", ".join(dataset.name for dataset in datasets) or "none yet"
        raise NotFoundError(
            f"there is no file or dataset '{request.target}' (datasets here: {known})",
            hint="dsvc commit PATH/TO/FILE.jsonl --source 'where from' -m 'why'",
        ) from None
    is_folder = stat.S_ISDIR(mode)
    if not is_folder and not path.endswith(SUFFIX):
        raise UsageError(
            f"'{path}' is not a JSONL file by its name", hint=f"rename it to end in {SUFFIX}, or: dsvc import '{path}'"
        )
    name = check_name(request.name if request.name is not None else name_from(path))
    dataset = Dataset(name, path, "folder" if is_folder else "file")
    for other in datasets:
        require_apart(dataset, other)
    return dataset
