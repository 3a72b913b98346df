"""Who keeps the data: refuse what git, git-lfs or plain DVC track, and mixtures of versions."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from dsvc.errors import CorruptError, ProtectedError

if TYPE_CHECKING:
    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.repository.versions import Current


def require_untracked(ctx: Context, dataset: Dataset, *, is_new: bool) -> None:
    """Raise ProtectedError when something else than dsvc tracks the working file: a new dataset can be taken over."""
    from dsvc.repository.working_files import working_files

    adopt = "dsvc adopt '{}' --history (with its old versions)"
    commit = f"dsvc commit '{dataset.path}' --source 'where from' -m 'why'"
    folders = [str(parent) for parent in PurePosixPath(dataset.path).parents if parent.name]
    for path in (dataset.path, *folders, *working_files(ctx.working, dataset)):
        if (ctx.working.root / f"{path}.dvc").is_file():
            raise ProtectedError(
                f"'{path}' is tracked by '{path}.dvc'",
                hint=adopt.format(path)
                if is_new
                else f"dvc remove '{path}.dvc' && git commit -am 'give it to dsvc' && {commit}",
            )
    for path in (dataset.path, *working_files(ctx.working, dataset)):
        if ctx.git.is_tracked(path):
            keeper = "git-lfs" if ctx.git.attribute(path, "filter") == "lfs" else "git"
            raise ProtectedError(
                f"'{path}' is tracked by {keeper}",
                hint=adopt.format(dataset.path)
                if is_new
                else f"git rm --cached '{path}' && git commit -m 'give it to dsvc' && {commit}",
            )


def require_intact(ctx: Context, current: Current) -> None:
    """Raise CorruptError when dsvc's own files are not as HEAD has them (``dvc add`` on the store, a text merge)."""
    dataset = current.dataset
    for path in (dataset.manifest_path, dataset.ledger_path, dataset.pointer_path):
        if ctx.git.changed_in_worktree(path):
            operation = ctx.git.merging()
            if operation is not None:  # what HEAD has would drop the other side without a word
                raise CorruptError(
                    f"git is in the middle of a {operation.value} that changes '{path}'; only dsvc writes it",
                    hint=ctx.way_out_of(operation),
                )
            raise CorruptError(
                f"'{path}' is not as in the last commit; only dsvc writes it",
                hint=f"git restore --source=HEAD --staged --worktree '{dataset.state_path}'",
            )
