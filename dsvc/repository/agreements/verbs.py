"""The verbs of agreement, as methods: what ``repo.agreements`` is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from dsvc.origin import Annotator
    from dsvc.repository.agreements.figures import AgreementFigures
    from dsvc.repository.agreements.file import KeptAgreement
    from dsvc.repository.agreements.keeping import AgreementKept, ReviewKept
    from dsvc.repository.agreements.measuring import Agreement, AgreementRequest
    from dsvc.repository.context import Context
    from dsvc.repository.results import Outcome


class Agreements:
    """How far annotators agree on the same records."""

    def __init__(self, context: Context, folder: Path, revision: Callable[[str], str]) -> None:
        self._context = context
        self._folder = folder
        self._revision = revision

    def compare(self, request: AgreementRequest) -> Agreement:
        """How far annotators agree; see :class:`dsvc.repository.agreements.measuring.AgreementRequest`."""
        from dsvc.repository.agreements.measuring import agreement

        sides = tuple(self._revision(side) for side in request.sides)
        return agreement(self._context, replace(request, sides=sides), self._folder, called=request.sides)

    def keep(self, found: Agreement, name: str, revision: str) -> AgreementKept:
        """Write down with a version how far annotators agreed; gates go by it."""
        from dsvc.repository.agreements.keeping import keep

        return keep(self._context, found, name, self._revision(revision))

    def review(
        self,
        found: Agreement,
        name: str,
        revision: str,
        *,
        into: str | None = None,
        guidelines: str = "",
        kept_as: str | None = None,
        reviewers: Sequence[Annotator | str] = (),
        overlap: float = 0.0,
    ) -> ReviewKept:
        """Keep that, and begin a review of the records that they disagree on, in which one answer to each is chosen."""
        from dsvc.repository.agreements.keeping import review

        return review(
            self._context,
            found,
            name,
            self._revision(revision),
            into=into,
            guidelines=guidelines,
            kept_as=kept_as,
            reviewers=reviewers,
            overlap=overlap,
        )

    def list(self, target: str | None = None) -> list[KeptAgreement]:
        """What is kept of a dataset, or of all."""
        from dsvc.repository.agreements.kept import listed

        return listed(self._context, target)

    def remove(self, name: str, *, of: str | None = None) -> Outcome:
        """Keep an agreement no longer; the commits that have it stay."""
        from dsvc.repository.agreements.kept import remove

        return remove(self._context, name, of)

    def figures(self, revision: str | None = None) -> AgreementFigures | None:
        """How far annotators agreed, as kept with a version, for gates; None where nothing is kept."""
        from dsvc.repository.agreements.figures import figures

        return figures(self._context, self._revision(revision) if revision is not None else None)
