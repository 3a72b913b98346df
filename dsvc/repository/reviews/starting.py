"""``review start|list|rm``: records that shall be looked at by hand."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from dsvc.delta import Added, Modified
from dsvc.errors import NotFoundError, UsageError
from dsvc.manifest import Person
from dsvc.names import composed
from dsvc.origin import VersionId, annotator_named
from dsvc.render.numbers import plural
from dsvc.repository import content
from dsvc.repository.datasets import check_name, fold, is_number
from dsvc.repository.going_back.kept import require_committed
from dsvc.repository.named_facts import SUFFIX, argument, name_there
from dsvc.repository.pilots.creating import with_seed
from dsvc.repository.pilots.draft import PilotDraft
from dsvc.repository.pilots.file import read_pilot
from dsvc.repository.pilots.reach import out_of_reach
from dsvc.repository.results import Outcome
from dsvc.repository.reviews.elsewhere import told_elsewhere
from dsvc.repository.reviews.file import (
    all_verdicts,
    committed,
    committed_verdicts,
    find_review,
    read_review,
    review_names,
    review_path,
    verdicts_folder,
)
from dsvc.repository.reviews.shares import MOST
from dsvc.repository.revisions import resolve_to_version, resolve_to_whole
from dsvc.repository.unsaved import told_edits
from dsvc.repository.versions import require_dataset
from dsvc.repository.writing.noting import Noted, current_of, note
from dsvc.reviewing.queue import Answer, Drawn, Review
from dsvc.reviewing.sharing import Shared, checked_shared
from dsvc.sampling.choosing import choose
from dsvc.sampling.rule import Rule, checked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from dsvc.delta import Delta
    from dsvc.origin import Annotator
    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.repository.revisions import Version
    from dsvc.sampling.orders import Rows
    from dsvc.snapshot import Record

SHARE = "10%"
"""How much of a version is looked at where nobody says it."""


class ReviewRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Which records of a version shall be looked at.

    By a rule (None: a tenth of the version; of a pilot, or of what changed, all), among the records of ``pilot`` or
    those that changed since the version ``changed_since``; or ``records`` by their names. ``answers`` are what
    annotators said of each, where one answer is to be chosen, and ``fields`` what they were asked. ``reviewers`` share
    the records, and all of them look at ``overlap`` of these (from 0 to 1); without them everybody looks at all.
    """

    name: str
    rule: Rule | None = None
    pilot: str | None = None
    changed_since: str | None = None
    records: Sequence[str] | None = None
    answers: Mapping[str, Sequence[Answer]] = {}
    fields: Sequence[str] = ()
    guidelines: str = ""
    reviewers: Sequence[Annotator] = ()
    overlap: float = 0.0

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "name", composed(self.name))


def request_of(
    name: str,
    *,
    sample: str | None = None,
    pilot: str | None = None,
    findings: Sequence[str] = (),
    changed_since: str | None = None,
    where: Sequence[str] = (),
    stratify: Sequence[str] = (),
    seed: str = "",
    records: Sequence[str] | None = None,
    answers: Mapping[str, Sequence[tuple[Annotator | str, Any]]] | None = None,
    fields: Sequence[str] = (),
    guidelines: str = "",
    reviewers: Sequence[Annotator | str] = (),
    overlap: float = 0.0,
) -> ReviewRequest:
    """A request in plain values.

    ``answers`` are pairs of an annotator (or ``NAME``, ``NAME:kind``) and a value: of the field that was asked, of
    several fields an object of them. Raises UsageError for answers that do not fit the fields or the records.
    """
    given = _answers(answers or {}, records, fields)
    by_rule = records is None and not given
    rule = None
    if by_rule and (sample or findings or where or stratify or seed):
        size = sample or ("100%" if pilot or findings or changed_since else SHARE)
        rule = Rule(size=size, seed=seed, stratify=tuple(stratify), where=tuple(where), findings=tuple(findings))
    return ReviewRequest(
        name=name,
        rule=rule,
        pilot=pilot,
        changed_since=changed_since,
        records=None if by_rule else list(records if records is not None else given),
        answers=given,
        fields=tuple(fields),
        guidelines=guidelines,
        reviewers=[_annotator(who) for who in reviewers],
        overlap=overlap,
    )


def _answers(
    answers: Mapping[str, Sequence[tuple[Annotator | str, Any]]], records: Sequence[str] | None, fields: Sequence[str]
) -> dict[str, tuple[Answer, ...]]:
    """What annotators said of each record. Raises UsageError where it fits neither the fields nor the records."""
    given = {
        record: tuple(Answer(annotator=_annotator(who), value=value) for who, value in each)
        for record, each in answers.items()
    }
    if not given:
        return given
    if not fields:
        raise UsageError("answers are given, and no field that they are of", hint='fields=["label"]')
    if (missing := next((name for name in records or () if not given.get(name)), None)) is not None:
        raise UsageError(f"nobody's answer is given for the record '{missing}'", hint="leave it out of the records")
    known = {*(records or given)}
    if (stray := next((name for name in given if name not in known), None)) is not None:
        raise UsageError(f"answers are given for '{stray}', which is not among the records", hint="add it to them")
    return given


def _annotator(who: Annotator | str) -> Annotator:
    return annotator_named(who) if isinstance(who, str) else who


class ReviewStarted(msgspec.Struct, frozen=True, kw_only=True):
    """A review that was begun; ``notes`` tell what is unusual about it, one sentence each."""

    review: Review
    notes: tuple[str, ...]


class ReviewListed(msgspec.Struct, frozen=True, kw_only=True):
    """A review, how many of its records somebody has judged, and whether verdicts were committed."""

    dataset: Dataset
    review: Review
    judged: int
    finished: bool


def start(ctx: Context, revision: str, request: ReviewRequest) -> ReviewStarted:
    """Choose records of a version, and write down that they shall be looked at.

    Raises UsageError for a name that is taken or a rule that cannot be followed, NotFoundError when nothing is chosen.
    """
    with ctx.writing():
        version = resolve_to_whole(ctx, revision)
        review = queued(ctx, version, request)
        noted = Noted(
            verb="review start",
            files=queue_files(version.dataset, review),
            summary=f"{review.name}: {plural(len(review.records), 'record')} of {review.number} to be looked at",
        )
        elsewhere = told_elsewhere(ctx, version.dataset, version.entry)
        done = note(ctx, current_of(ctx, version.dataset), noted)
        edits = told_edits(ctx, revision, version)
        return ReviewStarted(review=review, notes=(*edits, *elsewhere, *done.notes))


def queued(ctx: Context, version: Version, request: ReviewRequest) -> Review:
    """A review whose records are chosen, and that is not written down yet; raises as :func:`start` does."""
    require_committed(version.dataset, version.entry)
    dataset, who = version.dataset, ctx.git.identity()
    check_free(ctx, dataset, request.name)
    drawn, records = _drawn(ctx, version, request)
    return Review(
        id=VersionId(secrets.token_hex(16)),
        name=request.name,
        dataset=dataset.name,
        version=version.entry.id,
        number=version.entry.number,
        created_at=ctx.clock(),
        created_by=Person(name=who.name, email=who.email),
        drawn=drawn,
        guidelines=request.guidelines,
        fields=tuple(request.fields),
        records=records,
        answers={name: tuple(request.answers[name]) for name in records if name in request.answers},
        shared=_shared(request, len(records)),
    )


def _shared(request: ReviewRequest, records: int) -> Shared | msgspec.UnsetType:
    if not request.reviewers:
        if request.overlap:
            raise UsageError("who looks at the overlap?", hint="name the reviewers: --reviewers anna,ben")
        return msgspec.UNSET
    return checked_shared(Shared(reviewers=tuple(request.reviewers), overlap=request.overlap), records)


def queue_files(dataset: Dataset, review: Review) -> dict[str, bytes]:
    """The files of a review without verdicts: repository paths with their bytes."""
    return {review_path(dataset, review.name): review.page()}


def check_free(ctx: Context, dataset: Dataset, name: str) -> None:
    """Raise UsageError for a name that another review has, or that cannot be one."""
    check_name(name, "a review")
    if fold(name).endswith(SUFFIX):
        raise UsageError(f"'{name}' cannot name a review: it is the name of a file", hint=f"leave '{SUFFIX}' out")
    if is_number(name):
        raise UsageError(f"'{name}' cannot name a review: it is the number of a version", hint="choose another name")
    taken = name_there(ctx, dataset.reviews_path, name)
    if taken is not None:
        raise UsageError(
            f"'{dataset.name}' has a review '{taken}' already",
            hint=f"go on with it: dsvc review next {argument(ctx, dataset.name, taken)}; or choose another name",
        )


def _drawn(ctx: Context, version: Version, request: ReviewRequest) -> tuple[Drawn, tuple[str, ...]]:
    """How records are chosen, and their names in the order of the files."""
    made = PilotDraft(ctx, version)
    names = made.candidates.table.names()
    if request.records is not None:
        rows = _rows_of(names.rows(list(request.records)), request.records, version)
        return Drawn(named=True), tuple(names.of(rows))
    since = _version_id(ctx, version, request.changed_since)
    rule = _rule(request)
    checked(rule)
    mask = _mask(ctx, made, rule, request.pilot, since)
    made.candidates.told(rule, mask)
    rows = choose(made.candidates.records, rule, mask).rows
    pilot_rule = _pilot_rule(ctx, version, request.pilot) if request.pilot is not None else None
    drawn = Drawn(rule=rule, pilot=request.pilot, pilot_rule=pilot_rule, changed_since=since)
    return drawn, tuple(names.of(rows))


def _pilot_rule(ctx: Context, version: Version, name: str) -> Rule | None:
    """The rule of a pilot; None where it is of a version that too many records have come to since."""
    pilot = read_pilot(ctx, version.dataset, name)
    return pilot.rule if out_of_reach(ctx, version.dataset, pilot, version.entry) <= MOST else None


def _rule(request: ReviewRequest) -> Rule:
    everything = request.pilot or request.changed_since
    rule = request.rule if request.rule is not None else Rule(size="100%" if everything else SHARE)
    return with_seed(rule, request.name)


def _rows_of(found: Mapping[str, int], wanted: Sequence[str], version: Version) -> Rows:
    missing = [name for name in wanted if name not in found]
    if missing:
        raise NotFoundError(
            f"{plural(len(missing), 'record')} to be looked at {'is' if len(missing) == 1 else 'are'} not in "
            f"{version.dataset.name} {version.entry.number} (first: {missing[0]})",
            hint=f"name the version that has them: dsvc log {version.dataset.name}",
        )
    return np.array(sorted(found[name] for name in wanted), dtype=np.int64)


def _version_id(ctx: Context, version: Version, revision: str | None) -> str | None:
    if revision is None:
        return None
    named = revision if "@" in revision else f"{version.dataset.name}@{revision}"
    other = resolve_to_version(ctx, named)
    if other.dataset.name != version.dataset.name:
        raise UsageError(
            f"'{revision}' is a version of '{other.dataset.name}'", hint=f"dsvc log {version.dataset.name}"
        )
    return other.entry.id


def _mask(ctx: Context, made: PilotDraft, rule: Rule, pilot: str | None, since: str | None) -> NDArray[np.bool_] | None:
    """Which records may be chosen; None: all. Raises NotFoundError when none may."""
    masks = [mask for mask in (made.candidates.of(rule),) if mask is not None]
    if pilot is not None:
        found = made.candidates.table.names().rows(read_pilot(ctx, made.version.dataset, pilot).records)
        masks.append(_only(len(made.candidates.table), list(found.values())))
    if since is not None:
        masks.append(_only(len(made.candidates.table), _changed(ctx, made, since)))
    if not masks:
        return None
    mask: NDArray[np.bool_] = np.logical_and.reduce(masks)
    if not mask.any():
        raise NotFoundError(
            f"nothing of '{made.candidates.table.snapshot.name}' is to be looked at: no record meets all that is asked",
            hint="look at --pilot, --changed-since, --where and --findings",
        )
    return mask


def _only(count: int, rows: Sequence[int]) -> NDArray[np.bool_]:
    mask = np.zeros(count, dtype=bool)
    mask[list(rows)] = True
    return mask


def _changed(ctx: Context, made: PilotDraft, since: str) -> list[int]:
    """The rows of records that were added or edited since a version."""
    table, name = made.candidates.table, made.version.dataset.name
    paths = [file.path for file in table.snapshot.layout.files]
    at = zip(table.file.tolist(), table.line.tolist(), strict=True)
    rows = {(paths[file], line): row for row, (file, line) in enumerate(at)}
    with content.diff(ctx, f"{name}@{since}", f"{name}@{made.version.entry.id}") as changes:
        places = [new for delta in changes if (new := _new_record(delta)) is not None]
    return [rows[place.file, place.line] for place in places]


def _new_record(delta: Delta) -> Record | None:
    if isinstance(delta, Added):
        return delta.record
    return delta.new if isinstance(delta, Modified) else None


def listed(ctx: Context, target: str | None = None) -> list[ReviewListed]:
    """The reviews of a dataset, or of all, by dataset and name."""
    datasets = ctx.versions.datasets(ctx.git.head())
    if target is not None:
        datasets = [require_dataset(datasets, target)]
    return [_listed(ctx, dataset, name) for dataset in datasets for name in review_names(ctx, dataset)]


def _listed(ctx: Context, dataset: Dataset, name: str) -> ReviewListed:
    review = read_review(ctx, dataset, name)
    judged = {
        record
        for _, verdicts in all_verdicts(ctx, dataset, review).values()
        for record, verdict in verdicts.by_record.items()
        if verdict.judges
    }
    return ReviewListed(
        dataset=dataset, review=review, judged=len(judged), finished=bool(committed_verdicts(ctx, dataset, review))
    )


def remove(ctx: Context, name: str, target: str | None = None) -> Outcome:
    """Take a review with its verdicts out of HEAD; those in the git directory, and the commits that have them, stay."""
    with ctx.writing():
        dataset, review = find_review(ctx, name, target)
        current = current_of(ctx, dataset)
        folder = verdicts_folder(dataset, review.name)
        files = [f"{folder}/{each}" for each in committed(ctx, dataset, review)]
        there = (review_path(dataset, review.name), *files)
        summary = f"{review.name}: not kept any more"
        done = note(ctx, current, Noted(verb="review rm", files=dict.fromkeys(there), summary=summary))
        return Outcome(
            verb="review rm",
            dataset=dataset,
            file=f"'{dataset.path}' was not touched",
            history="no version was changed",
            head=f"has no review '{review.name}' any more ({done.commit[:12]})",
            version=current.entry,
            notes=done.notes,
        )
