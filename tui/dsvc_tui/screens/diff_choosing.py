"""Choosing among the changes of a diff: mark them, commit the marked ones, or bring records back as they were."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from dsvc.delta import Modified
from dsvc.render.numbers import plural
from dsvc_tui.committing import require_unchanged, stamps_of
from dsvc_tui.messages import Done, Open, Target
from dsvc_tui.records.change_parts import part_taken, part_taken_back
from dsvc_tui.screens.base import BaseScreen
from dsvc_tui.widgets.change_rows import ChangeRows
from dsvc_tui.widgets.dialogs import Confirm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from dsvc.delta import Change, Instead
    from dsvc_tui.actions import Action
    from dsvc_tui.drawing import Part
    from dsvc_tui.records.change_list import ChangeList


class Choosing(BaseScreen):
    """Screens have ``rows`` and ``changes``, and tell in :meth:`look_up_sides` when they have other ones."""

    changes: ChangeList | None
    dataset: str | None = None
    """The dataset whose version the old side is."""
    from_head = False
    """Whether the old side is HEAD's version and the new one the working file."""
    _looked_at: tuple[Path, str, Sequence[tuple[str, int, int]]] | None = None
    """The working file that was compared, and what it was then."""

    @property
    def rows(self) -> ChangeRows:
        """The list of changes."""
        return self.query_one("#changes", ChangeRows)

    def look_up_sides(self, changes: ChangeList) -> None:
        """Find out what can be done with the changes; called in a worker."""
        name, _, number = changes.diff.old.name.rpartition("@")
        found = self.session.dataset(name) if name else None
        self.dataset = found.name if found is not None else None
        self.from_head, self._looked_at = False, None
        if found is not None and changes.diff.new.name == found.path:
            repository = self.session.repository
            self._looked_at = repository.root, found.path, stamps_of(repository.root / found.path)
            (status,) = repository.status(found.name)
            self.from_head = status.head is not None and status.head.number == number

    def why_not_choose(self, action: Action) -> str | None:
        """Why changes cannot be chosen for this."""
        if self.changes is None or not self.rows.count:
            return "no change is shown"
        if action.id == "diff.commit" and not self.from_head:
            return "only changes of the working file against HEAD's version are committed"
        if action.id == "diff.take_back" and self.dataset is None:
            return "the old side is no version of a dataset"
        return None

    def offers(self, action: Action) -> bool:
        """Between two versions nothing is committed; without a version nothing is taken back either."""
        if action.id in ("diff.mark", "diff.take_back"):
            return self.dataset is not None
        return self.from_head or action.id != "diff.commit"

    def show_marks(self) -> None:
        """Show what is marked now."""

    def act_mark(self) -> None:
        """Mark the change, or not any more, and go on to the next one."""
        number = self.rows.number
        assert number is not None
        self.rows.marked ^= {number}
        self.rows.refresh()
        self.rows.action_move(1)
        self.show_marks()

    def act_mark_all(self) -> None:
        """Mark all changes that are shown; none if all of them are."""
        shown = {*self.rows.numbers}
        self.rows.marked = self.rows.marked - shown if shown <= self.rows.marked else self.rows.marked | shown
        self.rows.refresh()
        self.show_marks()

    def act_commit(self) -> None:
        """Commit the marked changes; without any the one under the cursor, inside it the field."""
        field = self.field_chosen()
        self.in_background(lambda: tuple(self._choice(field, part_taken)), self._go_to_commit, group="choose")

    def _go_to_commit(self, chosen: tuple[Change, ...]) -> None:
        self.post_message(Open("commit", Target(revision=self.dataset, only=chosen)))

    def act_take_back(self) -> None:
        """Ask whether the records shall be again what they were on the old side."""
        assert self.changes is not None
        old, field = self.changes.diff.old.name, self.field_chosen()
        count = len(self.rows.marked) or 1
        statement: list[Part] = [
            ("strong", "file     "),
            ("", f"{plural(count, 'change')} of the working file against {old}: taken back, all others stay\n"),
            ("strong", "history  "),
            ("", "stays as it is\n"),
            ("warning", "! the file as it is now is saved first, under a tag; undo brings it back"),
        ]
        title = f"Bring {'the record' if count == 1 else f'{count:,} records'} back"
        title = title if field is None else "Bring the field back"
        key = self.asking_key("diff.take_back")
        dialog = Confirm(f"{title} as in {old}", statement, asked_with=key, verb="take it back")
        self.app.push_screen(dialog, lambda agreed: self._take_back(old.rpartition("@")[2], field) if agreed else None)

    def _take_back(self, number: str, field: int | None) -> None:
        tui, session, dataset = self.tui, self.session, self.dataset

        def chosen() -> list[Change]:
            return [*self._choice(field, part_taken_back)]

        self.change(
            lambda: session.repository.restore(dataset, revision=number, only=chosen()),
            lambda outcome: cast("None", tui.post_message(Done(outcome))),
        )

    def field_chosen(self) -> int | None:
        """The field that the cursor is in, inside a change, if no changes are marked."""
        return None

    def _choice(self, field: int | None, part: Callable[[Modified, int], Instead]) -> Iterator[Change]:
        """The marked changes, or the one under the cursor, or one field of it.

        Raises ProtectedError when the file was changed since, UsageError when the field cannot be taken by itself.
        """
        assert self.changes is not None
        if self._looked_at is not None:
            require_unchanged(*self._looked_at)
        changes, here = self.changes, self.rows.number
        for number in sorted(self.rows.marked) or ([] if here is None else [here]):
            delta = changes.delta(number)
            yield part(delta, field) if field is not None and isinstance(delta, Modified) else delta
