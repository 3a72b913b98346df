"""What checks go by: the baseline of a dataset, and the consumers that were chosen. Nothing here draws."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dsvc.validators.baseline import Baseline, read_baseline
from dsvc.validators.registry import PROFILES

if TYPE_CHECKING:
    from dsvc.repository import Repository
    from dsvc_tui.state import State


def baseline_of(repository: Repository, revision: str) -> Baseline | None:
    """What is accepted of a revision, by the file that ``dsvc validate`` goes by; None where there is no file."""
    path = Path(repository.validate_settings(revision)[0].baseline)
    return read_baseline(path, path.name) if path.is_file() else None


def chosen_profiles(state: State) -> tuple[str, ...]:
    """The consumers whose rules run besides, as they were chosen last; none: as the settings say."""
    return tuple(name for name in state.texts("validate", "profiles") or () if name in PROFILES)
