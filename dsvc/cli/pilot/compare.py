"""``dsvc pilot compare``: two pilots beside each other."""

from __future__ import annotations

import click

from dsvc.cli import output
from dsvc.cli.options import json_option
from dsvc.cli.pilot.naming import FORMAT, of_option, pilots, result_fields
from dsvc.cli.verb import verb


@verb(
    "compare",
    examples=[
        ("dsvc pilot compare pilot-a pilot-a-v1.2", "what the fixes brought"),
        ("dsvc pilot compare pilot-a pilot-b --json", "with the ids of the records"),
    ],
    exits=(0, 2, 3, 7, 8),
)
@click.argument("first", metavar="A", shell_complete=pilots)
@click.argument("second", metavar="B", shell_complete=pilots)
@of_option
@json_option
def command(*, first: str, second: str, target: str | None, as_json: bool) -> None:
    """Compare two pilots: their results, their records, and what changed in the data between them.

    Of each metric the last figure counts. A record that was edited between the two versions is recognised as 'dsvc
    diff' does.
    """
    import dsvc
    from dsvc.render.pilot_text import compared_lines

    found = dsvc.open().pilots.compare(first, second, of=target)
    if not as_json:
        output.write(compared_lines(found, output.style()))
        return
    metrics = {name: {"first": one, "second": other} for name, one, other in found.metrics()}
    changes = None
    if found.changes is not None:
        names = ("added", "removed", "modified", "moved", "reformatted")
        changes = {name: getattr(found.changes, name) for name in names}
    fields = {
        "first": found.first.pilot.name,
        "second": found.second.pilot.name,
        "metrics": metrics,
        "results": [[result_fields(each) for each in side.results] for side in (found.first, found.second)],
        "both": found.both,
        "edited": found.edited,
        "only_first": found.only_first,
        "only_second": found.only_second,
        "changes": changes,
    }
    output.json_line("comparison", FORMAT, fields)
