"""``agreement --keep|--review``: figures written down with a version, and a review of what people disagree on.

Both are one commit, so that one ``undo`` takes them back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from dsvc.agreement.answers import canonical_of
from dsvc.errors import NotFoundError, UsageError
from dsvc.manifest import Person
from dsvc.render.numbers import plural
from dsvc.repository.agreements.file import KeptAgreement, agreement_path
from dsvc.repository.candidates import identified_table
from dsvc.repository.datasets import check_name, is_number
from dsvc.repository.named_facts import name_there
from dsvc.repository.reviews.elsewhere import told_elsewhere
from dsvc.repository.reviews.starting import queue_files, queued, request_of
from dsvc.repository.revisions import resolve_to_version
from dsvc.repository.writing.noting import Noted, current_of, note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dsvc.agreement.figures import Disagreements
    from dsvc.origin import Annotator
    from dsvc.repository.agreements.measuring import Agreement
    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.repository.revisions import Version
    from dsvc.reviewing.queue import Review
    from dsvc.sampling.table import Table


class AgreementKept(msgspec.Struct, frozen=True, kw_only=True):
    """What was written down of an agreement; ``missing`` records that were compared are not in the version, and the
    figures are without them."""

    kept: KeptAgreement
    missing: int
    notes: tuple[str, ...]


class ReviewKept(AgreementKept, frozen=True, kw_only=True):
    """The same, with the review that was begun."""

    review: Review


def keep(ctx: Context, found: Agreement, name: str, revision: str) -> AgreementKept:
    """Write down, with a version, how far annotators agreed on the field that they disagree on most.

    Raises UsageError for a name that is taken, NotFoundError where the version has none of the records.
    """
    with ctx.writing():
        version = resolve_to_version(ctx, revision)
        require_free(ctx, version.dataset, name)
        there, missing = _in_version(ctx, found, version)
        names = names_in(ctx, there, version, there.worst.disagreements)
        return _write(ctx, version, _kept(ctx, there, name, version, names), missing)


def review(
    ctx: Context,
    found: Agreement,
    name: str,
    revision: str,
    *,
    into: str | None = None,
    guidelines: str = "",
    kept_as: str | None = None,
    reviewers: Sequence[Annotator | str] = (),
    overlap: float = 0.0,
) -> ReviewKept:
    """Keep the figures, and begin a review of the records that people disagree on: one answer to each is chosen there.

    ``into``: the field that gets it, where each annotator has a field of their own. ``kept_as``: what the figures are
    called, the name of the review without it. ``reviewers`` share the records, and all look at ``overlap`` of them, as
    in :class:`~dsvc.repository.reviews.starting.ReviewRequest`.

    Raises NotFoundError when they agree on all records, or the version has none of them, UsageError for a name that is
    taken, and where nobody says which field gets the answer.
    """
    if found.has_columns and into is None:
        raise UsageError(
            "each annotator has a field: where does the answer go that is chosen?", hint="say it: --into FIELD"
        )
    with ctx.writing():
        version = resolve_to_version(ctx, revision)
        require_free(ctx, version.dataset, kept_as or name)
        there, missing = _in_version(ctx, found, version)
        names = names_in(ctx, there, version, there.worst.disagreements)
        request = request_of(
            name,
            answers=_answers(there, names),
            fields=[into or there.worst.field],
            guidelines=guidelines,
            reviewers=reviewers,
            overlap=overlap,
        )
        kept = _kept(ctx, there, kept_as or name, version, names)
        begun = queued(ctx, version, request)
        done = _write(ctx, version, kept, missing, begun)
        return ReviewKept(kept=kept, missing=missing, review=begun, notes=done.notes)


def _in_version(ctx: Context, found: Agreement, version: Version) -> tuple[Agreement, int]:
    """How far annotators agree on the records that a version has, and how many others were compared.

    Figures of other records would say nothing of the version, and open or close its gates.
    """
    if version.entry.id in found.versions and len(found.sides) <= 2:
        return found, 0  # it has each record that two annotators have
    table = identified_table(ctx, version.dataset, version.entry)
    there = found.of_records({number for number, _ in found.joined.numbers_of(table.snapshot)})
    compared = max(each.compared for each in found.fields)
    if not there.worst.compared:
        raise NotFoundError(
            f"0 of the {plural(compared, 'record')} that were compared are in "
            f"{version.dataset.name} {version.entry.number}",
            hint="name the version that has them: --on REV; or what tells which record is which: --key FIELD",
        )
    return there, compared - max(each.compared for each in there.fields)


def require_free(ctx: Context, dataset: Dataset, name: str) -> None:
    """Raise UsageError for a name that another agreement has, or that cannot be one."""
    check_name(name, "an agreement")
    if is_number(name):
        raise UsageError(
            f"'{name}' cannot name an agreement: it is the number of a version", hint="choose another name"
        )
    if name_there(ctx, dataset.agreements_path, name) is not None:
        raise UsageError(f"'{dataset.name}' has an agreement '{name}' already", hint="choose another name")


def _kept(ctx: Context, found: Agreement, name: str, version: Version, names: Sequence[str | None]) -> KeptAgreement:
    who, worst = ctx.git.identity(), found.worst
    return KeptAgreement(
        name=name,
        dataset=version.dataset.name,
        version=version.entry.id,
        number=version.entry.number,
        created_at=ctx.clock(),
        created_by=Person(name=who.name, email=who.email),
        sides=found.sides,
        field=worst.field,
        kind=worst.kind,
        annotators=worst.annotators,
        records=worst.records,
        compared=worst.compared,
        agreed=worst.agreed,
        cohen=worst.cohen.value if worst.cohen is not None else None,
        fleiss=worst.fleiss,
        alpha=worst.alpha,
        disagreed=tuple(each for each in names if each is not None),
    )


def _write(
    ctx: Context, version: Version, kept: KeptAgreement, missing: int, begun: Review | None = None
) -> AgreementKept:
    """The figures, and the review where there is one, in one commit."""
    dataset = version.dataset
    files = {agreement_path(dataset, kept.name): kept.page()}
    summary = f"{kept.name}: agreement on {kept.agreed:,} of {kept.compared:,} records"
    if begun is not None:
        files |= queue_files(dataset, begun)
        summary += f"; '{begun.name}' decides {len(begun.records):,}"
    elsewhere = told_elsewhere(ctx, dataset, version.entry)
    done = note(ctx, current_of(ctx, dataset), Noted(verb="agreement", files=files, summary=summary))
    return AgreementKept(kept=kept, missing=missing, notes=(*elsewhere, *done.notes))


def names_in(ctx: Context, found: Agreement, version: Version, disagreements: Disagreements) -> list[str | None]:
    """What the records that people disagree on are called in a version; None: it does not have them."""
    table = identified_table(ctx, version.dataset, version.entry)
    places = _places(found, version, table, disagreements)
    paths = [file.path for file in table.snapshot.layout.files]
    rows = {
        (paths[file], line): row
        for row, (file, line) in enumerate(zip(table.file.tolist(), table.line.tolist(), strict=True))
    }
    at = [rows.get(place) if place is not None else None for place in places]
    called = iter(table.names().of(np.array([row for row in at if row is not None], dtype=np.int64)))
    return [None if row is None else next(called) for row in at]


def _places(
    found: Agreement, version: Version, table: Table, disagreements: Disagreements
) -> list[tuple[str, int] | None]:
    """Where each of these records stands in a version.

    Where a side is that very version its lines are those of its records. Anywhere else, in a newer version or in a file
    with edits, other lines may stand before them: there records are recognised.
    """
    if version.entry.id not in found.versions:
        places: dict[int, tuple[str, int]] = {}
        for number, record in found.joined.numbers_of(table.snapshot):
            places.setdefault(number, (record.file, record.line))
        return [places.get(number) for number in disagreements.numbers]
    at = found.versions.index(version.entry.id)
    of_side = (each.given[at : at + 1] if len(found.sides) > 1 else each.given for each in disagreements)
    firsts = (next((given for given in several if given is not None), None) for several in of_side)
    return [None if given is None else (given.file, given.line) for given in firsts]


def _answers(found: Agreement, names: Sequence[str | None]) -> dict[str, list[tuple[Annotator | str, Any]]]:
    """What each annotator said of the records that a version has. Raises NotFoundError where there is none."""
    worst = found.worst
    answers: dict[str, list[tuple[Annotator | str, Any]]] = {
        called: [
            (who, _plain(value)) for who, value in zip(found.annotators, each.values, strict=True) if value is not None
        ]
        for called, each in zip(names, worst.disagreements, strict=True)
        if called is not None
    }
    if not answers:
        told = "they agree on every record" if not worst.disagreements else "the version has none of these records"
        raise NotFoundError(f"there is nothing to decide: {told}", hint="see what they answered: dsvc agreement --list")
    return answers


def _plain(value: Any) -> Any:
    """A value with its numbers as Python has them, as queues write them."""
    import json

    return json.loads(canonical_of(value))
