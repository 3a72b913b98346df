"""What the verdicts of a review change, which of it was done by an earlier finish, and where the records stand now."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from dsvc.errors import NotFoundError
from dsvc.record import BOM, record_id
from dsvc.repository.blame import VersionsPast
from dsvc.repository.candidates import identified_table
from dsvc.repository.going_back.kept import version_by_id
from dsvc.repository.lines_since import lines_since
from dsvc.repository.reviews.figures import steps_back

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from dsvc.layout import Column
    from dsvc.manifest import Manifest
    from dsvc.origin import Annotator
    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.repository.versions import Current
    from dsvc.reviewing.queue import Review
    from dsvc.reviewing.verdicts import Verdict, Verdicts
    from dsvc.sampling.table import Table
    from dsvc.snapshot import Snapshot

    By = Mapping[str, tuple[Annotator, Verdicts]]
    Originals = Callable[[Sequence[str]], Mapping[str, bytes]]

METADATA: Final = "review"
"""Where the manifest's metadata tell which review made a version, and what of it was done there."""
GONE: Final = ""
"""What a record became that was taken out."""
_NONE_RIGHT: Final = "rejected"


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a record: the text that it should have (None: it goes), and who says so.

    ``before``: the ids of what earlier finishes of this review made of it, which may be changed as well.
    """

    record: str
    text: bytes | None
    people: tuple[Annotator, ...]
    before: frozenset[str] = frozenset()

    @property
    def outcome(self) -> str:
        """The id of what it becomes."""
        return GONE if self.text is None else record_id(self.text)


class _Wish(msgspec.Struct, frozen=True):
    """What one reviewer wants of a record: the id that it should have. ``done``: an earlier finish saw to it."""

    reviewer: Annotator
    verdict: Verdict
    outcome: str
    done: bool


Applied = dict[str, frozenset[str]]
"""For each record what earlier finishes made of it: ids, :data:`GONE`."""


def applied_by(ctx: Context, current: Current, review: Review) -> Applied:
    """What HEAD's version and those that it comes from, back to that of the review, say was done for this review.

    A version of another branch whose commits were merged, but that HEAD's does not come from, has no say.
    """
    found: Applied = {}
    own = steps_back(ctx, current.dataset, current.entry)
    for info in ctx.git.walk(current.commit, current.dataset.manifest_path):
        manifest = ctx.versions.at(current.dataset, info.id)
        if manifest is None or manifest.id == review.version:
            break
        for record, outcome in (_told(manifest, review) if manifest.id in own else {}).items():
            found[record] = found.get(record, frozenset()) | {str(outcome)}
    return found


def _told(manifest: Manifest, review: Review) -> Mapping[str, object]:
    """What a version says was done in it for this review."""
    told = manifest.metadata.get(METADATA)
    applied = told.get("applied") if isinstance(told, dict) and told.get("id") == review.id else None
    return applied if isinstance(applied, dict) else {}


def wanted_changes(
    review: Review, judged: By, settled: By, applied: Applied, originals: Originals, *, remove_rejected: bool
) -> tuple[list[Change], list[tuple[str, str]]]:
    """What the verdicts change, and where reviewers contradict each other.

    Every verdict that judges is a wish, also that a record stays as it is. ``settled`` are the verdicts that are
    committed: what one of them wanted and an earlier finish did is not done again. Somebody may have gone back since.
    ``originals`` gives the text of records as they were looked at: an accept brings that back where an earlier finish
    had made a correction.
    """
    wishes: dict[str, list[_Wish]] = {}
    for file, (reviewer, found) in judged.items():
        before = settled[file][1].by_record if file in settled else {}
        for record, verdict in found.by_record.items():
            outcome = _outcome(review, verdict, remove_rejected=remove_rejected)
            if outcome is None:
                continue
            stays = outcome in (own_id(record), _NONE_RIGHT)
            done = before.get(record) == verdict and (stays or outcome in applied.get(record, ()))
            wishes.setdefault(record, []).append(_Wish(reviewer, verdict, outcome, done))
    changes, conflicts, back = [], [], []
    for record, several in wishes.items():
        made = applied.get(record, frozenset()) - {GONE}
        if all(each.done for each in several):
            continue
        if len({each.outcome for each in several}) > 1:
            conflicts.append((record, _contradiction(review, several)))
        elif several[0].outcome == own_id(record) and made:
            back.append((record, several, made))
        elif several[0].outcome not in (own_id(record), _NONE_RIGHT):
            changes.append(_change(review, record, several, made))
    texts = originals([record for record, _, _ in back]) if back else {}
    changes += [_change(review, record, several, made, texts[record]) for record, several, made in back]
    return changes, conflicts


def _outcome(review: Review, verdict: Verdict, *, remove_rejected: bool) -> str | None:
    """The id that a record should have; None: the verdict wants nothing."""
    if not verdict.judges:
        return None
    if verdict.verdict == "reject":
        return GONE if remove_rejected else _NONE_RIGHT if review.decides else None
    return own_id(verdict.record) if verdict.corrected is None else record_id(verdict.corrected.encode())


def _contradiction(review: Review, several: Sequence[_Wish]) -> str:
    if review.decides:
        return f"{', '.join(each.reviewer.name for each in several)} decide in different ways"
    if all(each.verdict.verdict == "edit" for each in several):
        return f"{', '.join(each.reviewer.name for each in several)} correct it in different ways"
    said = []
    for kind, does in (("reject", "rejects"), ("edit", "corrects"), ("accept", "accepts")):
        names = [each.reviewer.name for each in several if each.verdict.verdict == kind]
        said += [f"{', '.join(names)} {does} it"] if names else []
    return ", ".join(said)


def _change(
    review: Review, record: str, several: Sequence[_Wish], before: frozenset[str], original: bytes | None = None
) -> Change:
    """What reviewers want of a record in one voice; ``original``: that it is again as it was."""
    people, text = [each.reviewer for each in several], original
    if several[0].outcome != GONE:
        people += [each.annotator for each in review.answers.get(record, ())]
        corrected = several[0].verdict.corrected
        text = original if corrected is None else corrected.encode()
    return Change(record=record, text=text, people=tuple(dict.fromkeys(people)), before=before)


def originals(ctx: Context, dataset: Dataset, review: Review, names: Sequence[str]) -> dict[str, bytes]:
    """The text of records as they were looked at, without a byte order mark and white space around it.

    Raises NotFoundError when the review's version is not known here.
    """
    table = _table(ctx, dataset, review)
    return {name: table.content(row).removeprefix(BOM).strip() for name, row in table.names().rows(names).items()}


def placed(
    ctx: Context, current: Current, review: Review, changes: Iterable[Change]
) -> tuple[dict[tuple[str, int], Change], list[tuple[str, str]]]:
    """Where in HEAD's version the records stand that shall change, by file and line; and why others do not.

    A record is followed from its line in the review's version to HEAD's: equal ones are never taken for each other.
    One that is there as it should be is left alone without a word. One that is there as an earlier finish of this
    review left it is changed again.
    """
    wanted = {change.record: change for change in changes}
    if not wanted:
        return {}, []
    now = lines_now(ctx, current, review, [*wanted])
    snapshot = ctx.versions.snapshot(current.dataset, current.entry)
    texts = _texts(snapshot, [line for line in now.values() if line is not None])
    edits: dict[tuple[str, int], Change] = {}
    told = []
    place = _places(snapshot)
    for record, change in wanted.items():
        line = now.get(record)
        outcome = GONE if line is None else record_id(texts[line])
        if outcome == change.outcome:
            continue
        if line is not None and outcome in {own_id(record), *change.before}:
            edits[place(line)] = change
        else:
            told.append((record, f"{current.manifest.number} does not have it as it was when it was looked at"))
    return edits, told


def lines_now(ctx: Context, current: Current, review: Review, names: Sequence[str]) -> dict[str, int | None]:
    """The lines of HEAD's version (from 0 through all files) that records of a review are; None: they are gone.

    Raises NotFoundError when the review's version is not known here.
    """
    table = _table(ctx, current.dataset, review)
    rows = table.names().rows(names)
    starts = _starts(table.snapshot)
    at = np.array([*rows.values()], dtype=np.int64)
    lines = starts[table.file[at]] + table.line[at] - 1
    past = VersionsPast(ctx, current.dataset, current.entry)
    since = partial(lines_since, past, review.version, table.snapshot, current.entry.id, current.manifest.key)
    found: Column = since(lines) if len(lines) else lines
    return {name: line if line >= 0 else None for name, line in zip(rows, found.tolist(), strict=True)}


def _table(ctx: Context, dataset: Dataset, review: Review) -> Table:
    entry = version_by_id(ctx, dataset, review.version)
    if entry is None:
        raise NotFoundError(
            f"the version that '{review.name}' is of ({review.number}, {review.version[:12]}) is not known here",
            hint="git fetch --unshallow --tags",
        )
    return identified_table(ctx, dataset, entry)


def _starts(snapshot: Snapshot) -> Column:
    return np.cumsum([0, *(file.lines for file in snapshot.layout.files)])


def _places(snapshot: Snapshot) -> Callable[[int], tuple[str, int]]:
    """Turns the number of a line (from 0, through all files) into its file and its number there, from 1."""
    starts, files = _starts(snapshot), snapshot.layout.files

    def place(line: int) -> tuple[str, int]:
        file = int(np.searchsorted(starts, line, side="right")) - 1
        return files[file].path, line - int(starts[file]) + 1

    return place


def _texts(snapshot: Snapshot, lines: Sequence[int]) -> dict[int, bytes]:
    from dsvc.blame.lines import Lines

    wanted = np.array(sorted({*lines}), dtype=np.int64)
    found = Lines(snapshot).contents(wanted)
    return {line: text.removeprefix(BOM) for line, text in zip(wanted.tolist(), found, strict=True)}


def own_id(record: str) -> str:
    """The record id in a record's name."""
    return record.partition("#")[0]


__all__ = [
    "GONE",
    "METADATA",
    "Applied",
    "Change",
    "applied_by",
    "lines_now",
    "originals",
    "own_id",
    "placed",
    "wanted_changes",
]
