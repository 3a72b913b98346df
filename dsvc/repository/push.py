"""``push``: the data of all versions is on the remote, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsvc.errors import MissingObjectError
from dsvc.repository.going_back.kept import all_kept
from dsvc.repository.numbers.beside import beside_notes
from dsvc.repository.results import PushResult
from dsvc.repository.versions import require_dataset
from dsvc.store.objects import ObjectId, object_id

if TYPE_CHECKING:
    from dsvc.manifest import LedgerEntry
    from dsvc.repository.context import Context


def push(ctx: Context, target: str | None = None, *, remote: str | None = None) -> PushResult:
    """Send the data of all known versions to the DVC remote, each object verified before it leaves.

    Versions whose data is not here (nobody fetched it) are left out and named; it is an error only if none is here.
    What only local tags keep is left out, too, and counted. Raises CorruptError (nothing was sent), RemoteError.
    """
    head = ctx.git.head()
    datasets = ctx.versions.datasets(head)
    chosen = datasets if target is None else [require_dataset(datasets, target)]
    here: list[ObjectId] = []
    sent, absent, kept = [], [], 0
    notes: list[str] = []
    for dataset in chosen:
        known = ctx.versions.all_known(dataset, head)
        kept += len({entry.id for entry in all_kept(ctx, dataset).values()} - {entry.id for entry in known})
        current = ctx.versions.current(dataset, head)
        assert current is not None
        notes += beside_notes(ctx, dataset, current.ledger, current.entry)
        for entry in known:
            if _is_here(ctx, entry):
                here.append(object_id(entry.dir))
                sent.append(f"{dataset.name}@{entry.number}")
            else:
                absent.append(f"{dataset.name}@{entry.number}")
    if absent and not sent:
        raise MissingObjectError(f"the data of {', '.join(absent[:5])} is not here", hint="dvc pull")
    ctx.packs.push(here, remote=remote)
    return PushResult(versions=tuple(sent), absent=tuple(absent), kept=kept, notes=tuple(notes))


def _is_here(ctx: Context, entry: LedgerEntry) -> bool:
    directory = object_id(entry.dir)
    return ctx.packs.has(directory) and all(ctx.packs.has(oid) for oid in ctx.packs.read_dir(directory).values())
