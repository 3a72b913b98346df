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
    folder: Path,
    lines: Sequence[str],
    *rules: str,
    options: Mapping[str, dict[str, Any]] | None = None,
    beside: Mapping[str, Sequence[str]] | None = None,
    sources: Sequence[tuple[str, str | None]] = (),
    against: Sequence[str] = (),
    before: Sequence[str] = (),
) -> list[Finding]:
    """What these rules find in a file with these lines (in a folder with others ``beside`` it), which were
    others ``before``."""
    for name, content in {"data.jsonl": lines, **(beside or {})}.items():
        (folder / name).write_text("".join(f"{line}\n" for line in content), "utf-8", "surrogatepass")
    file = folder if beside else folder / "data.jsonl"
    selection = Selection(ValidateSettings(options=dict(options or {})), only=rules)
    validation = Validation(dsvc.open_file(file), selection, processes=1)
    validation.sources = tuple(sources)
    if against:
        (folder / "against").mkdir()
        (folder / "against" / "bench.jsonl").write_text("".join(f"{line}\n" for line in against), "utf-8")
        validation.against = dsvc.open_file(folder / "against" / "bench.jsonl")
    if before:
        (folder / "before.json").write_text("".join(f"{line}\n" for line in before), "utf-8")
        validation.before = dsvc.open_file(folder / "before.json")
    return list(validation)


def rows(findings: Sequence[Finding]) -> list[int]:
    """The rows that findings are about, each once."""
    return sorted({finding.place.row for finding in findings if finding.place is not None})
