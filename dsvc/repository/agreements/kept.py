"""``agreement --kept|--forget``: the agreements that are kept with a dataset, and one that is kept no longer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsvc.errors import NotFoundError, UsageError
from dsvc.repository.agreements.file import agreement_names, agreement_path, read_agreement
from dsvc.repository.datasets import fold
from dsvc.repository.results import Outcome
from dsvc.repository.versions import require_dataset
from dsvc.repository.writing.noting import Noted, current_of, note

if TYPE_CHECKING:
    from dsvc.repository.agreements.file import KeptAgreement
    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset

VERB = "agreement rm"


def listed(ctx: Context, target: str | None = None) -> list[KeptAgreement]:
    """What is kept of a dataset at HEAD, or of all, by dataset and name."""
    return [read_agreement(ctx, dataset, name) for dataset, name in _names(ctx, target)]


def remove(ctx: Context, name: str, target: str | None = None) -> Outcome:
    """Take an agreement out of HEAD: gates go by it no longer; the commits that have it stay.

    Raises NotFoundError when there is none of that name, UsageError when several datasets have one.
    """
    with ctx.writing():
        dataset, called = _found(ctx, name, target)
        current = current_of(ctx, dataset)
        noted = Noted(verb=VERB, files={agreement_path(dataset, called): None}, summary=f"{called}: not kept any more")
        done = note(ctx, current, noted)
        return Outcome(
            verb=VERB,
            dataset=dataset,
            file=f"'{dataset.path}' was not touched",
            history="no version was changed",
            head=f"has no agreement '{called}' any more ({done.commit[:12]})",
            version=current.entry,
            notes=done.notes,
        )


def _names(ctx: Context, target: str | None) -> list[tuple[Dataset, str]]:
    datasets = ctx.versions.datasets(ctx.git.head())
    if target is not None:
        datasets = [require_dataset(datasets, target)]
    return [(dataset, name) for dataset in datasets for name in agreement_names(ctx, dataset)]


def _found(ctx: Context, name: str, target: str | None) -> tuple[Dataset, str]:
    there = _names(ctx, target)
    found = [(dataset, each) for dataset, each in there if fold(each) == fold(name)]
    if not found:
        known = ", ".join(each for _, each in there) or "none"
        raise NotFoundError(f"no agreement '{name}' is kept", hint=f"kept are: {known}")
    if len(found) > 1:
        told = " and ".join(f"'{dataset.name}'" for dataset, _ in found)
        raise UsageError(
            f"{told} have an agreement '{name}' each", hint=f"name one: dsvc agreement DATASET --forget {name}"
        )
    return found[0]


__all__ = ["listed", "remove"]
