"""What checks go by: the baseline of a dataset, and the consumers that were chosen. Nothing here draws."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dsvc.validators.baseline import Baseline, baseline_at
from dsvc.validators.registry import PROFILES
from dsvc_tui.records.row_findings import KEPT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dsvc.validators.finding import Finding
    from dsvc.validators.runner import Validation
    from dsvc_tui.session import Session
    from dsvc_tui.state import State


class LastLook:
    """What the last look through found, for as long as content and rules are the same.

    What is accepted decides only what is told of it: after that has changed nothing needs to be looked at anew.
    """

    def __init__(self) -> None:
        self._of: object = None
        self._found: Sequence[Finding] = ()

    def forget(self) -> None:
        """Look at everything the next time."""
        self._of = None

    def findings(self, identity: object, validation: Validation) -> Iterable[Finding]:
        """What is found in the content that ``identity`` tells (None: nobody knows): now, or by the last look."""
        asked = (identity, [each.fingerprint for each in validation.chosen]) if identity is not None else None
        return self._found if asked is not None and asked == self._of else self._noted(validation, asked)

    def _noted(self, validation: Validation, asked: object) -> Iterator[Finding]:
        self._of = None
        found: list[Finding] = []
        for finding in validation:
            if len(found) <= KEPT:
                found.append(finding)
            yield finding
        if len(found) <= KEPT:
            self._of, self._found = asked, found


def baseline_of(session: Session, revision: str) -> Baseline | None:
    """What is accepted of a revision, by the file that ``dsvc validate`` goes by; None where there is no file."""
    path = Path(session.validate_settings(revision).baseline)
    return baseline_at(path, path.name)


def chosen_profiles(state: State) -> tuple[str, ...]:
    """The consumers whose rules run besides, as they were chosen last; none: as the settings say."""
    return tuple(name for name in state.texts("validate", "profiles") or () if name in PROFILES)
