"""``dsvc import --update``: what annotators answered, told as text or JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from dsvc.cli import diagnostics, output
from dsvc.cli.commit import result_fields, result_lines
from dsvc.cli.progress import progress
from dsvc.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dsvc.repository.results import CommitRequest

_MOST_TOLD: Final = 10


def take_back(
    given: str, request: CommitRequest, how: dict[str, Any], *, alien: Mapping[str, object], as_json: bool
) -> None:
    """Take back annotators' work, and tell what became of it. ``alien`` are options that --update has no use for."""
    import dsvc
    from dsvc.repository.annotation.taking_back import AnswerConflictsError, counts_text

    alien = {
        **alien,
        "--name": request.name,
        "--key": request.key,
        "--base": request.base,
        "--source-field": request.source_field,
        "--annotator-field": request.annotator_field,
    }
    if unused := next((option for option, value in alien.items() if value), None):
        raise UsageError(f"{unused} does not belong to --update", hint="leave it out")
    with progress("importing") as shown:
        try:
            done = dsvc.open(progress=shown).import_update(given, request, **how)
        except AnswerConflictsError as error:
            shown.close()
            _tell_conflicts(error, as_json=as_json)
            raise
    counts = {name: getattr(done, name) for name in ("taken", "same", "unanswered", "emptied", "skipped", "decided")}
    if as_json:
        fields = result_fields(done.result, dry_run=request.dry_run)
        output.json_line("update", "dsvc.update/1", {**counts, **fields})
        return
    output.write([*result_lines(done.result, dry_run=request.dry_run), f"fields:     {counts_text(done)}"])
    for text in done.result.notes:
        diagnostics.note(text)


def _tell_conflicts(error: Any, *, as_json: bool) -> None:
    from dsvc.render.conflict_text import conflict_lines
    from dsvc.repository.annotation.conflict_choices import listed_fields

    if as_json:
        for each in error.conflicts:
            output.json_line("conflict", "dsvc.update/1", listed_fields(each))
        return
    for each in error.conflicts[:_MOST_TOLD]:
        for line in conflict_lines(each):
            diagnostics.note(line)
    if (more := len(error.conflicts) - _MOST_TOLD) > 0:
        diagnostics.note(f"and {more:,} more")
