"""The verbs of reviews, as methods: what ``repo.reviews`` is. Each lives in a module of this package."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from dsvc.repository.context import Context
    from dsvc.repository.results import Outcome
    from dsvc.repository.reviews.figures import ReviewFigures
    from dsvc.repository.reviews.finish import FinishRequest, ReviewFinished
    from dsvc.repository.reviews.session import ReviewSession
    from dsvc.repository.reviews.starting import ReviewListed, ReviewRequest, ReviewStarted
    from dsvc.repository.reviews.status import ReviewStatus
    from dsvc.reviewing.queue import Review
    from dsvc.snapshot import Snapshot


class Reviews:
    """Reviews of a repository's datasets. ``of`` names the dataset where several have a review of that name."""

    def __init__(self, context: Context, revision: Callable[[str], str]) -> None:
        self._context = context
        self._revision = revision

    def start(self, revision: str, request: ReviewRequest) -> ReviewStarted:
        """Choose records of a version that shall be looked at; see :func:`dsvc.repository.reviews.starting.start`."""
        from dsvc.repository.reviews.starting import start

        return start(self._context, self._revision(revision), request)

    def list(self, target: str | None = None) -> list[ReviewListed]:
        """The reviews of a dataset, or of all."""
        from dsvc.repository.reviews.starting import listed

        return listed(self._context, target)

    def open(self, name: str | None = None, *, reviewer: str | None = None, of: str | None = None) -> ReviewSession:
        """Go on with a review (the only one), as git's ``dsvc.annotator`` or ``user.name`` unless named."""
        from dsvc.repository.reviews.session import open_session

        return open_session(self._context, name, of, reviewer)

    def called(self, review: Review) -> str:
        """How a command names a review: with ``--of DATASET`` where there are several datasets."""
        from dsvc.repository.reviews.file import called

        return called(self._context, review)

    def status(self, name: str | None = None, *, of: str | None = None, label: str | None = None) -> ReviewStatus:
        """How far a review is, and how many records are right: in all, by reviewer, label and annotator."""
        from dsvc.repository.reviews.status import status

        return status(self._context, name, of, label)

    def waiting(self, name: str | None = None, *, of: str | None = None) -> int:
        """How many records stand in the way of a finish that is not partial."""
        from dsvc.repository.reviews.waiting import waiting

        return waiting(self._context, name, of)

    def finish(self, request: FinishRequest) -> ReviewFinished:
        """Commit the verdicts, and what they correct; see :func:`dsvc.repository.reviews.finish.finish`."""
        from dsvc.repository.reviews.finish import finish

        return finish(self._context, request)

    def remove(self, name: str, *, of: str | None = None) -> Outcome:
        """Take a review out of HEAD."""
        from dsvc.repository.reviews.starting import remove

        return remove(self._context, name, of)

    def figures(
        self, revision: str | None = None, snapshot: Snapshot | None = None, *, share: float = 0.10
    ) -> ReviewFigures:
        """What finished reviews tell of a version, for gates; see :mod:`dsvc.repository.reviews.figures`."""
        from dsvc.repository.reviews.figures import figures

        named = self._revision(revision) if revision is not None else None
        return figures(self._context, named, snapshot, share=share)
