"""What the verbs that take ``--all`` have in common: which datasets are meant, and what does not go with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsvc.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dsvc.repository.datasets import Dataset
    from dsvc.repository.repository import Repository
    from dsvc.repository.results import DatasetStatus


def edited(repository: Repository) -> list[Dataset]:
    """The datasets with a file that is not as in the version it was written from.

    One that was never taken out here is none of them; one whose state cannot be told is, so that the verb says why.
    """
    states = [state for state in repository.status() if state.base is not None or _is_here(state)]
    return [state.dataset for state in states if state.changed or state.problem or state.base is None]


def not_as_in_head(repository: Repository) -> list[Dataset]:
    """The datasets with a file that is not as in HEAD's version, is missing, or cannot be told."""
    states = repository.status()
    return [s.dataset for s in states if s.changed or s.stale or s.problem or s.base is None]


def _is_here(state: DatasetStatus) -> bool:
    return any(file.state != "missing" for file in state.files)


def require_alone(all_datasets: bool, others: Mapping[str, object]) -> None:  # noqa: FBT001
    """Raise UsageError for what concerns one dataset when ``--all`` was given."""
    for name, value in others.items():
        if all_datasets and value:
            raise UsageError(
                f"--all and {name} exclude each other", hint=f"leave one of them out; {name} is of one dataset"
            )


def only_dataset(repository: Repository) -> str:
    """The name of the only dataset. Raises NotFoundError, which names ``--all`` where there are several."""
    try:
        return repository.dataset(None).name
    except NotFoundError as error:
        if repository.datasets():
            raise NotFoundError(error.message, hint="name one of them, or take all that were edited: --all") from None
        raise
