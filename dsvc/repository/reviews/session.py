"""Working through a review: one record after the other, each verdict on disk before the next record is shown.

    session = repo.reviews.open("check-1", reviewer="李雷")   # reads what is needed once
    item = session.current                                   # the first record without a verdict; None: all have one
    session.give("accept")                                   # flushed; the next record without a verdict is current
    session.give("edit", corrected=b'{"question": …}', comment="the date was wrong")
    session.undo()                                           # back to the record whose verdict was taken back
    session.progress, session.accuracy()

A session belongs to one thread. Another process may give verdicts as the same reviewer meanwhile: they are seen.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dsvc.conditions.fields import value_of
from dsvc.durable import make_folders
from dsvc.editing.field_splice import with_field
from dsvc.editing.operations import require_record
from dsvc.errors import BadDataError, CorruptError, NotFoundError, UsageError
from dsvc.record import BOM, canonical
from dsvc.render.numbers import without_separators
from dsvc.repository.candidates import identified_table
from dsvc.repository.going_back.kept import version_by_id
from dsvc.repository.reviews.file import called, find_review, log_of, reviewer_of, share_of
from dsvc.repository.reviews.shares import GroupCounts, groups_of
from dsvc.reviewing.accuracy import Accuracy
from dsvc.reviewing.verdicts import Verdict
from dsvc.sampling.identities import steps_in

if TYPE_CHECKING:
    from dsvc.origin import Annotator
    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.repository.reviews.shares import Groups
    from dsvc.reviewing.queue import Answer, Review
    from dsvc.reviewing.verdicts import Kind, VerdictLog
    from dsvc.sampling.table import Table

_MOST_GROUPS = 200
"""The range of so many groups takes 10 ms."""


class ReviewItem(msgspec.Struct, frozen=True, kw_only=True):
    """A record of a review.

    ``number`` is its place there, from 1; ``row``, ``file`` and ``line`` (from 1) where it stands in the version;
    ``annotators`` made it. ``stale``: HEAD's version does not have it as it is any more.
    """

    number: int
    record: str
    row: int
    file: str
    line: int
    content: bytes
    annotators: tuple[Annotator, ...]
    answers: tuple[Answer, ...]
    verdict: Verdict | None
    stale: bool


class Progress(msgspec.Struct, frozen=True):
    """How many records this reviewer is to look at, how many of them were judged, and how many were put off."""

    records: int
    judged: int
    skipped: int

    @property
    def left(self) -> int:
        """Records without a verdict."""
        return self.records - self.judged - self.skipped


class ReviewSession:
    """One reviewer at one review. ``current`` is the record that is shown, None when nothing is left."""

    def __init__(self, ctx: Context, dataset: Dataset, review: Review, log: VerdictLog, reviewer: Annotator) -> None:
        self.dataset = dataset
        self.review = review
        self.reviewer = reviewer
        self._ctx = ctx
        self._log = log
        self._table, self._rows = _rows(ctx, dataset, review)
        self._stale = _stale(ctx, dataset, review)
        self._places = {name: at for at, name in enumerate(review.records)}
        self._shown_path = log.path.with_suffix(".shown")
        self.is_judged_since = False
        """Whether another verdict was given on the record of :attr:`shown` after it was shown there."""
        self.share = share_of(review, reviewer)
        """The records that this reviewer is to look at; None: all."""
        share = self.share
        self._mine = bytearray(share is None or name in share for name in review.records)
        self._fresh = bytearray(self._mine)
        self._put_off = bytearray(len(review.records))
        self._known = self._counted = 0
        self._at = self._first_left(0)

    @cached_property
    def called(self) -> str:
        """How a command names the review: with its dataset, where there are several."""
        return called(self._ctx, self.review)

    @property
    def current(self) -> ReviewItem | None:
        """The record that is shown."""
        return None if self._at is None else self.item(self._at)

    def item(self, at: int) -> ReviewItem:
        """The record at a place of the review, from 0."""
        name = self.review.records[at]
        row, table = int(self._rows[at]), self._table
        pack = table.snapshot.layout.packs[int(table.pack[row])]
        file = table.snapshot.layout.files[int(table.file[row])]
        return ReviewItem(
            number=at + 1,
            record=name,
            row=row + 1,
            file=file.path,
            line=int(table.line[row]),
            content=table.content(row),
            annotators=pack.origin.annotators,
            answers=tuple(self.review.answers.get(name, ())),
            verdict=self._log.verdicts.by_record.get(name),
            stale=name in self._stale,
        )

    def show(self, named: str) -> ReviewItem:
        """Go to a record: by its place in the review, its row (``row 12``), or the first digits of its id."""
        self._at = self._place(named)
        return self.item(self._at)

    @property
    def shown(self) -> ReviewItem | None:
        """The record that was shown to this reviewer last, by whatever process, which becomes the current one.

        None when none was.
        """
        path = self._shown_path
        name, _, then = (path.read_text("utf-8") if path.exists() else "").partition("\n")
        if name not in self._places:
            return None
        self.is_judged_since = then.strip() != self._said_at(name)
        self._at = self._places[name]
        return self.current

    def note_shown(self) -> None:
        """Remember that the current record was shown."""
        if self._at is None:
            self._shown_path.unlink(missing_ok=True)
            return
        make_folders(self._shown_path.parent)
        name = self.review.records[self._at]
        self._shown_path.write_text(f"{name}\n{self._said_at(name)}", "utf-8")

    def _said_at(self, name: str) -> str:
        verdict = self._log.verdicts.by_record.get(name)
        return verdict.at.isoformat() if verdict is not None else ""

    def forget_shown(self) -> None:
        """No record counts as shown until one is again."""
        self._shown_path.unlink(missing_ok=True)

    def note_begun(self) -> None:
        """Remember that a record is about to be shown; it counts as shown when that is noted."""
        make_folders(self._shown_path.parent)
        self._shown_path.write_text("", "utf-8")

    @property
    def was_shown_in_part(self) -> bool:
        """Whether the last record was begun to be shown, and it is not known that it was seen to its end."""
        return self._shown_path.exists() and not self._shown_path.read_text("utf-8")

    def next(self) -> ReviewItem | None:
        """Go to the record of the share behind this one, whatever was said of it; None at the end."""
        return self._go(1)

    def previous(self) -> ReviewItem | None:
        """Go to the record of the share before this one; None at the beginning."""
        return self._go(-1)

    def next_left(self) -> ReviewItem | None:
        """Go to the next record without a verdict, from the beginning again behind the last; None: all have one.

        Those that were put off come when nothing else is left.
        """
        self._at = self._first_left(0 if self._at is None else self._at + 1)
        return self.current

    def give(
        self, kind: Kind, *, comment: str = "", corrected: bytes | None = None, answer: str | int | None = None
    ) -> ReviewItem | None:
        """Give a verdict on the current record; it is on disk when this returns. The next record without one.

        ``corrected`` is the record as it should be, of an ``edit``. ``answer``: the annotator (or the number from 1)
        whose answer is taken, where annotators disagree. Raises UsageError for what does not fit together,
        BadDataError for a correction that is no record.
        """
        item = self.current
        if item is None:
            raise NotFoundError("every record has a verdict", hint=f"dsvc review finish {self.called}")
        chosen = _chosen(item, answer) if answer is not None else None
        text = None
        if kind == "edit":
            text = _correction(item, corrected)
            if canonical(text.encode()) == canonical(item.content):
                raise UsageError("the record says that already, so nothing is corrected", hint="dsvc review accept")
        elif chosen is not None and kind == "accept":
            text = self._answered(item, chosen)
        elif corrected is not None:
            raise UsageError(f"'{kind}' corrects nothing", hint="give the verdict 'edit' for a correction")
        if self.review.decides and kind == "accept" and chosen is None:
            told = ", ".join(f"{number} {each.annotator.name}" for number, each in enumerate(item.answers, 1))
            raise UsageError(f"which answer is right? {told}", hint="say it: --answer NUMBER")
        self._log.append(
            Verdict(
                record=item.record,
                verdict=kind,
                at=self._ctx.clock(),
                comment=comment.strip(),
                corrected=text,
                answer=chosen.annotator.name if chosen is not None else None,
            )
        )
        return self.next_left()

    def broken_by(self, item: ReviewItem, corrected: bytes) -> str | None:
        """Which rules of structure a correction would break, so that ``finish`` would refuse it; None: none of them."""
        from dsvc.repository.reviews.breaking import broken_by

        found = broken_by(self._ctx, self.dataset, item.file, item.content, corrected)
        told = "; ".join([f"{each.rule}: {each.path + ': ' if each.path else ''}{each.message}" for each in found[:3]])
        return f"'review finish' refuses this unless it is said why ({told})" if found else None

    def undo(self) -> ReviewItem | None:
        """Take back the last verdict, and go to its record; None when there is none."""
        record = self._log.append(Verdict(record="", verdict="undo", at=self._ctx.clock()))
        if record is None:
            return None
        self._at = self._places[record]
        return self.current

    @property
    def progress(self) -> Progress:
        """How far this reviewer is."""
        self._mark()
        records, skipped = self._mine.count(1), self._put_off.count(1)
        return Progress(records, records - skipped - self._fresh.count(1), skipped)

    def accuracy(self) -> Accuracy:
        """How many of the judged records are right.

        Groups that have other shares than in the version are weighted, once each has a verdict; of a review by groups
        all records are read once for that.
        """
        counts = self._log.verdicts.counts
        judged = counts["accept"] + counts["reject"] + counts["edit"]
        return self._weighted() or Accuracy(counts["accept"], judged)

    @property
    def represents(self) -> bool:
        """Whether :meth:`accuracy` says something of all records: chance chose those of the review, and all are judged.

        They are shown in the order of the file, so the first ones say nothing of the others.
        """
        if not self.review.drawn.represents:
            return False
        is_known = self._groups is None or not self._groups.is_skewed or self._weighted() is not None
        return is_known and self.is_complete

    @property
    def is_complete(self) -> bool:
        """Whether this reviewer has judged every record of the review, not only those of a share."""
        return self.progress.judged == len(self.review.records)

    @cached_property
    def _groups(self) -> Groups | None:
        return groups_of(self._ctx, self.dataset, self.review) if self.review.drawn.represents else None

    @cached_property
    def _group_counts(self) -> GroupCounts | None:
        """None where groups need not be weighted, or are too many to do it at each verdict: the status does then."""
        groups = self._groups
        is_weighted = groups is not None and groups.is_skewed and 0 < len(groups.shares) <= _MOST_GROUPS
        return GroupCounts(groups) if groups is not None and is_weighted else None

    def _weighted(self) -> Accuracy | None:
        if self._group_counts is None:
            return None
        verdicts = self._log.verdicts
        for record in verdicts.touched[self._counted :]:
            if record in self._places:
                given = verdicts.by_record.get(record)
                said = given.verdict == "accept" if given is not None and given.judges else None
                self._group_counts.note(record, is_right=said)
        self._counted = len(verdicts.touched)
        return self._group_counts.accuracy()

    def refresh(self) -> None:
        """See what another process has written as this reviewer."""
        self._log.refresh()

    def _answered(self, item: ReviewItem, answer: Answer) -> str | None:
        """The record with an answer in the fields that were asked; None where it says so already."""
        fields, content = self.review.fields, _bare(item.content)
        for field in fields:
            value = answer.value[field] if len(fields) > 1 else answer.value
            steps = steps_in(value_of(item.content), field)
            content = with_field(content, steps, value, name=item.file, row=item.row - 1)
        return None if canonical(content) == canonical(item.content) else _correction(item, content)

    def _go(self, step: int) -> ReviewItem | None:
        if step < 0:
            there = self._mine.rfind(1, 0, len(self._mine) if self._at is None else self._at)
        else:
            there = self._mine.find(1, 0 if self._at is None else self._at + 1)
        if there < 0:
            return None
        self._at = there
        return self.current

    def _first_left(self, start: int) -> int | None:
        self._mark()
        for marks in (self._fresh, self._put_off):
            found = marks.find(1, start)
            found = found if found >= 0 else marks.find(1)
            if found >= 0:
                return found
        return None

    def _mark(self) -> None:
        """Note which records have no verdict, and which were put off, as far as something was said since."""
        verdicts = self._log.verdicts
        for record in verdicts.touched[self._known :]:
            if (at := self._places.get(record)) is not None and self._mine[at]:
                given = verdicts.by_record.get(record)
                self._fresh[at] = given is None
                self._put_off[at] = given is not None and given.verdict == "skip"
        self._known = len(verdicts.touched)

    def _place(self, named: str) -> int:
        records = self.review.records
        text = without_separators(named.strip().removeprefix("row "))
        is_row = named.strip().startswith("row ")
        if not is_row and text.isdecimal() and len(text) < 8:
            if not 1 <= int(text) <= len(records):
                raise NotFoundError(f"the review has {len(records):,} records, and no number {text}", hint=_HOW)
            return int(text) - 1
        if is_row:
            found = [at for at, row in enumerate(self._rows.tolist()) if str(row + 1) == text.strip()]
        else:
            exact = self._places.get(text)
            found = [at for at, name in enumerate(records) if name.startswith(text)] if exact is None else [exact]
        if len(found) != 1:
            told = "is not in the review" if not found else f"may be any of {len(found):,} records"
            raise NotFoundError(f"'{named}' {told}", hint=_HOW)
        return found[0]


_HOW = "name a record by its number in the review, by the first digits of its id, or as 'row 12'"


def open_session(ctx: Context, name: str | None, target: str | None, reviewer: str | None) -> ReviewSession:
    """Go on with a review. Raises NotFoundError when there is none, or its version's data is not here."""
    dataset, review = find_review(ctx, name, target)
    who = reviewer_of(ctx, reviewer)
    return ReviewSession(ctx, dataset, review, log_of(ctx, dataset, review, who), who)


def _rows(ctx: Context, dataset: Dataset, review: Review) -> tuple[Table, np.ndarray]:
    entry = version_by_id(ctx, dataset, review.version)
    if entry is None:
        raise NotFoundError(
            f"the version that '{review.name}' is of ({review.number}, {review.version[:12]}) is not known here",
            hint="git fetch --unshallow --tags",
        )
    table = identified_table(ctx, dataset, entry)
    found = table.names().rows(review.records)
    if len(found) != len(review.records):
        raise CorruptError(
            f"'{review.name}' names records that {review.number} does not have: somebody has changed its file",
            hint=f"git log -p -- '{dataset.reviews_path}/{review.name}.json'",
        )
    return table, np.array([found[name] for name in review.records], dtype=np.int64)


def _stale(ctx: Context, dataset: Dataset, review: Review) -> frozenset[str]:
    """The records that HEAD's version does not have as they are any more."""
    current = ctx.versions.current(dataset, ctx.git.head())
    if current is None or current.manifest.id == review.version:
        return frozenset()
    there = identified_table(ctx, dataset, current.entry).names().rows(review.records)
    return frozenset(name for name in review.records if name not in there)


def _chosen(item: ReviewItem, answer: str | int) -> Answer:
    """One of the answers, by its annotator or its number from 1."""
    if not item.answers:
        raise UsageError("nobody's answer is to be chosen here", hint="leave --answer out")
    found = [each for each in item.answers if each.annotator.name == str(answer)]
    if not found and str(answer).isdecimal() and 1 <= int(answer) <= len(item.answers):
        found = [item.answers[int(answer) - 1]]
    if not found:
        told = ", ".join(f"{number} {each.annotator.name}" for number, each in enumerate(item.answers, 1))
        raise UsageError(f"there is no answer '{answer}'; there are: {told}", hint="say which: --answer NUMBER")
    return found[0]


def _bare(content: bytes) -> bytes:
    return content.removeprefix(BOM).strip()


def _correction(item: ReviewItem, corrected: bytes | None) -> str:
    if corrected is None:
        raise UsageError("an edit needs the record as it should be", hint="--set FIELD=VALUE, or --with FILE")
    content = require_record(_bare(corrected), name=item.file, row=item.row - 1)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadDataError(
            f"the correction is not UTF-8, column {error.start + 1}", hint="write it in UTF-8"
        ) from error
