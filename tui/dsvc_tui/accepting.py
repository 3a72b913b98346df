"""The baseline of a dataset: what is accepted is read, written, and taken back. Nothing here draws."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dsvc.durable import replace_flushed
from dsvc.errors import ConflictError
from dsvc.validators.baseline import Baseline, accept, read_baseline

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dsvc.repository import Repository
    from dsvc.validators.finding import Finding


def baseline_path(repository: Repository, revision: str) -> Path:
    """The file that ``dsvc validate`` goes by for a revision, whether it is there or not."""
    return Path(repository.validate_settings(revision)[0].baseline)


def baseline_at(path: Path) -> Baseline | None:
    """What is accepted; None where there is no file."""
    return read_baseline(path, path.name) if path.is_file() else None


class Acceptance:
    """Findings that were accepted in one go. It can be taken back while the file is as it was written."""

    def __init__(self, path: Path, before: bytes | None) -> None:
        self.path = path
        self._before = before
        self._after = path.read_bytes()

    @staticmethod
    def of(path: Path, findings: Iterable[Finding]) -> Acceptance:
        """Accept findings."""
        before = path.read_bytes() if path.is_file() else None
        accept(path, findings, baseline_at(path))
        return Acceptance(path, before)

    def take_back(self) -> None:
        """Bring the file back. Raises ConflictError when something else has written it."""
        if not self.path.is_file() or self.path.read_bytes() != self._after:
            raise ConflictError(
                f"'{self.path.name}' was written by something else since",
                hint=f"look at it: git diff '{self.path.name}'",
            )
        if self._before is None:
            self.path.unlink()
        else:
            replace_flushed(self.path, self._before)
