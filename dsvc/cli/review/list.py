"""``dsvc review list``: the reviews of a dataset."""

from __future__ import annotations

import click

from dsvc.cli import output
from dsvc.cli.completing import datasets
from dsvc.cli.options import json_option
from dsvc.cli.review.naming import FORMAT, review_fields
from dsvc.cli.verb import verb


@verb(
    "list",
    examples=[
        ("dsvc review list", "the reviews of all datasets"),
        ("dsvc review list medical --json", "of one dataset, for a script"),
    ],
    exits=(0, 2, 3, 7),
)
@click.argument("target", required=False, metavar="[DATASET]", shell_complete=datasets)
@json_option
def command(*, target: str | None, as_json: bool) -> None:
    """List the reviews of a dataset."""
    import dsvc
    from dsvc.render.review_text import list_lines

    found = dsvc.open().reviews.list(target)
    if not as_json:
        output.write(list_lines(found, output.style()))
        return
    for each in found:
        fields = {**review_fields(each.review), "judged": each.judged, "finished": each.finished}
        output.json_line("review", FORMAT, fields)
