"""Reviews as text: the record that is looked at, how far one is, and what it came to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.render.columns import in_columns
from dsvc.render.json_text import json_text
from dsvc.render.log_text import annotators_text
from dsvc.render.numbers import minute, plural
from dsvc.render.safe_text import cell, cell_width, safe
from dsvc.render.style import PLAIN, Style
from dsvc.render.version_text import pretty_record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dsvc.repository.reviews.finish import ReviewFinished
    from dsvc.repository.reviews.session import ReviewItem, ReviewSession
    from dsvc.repository.reviews.starting import ReviewListed
    from dsvc.repository.reviews.status import InCommon, ReviewStatus
    from dsvc.reviewing.accuracy import Accuracy
    from dsvc.reviewing.queue import Review
    from dsvc.reviewing.verdicts import Verdict

_NAME: Final = 28
_MOST: Final = 12
_SAID: Final = {"accept": "accepted", "reject": "rejected", "edit": "corrected", "skip": "put off"}


def item_lines(session: ReviewSession, item: ReviewItem, style: Style = PLAIN) -> Iterator[str]:
    """The record that is looked at, and what may be said of it."""
    from dsvc.record import parse

    review = session.review
    head = f"{safe(review.name)}  {item.number:,} of {len(review.records):,}"
    yield style("heading", head) + f"  {safe(item.file)}:{item.line}  row {item.row:,}"
    made = f"by {annotators_text(item.annotators)}  " if item.annotators else ""
    yield style("dim", f"{made}id {item.record}{_share(session)}")
    if review.guidelines and item.number == 1:
        yield from (f"# {line}" for line in safe(review.guidelines, newline="keep").split("\n"))
    if item.stale:
        yield style("changed", "HEAD's version does not have this record as it is here any more")
    if item.verdict is not None:
        yield style("strong", _verdict(item.verdict))
    yield from pretty_record(parse(item.content))
    yield from _answers(item, style)
    yield ""
    yield style("dim", _ways(session))


def _share(session: ReviewSession) -> str:
    if session.share is None:
        return ""
    progress = session.progress
    return f"  share of {safe(session.reviewer.name)}: {progress.judged:,} of {progress.records:,} judged"


def _verdict(verdict: Verdict) -> str:
    answer = f", the answer of {safe(verdict.answer)}" if verdict.answer else ""
    comment = f": {safe(verdict.comment)}" if verdict.comment else ""
    return f"{_SAID[verdict.verdict]}{answer} {minute(verdict.at)}{comment}"


def _answers(item: ReviewItem, style: Style) -> Iterator[str]:
    if not item.answers:
        return
    yield ""
    width = max(cell_width(safe(each.annotator.name)) for each in item.answers)
    for number, each in enumerate(item.answers, 1):
        name = cell(each.annotator.name, min(width + 2, _NAME))
        yield f"  {style('strong', str(number))}  {name}{safe(json_text(each.value))}"


def _ways(session: ReviewSession) -> str:
    called = session.called
    if session.review.decides:
        return f"dsvc review accept --answer NUMBER · edit --set FIELD=VALUE · skip · undo · status   ({safe(called)})"
    return f"dsvc review accept · reject -m WHY · edit --set FIELD=VALUE · skip · undo · status   ({safe(called)})"


def nothing_left(session: ReviewSession) -> Iterator[str]:
    """That every record has a verdict, and what follows."""
    of_share = f" of the share of {safe(session.reviewer.name)}" if session.share is not None else ""
    called = safe(session.called)
    yield f"{safe(session.review.name)}: every record{of_share} has a verdict; {_right(session)}"
    if session.review.drawn.represents and not session.is_complete:
        yield f"this is one share; what all shares tell: dsvc review status {called}"
    yield f"commit them, with what they correct: dsvc review finish {called}"


def _right(session: ReviewSession) -> str:
    so_far = session.review.drawn.represents and not session.is_complete
    return accuracy_text(session.accuracy(), of_all=session.represents, so_far=so_far)


def accuracy_text(accuracy: Accuracy, *, of_all: bool, so_far: bool) -> str:
    """``94.0% right (47 of 50; of all 83.8% to 97.9%)``; of records that were chosen nothing is said ``of_all``, and of
    a part of those that chance chose nothing yet (``so_far``)."""
    if accuracy.share is None:
        return "nothing judged yet"
    counts = f"{accuracy.right:,} of {accuracy.judged:,}{', groups weighted' if accuracy.is_weighted else ''}"
    if so_far:
        return f"{accuracy.share:.1%} right so far ({counts})"
    if not of_all:
        return f"{accuracy.share:.1%} right ({counts} that were chosen)"
    low, high = accuracy.interval
    return f"{accuracy.share:.1%} right ({counts}; of all {low:.1%} to {high:.1%})"


def _why_not_of_all(found: ReviewStatus) -> Iterator[str]:
    if found.review.drawn.chosen is not None:
        yield f"nothing is said of all records: {safe(found.review.drawn.chosen)}"
    elif found.judged and found.left:
        left = f"{plural(found.left, 'record')} without a verdict"
        yield f"nothing is said of all yet: {left}, and records are shown in the order of the file"
    elif found.without[0]:
        groups = f"{plural(found.without[0], 'group')} ({found.without[1]:.1%} of all records)"
        yield f"nothing is said of all: {groups} without a verdict"


def share_lines(review: Review) -> Iterator[str]:
    """How many records each reviewer has a share of; nothing where everybody looks at all."""
    for reviewer, share in review.shares().items():
        yield f"  {safe(reviewer.name)}: {plural(len(share), 'record')}"


def list_lines(found: Sequence[ReviewListed], style: Style = PLAIN) -> Iterator[str]:
    """One line for each review."""
    if not found:
        yield "there is no review; begin one: dsvc review start REV --name NAME"
    rows = [
        (
            each.review.name,
            f"{each.dataset.name}@{each.review.number}",
            f"{each.judged:,} of {plural(len(each.review.records), 'record')} judged",
            f"{'finished' if each.finished else 'open'}{'  between annotators' if each.review.decides else ''}",
        )
        for each in found
    ]
    yield from in_columns(rows, style)


def status_lines(found: ReviewStatus, style: Style = PLAIN) -> Iterator[str]:
    """How far a review is, and how many records are right, told apart by what they are."""
    review = found.review
    yield style("heading", f"{safe(review.name)}  {safe(found.dataset.name)}@{review.number}")
    yield f"judged:   {found.judged:,} of {plural(len(review.records), 'record')}"
    if review.decides:
        yield "accuracy: none, annotators disagree on each of these records"
    else:
        so_far = review.drawn.represents and found.left > 0
        yield f"accuracy: {accuracy_text(found.accuracy, of_all=found.represents, so_far=so_far)}"
        yield from (f"          {why}" for why in _why_not_of_all(found))
    yield ""
    yield style("dim", f"  {cell('reviewer', _NAME)}{'accept':>8}{'reject':>8}{'edit':>8}{'skip':>8}{'left':>8}")
    for each in found.reviewers:
        counts = "".join(f"{each.counts[kind]:>8,}" for kind in ("accept", "reject", "edit", "skip"))
        waits = "" if each.committed or not any(each.counts.values()) else "  not committed"
        share = f"  share: {each.records - each.left:,} of {each.records:,} judged" if each.has_share else ""
        waits = f"{share}{waits}"
        yield f"  {cell(each.reviewer.name, _NAME)}{counts}{each.left:>8,}{waits}"
    if not review.decides:
        yield from _groups(found.label, found.by_label, style, of_all=found.label_represents)
        yield from _groups("made by", found.by_annotator, style, of_all=found.part_represents)
    if found.in_common is not None:
        yield ""
        yield in_common_text(found.in_common)
    if found.disputed:
        yield ""
        first = ", ".join(safe(record) for record in found.disputed[:3])
        yield f"reviewers say different things of {plural(len(found.disputed), 'record')}: {first}"


def in_common_text(found: InCommon) -> str:
    """``looked at by all: 8 of 10 records; they say the same of 7 (87.5 %), kappa 0.71``."""
    told = f"looked at by all: {found.compared:,} of {plural(found.records, 'record')}"
    if not found.compared:
        return told
    kappa = f", kappa {found.kappa:.2f}" if found.kappa is not None else ""
    return f"{told}; they say the same of {found.agreed:,} ({found.agreed / found.compared:.1%}){kappa}"


def _groups(title: str, groups: Mapping[str, Accuracy], style: Style, *, of_all: bool) -> Iterator[str]:
    if not groups:
        return
    yield ""
    yield style("dim", f"  {cell(title, _NAME)}{'right':>8}{'judged':>8}{'share':>9}{'   of all' if of_all else ''}")
    ordered = sorted(groups.items(), key=lambda each: (-each[1].judged, each[0]))
    for name, accuracy in ordered[:_MOST]:
        low, high = accuracy.interval
        counts = f"{accuracy.right:>8,}{accuracy.judged:>8,}{accuracy.share or 0:>9.1%}"
        yield f"  {cell(name or '(empty)', _NAME)}{counts}{f'   {low:.1%} to {high:.1%}' if of_all else ''}"
    if len(ordered) > _MOST:
        yield style("dim", f"  and {len(ordered) - _MOST:,} more (--json)")


def finished_lines(found: ReviewFinished, style: Style = PLAIN) -> Iterator[str]:
    """What a review came to."""
    counts = " · ".join(f"{count:,} {_SAID[kind]}" for kind, count in found.counts.items() if count)
    yield f"{safe(found.review.name)}: {counts}"
    if found.committed is not None:
        number = found.committed.manifest.number
        changed = f"{plural(found.changed, 'record')} corrected" if found.changed else ""
        removed = f"{found.removed:,} removed" if found.removed else ""
        told = ", ".join(part for part in (changed, removed) if part)
        yield f"{style('strong', f'{safe(found.dataset.name)}@{number}')}  {told}; the working file has it"
    else:
        yield "no version was made: nothing is to be changed"
    for record, why in found.conflicts[:_MOST]:
        yield f"not changed: {safe(record)}: {safe(why)}"
    if len(found.conflicts) > _MOST:
        yield f"and {len(found.conflicts) - _MOST:,} more were not changed (--json)"
