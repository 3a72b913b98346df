"""The baseline of a dataset: what is accepted. Nothing here draws."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dsvc.validators.baseline import Baseline, read_baseline

if TYPE_CHECKING:
    from dsvc.repository import Repository


def baseline_of(repository: Repository, revision: str) -> Baseline | None:
    """What is accepted of a revision, by the file that ``dsvc validate`` goes by; None where there is no file."""
    path = Path(repository.validate_settings(revision)[0].baseline)
    return read_baseline(path, path.name) if path.is_file() else None
