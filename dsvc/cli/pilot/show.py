"""``dsvc pilot show``: a pilot beside the whole version."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dsvc.cli import diagnostics, output
from dsvc.cli.options import json_option, pager_option
from dsvc.cli.pilot.naming import FORMAT, of_option, pilot_fields, pilots, result_fields
from dsvc.cli.progress import progress
from dsvc.cli.verb import verb
from dsvc.errors import ExitCode

if TYPE_CHECKING:
    from dsvc.cli.progress import Progress


@verb(
    "show",
    examples=[
        ("dsvc pilot show pilot-a", "its rule, its groups, its results, and how far it is from the whole"),
        ("dsvc pilot show pilot-a --verify", "does the rule give the same records here?"),
    ],
    exits={0: "done", 1: "the rule gives other records (--verify)", 2: "wrong usage", 3: "no such pilot or version"},
)
@click.argument("name", metavar="NAME", shell_complete=pilots)
@of_option
@click.option("--verify", is_flag=True, help="Follow the rule again, and compare the records.")
@json_option
@pager_option
def command(*, name: str, target: str | None, verify: bool, as_json: bool, no_pager: bool) -> int:
    """Show a pilot: its rule, its groups, its results, and how far it is from the whole version.

    The drift of a feature (lengths, labels, languages, sources) goes from 0, as in the whole, to 1, nothing in common.
    """
    import dsvc
    from dsvc.render.pilot_text import about_lines
    from dsvc.render.statistics_text import shift_lines

    with progress("reading") as shown:
        if verify:
            return _verify(name, target, shown, as_json=as_json)
        found = dsvc.open(progress=shown).pilots.show(name, of=target)
    if as_json:
        drift = [{"feature": s.feature, "kind": s.kind, "drift": round(s.figure, 4)} for s in found.drift]
        fields = pilot_fields(found.listed.pilot, found.listed.results, records=True)
        others = [result_fields(each) for each in found.listed.others]
        output.json_line("pilot", FORMAT, {**fields, "other_results": others, "drift": drift})
        return ExitCode.OK
    found.part.name = found.listed.pilot.name
    style = output.style()
    lines = [*about_lines(found.listed, style), "", *shift_lines(found.whole, found.part, found.drift, style)]
    output.write(lines, pager=not no_pager)
    return ExitCode.OK


def _verify(name: str, target: str | None, shown: Progress, *, as_json: bool) -> int:
    import dsvc
    from dsvc.render.safe_text import safe

    found = dsvc.open(progress=shown).pilots.verify(name, of=target)
    called, records = f"'{safe(found.pilot.name)}'", found.pilot.counts.records
    if as_json:
        fields = {"name": found.pilot.name, "same": found.same, "missing": found.missing, "extra": found.extra}
        output.json_line("verified", FORMAT, fields)
    elif found.same:
        output.write([f"{called} is what its rule gives: the same {records:,} records"])
    else:
        output.write(
            [
                f"{called} is not what its rule gives: of its {records:,} records the rule does not give "
                f"{len(found.missing):,}, and it gives {len(found.extra):,} others"
            ]
        )
    if not found.same:
        diagnostics.note(
            "somebody has changed the file, or a rule or setting that the choice follows is another one now"
        )
    return ExitCode.OK if found.same else ExitCode.DIFFERENCES
