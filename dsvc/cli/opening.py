"""The repository for verbs that need none of the shared settings: broken ones are told, and stop nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsvc.cli import diagnostics

if TYPE_CHECKING:
    from collections.abc import Callable

    from dsvc.repository import Repository


def opened(progress: Callable[[int], None] | None = None) -> Repository:
    """The repository here; a warning when ``dsvc.toml`` cannot be read. Raises what ``dsvc.open`` raises."""
    import dsvc

    repository = dsvc.open(progress=progress)
    problem = repository.settings_problem
    if problem is not None:
        diagnostics.warn(
            problem.message, f"{problem.hint}; until then commit, import, adopt, rollback and validate refuse"
        )
    return repository
