"""Checkout, restore, rollback and tag, for every screen that shows a version."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from dsvc.errors import UsageError
from dsvc_tui.messages import Done
from dsvc_tui.screens.base import BaseScreen
from dsvc_tui.ways_back import go, way
from dsvc_tui.widgets.dialogs import Confirm, Prompt

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dsvc.repository.results import Outcome
    from dsvc_tui.actions import Action
    from dsvc_tui.ways_back import Verb, Way

_TITLES: Final[Mapping[str, tuple[str, str]]] = {
    "checkout": ("Check out", "put it into the file"),
    "restore": ("Restore", "take the edits back"),
    "rollback": ("Roll back to", "make it the newest version"),
    "tag": ("Tag", "give it the name"),
}
"""Title of the question, and what its key does."""


class GoingBack(BaseScreen):
    """Screens say in :meth:`version_shown` which version is meant, in :meth:`dataset_shown` which dataset."""

    def version_shown(self) -> str | None:
        """The version under the cursor; None when there is none."""
        return None

    def dataset_shown(self) -> str | None:
        """The dataset whose working file is meant, as a revision."""
        return self.version_shown()

    def why_not(self, action: Action) -> str | None:
        """There must be a version."""
        if action.id == "version.restore":
            return None if self.dataset_shown() is not None else "this is no dataset"
        if action.id.startswith("version."):
            return None if self.version_shown() is not None else "the working file is no version"
        return super().why_not(action)

    def act_checkout(self) -> None:
        """Ask whether the version shall be put into the working file."""
        self._look("checkout", self.version_shown(), self._confirm)

    def act_restore(self) -> None:
        """Ask whether the edits shall be taken back."""
        self._look("restore", self.dataset_shown(), self._confirm)

    def act_rollback(self) -> None:
        """Ask why the version shall be the newest again, and whether."""
        self._look("rollback", self.version_shown(), self._ask_reason)

    def act_tag(self) -> None:
        """Ask how the version shall be called too."""
        self._look("tag", self.version_shown(), self._ask_name)

    def _look(self, verb: Verb, revision: str | None, then: Callable[[Way], None]) -> None:
        assert revision is not None
        self.in_background(lambda: way(self.session.repository, verb, revision), then, group="version")

    def _ask_reason(self, found: Way) -> None:
        default = f"roll back to {found.entry.number}"
        dialog = Prompt(f"Why roll back to {found.name}", hint=f"empty: '{default}'. The next question is whether.")

        def answered(reason: str | None) -> None:
            if reason is not None:
                self._confirm(replace(found, text=reason.strip()))

        self.app.push_screen(dialog, answered)

    def _ask_name(self, found: Way) -> None:
        dialog = Prompt(f"Another name for {found.name}", hint="such as best or paper-2026", check=_require_name)

        def answered(name: str | None) -> None:
            if name is not None:
                self._confirm(replace(found, text=name.strip()))

        self.app.push_screen(dialog, answered)

    def _confirm(self, found: Way) -> None:
        title, verb = _TITLES[found.verb]
        subject = found.status.dataset.path if found.verb == "restore" else found.name
        key = self.asking_key(f"version.{found.verb}")
        dialog = Confirm(f"{title} {subject}", list(found.statement()), asked_with=key, verb=verb)
        self.app.push_screen(dialog, lambda agreed: self._do_it(found) if agreed else None)

    def _do_it(self, found: Way) -> None:
        tui, session = self.tui, self.session

        def told(done: tuple[Outcome, bool]) -> None:
            tui.post_message(Done(done[0], undoable=done[1]))

        self.change(lambda: go(session.repository, found), told)


def _require_name(text: str) -> None:
    if not text.strip():
        raise UsageError("a name has at least one letter")
