"""``dsvc validate``: what is wrong, record by record."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dsvc.cli import output
from dsvc.cli.completing import revisions
from dsvc.cli.options import json_option
from dsvc.cli.progress import progress
from dsvc.cli.verb import EXITS, verb
from dsvc.errors import ExitCode

if TYPE_CHECKING:
    from dsvc.validators.finding import Finding

FORMAT = "dsvc.validate/1"
_SHOWN = 5


@verb(
    "validate",
    examples=[
        ("dsvc validate", "the working file of the only dataset"),
        ("dsvc validate medical@v1.1 --profile llamafactory", "what that trainer would do to each record"),
        ("dsvc validate --only syntax --only exact-duplicate", "just these rules"),
    ],
    exits={**{code: EXITS[code] for code in (2, 3, 4, 7, 8)}, 0: "no errors", 1: "errors were found"},
)
@click.argument("revision", required=False, metavar="[REV]", shell_complete=revisions)
@click.option("--profile", multiple=True, metavar="NAME", help="Also what this consumer would do to each record.")
@click.option("--only", multiple=True, metavar="RULE", help="Just this rule; may be given several times.")
@json_option
@click.pass_context
def command(
    context: click.Context, *, revision: str | None, profile: tuple[str, ...], only: tuple[str, ...], as_json: bool
) -> None:
    """Tell what is wrong with a version, a working file or any file of records, record by record."""
    from msgspec import to_builtins

    import dsvc
    from dsvc.validators.outcomes import Outcomes, profiles_of, summary_line
    from dsvc.validators.selection import Selection

    with progress("looking") as shown:
        validation = dsvc.open(progress=shown).validate(revision, Selection(profiles=profile, only=only))
        by_rule: dict[str, list[Finding]] = {}
        outcomes = Outcomes(profiles_of(validation.chosen))
        for finding in validation:
            outcomes.add(finding)
            if as_json:
                output.json_line("finding", FORMAT, to_builtins(finding))
            elif len(kept := by_rule.setdefault(finding.rule, [])) < _SHOWN:
                kept.append(finding)
    if not as_json:
        from dsvc.render.findings_text import group_lines, order

        for rule in order(by_rule):
            output.write(group_lines(rule, by_rule[rule], validation.counts[rule], output.style()))
        records = sum(file.records for file in validation.snapshot.layout.files)
        output.write(summary_line(tally) for tally in outcomes.tallies(records))
    if validation.severities["error"]:
        context.exit(ExitCode.DIFFERENCES)
