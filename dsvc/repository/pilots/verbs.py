"""The verbs of pilots, as methods: what ``repo.pilots`` is. Each lives in a module of this package."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from dsvc.repository.context import Context
    from dsvc.repository.exports.export import Exported
    from dsvc.repository.pilots.carrying import PilotCarried
    from dsvc.repository.pilots.comparison import PilotsCompared
    from dsvc.repository.pilots.creating import PilotCreated, PilotListed, PilotShown, PilotVerified
    from dsvc.repository.pilots.draft import PilotDraft
    from dsvc.repository.pilots.file import Result
    from dsvc.repository.results import Outcome
    from dsvc.sampling.rule import Rule
    from dsvc.snapshot import Snapshot


class Pilots:
    """Pilots of a repository's datasets. ``of`` names the dataset where several have a pilot of that name."""

    def __init__(self, context: Context, folder: Path, revision: Callable[[str], str]) -> None:
        self._context = context
        self._folder = folder
        self._revision = revision

    def _target(self, dataset: str | None) -> str | None:
        return None if dataset is None else self._revision(dataset)

    def draft(self, revision: str) -> PilotDraft:
        """A version whose samples can be looked at before one is kept; see :mod:`dsvc.repository.pilots.draft`."""
        from dsvc.repository.pilots.creating import draft

        return draft(self._context, self._revision(revision))

    def create(self, revision: str, name: str, rule: Rule) -> PilotCreated:
        """Take a sample of a version, and keep it under a name; see :func:`dsvc.repository.pilots.creating.create`."""
        from dsvc.repository.pilots.creating import create

        return create(self._context, self._revision(revision), name, rule)

    def require_free(self, revision: str, name: str) -> None:
        """Raise UsageError or ProtectedError for a name that a pilot of this version cannot have."""
        from dsvc.repository.pilots.creating import require_free

        require_free(self._context, self._revision(revision), name)

    def list(self, target: str | None = None) -> list[PilotListed]:
        """The pilots of a dataset, or of all."""
        from dsvc.repository.pilots.creating import listed

        return listed(self._context, self._target(target))

    def show(self, name: str, *, of: str | None = None) -> PilotShown:
        """A pilot beside the whole version: what both are made of, and how far they are apart."""
        from dsvc.repository.pilots.creating import show

        return show(self._context, name, self._target(of))

    def verify(self, name: str, *, of: str | None = None) -> PilotVerified:
        """Whether the pilot's rule gives the same records again."""
        from dsvc.repository.pilots.carrying import verify

        return verify(self._context, name, self._target(of))

    def remove(self, name: str, *, of: str | None = None, tag: bool = False) -> Outcome:
        """Take a pilot out of HEAD; its tag stays, unless ``tag``."""
        from dsvc.repository.pilots.creating import remove

        return remove(self._context, name, self._target(of), tag=tag)

    def sample(self, name: str, *, of: str | None = None, revision: str | None = None) -> Snapshot:
        """A pilot's records, as content to read; ``revision`` may name the dataset, or its version."""
        from dsvc.repository.pilots.export import sample

        named = self._revision(revision) if revision is not None else None
        return sample(self._context, name, target=self._target(of), revision=named)

    def export(self, name: str, to: str, output: str | Path, *, of: str | None = None, **how: Any) -> Exported:
        """Write a pilot for a trainer, in a shape, or in any other format that :meth:`Repository.export` knows.

        ``validation`` (above 0, below 1): the share of its records that becomes a part of its own.
        """
        from dsvc.repository.exports.export import export, request_of
        from dsvc.repository.pilots.creating import find

        dataset, pilot = find(self._context, name, self._target(of))
        request = request_of(to, self._folder, output, {**how, "pilot": pilot.name})
        return export(self._context, f"{dataset.name}@{pilot.version}", request)

    def result(
        self,
        name: str,
        metrics: Mapping[str, float],
        *,
        model: str | None = None,
        run: str | None = None,
        note: str | None = None,
        validation: float | None = None,
        of: str | None = None,
    ) -> Result:
        """Write down what a trial on a pilot gave. ``validation``: the share that :meth:`export` set aside for it, by
        which a carried pilot knows what was trained on."""
        from dsvc.repository.pilots.results import add_result

        said = {"model": model, "run": run, "text": note}
        return add_result(self._context, name, metrics, **said, validation=validation, target=self._target(of))

    def compare(self, first: str, second: str, *, of: str | None = None) -> PilotsCompared:
        """The results of two pilots, and what changed in the data between them."""
        from dsvc.repository.pilots.comparison import compare

        return compare(self._context, first, second, self._target(of))

    def carry(
        self, name: str, revision: str, new_name: str | None = None, *, of: str | None = None, size: str | None = None
    ) -> PilotCarried:
        """Take a pilot to another version as a new one; see :func:`dsvc.repository.pilots.carrying.carry`."""
        from dsvc.repository.pilots.carrying import carry

        return carry(self._context, name, self._revision(revision), new_name, self._target(of), size=size)
