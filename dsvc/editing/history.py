"""Which edits were made and taken back, and what the file lacks of that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from dsvc.editing.operations import Edit


class Step(msgspec.Struct, frozen=True):
    """An edit, and the cells that its two records have in the view (None: not in this view, make one)."""

    edit: Edit
    old_cell: int | None = None
    new_cell: int | None = None


class History:
    """What can be taken back, what can be made again, and what has to be done to the file."""

    def __init__(self) -> None:
        self.done: list[Step] = []
        self.undone: list[Step] = []
        self.unsaved: list[Edit] = []
        """What the file lacks, in this order; an edit that it has and that was taken back is there as its opposite."""

    def add(self, step: Step) -> None:
        """A new edit was made; what was taken back before it cannot be made again."""
        self.undone.clear()
        self.done.append(step)
        self.unsaved.append(step.edit)

    def back(self, step: Step) -> None:
        """The last edit was taken back; ``step`` says with which cells it can be made again."""
        self.done.pop()
        self.undone.append(step)
        self._note(step.edit.opposite(), unless_last=step.edit)

    def again(self, step: Step) -> None:
        """The edit taken back last was made again."""
        self.undone.pop()
        self.done.append(step)
        self._note(step.edit, unless_last=step.edit.opposite())

    def saved(self) -> None:
        """The file has all edits now; cells counted from before mean nothing any more."""
        self.unsaved.clear()
        self.done = [Step(step.edit) for step in self.done]
        self.undone = [Step(step.edit) for step in self.undone]

    def _note(self, edit: Edit, *, unless_last: Edit) -> None:
        if self.unsaved and self.unsaved[-1] == unless_last:
            self.unsaved.pop()
        else:
            self.unsaved.append(edit)
