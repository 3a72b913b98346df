"""``import --update``: what annotators made of records that were handed out becomes the dataset's next version.

The base is the version that was handed out, theirs are the answers, ours is HEAD's version: only fields that were asked
for change, and only where HEAD has them as they were handed out. See ``docs/decisions.md``.
"""

from __future__ import annotations

from collections import Counter
from functools import partial
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec.structs import replace

from dsvc.conditions.fields import MISSING, field, has_place
from dsvc.errors import ConflictError, NotFoundError, UsageError
from dsvc.exporters.annotation.labelled import is_blank_value
from dsvc.importers.steadiness import Steadiness
from dsvc.importers.tools.answers import TITLES
from dsvc.origin import Annotator
from dsvc.render.numbers import plural
from dsvc.render.safe_text import safe
from dsvc.repository.annotation import conflict_choices
from dsvc.repository.annotation.answered_records import contents, find_answered, is_rewritten
from dsvc.repository.annotation.conflict_choices import Choices
from dsvc.repository.annotation.field_changes import FieldChanges
from dsvc.repository.annotation.merge import Conflict, Question, Take, answer, decide, same
from dsvc.repository.annotation.replies import read_replies, require_sealed
from dsvc.repository.annotation.settled import DECIDED, TAKEN_BACK, Settled, digest
from dsvc.repository.blame import VersionsPast
from dsvc.repository.committing.target import find_target
from dsvc.repository.exports.out_file import refuse_place, replacing
from dsvc.repository.going_back.kept import version_by_id
from dsvc.repository.imports.importing import Placement, described, import_parts
from dsvc.repository.lines_since import lines_since
from dsvc.repository.versions import require_dataset

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dsvc.exporters.annotation.ticket import HandedOut
    from dsvc.importers.source import RecordSource
    from dsvc.manifest import LedgerEntry
    from dsvc.repository.annotation.answered_records import Found
    from dsvc.repository.annotation.replies import Replies
    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.repository.results import CommitRequest, CommitResult
    from dsvc.repository.versions import Current
    from dsvc.snapshot import Snapshot


_MOST_NAMED: Final = 5


class TakenBack(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the answers, counted by field of a record.

    ``taken`` changed it, ``same`` did not, to ``unanswered`` nobody said anything, ``emptied`` of which were handed out
    with a value and came back without one; ``decided`` were conflicts that the user decided (also counted as taken, or
    as same where ours stays). ``result`` is the new version.
    """

    result: CommitResult
    taken: int
    same: int
    unanswered: int
    emptied: int
    skipped: int
    decided: int


class AnswerConflictsError(ConflictError):
    """Answers that nobody can merge; ``conflicts`` are all of them."""

    def __init__(
        self,
        conflicts: Sequence[Conflict],
        given: str,
        written: str | None,
        *,
        was_told: bool,
        missing: Sequence[str] = (),
    ) -> None:
        many = "1 conflict" if len(conflicts) == 1 else f"{len(conflicts):,} conflicts"
        if written is not None:
            super().__init__(
                f"nothing was changed: {many}, now listed in '{written}'",
                hint='in each line say what to "take" ("ours", "theirs", {"annotator": …}, {"value": …}); run it again',
            )
        elif missing:
            more = len(missing) - _MOST_NAMED
            named = "; ".join(missing[:_MOST_NAMED]) + (f"; and {more:,} more" if more > 0 else "")
            super().__init__(
                f"nothing was changed: {many} of '{given}' still open",
                hint=f"{named} (all anew: --conflicts NEW-FILE.jsonl)",
            )
        elif was_told:
            super().__init__(
                f"nothing was changed: {many} of '{given}' still open",
                hint="decide each one in a file, which lists them first: --conflicts NEW-FILE.jsonl",
            )
        else:
            super().__init__(
                f"nothing was changed: {many} of '{given}'",
                hint="--conflicts ours (keeps what is here), theirs, or FILE.jsonl, which lists them to be decided",
            )
        self.conflicts = tuple(conflicts)


def take_back(
    ctx: Context,
    source: RecordSource,
    request: CommitRequest,
    *,
    given: str,
    conflicts: str | None = None,
    conflicts_file: Path | None = None,
    force: bool = False,
) -> TakenBack:
    """Make a version of HEAD's records with the answers of a source.

    ``request.target`` is a dataset (empty: the only one); ``given`` the source as the user wrote it; ``conflicts`` is
    ``ours``, ``theirs``, or the name of ``conflicts_file``: written when it is not there, else what it says is done.
    Raises AnswerConflictsError when conflicts are open, NotFoundError when no answer changes anything or a version is
    not known, BadDataError for records that a version does not have, ProtectedError for edits in the working file.
    Then nothing has changed.
    """
    conflict_choices.check(conflicts)
    choices = Choices.of(conflicts, conflicts_file)
    steadiness = Steadiness.of(source, given)
    replies = read_replies(source, given)
    with ctx.writing():
        dataset = require_dataset(ctx.versions.datasets(ctx.git.head()), request.target.rstrip("/") or None)
        entries = {version: _entry(ctx, dataset, version, given) for version in replies.versions}
        for version, entry in entries.items():
            require_sealed(replies, version, entry)
        target = find_target(ctx, replace(request, target=dataset.path))
        assert target.current is not None
        verb = f"import {quote(given)} --into {dataset.name} --update"
        now = ctx.versions.snapshot(dataset, target.current.entry)
        by = request.annotators[0].name if len(request.annotators) == 1 else None
        questions, nothing = _questions(ctx, target.current, now, replies, entries, by)
        settled = Settled(ctx, target.current, [*entries.values()])
        merged = _merged(questions, choices, settled, FieldChanges(now), request)
        if merged.open:
            if conflicts_file is not None:
                refuse_place(ctx.working.root, [dataset], conflicts_file, now.name, verb="import")
            named = None if request.dry_run else conflicts_file
            raise _refusal(merged.open, given, conflicts, named, choices.missing)
        _require_changes(merged, nothing, replies, given, dataset)
        asked = _asked_for(request, source, replies, dataset, given, merged)
        steadiness.require()  # the digest is of what was read
        # Edits are looked for there: what a run that was killed left in the file is not one of them.
        result = import_parts(
            ctx,
            Placement(dataset, merged.changes.parts(), whole=True),
            asked,
            given=given,
            force=force,
            verb=verb,
            notes=(*source.told, *_notes(replies, request, merged)),
        )
        return TakenBack(
            result=result,
            taken=merged.changes.count,
            same=merged.unchanged,
            unanswered=nothing.unanswered,
            emptied=nothing.emptied,
            skipped=replies.skipped,
            decided=len(merged.decisions),
        )


class _Nothing(msgspec.Struct, frozen=True):
    """Fields that nobody answered to; ``emptied`` of them had a value, and came back without one."""

    unanswered: int
    emptied: int


class _Merged(msgspec.Struct):
    """What becomes of all questions; ``edited``: answers taken for records that are others now than handed out."""

    changes: FieldChanges
    open: list[Conflict]
    unchanged: int = 0
    decisions: list[str] = msgspec.field(default_factory=list)
    """What was decided, as the version remembers it."""
    edited: int = 0
    repeated: int = 0
    """Answers that named a choice more than once."""
    unoffered: Counter[str] = msgspec.field(default_factory=Counter)
    """Choices that were taken, and that nobody had offered: slips of the pen, or new ones."""
    texts: Counter[str] = msgspec.field(default_factory=Counter)
    """Texts that were taken into fields that hold none in any other record."""


def _merged(
    questions: Iterable[Question], choices: Choices, settled: Settled, changes: FieldChanges, request: CommitRequest
) -> _Merged:
    merged = _Merged(changes, [])
    for question in questions:
        outcome = decide(question)
        if isinstance(outcome, Conflict) and settled.has(outcome):
            outcome = None
        if isinstance(outcome, Conflict):
            conflict = _placed(outcome, changes)
            choice = choices.decide(conflict)
            if choice is None:
                merged.open.append(conflict)
                continue
            merged.decisions.append(digest(conflict, question.ours if isinstance(choice, str) else choice.value))
            outcome = None if isinstance(choice, str) or same(choice.value, question.ours) else choice
        if outcome is None or question.line is None:
            merged.unchanged += 1
            continue
        changes.add(question.line, question.asked.steps, outcome.value, _people(outcome, request))
        merged.edited += question.is_edited
        merged.repeated += any(each.repeated for each in question.answers)
        merged.unoffered.update({text for each in question.answers for text in each.unoffered})
        merged.texts.update({text for each in question.answers for text in each.texts})
    return merged


def _entry(ctx: Context, dataset: Dataset, version: HandedOut, given: str) -> LedgerEntry:
    """The version that was handed out. Raises UsageError when it is another dataset's, NotFoundError when unknown."""
    found = version_by_id(ctx, dataset, version.id)
    if found is not None:
        return found
    for other in ctx.versions.datasets(ctx.git.head()):
        if other != dataset and version_by_id(ctx, other, version.id) is not None:
            raise UsageError(
                f"'{given}' was handed out from '{other.name}', not from '{dataset.name}'",
                hint=f"dsvc import {quote(given)} --into {other.name} --update",
            )
    raise NotFoundError(
        f"'{given}' was handed out from {version} ({version.id[:12]}), which is not known here",
        hint="get it, if somebody has it: git fetch --tags",
    )


def _questions(
    ctx: Context,
    current: Current,
    now: Snapshot,
    replies: Replies,
    entries: dict[HandedOut, LedgerEntry],
    named: str | None,
) -> tuple[Iterable[Question], _Nothing]:
    """All fields that somebody answered to, in the order of HEAD's records; and how many nobody answered to."""
    found: dict[tuple[int | str, str], Question] = {}
    unanswered: dict[tuple[int | str, str], bool] = {}
    past, head = VersionsPast(ctx, current.dataset, current.entry), current.entry.id
    for version, places in replies.versions.items():
        entry = entries[version]
        handed = now if entry.id == head else ctx.versions.snapshot(current.dataset, entry)
        where_now = partial(lines_since, past, entry.id, handed, head, current.manifest.key)
        records = find_answered(handed, version, places, where_now, ctx.progress)
        _gather(records, found, unanswered, named)
    at = contents(now, [question.line for question in found.values() if question.line is not None])
    for question in found.values():
        if question.line is None:
            continue
        then, value, steps = question.then, at[question.line], question.asked.steps
        question.ours = field(value, steps)
        question.has_place = has_place(value, steps)
        question.is_edited = not same(value, then)
        question.is_rewritten = question.is_edited and is_rewritten(then, value, steps, current.manifest.key)
    last = sum(file.lines for file in now.layout.files)
    ordered = sorted(found.values(), key=lambda each: last if each.line is None else each.line)
    left = [emptied for key, emptied in unanswered.items() if key not in found]
    return ordered, _Nothing(len(left), sum(left))


def _gather(
    records: Found,
    found: dict[tuple[int | str, str], Question],
    unanswered: dict[tuple[int | str, str], bool],
    named: str | None,
) -> None:
    """Sort the replies; ``unanswered`` says whether a field had a value, and came back without one.

    ``named`` is who answered where the tool does not say it.
    """
    for record in records.records:
        returned = record.returned
        place = record.line if record.line is not None else f"{record.version.id} {record.name}"
        for asked, given in returned.replies.items():
            key = (place, asked.field)
            if not given:
                had = not is_blank_value(field(record.base, asked.steps))
                unanswered[key] = unanswered.get(key, False) or (had and asked in returned.empty)
                continue
            given = [each if each.who is not None else replace(each, who=named) for each in given]
            answers = [answer(each, asked, record.base, records.values[asked.field]) for each in given]
            new = Question(record.name, record.version, asked, record.line, MISSING, [], record.base)
            found.setdefault(key, new).answers += answers


def _placed(conflict: Conflict, changes: FieldChanges) -> Conflict:
    if conflict.line is None:
        return conflict
    file, row = changes.place(conflict.line)
    return replace(conflict, file=file, row=row)


def _people(take: Take, request: CommitRequest) -> tuple[Annotator, ...]:
    """Who a value is of; nobody: whoever the request names."""
    known = {each.name: each for each in request.annotators}
    named = [known.get(who, Annotator(who)) for who in take.people if who is not None]
    return tuple(dict.fromkeys(named if named else request.annotators))


def _refusal(
    conflicts: Sequence[Conflict], given: str, wanted: str | None, path: Path | None, missing: Sequence[str]
) -> AnswerConflictsError:
    """The error for open conflicts; they are written into the file that the user named, when it is not there yet."""
    if path is None or path.exists():
        return AnswerConflictsError(conflicts, given, None, was_told=wanted is not None, missing=missing)
    with replacing(path, force=False) as out:
        out.write(conflict_choices.as_file(conflicts))
    return AnswerConflictsError(conflicts, given, wanted, was_told=True)


def _require_changes(merged: _Merged, nothing: _Nothing, replies: Replies, given: str, dataset: Dataset) -> None:
    """Refuse a source in which no answer changes anything; what became of its answers is told."""
    if merged.changes.count:
        return
    counts = _counts(0, merged.unchanged, nothing.unanswered, nothing.emptied, replies.skipped)
    told = "; ".join([counts, *_left_out(replies)])
    raise NotFoundError(f"nothing to take over from '{given}': {told}", hint=f"dsvc log {dataset.name}")


def _asked_for(
    request: CommitRequest,
    source: RecordSource,
    replies: Replies,
    dataset: Dataset,
    given: str,
    merged: _Merged,
) -> CommitRequest:
    """What is written down: the tool as the source, who answered what, which versions were handed out."""
    title = TITLES[replies.tool]
    source = replace(source, source=source.source or title, tool=replies.tool, annotator_field=None)
    handed = [f"{version} {version.id}" for version in replies.versions]
    reason = request.reason or f"labels from {title} ({Path(given).name})"
    made = described(source, replace(request, target=dataset.path, reason=reason), source.sha256())
    told: dict[str, object] = {"tool": replies.tool, "handed_out": handed, "fields": merged.changes.count}
    if merged.decisions:
        told[DECIDED] = merged.decisions
    return replace(made, people=merged.changes.people(), metadata={TAKEN_BACK: told, **made.metadata})


def _notes(replies: Replies, request: CommitRequest, merged: _Merged) -> Iterable[str]:
    if merged.repeated:
        yield f"{plural(merged.repeated, 'answer')} named a choice more than once; it was taken once"
    if merged.unoffered:
        yield f"taken, though not among the choices handed out: {_commonest(merged.unoffered)}"
    if merged.texts:
        yield f"taken as texts into a field that else holds numbers, or true and false: {_commonest(merged.texts)}"
    if merged.edited:
        yield f"{plural(merged.edited, 'answer')} taken for records that were edited after they were handed out"
    if replies.nameless and not request.annotators:
        yield f"{TITLES[replies.tool]} does not say who answered; if it was not you: --annotator NAME"
    yield from _left_out(replies)


def _left_out(replies: Replies) -> Iterator[str]:
    """Answers and tasks that are no concern of the dataset, one sentence each."""
    for tag, count in replies.unasked.items():
        was = "was" if count == 1 else "were"
        yield f"{plural(count, 'answer')} to '{tag}' {was} not asked for, and left out"
    if replies.strangers:
        was = "was" if replies.strangers == 1 else "were"
        yield f"{plural(replies.strangers, 'task')} {was} not handed out by dsvc, and left out"


def _counts(taken: int, unchanged: int, unanswered: int, emptied: int, skipped: int) -> str:
    parts = [f"{taken:,} taken", f"{unchanged:,} as before", f"{unanswered:,} unanswered"]
    parts[-1] += f" ({emptied:,} emptied, left as they were)" if emptied else ""
    return ", ".join([*parts, f"{skipped:,} skipped"] if skipped else parts)


def counts_text(done: TakenBack) -> str:
    """What became of the answers, in words."""
    text = _counts(done.taken, done.same, done.unanswered, done.emptied, done.skipped)
    return f"{text}; {plural(done.decided, 'conflict')} decided" if done.decided else text


def _commonest(texts: Counter[str]) -> str:
    named = ", ".join([f"'{safe(text)}' ({count:,})" for text, count in texts.most_common(_MOST_NAMED)])
    more = len(texts) - _MOST_NAMED
    return f"{named}{f' and {more:,} more' if more > 0 else ''}"
