"""Rules over lines of JSONL, without a repository."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dsvc
from dsvc.validators.runner import Validation
from dsvc.validators.selection import Selection
from dsvc.validators.settings import ValidateSettings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from dsvc.validators.finding import Finding


def found(
    folder: Path, lines: Sequence[str], *rules: str, options: Mapping[str, dict[str, Any]] | None = None
) -> list[Finding]:
    """What these rules find in a file with these lines."""
    file = folder / "data.jsonl"
    file.write_text("".join(f"{line}\n" for line in lines), "utf-8", "surrogatepass")
    selection = Selection(ValidateSettings(options=dict(options or {})), only=rules)
    return list(Validation(dsvc.open_file(file), selection, processes=1))


def rows(findings: Sequence[Finding]) -> list[int]:
    """The rows that findings are about, each once."""
    return sorted({finding.place.row for finding in findings if finding.place is not None})
