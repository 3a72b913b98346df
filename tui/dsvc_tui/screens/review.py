"""Review: one record after the other, a key for each verdict, which is on disk before the next one is shown."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

from textual.containers import Container
from textual.widgets import Static

from dsvc.errors import UsageError
from dsvc.record import BOM
from dsvc.render.json_text import json_text
from dsvc.render.numbers import plural
from dsvc.repository.reviews.starting import SHARE, ReviewRequest
from dsvc.sampling.rule import Rule, checked
from dsvc_tui.drawing import content_of
from dsvc_tui.messages import Target
from dsvc_tui.records.pages import VIEWS
from dsvc_tui.screens.base import BaseScreen
from dsvc_tui.widgets.bars import TextBar
from dsvc_tui.widgets.dialogs import Choose, Prompt
from dsvc_tui.widgets.record_pane import RecordPane

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from textual.widget import Widget

    from dsvc.repository.reviews.session import ReviewItem, ReviewSession
    from dsvc.repository.reviews.starting import ReviewListed
    from dsvc.reviewing.verdicts import Kind
    from dsvc_tui.actions import Action
    from dsvc_tui.drawing import Part

_SAID: Final = {"accept": "right", "reject": "wrong", "edit": "corrected", "skip": "put off"}
_EDITED_HERE: Final = 200_000
"""Characters of a record that a dialog can be asked to lay out."""


class ReviewScreen(BaseScreen):
    """The record that is looked at, what annotators answered, and how far one is."""

    NAME: ClassVar[str] = "review"

    def body(self) -> Iterable[Widget]:
        """What is known of the record, the record, answers to choose from."""
        about, answers = Static(id="about", markup=False), Static(id="answers", markup=False)
        yield Container(about, RecordPane(id="record"), answers, id="panes")
        yield TextBar(id="state")

    @property
    def pane(self) -> RecordPane:
        """The record."""
        return self.query_one("#record", RecordPane)

    def on_mount(self) -> None:
        """Go on with the review that there is."""
        self.review: ReviewSession | None = None
        self.listed: list[ReviewListed] = []
        self.comment = ""
        self.answer = 0
        self._read = False
        self.pane.focus()
        self.look_again()

    def show_target(self, target: Target) -> None:
        """Look at another dataset's reviews."""
        self.review = None
        super().show_target(target)

    def look_again(self) -> None:
        """Read which reviews there are; the one that is shown stays."""
        shown = self.review.review.id if self.review is not None else None
        self.in_background(partial(self._look_up, shown), self._show_reviews, group="review")

    def _look_up(self, shown: str | None) -> tuple[list[ReviewListed], ReviewSession | None]:
        repository = self.session.repository
        dataset = self.session.dataset(self.target.revision) if self.target.revision is not None else None
        found = repository.reviews.list(dataset.name if dataset is not None else None)
        wanted = next((each for each in found if each.review.id == shown), None)
        waiting = [each for each in found if not each.finished or each.judged < len(each.review.records)]
        if wanted is None and len(waiting) == 1:
            wanted = waiting[0]
        if wanted is None:
            return found, None
        return found, self._open(wanted.review.name, wanted.dataset.name)

    def _show_reviews(self, found: tuple[list[ReviewListed], ReviewSession | None]) -> None:
        if not self.is_mounted:
            return
        asks = not self._read and len(found[0]) > 1 and found[1] is None
        self.listed, self.review = found
        self._read = True
        self._show()
        if asks:
            self.act_choose()

    def _opened(self, session: ReviewSession) -> None:
        if self.is_mounted:
            self.review = session
            self._show()

    # What is shown

    def _show(self) -> None:
        item = self._item
        self.answer = 0
        self.pane.show_record(item.content if item is not None else None, len(item.content) if item is not None else 0)
        self.query_one("#about", Static).update(content_of(self._about(item)))
        self._show_answers(item)
        self._show_state()

    @property
    def _item(self) -> ReviewItem | None:
        return self.review.current if self.review is not None else None

    def _about(self, item: ReviewItem | None) -> list[Part]:
        if self.review is None:
            told = f"choose one of {plural(len(self.listed), 'review')} (o), or begin one (b)"
            return [("dim", told if self.listed else "there is no review yet: b begins one")] if self._read else []
        if item is None:
            return [("strong", "every record has a verdict"), ("dim", ": F finishes the review")]
        people = ", ".join(each.name for each in item.annotators)
        parts: list[Part] = [("dim", f"{item.file}:{item.line}  by {people or 'nobody known'}")]
        if item.stale:
            parts.append(("warning", "  HEAD's version does not have it as it is here"))
        if item.verdict is not None:
            answer = f", the answer of {item.verdict.answer}" if item.verdict.answer else ""
            comment = f": {item.verdict.comment}" if item.verdict.comment else ""
            parts.append(("strong", f"  {_SAID[item.verdict.verdict]}{answer}{comment}"))
        if self.comment:
            parts.append(("changed", f"\ncomment: {self.comment}"))
        if self.review.review.guidelines:
            parts.append(("dim", f"\n{self.review.review.guidelines}"))
        return parts

    def _show_answers(self, item: ReviewItem | None) -> None:
        answers = self.query_one("#answers", Static)
        given = item.answers if item is not None else ()
        answers.display = bool(given)
        parts: list[Part] = []
        for at, each in enumerate(given):
            mark, look = ("▸", "strong") if at == self.answer else (" ", "")
            line = f"{mark} {at + 1}  {each.annotator.name}: {json_text(each.value)}"
            parts.append((look, line if at == 0 else f"\n{line}"))
        answers.update(content_of(parts))

    def _show_state(self) -> None:
        parts: list[Part] = []
        if self.review is not None:
            progress = self.review.progress
            share = " of your share" if self.review.share is not None else ""
            parts.append(("", f"{progress.judged:,} of {plural(progress.records, 'record')}{share}"))
            parts.append(("dim", f"  {progress.left:,} left"))
            if progress.skipped:
                parts.append(("dim", f", {progress.skipped:,} put off"))
            if not self.review.review.decides:
                parts.append(("", f"  {_accuracy(self.review)}"))
            parts.append(("dim", f"  {self.review.reviewer.name}"))
        self.query_one("#state", TextBar).show(parts)
        self.refresh_bars()

    def heading(self) -> list[Part]:
        """Which review, and which of its records."""
        if self.review is None:
            return []
        item, review = self._item, self.review.review
        at = f"  {item.number:,} of {len(review.records):,}" if item is not None else ""
        return [("strong", review.name), ("dim", f"  {review.dataset}@{review.number}"), ("", at)]

    def names(self) -> Mapping[str, str]:
        """The review as the command line knows it."""
        if self.review is None:
            return {"review": "NAME", "dataset": self.target.revision or "DATASET"}
        return {"review": self.review.called, "dataset": self.review.dataset.name}

    def place(self) -> Target:
        """The record in its version."""
        if self.review is None:
            return self.target
        item, review = self._item, self.review.review
        revision = f"{self.review.dataset.name}@{review.number}"
        return Target(revision=revision, row=item.row if item is not None else None)

    # Actions

    def why_not(self, action: Action) -> str | None:
        """Verdicts need a record."""
        if action.id == "review.choose":
            return None if self.listed else "there is no review yet"
        if action.id == "review.begin" or not action.id.startswith("review."):
            return super().why_not(action)
        if self.review is None:
            return "there is no review here yet: b begins one"
        if action.id == "review.answer":
            item = self._item
            return None if item is not None and item.answers else "there are no answers to choose from"
        if action.id == "review.finish":
            return None if self.review.accuracy().judged else "no verdict was given yet"
        if action.id in ("review.take_back", "review.previous", "review.next"):
            return None
        return None if self._item is not None else "every record has a verdict"

    def _give(self, kind: Kind, *, corrected: bytes | None = None) -> None:
        """Write the verdict down, flushed, and show the next record."""
        assert self.review is not None
        item = self._item
        answer = self.answer + 1 if kind == "accept" and item is not None and item.answers else None
        self.review.give(kind, comment=self.comment, corrected=corrected, answer=answer)
        self.comment = ""
        self._show()

    def act_accept(self) -> None:
        """The record is right."""
        self._give("accept")

    def act_reject(self) -> None:
        """The record is wrong."""
        self._give("reject")

    def act_put_off(self) -> None:
        """Later."""
        self._give("skip")

    def act_edit(self) -> None:
        """Correct the record in a dialog."""
        from dsvc_tui.records.editable import draft_of_record
        from dsvc_tui.widgets.text_editor import TextEditor

        item = self._item
        assert item is not None
        assert self.review is not None
        review = self.review
        before = item.verdict.corrected if item.verdict is not None else None
        content = before.encode() if before is not None else item.content.removeprefix(BOM).strip()
        draft = draft_of_record(content, file=item.file, row=item.row - 1)
        if len(draft.text) > _EDITED_HERE:
            raise UsageError(
                f"the record has {len(draft.text):,} characters, which is too long to be edited here",
                hint=f"dsvc review edit {self.names()['review']} --record {item.number}",
            )

        def taken(text: str | None) -> None:
            if text is None:
                return
            if text == draft.text:
                self.notify("nothing was changed, so there is no verdict")
                return
            corrected = draft.record(text)
            if (broken := review.broken_by(item, corrected)) is not None:
                self.notify(broken, severity="warning")
            self._give("edit", corrected=corrected)

        self.app.push_screen(
            TextEditor(f"Correct {draft.title}", draft.text, note="as JSON", check=draft.record), taken
        )

    def act_take_back(self) -> None:
        """Take the last verdict back."""
        assert self.review is not None
        if self.review.undo() is None:
            self.notify("there is no verdict to take back", severity="warning")
        self._show()

    def act_comment(self) -> None:
        """Ask for a comment; Enter takes it, and nothing else."""

        def written(text: str | None) -> None:
            if text is not None:
                self.comment = text.strip()
                self.query_one("#about", Static).update(content_of(self._about(self._item)))

        hint = "it goes with the verdict that you give next"
        self.app.push_screen(Prompt("Comment", value=self.comment, hint=hint), written)

    def act_answer(self) -> None:
        """Mark the next answer."""
        item = self._item
        assert item is not None
        self.answer = (self.answer + 1) % len(item.answers)
        self._show_answers(item)

    def act_next(self) -> None:
        """One record on."""
        self._go(1)

    def act_previous(self) -> None:
        """One record back."""
        self._go(-1)

    def _go(self, step: int) -> None:
        assert self.review is not None
        there = self.review.next() if step > 0 else self.review.previous()
        if there is None:
            self.notify("this is the last record" if step > 0 else "this is the first record")
            return
        self._show()

    def act_left(self) -> None:
        """To the next record without a verdict."""
        assert self.review is not None
        self.review.next_left()
        self._show()

    def act_view(self) -> None:
        """Show the record in another way."""
        at = VIEWS.index(self.pane.view)
        self.pane.show_view(VIEWS[(at + 1) % len(VIEWS)])

    def act_choose(self) -> None:
        """Ask for another review."""
        choices = [
            (
                each.review.name,
                f"{each.dataset.name}@{each.review.number}  {each.judged:,} of {len(each.review.records):,}",
            )
            for each in self.listed
        ]

        def chosen(index: int | None) -> None:
            if index is not None:
                each = self.listed[index]
                opening = partial(self._open, each.review.name, each.dataset.name)
                self.in_background(opening, self._opened, group="review")

        self.app.push_screen(Choose("Which review", choices), chosen)

    def _open(self, name: str, dataset: str) -> ReviewSession:
        session = self.session.repository.reviews.open(name, of=dataset)
        _ = session.represents  # reads records, which is not for the thread that draws
        return session

    def act_begin(self) -> None:
        """Ask how many records are looked at, and begin."""

        def sized(text: str | None) -> None:
            if text is not None:
                self.change(partial(self._start, text.strip() or SHARE), self._opened)

        hint = "a number of records, or a share of HEAD's version; chosen by chance, the same ones on every machine"
        check = lambda text: checked(Rule(size=text.strip() or SHARE))  # noqa: E731 - as short as it is
        self.app.push_screen(Prompt("How many records are looked at", value=SHARE, hint=hint, check=check), sized)

    def _start(self, size: str) -> ReviewSession:
        reviews, repository = self.session.repository.reviews, self.session.repository
        dataset = self.session.dataset(self.target.revision) if self.target.revision else None
        name = (dataset or repository.dataset(None)).name
        taken = {each.review.name for each in reviews.list(name)}
        called = next(f"check-{number}" for number in range(1, len(taken) + 2) if f"check-{number}" not in taken)
        reviews.start(f"{name}@HEAD", ReviewRequest(name=called, rule=Rule(size=size)))
        self.app.call_from_thread(self.look_again)
        return self._open(called, name)

    def act_finish(self) -> None:
        """Finish the review, whole or with what there is."""
        from dsvc_tui.finishing import ask

        ask(self)


def _accuracy(review: ReviewSession) -> str:
    """How many are right; of all only once every record of the review has a verdict."""
    accuracy = review.accuracy()
    if accuracy.share is None:
        return ""
    if review.review.drawn.represents and not review.is_complete:
        is_done = review.progress.judged == review.progress.records
        return f"{accuracy.share:.0%} right so far, {'of one share' if is_done else 'in file order'}"
    if not review.represents:
        return f"{accuracy.share:.0%} right (of those that were chosen)"
    low, high = accuracy.interval
    return f"{accuracy.share:.0%} right ({low:.0%} to {high:.0%} of all)"
