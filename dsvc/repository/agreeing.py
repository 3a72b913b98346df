"""``agreement``: how far annotators agree, and a review of the records on which they do not."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np

from dsvc.agreement.answers import canonical_of
from dsvc.agreement.figures import field_agreement
from dsvc.agreement.joining import join_fields, join_records, join_sides
from dsvc.agreement.kinds import KINDS, SIMILAR
from dsvc.conditions.fields import steps_of
from dsvc.errors import NotFoundError, UsageError
from dsvc.manifest import Person
from dsvc.repository import content
from dsvc.repository.agreement_file import KeptAgreement, agreement_names, agreement_path
from dsvc.repository.candidates import identified_table
from dsvc.repository.datasets import check_name, fold
from dsvc.repository.noting import Noted, current_of, note
from dsvc.repository.revisions import resolve_to_version
from dsvc.sampling.identities import named_fields

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dsvc.agreement.figures import Disagreements, FieldAgreement
    from dsvc.agreement.joining import Joined
    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.repository.reviews import ReviewStarted
    from dsvc.repository.revisions import Version
    from dsvc.sampling.identities import Named
    from dsvc.sampling.table import Table
    from dsvc.snapshot import Snapshot

_ASIDE: Final = ("annotation_id", "annotator", "created_at", "updated_at", "lead_time", "label_studio", "argilla", "id")


class AgreementRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Whose answers are compared, and of which fields.

    Several ``sides`` (revisions, working files, files anywhere): one of each annotator. One side: its records are there
    once for each annotator, whose name stands in the field ``by``; or ``columns`` tell in which field each annotator's
    answer stands. ``key`` fields say which record is which; without them all that is not asked does. ``names`` call the
    sides.
    """

    sides: tuple[str, ...]
    fields: tuple[str, ...] = ()
    by: str | None = None
    columns: Mapping[str, str] = {}
    key: tuple[str, ...] = ()
    kind: str | None = None
    similar: float = SIMILAR
    names: tuple[str, ...] = ()


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """How far annotators agree on each field that was asked.

    ``records`` were found in all; ``alone`` of them only one annotator has an answer to; ``only`` counts them by
    annotator; to ``unanswered`` nobody has one. ``repeated`` records were the same as another one of their side: the
    second of one side is compared with the second of the other. ``versions`` are the ids of the sides, None for files.
    """

    sides: tuple[str, ...]
    annotators: tuple[str, ...]
    records: int
    alone: int
    only: tuple[int, ...]
    unanswered: int = 0
    repeated: int = 0
    fields: tuple[FieldAgreement, ...]
    joined: Joined
    versions: tuple[str | None, ...] = ()

    @property
    def worst(self) -> FieldAgreement:
        """The field that people disagree on most."""
        return max(self.fields, key=lambda field: field.disagreement or 0.0)


def agreement(ctx: Context | None, request: AgreementRequest, folder: Path, *, called: Sequence[str] = ()) -> Agreement:
    """Compare the answers. Without a repository (``ctx`` None) the sides are paths, below ``folder``.

    Sides that have no names are called by who made them, else as they were asked for (``called``).

    Raises UsageError for what does not fit together, NotFoundError where there is nothing to compare.
    """
    _check(request)
    versions = tuple(_version_id(ctx, side) for side in request.sides)
    with ExitStack() as stack:
        sides = {
            name: stack.enter_context(_opened(ctx, side, folder))
            for name, side in zip(_names(ctx, request, called), request.sides, strict=True)
        }
        key = tuple(request.key or _key_of(ctx, request))
        joined = _joined(request, sides, named_fields(key))
    _require_overlap(request, joined)
    fields = tuple(
        field_agreement(joined, number, name, kind=request.kind, similar=request.similar)  # type: ignore[arg-type]
        for number, name in enumerate(_fields(request))
    )
    answered = joined.answered()
    alone = {at: times for at, times in answered.items() if len(at) == 1}
    return Agreement(
        sides=request.sides,
        annotators=joined.annotators,
        records=len(joined),
        alone=sum(alone.values()),
        only=tuple(alone.get((at,), 0) for at in range(len(joined.annotators))),
        unanswered=answered[()],
        repeated=joined.repeated,
        fields=fields,
        joined=joined,
        versions=versions,
    )


def _check(request: AgreementRequest) -> None:
    if request.kind is not None and request.kind not in KINDS:
        raise UsageError(f"'{request.kind}' is no kind of answers", hint=f"one of: {', '.join(KINDS)}")
    if not request.fields and not request.columns:
        raise UsageError("which answers shall be compared?", hint="name the field: --field label")
    several = len(request.sides) > 1
    if several and (request.by or request.columns):
        raise UsageError(
            "several sides hold the answers of one annotator each", hint="leave --by (and NAME=FIELD) out, or name one"
        )
    if not several and not request.by and not request.columns:
        raise UsageError(
            "one side alone: whose answers shall be compared?",
            hint="a second one, --by FIELD with the annotators' names, or --field a=label_a --field b=label_b",
        )
    if request.columns and len(request.columns) < 2:
        raise UsageError("one annotator alone agrees with nobody", hint="--field a=label_a --field b=label_b")
    if request.names and len(request.names) != len(request.sides):
        raise UsageError(
            f"{len(request.sides)} sides have {len(request.names)} names",
            hint="one --annotator for each side, in order",
        )


def _fields(request: AgreementRequest) -> tuple[str, ...]:
    return ("=".join(request.columns.values()),) if request.columns else request.fields


def _names(ctx: Context | None, request: AgreementRequest, called: Sequence[str]) -> list[str]:
    """What the sides are called: as named, else by who made each version, else by what tells them apart."""
    names = list(request.names or (_makers(ctx, request.sides) if ctx is not None else ()) or called or request.sides)
    if not request.names and all("@" not in name and Path(name).suffix for name in names):
        stems = [Path(name).stem for name in names]
        names = stems if len({*stems}) == len(stems) else names
    return [name if name not in names[:at] else f"{name} ({at + 1})" for at, name in enumerate(names)]


def _makers(ctx: Context, sides: Sequence[str]) -> list[str]:
    """The one annotator of each version; nothing where some have several, or two have the same."""
    found = [version.entry.annotators for side in sides if (version := _version(ctx, side)) is not None]
    if len(found) < len(sides) or any(len(makers) != 1 for makers in found):
        return []
    named = [maker.name if maker.kind == "person" else f"{maker.name}:{maker.kind}" for (maker,) in found]
    return named if len({*named}) == len(named) else []


@contextmanager
def _opened(ctx: Context | None, side: str, folder: Path) -> Iterator[Snapshot]:
    opening = content.open_path(folder / side, name=side) if ctx is None else content.snapshot(ctx, side)
    with opening as snapshot:
        yield snapshot


def _joined(request: AgreementRequest, sides: Mapping[str, Snapshot], key: Sequence[Named]) -> Joined:
    """The answers of all annotators. Raises UsageError for a field that no record has."""
    fields = [steps_of(name) for name in request.fields]
    (snapshot, *others) = sides.values()
    if request.columns:
        columns = {name: steps_of(path) for name, path in request.columns.items()}
        joined = join_fields(snapshot, columns, key)
        answered = {at for pattern in joined.answered() for at in pattern}
        _require_answers({path: at in answered for at, path in enumerate(request.columns.values())})
        return joined
    if others:
        joined = join_sides(sides, fields, key)
    else:
        assert request.by is not None
        joined = join_records(snapshot, fields, steps_of(request.by), key, [steps_of(name) for name in _ASIDE])
        if not joined.annotators:
            raise UsageError(f"no record has the field '{request.by}'", hint="name the one with the annotators' names")
    _require_answers({name: joined.has_field(at) for at, name in enumerate(request.fields)})
    return joined


def _require_answers(found: Mapping[str, bool]) -> None:
    for name, is_there in found.items():
        if not is_there:
            raise UsageError(f"no record has the field '{name}'", hint="see the fields: dsvc show REV ROW")


def _require_overlap(request: AgreementRequest, joined: Joined) -> None:
    if not any(sum(code >= 0 for code in pattern) > 1 for pattern in joined.patterns()):
        raise NotFoundError(
            "no record has answers of two annotators: nothing of one is recognised in another",
            hint="name the fields that tell which record is which (--key id), or all fields that were answered",
        )


def _key_of(ctx: Context | None, request: AgreementRequest) -> tuple[str, ...]:
    """The key of the dataset that the first side is of."""
    if ctx is None or request.by or request.columns:
        return ()
    version = _version(ctx, request.sides[0])
    manifest = ctx.versions.manifest_of(version.dataset, version.entry, ctx.git.head()) if version else None
    return manifest.key if manifest is not None else ()


def _version(ctx: Context, side: str) -> Version | None:
    """The version that a side is; None for files."""
    if "@" not in side:
        return None
    try:
        return resolve_to_version(ctx, side)
    except (NotFoundError, UsageError):
        return None


def _version_id(ctx: Context | None, side: str) -> str | None:
    version = _version(ctx, side) if ctx is not None else None
    return version.entry.id if version is not None else None


class AgreementKept(msgspec.Struct, frozen=True, kw_only=True):
    """What was written down of an agreement; ``missing`` records that people disagree on are not in the version."""

    kept: KeptAgreement
    missing: int
    notes: tuple[str, ...]


def keep(ctx: Context, found: Agreement, name: str, revision: str) -> AgreementKept:
    """Write down, with a version, how far annotators agreed on the field that they disagree on most.

    Raises UsageError for a name that is taken.
    """
    with ctx.writing():
        version = resolve_to_version(ctx, revision)
        dataset, who, worst = version.dataset, ctx.git.identity(), found.worst
        require_free(ctx, dataset, name)
        names = names_in(ctx, found, version, worst.disagreements)
        kept = KeptAgreement(
            name=name,
            dataset=dataset.name,
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
        summary = f"{name}: agreement on {worst.agreed:,} of {worst.compared:,} records"
        noted = Noted(verb="agreement", files={agreement_path(dataset, name): kept.encode()}, summary=summary)
        done = note(ctx, current_of(ctx, dataset), noted)
        return AgreementKept(kept=kept, missing=names.count(None), notes=done.notes)


def require_free(ctx: Context, dataset: Dataset, name: str) -> None:
    """Raise UsageError for a name that another agreement has, or that cannot be one."""
    check_name(name, "an agreement")
    if any(fold(each) == fold(name) for each in agreement_names(ctx, dataset)):
        raise UsageError(f"'{dataset.name}' has an agreement '{name}' already", hint="choose another name")


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


def review(
    ctx: Context, found: Agreement, name: str, revision: str, *, into: str | None = None, guidelines: str = ""
) -> ReviewStarted:
    """Begin a review of the records that people disagree on, in which one answer to each is chosen.

    ``into``: the field that gets it, where each annotator has a field of their own. Raises NotFoundError when they
    agree on all records, or the version has none of them.
    """
    from dsvc.repository.reviews import request_of, start

    version, worst = resolve_to_version(ctx, revision), found.worst
    names = names_in(ctx, found, version, worst.disagreements)
    answers = {
        called: [
            (who, _plain(value)) for who, value in zip(found.annotators, each.values, strict=True) if value is not None
        ]
        for called, each in zip(names, worst.disagreements, strict=True)
        if called is not None
    }
    if not answers:
        told = "they agree on every record" if not worst.disagreements else "the version has none of these records"
        raise NotFoundError(f"there is nothing to decide: {told}", hint="see what they answered: dsvc agreement --list")
    request = request_of(name, answers=answers, fields=[into or worst.field], guidelines=guidelines)
    return start(ctx, revision, request)


def _plain(value: Any) -> Any:
    """A value with its numbers as Python has them, as queues write them."""
    import json

    return json.loads(canonical_of(value))
