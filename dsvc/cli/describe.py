"""``dsvc describe``: name the version of the working file."""

from __future__ import annotations

import click

from dsvc.cli import output
from dsvc.cli.completing import datasets
from dsvc.cli.opening import opened
from dsvc.cli.options import json_option
from dsvc.cli.progress import progress
from dsvc.cli.verb import verb


@verb(
    "describe",
    examples=[
        ("dsvc describe", "prints e.g. medical@v1.3+3~1 4f0c… for a training log"),
        ("dsvc describe data/medical.jsonl --json", "one of several, for a script"),
    ],
)
@click.argument("dataset", required=False, shell_complete=datasets)
@json_option
def command(*, dataset: str | None, as_json: bool) -> None:
    """Name the version that the working file is, for training logs.

    Prints DATASET@NUMBER and the version's id. Behind the number stands what was changed since: +3 added, -1 removed,
    ~1 modified, >2 moved, =4 written differently, /1 files of a folder added, removed or renamed; nothing when the
    file is exactly that version.
    """
    from dsvc.render.safe_text import safe

    with progress("reading") as shown:
        description = opened(shown).describe(dataset)
    if not as_json:
        output.write([safe(str(description))])
        return
    fields = {
        "dataset": description.dataset.name,
        "number": description.entry.number,
        "id": description.version_id,
        "exact": description.exact,
        "changes": description.changes.to_json(),
        "files": description.files,
        "text": str(description),
    }
    output.json_line("description", "dsvc.describe/1", fields)
