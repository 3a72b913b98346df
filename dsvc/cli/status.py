"""``dsvc status``: which working files differ from their version."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dsvc.cli import diagnostics, output
from dsvc.cli.completing import datasets
from dsvc.cli.opening import opened
from dsvc.cli.options import json_option
from dsvc.cli.progress import progress
from dsvc.cli.verb import verb

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsvc.render.style import Style
    from dsvc.repository.results import DatasetStatus


@verb("status", examples=[("dsvc status", "all datasets"), ("dsvc status medical --json", "one, for a script")])
@click.argument("dataset", required=False, shell_complete=datasets)
@json_option
def command(*, dataset: str | None, as_json: bool) -> None:
    """Tell which working files differ from their version.

    Signs: ~ changed, - missing, + new, ! needs a decision.
    """
    with progress("reading") as shown:
        states = opened(shown).status(dataset)
    if not as_json:
        output.write(_lines(states, output.style()))
        for note in [note for state in states for note in state.notes]:
            diagnostics.note(note)
        return
    for state in states:
        output.json_line("status", "dsvc.status/1", _fields(state))


def _lines(states: Sequence[DatasetStatus], style: Style) -> Iterator[str]:
    from dsvc.render.status_text import status_lines

    if not states:
        yield 'no dataset yet; track one: dsvc commit FILE.jsonl --source "where it comes from" -m "first version"'
    for state in states:
        yield from status_lines(state, style)


def _fields(state: DatasetStatus) -> dict[str, object]:
    from msgspec.structs import asdict

    return {
        "dataset": state.dataset.name,
        "path": state.dataset.path,
        "head": state.head.number if state.head else None,
        "head_id": state.head.id if state.head else None,
        "base": state.base.number if state.base else None,
        "base_id": state.base.id if state.base else None,
        "changed": state.changed,
        "stale": state.stale,
        "notes": list(state.notes),
        "kept": {what: list(names) for what, names in state.kept.items()},
        "problem": state.problem,
        "hint": state.hint,
        "files": [asdict(file) for file in state.files],
    }
