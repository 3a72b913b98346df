"""The verbs of pilots, as methods: what ``repo.pilots`` is. Each is made in a module beside this one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dsvc.repository.context import Context
    from dsvc.repository.pilot_draft import PilotDraft
    from dsvc.repository.pilots import PilotCreated, PilotListed, PilotShown, PilotVerified
    from dsvc.repository.results import Outcome
    from dsvc.sampling.rule import Rule


class Pilots:
    """Pilots of a repository's datasets. ``of`` names the dataset where several have a pilot of that name."""

    def __init__(self, context: Context, folder: Path, revision: Callable[[str], str]) -> None:
        self._context = context
        self._folder = folder
        self._revision = revision

    def draft(self, revision: str) -> PilotDraft:
        """A version whose samples can be looked at before one is kept; see :mod:`dsvc.repository.pilot_draft`."""
        from dsvc.repository.pilots import draft

        return draft(self._context, self._revision(revision))

    def create(self, revision: str, name: str, rule: Rule) -> PilotCreated:
        """Take a sample of a version, and keep it under a name; see :func:`dsvc.repository.pilots.create`."""
        from dsvc.repository.pilots import create

        return create(self._context, self._revision(revision), name, rule)

    def list(self, target: str | None = None) -> list[PilotListed]:
        """The pilots of a dataset, or of all."""
        from dsvc.repository.pilots import listed

        return listed(self._context, target)

    def show(self, name: str, *, of: str | None = None) -> PilotShown:
        """A pilot beside the whole version: what both are made of, and how far they are apart."""
        from dsvc.repository.pilots import show

        return show(self._context, name, of)

    def verify(self, name: str, *, of: str | None = None) -> PilotVerified:
        """Whether the pilot's rule gives the same records again."""
        from dsvc.repository.pilot_carrying import verify

        return verify(self._context, name, of)

    def remove(self, name: str, *, of: str | None = None) -> Outcome:
        """Take a pilot out of HEAD; its tag stays."""
        from dsvc.repository.pilots import remove

        return remove(self._context, name, of)
