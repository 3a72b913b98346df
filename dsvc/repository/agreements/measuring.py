"""``agreement``: how far annotators agree."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec.structs import replace

from dsvc.agreement.figures import field_agreement
from dsvc.agreement.joining import Recognition, join_fields, join_records, join_sides
from dsvc.agreement.kinds import KINDS, SIMILAR
from dsvc.errors import NotFoundError, UsageError
from dsvc.repository import content
from dsvc.repository.revisions import resolve_to_version
from dsvc.sampling.identities import named_fields

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from dsvc.agreement.figures import FieldAgreement
    from dsvc.agreement.joining import Joined
    from dsvc.repository.context import Context
    from dsvc.repository.revisions import Version
    from dsvc.sampling.identities import Named
    from dsvc.snapshot import Snapshot

_FIELDS_TOLD: Final = 12
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
    second of one side is compared with the second of the other; ``nameless`` ones do not say whose answer they are, and
    are not compared. ``versions`` are the ids of the sides, None for files; ``similar`` is from where on texts are the
    same; ``has_columns``: each annotator has a field of their own.
    """

    sides: tuple[str, ...]
    annotators: tuple[str, ...]
    records: int
    alone: int
    only: tuple[int, ...]
    unanswered: int = 0
    repeated: int = 0
    nameless: int = 0
    fields: tuple[FieldAgreement, ...]
    joined: Joined
    versions: tuple[str | None, ...] = ()
    similar: float = SIMILAR
    has_columns: bool = False

    @property
    def worst(self) -> FieldAgreement:
        """The field that people disagree on most."""
        return max(self.fields, key=lambda field: field.disagreement or 0.0)

    def of_records(self, numbers: Collection[int]) -> Agreement:
        """How far they agree on these of the records, by their numbers in ``joined``."""
        answers = self.joined.only(numbers)
        fields = (
            field_agreement(answers, at, each.field, kind=each.kind, similar=self.similar)
            for at, each in enumerate(self.fields)
        )
        return replace(self, fields=tuple(replace(each, records=len(numbers)) for each in fields))


def agreement(ctx: Context | None, request: AgreementRequest, folder: Path, *, called: Sequence[str] = ()) -> Agreement:
    """Compare the answers. Without a repository (``ctx`` None) the sides are paths, below ``folder``.

    Sides that have no names are called by who made them, else as they were asked for (``called``).

    Raises UsageError for what does not fit together, NotFoundError where there is nothing to compare.
    """
    _check(request)
    versions = tuple(_version_id(ctx, side) for side in request.sides)
    _require_different(request.sides, versions, folder)
    with ExitStack() as stack:
        sides = {
            name: stack.enter_context(_opened(ctx, side, folder))
            for name, side in zip(_names(ctx, request, called), request.sides, strict=True)
        }
        key = tuple(request.key or _key_of(ctx, request))
        _require_key(request, sides)
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
        nameless=joined.nameless,
        fields=fields,
        joined=joined,
        versions=versions,
        similar=request.similar,
        has_columns=bool(request.columns),
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


def _require_different(sides: Sequence[str], versions: Sequence[str | None], folder: Path) -> None:
    """Raise UsageError where two sides are one version or one file: it would agree with itself throughout."""
    seen: dict[str | Path, str] = {}
    for side, version in zip(sides, versions, strict=True):
        at = version or (folder / side).resolve()
        if at in seen:
            told = f"'{side}' is named twice" if seen[at] == side else f"'{seen[at]}' and '{side}' are the same"
            raise UsageError(f"{told}: it agrees with itself", hint="name one side of each annotator")
        seen[at] = side


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
    fields = named_fields(request.fields)
    (snapshot, *others) = sides.values()
    if request.columns:
        columns = dict(zip(request.columns, named_fields([*request.columns.values()]), strict=True))
        joined = join_fields(snapshot, columns, key)
        answered = {at for pattern in joined.answered() for at in pattern}
        _require_answers({path: at in answered for at, path in enumerate(request.columns.values())}, snapshot)
        return joined
    if others:
        joined = join_sides(sides, fields, key)
    else:
        assert request.by is not None
        joined = join_records(snapshot, fields, named_fields([request.by])[0], key, named_fields(_ASIDE))
        if not joined.annotators:
            raise UsageError(f"no record has the field '{request.by}'", hint="name the one with the annotators' names")
    _require_answers({name: joined.has_field(at) for at, name in enumerate(request.fields)}, snapshot)
    return joined


def _require_key(request: AgreementRequest, sides: Mapping[str, Snapshot]) -> None:
    """Raise UsageError for a key that was named and that no record of a side has: it would be compared by order."""
    recognition = Recognition(named_fields(request.key))
    for name, snapshot in sides.items() if request.key else ():
        if not any(map(recognition.has_key, snapshot)):
            told = ", ".join(f"'{field}'" for field in request.key)
            raise UsageError(f"no record of '{name}' has the key {told}", hint=_fields_of(snapshot))


def _require_answers(found: Mapping[str, bool], snapshot: Snapshot) -> None:
    for name, is_there in found.items():
        if not is_there:
            raise UsageError(f"no record has the field '{name}'", hint=_fields_of(snapshot))


def _fields_of(snapshot: Snapshot) -> str:
    """Which fields there are, by the first record."""
    from dsvc.conditions.fields import field_names, value_of

    names = field_names([value_of(record.content) for record in islice(snapshot, 1)])
    return f"the first record of '{snapshot.name}' has: {', '.join(names[:_FIELDS_TOLD]) or 'none'}"


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
