"""How far annotators agreed, kept with the dataset: ``dsvc.agreement/1`` (``docs/format.md`` section 14)."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - msgspec needs it at run time
from typing import TYPE_CHECKING, Annotated, Final, Literal

from msgspec import Meta

from dsvc.errors import CorruptError
from dsvc.manifest import Facts, Id, Label, Person, RecordName, read_facts
from dsvc.repository.named_facts import fact_names, fact_path, read_fact

if TYPE_CHECKING:
    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset

AGREEMENT_FORMAT: Final = "dsvc.agreement/1"

Count = Annotated[int, Meta(ge=0)]


class KeptAgreement(Facts, frozen=True, kw_only=True):
    """How far annotators agreed on a field of a version's records.

    ``compared`` records had two answers and more, ``agreed`` of them the same ones; ``disagreed`` are the names of the
    others, as far as the version has them. Coefficients that are not defined are null.
    """

    format: Literal["dsvc.agreement/1"] = AGREEMENT_FORMAT
    name: str
    dataset: str
    version: Id
    number: Label
    created_at: datetime
    created_by: Person
    sides: tuple[str, ...]
    field: str
    kind: str
    annotators: tuple[str, ...]
    records: Count
    compared: Count
    agreed: Count
    cohen: float | None
    fleiss: float | None
    alpha: float | None
    disagreed: tuple[RecordName, ...]


def agreement_path(dataset: Dataset, name: str) -> str:
    """Repository path of a kept agreement."""
    return fact_path(dataset.agreements_path, name)


def agreement_names(ctx: Context, dataset: Dataset) -> list[str]:
    """What was kept of a dataset at HEAD, by name."""
    return fact_names(ctx, dataset.agreements_path)


def read_agreement(ctx: Context, dataset: Dataset, name: str) -> KeptAgreement:
    """One of them. Raises CorruptError for one that is damaged, called otherwise, or whose figures cannot be."""
    path = agreement_path(dataset, name)
    kept = read_facts(read_fact(ctx, dataset.agreements_path, name) or b"", path, AGREEMENT_FORMAT, KeptAgreement)
    if kept.name != name:
        raise CorruptError(
            f"'{path}' says that it is the agreement '{kept.name}'",
            hint="an agreement cannot be renamed by its file: put it back, or keep it again: dsvc agreement --keep NEW",
        )
    if not kept.agreed <= kept.compared <= kept.records or len(kept.disagreed) > kept.compared - kept.agreed:
        raise CorruptError(
            f"'{path}' cannot be: {kept.agreed:,} of {kept.compared:,} of {kept.records:,} records agreed on, "
            f"{len(kept.disagreed):,} not",
            hint=f"see who changed it: git log -p -- '{path}'",
        )
    return kept
