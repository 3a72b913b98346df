"""``dsvc pilot carry``: a pilot on a newer version."""

from __future__ import annotations

import click

from dsvc.cli import diagnostics, output
from dsvc.cli.completing import revisions
from dsvc.cli.options import json_option
from dsvc.cli.pilot.naming import FORMAT, of_option, pilot_fields, pilots
from dsvc.cli.progress import progress
from dsvc.cli.verb import verb


@verb(
    "carry",
    examples=[
        ("dsvc pilot carry pilot-a v1.3", "as pilot-a-v1.3"),
        ("dsvc pilot carry pilot-a HEAD --name pilot-b", "under another name"),
        ("dsvc pilot carry pilot-a HEAD --size 50%", "where the version has fewer records than the pilot"),
    ],
    exits=(0, 2, 3, 5, 7, 8),
)
@click.argument("name", metavar="NAME", shell_complete=pilots)
@click.argument("revision", metavar="REV", shell_complete=revisions)
@of_option
@click.option("--name", "new_name", metavar="NEW", help="What the new pilot is called; otherwise NAME-VERSION.")
@click.option("--size", metavar="N|N%", help="Another size: of a smaller one the pilot's rule chooses who stays.")
@json_option
def command(
    *, name: str, revision: str, target: str | None, new_name: str | None, size: str | None, as_json: bool
) -> None:
    """Take a pilot to another version, and tell which of its records stayed, changed or were replaced.

    The new pilot has the same records as far as they are there, also those that were edited since (told as 'dsvc diff'
    tells them). In place of those that left, or that meet the rule no longer, others are taken by the same rule and
    seed.
    """
    import dsvc
    from dsvc.render.pilot_text import carried_lines

    with progress("reading") as shown:
        done = dsvc.open(progress=shown).pilots.carry(name, revision, new_name, of=target, size=size)
    for line in done.created.notes:
        diagnostics.note(line)
    if as_json:
        fields = {"stayed": done.stayed, "changed": done.changed, "left": done.left, "replaced": done.replaced}
        output.json_line("carried", FORMAT, {**pilot_fields(done.created.pilot), "tag": done.created.tag, **fields})
        return
    output.write(carried_lines(done))
