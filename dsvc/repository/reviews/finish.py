"""``review finish``: the verdicts are committed, and what they correct becomes a version, in one commit."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from dsvc.durable import make_folders
from dsvc.errors import FoundErrorsError, NotFoundError, ProtectedError
from dsvc.record import BOM
from dsvc.render.numbers import plural
from dsvc.repository.committing.base_check import require_base
from dsvc.repository.committing.commit import Placing, commit_copy
from dsvc.repository.results import CommitRequest
from dsvc.repository.reviews.changes import METADATA, applied_by, originals, placed, wanted_changes
from dsvc.repository.reviews.file import (
    all_verdicts,
    called,
    committed_verdicts,
    find_review,
    here,
    take_in_committed,
    verdicts_folder,
)
from dsvc.repository.reviews.waiting import left_in, others_left
from dsvc.repository.writing.noting import Noted, current_of, note
from dsvc.repository.writing.placing import discard
from dsvc.repository.writing.replacing import working_state
from dsvc.reviewing.verdicts import verdict_counts
from dsvc.working_copy import WorkingCopy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dsvc.layout import FileLayout
    from dsvc.origin import Annotator
    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.repository.results import CommitResult
    from dsvc.repository.reviews.changes import Change
    from dsvc.repository.versions import Current
    from dsvc.repository.writing.journal import FileMove
    from dsvc.repository.writing.replacing import WorkingState
    from dsvc.reviewing.queue import Review
    from dsvc.reviewing.verdicts import Verdicts
    from dsvc.snapshot import Snapshot

    By = Mapping[str, tuple[Annotator, Verdicts]]

_PREFIX: Final = "reviewed-"
_FEW: Final = 3
_DIGITS: Final = 8
"""Of a record's id, where one is named."""


class ReviewFinished(msgspec.Struct, frozen=True, kw_only=True):
    """What a review came to.

    ``counts`` are of the verdicts, by kind; ``changed`` and ``removed`` records of the new version (``committed``,
    None where nothing was to be changed). ``conflicts`` names records that were not changed, each with why.
    """

    dataset: Dataset
    review: Review
    counts: Mapping[str, int]
    changed: int
    removed: int
    conflicts: tuple[tuple[str, str], ...]
    commit: str
    committed: CommitResult | None
    notes: tuple[str, ...]


class FinishRequest(msgspec.Struct, frozen=True, kw_only=True):
    """``partial``: although records are left; ``remove_rejected``: rejected records leave the dataset."""

    name: str | None = None
    target: str | None = None
    partial: bool = False
    remove_rejected: bool = False
    reason: str | None = None
    allow_findings: str | None = None


def finish(ctx: Context, request: FinishRequest) -> ReviewFinished:
    """Commit the verdicts that lie here, and make a version of what they correct.

    A correction counts where HEAD's version has the record (followed line by line) as the reviewer saw it. Raises
    ProtectedError when records are left, when the working file was edited, or is of another version than HEAD's;
    what a commit raises.
    """
    with ctx.writing():
        ctx.require_no_merge()
        dataset, review = find_review(ctx, request.name, request.target)
        current = current_of(ctx, dataset)
        take_in_committed(ctx, dataset, review)
        files = {f"{verdicts_folder(dataset, review.name)}/{name}": data for name, data in here(ctx, review).items()}
        if not files:
            raise NotFoundError(f"nobody has judged a record of '{review.name}' here", hint=_next(ctx, review))
        judged = all_verdicts(ctx, dataset, review)
        _require_all(ctx, review, judged, partial=request.partial)
        settled = committed_verdicts(ctx, dataset, review)
        applied = applied_by(ctx, current, review)
        texts = partial(originals, ctx, dataset, review)
        wanted = partial(wanted_changes, review, judged, settled, applied, texts)
        changes, conflicts = wanted(remove_rejected=request.remove_rejected)
        edits, more = placed(ctx, current, review, changes)
        counts = verdict_counts(v for _, found in judged.values() for v in found.by_record.values())
        told, others = (*conflicts, *more), tuple(others_left(ctx, review, judged))
        if not edits:
            files = {path: data for path, data in files.items() if ctx.git.read(current.commit, path) != data}
            if not files:
                raise NotFoundError(f"the verdicts on '{review.name}' are committed already", hint=_next(ctx, review))
            summary = f"{review.name}: {plural(_judged(counts), 'verdict')} on {review.number}"
            done = note(ctx, current, Noted(verb="review finish", files=files, summary=summary))
            return _result(dataset, review, counts, {}, told, done.commit, None, (*done.notes, *others))
        committed = _commit(ctx, current, review, edits, counts, files, request)
        assert committed.commit is not None
        notes = (*committed.notes, *others)
        return _result(dataset, review, counts, edits, told, committed.commit, committed, notes)


def _next(ctx: Context, review: Review) -> str:
    return f"dsvc review next {called(ctx, review)}"


def _judged(counts: Mapping[str, int]) -> int:
    return sum(count for kind, count in counts.items() if kind != "skip")


def _require_all(ctx: Context, review: Review, judged: By, *, partial: bool) -> None:
    """Raise ProtectedError where records wait for a verdict."""
    left = 0 if partial else len(left_in(ctx, review, judged))
    if left:
        has = "has" if left == 1 else "have"
        raise ProtectedError(
            f"{left:,} of the {len(review.records):,} records of '{review.name}' {has} no verdict yet",
            hint=f"go on: {_next(ctx, review)}; or finish with what there is: "
            f"dsvc review finish {called(ctx, review)} --partial",
        )


def _commit(
    ctx: Context,
    current: Current,
    review: Review,
    edits: Mapping[tuple[str, int], Change],
    counts: Mapping[str, int],
    files: Mapping[str, bytes],
    request: FinishRequest,
) -> CommitResult:
    ctx.require_settings()
    dataset = current.dataset
    state = _unedited(ctx, current)
    places = _places_after(edits)
    reviewers = tuple(dict.fromkeys(change.people[0] for change in edits.values()))
    snapshot = ctx.versions.snapshot(dataset, current.entry)
    applied = {change.record: change.outcome for change in edits.values()}
    facts = {METADATA: {"name": review.name, "id": review.id, "verdicts": dict(counts), "applied": applied}}
    asked = CommitRequest(
        target=dataset.path,
        reason=request.reason or f"review {review.name}: {_in_words(edits.values())}",
        annotators=reviewers,
        people={now: edits[before].people for now, before in places.items()},
        edits=places,
        metadata=facts,
        allow_findings=request.allow_findings,
    )
    with _corrected(ctx, snapshot, edits, state) as (copy, paths, moves):
        try:
            return commit_copy(ctx, asked, copy, paths, Placing(verb="review finish", moves=moves, beside=files))
        except FoundErrorsError as error:
            first = edits[places[error.places[0]]].record[:_DIGITS] if error.places[0] in places else "ID"
            anew = f"correct them anew: dsvc review edit {called(ctx, review)} --record {first}"
            hint = f"{anew}; or keep them and say why: --allow-findings 'why'"
            raise FoundErrorsError(error.message, hint=hint, errors=error.errors) from None


def _places_after(edits: Mapping[tuple[str, int], Change]) -> dict[tuple[str, int], tuple[str, int]]:
    """Where corrected lines stand once others are gone, and where they stood; file and line, from 1."""
    found: dict[tuple[str, int], tuple[str, int]] = {}
    gone: dict[str, int] = {}
    for path, line in sorted(edits):
        if edits[path, line].text is None:
            gone[path] = gone.get(path, 0) + 1
        else:
            found[path, line - gone.get(path, 0)] = path, line
    return found


def _in_words(changes: Iterable[Change]) -> str:
    gone = [change.text is None for change in changes]
    parts = [(gone.count(False), "corrected"), (gone.count(True), "removed")]
    return ", ".join(f"{plural(count, 'record')} {what}" for count, what in parts if count)


def _unedited(ctx: Context, current: Current) -> WorkingState:
    """The working files. Raises ProtectedError unless they are those of HEAD's version."""
    dataset = current.dataset
    state = working_state(ctx, dataset)
    if state.edited:
        raise ProtectedError(
            f"'{dataset.path}' has edits that are in no version yet",
            hint=f"commit them first: dsvc commit {dataset.name} -m 'why'",
        )
    if state.present:
        require_base(ctx, current)
    return state


@contextmanager
def _corrected(
    ctx: Context, snapshot: Snapshot, edits: Mapping[tuple[str, int], Change], state: WorkingState
) -> Iterator[tuple[WorkingCopy, list[str], tuple[FileMove, ...]]]:
    """The files of a version with changed lines: in a folder of their own, and staged beside the working files."""
    for left in ctx.state.glob(f"{_PREFIX}*"):  # of one that was killed; there is no other one now
        shutil.rmtree(left, ignore_errors=True)
    moves: list[FileMove] = []
    make_folders(ctx.state)
    with tempfile.TemporaryDirectory(prefix=_PREFIX, dir=ctx.state) as folder:
        copy = WorkingCopy(Path(folder), Path(folder))
        try:
            for file in snapshot.layout.files:
                here, digest = copy.path(file.path), hashlib.sha256()
                make_folders(here.parent)
                with here.open("wb") as out:
                    for line in _lines(snapshot, file, edits):
                        out.write(line)
                        digest.update(line)
                if digest.hexdigest() != file.sha256 or file.path not in state.present:
                    staged = ctx.working.stage(file.path, _chunks(here), None)
                    moves.append(state.move(file.path, str(staged), digest.hexdigest()))
            yield copy, [file.path for file in snapshot.layout.files], tuple(moves)
        except BaseException:
            discard(moves)
            raise


def _lines(snapshot: Snapshot, file: FileLayout, edits: Mapping[tuple[str, int], Change]) -> Iterator[bytes]:
    """The lines of a file with their line ends, changed where they shall be; its byte order mark stays in front."""
    read, carried = 0, b""
    for number, line in enumerate(snapshot.lines(file), 1):
        read += len(line) + 1
        end = b"\n" if read <= file.bytes else b""
        mark = BOM if line.startswith(BOM) else b""
        change = edits.get((file.path, number))
        text = line.removeprefix(mark)
        if change is not None and change.text is None:
            carried = mark if number == 1 else carried
            continue
        if change is not None and change.text is not None:
            text = change.text + (b"\r" if line.endswith(b"\r") else b"")
        yield (mark or carried) + text + end
        carried = b""


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from iter(lambda: file.read(1 << 20), b"")


def _result(
    dataset: Dataset,
    review: Review,
    counts: Mapping[str, int],
    edits: Mapping[tuple[str, int], Change],
    conflicts: Iterable[tuple[str, str]],
    commit: str,
    committed: CommitResult | None,
    notes: tuple[str, ...],
) -> ReviewFinished:
    gone = sum(change.text is None for change in edits.values())
    return ReviewFinished(
        dataset=dataset,
        review=review,
        counts=counts,
        changed=len(edits) - gone,
        removed=gone,
        conflicts=tuple(conflicts),
        commit=commit,
        committed=committed,
        notes=notes,
    )


__all__ = ["FinishRequest", "ReviewFinished", "finish"]
