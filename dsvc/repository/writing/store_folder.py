"""A dataset's ``store/`` folder, which DVC looks at: made to show one version, or taken away."""

from __future__ import annotations

from contextlib import suppress
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from dsvc.errors import DsvcError
from dsvc.store.objects import object_id

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dsvc.manifest import Manifest
    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset


def show_version(ctx: Context, dataset: Dataset, manifest: Manifest, files: Iterable[str] = ()) -> None:
    """Link the store folder to a version's objects.

    ``files``: paths of working files of other versions; whole files that those have in the store go. Raises
    MissingObjectError when an object is not at hand; then nothing was changed.
    """
    whole = {PurePosixPath(path).name for path in (dataset.path, *files, *(file.path for file in manifest.files))}
    ctx.packs.link(ctx.working.root / dataset.store_path, object_id(manifest.store.dir), previous=whole)


def shows_version(ctx: Context, dataset: Dataset, manifest: Manifest) -> bool:
    """Whether the store folder has the files of a version and no others (or cannot: their list is not at hand).

    Names tell: each version's have that of its own layout among them.
    """
    folder = ctx.working.root / dataset.store_path
    try:
        names = set(ctx.packs.read_dir(object_id(manifest.store.dir)))
    except DsvcError:
        return True
    return folder.is_dir() and {file.name for file in folder.iterdir()} == names


def drop_store(ctx: Context, dataset: Dataset) -> None:
    """Remove the store folder of a dataset that HEAD does not have, and folders that are empty then."""
    folder = ctx.working.root / dataset.store_path
    if folder.is_dir() and not folder.is_symlink():
        for file in folder.iterdir():
            if not file.is_dir():
                file.unlink()
    with suppress(OSError):
        for emptied in (folder, *folder.parents):
            if emptied == ctx.working.root:
                break
            if emptied.is_dir():
                emptied.rmdir()
