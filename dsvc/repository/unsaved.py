"""What to say of edits in a working file where its dataset is named, and a version is taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsvc.repository.revisions import Working, resolve
from dsvc.repository.writing.replacing import working_state

if TYPE_CHECKING:
    from dsvc.repository.context import Context
    from dsvc.repository.revisions import Version


def told_edits(ctx: Context, revision: str, version: Version) -> tuple[str, ...]:
    """That the working file has edits which the version lacks, where ``revision`` does not name a version itself."""
    if not isinstance(resolve(ctx, revision), Working):
        return ()
    dataset = version.dataset
    if not working_state(ctx, dataset).edited:
        return ()
    taken = f"{dataset.name} {version.entry.number} is taken, without them"
    return (
        f"'{dataset.path}' has edits that are in no version: {taken} (commit them first: dsvc commit {dataset.name})",
    )
