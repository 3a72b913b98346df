"""``dsvc pilot create``: take a sample of a version, and keep it under a name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from dsvc.cli import diagnostics, output
from dsvc.cli.completing import revisions
from dsvc.cli.options import json_option
from dsvc.cli.pilot.naming import FORMAT, pilot_fields, pilots
from dsvc.cli.progress import progress
from dsvc.cli.verb import verb

if TYPE_CHECKING:
    from dsvc.repository import Repository
    from dsvc.sampling.rule import Rule

STRATEGIES = ("stable", "random", "head", "balanced", "diverse", "longest", "hard")


@verb(
    "create",
    examples=[
        ("dsvc pilot create v1.2 --name pilot-a", "1,000 records that represent it"),
        ("dsvc pilot create v1.2 --name pilot-a --stratify label --dry-run", "look first: nothing is written"),
        ("dsvc pilot create medical --size 10% --name check --where lang=zh", "a tenth of the Chinese records"),
        ("dsvc pilot create v1.2 --name even --strategy balanced --stratify label", "as many of each label"),
        ("dsvc pilot create v1.2 --size 200 --name next --exclude pilot-a", "others than those of pilot-a"),
        ("dsvc pilot create v1.2 --size 50 --name odd --from-findings conflicting-answers", "what a rule tells of"),
    ],
    exits=(0, 2, 3, 5, 7, 8),
)
@click.argument("revision", required=False, metavar="[REV]", shell_complete=revisions)
@click.option("--name", required=True, metavar="NAME", help="What the pilot is called.")
@click.option("--size", default="1000", show_default=True, metavar="N", help="How many records; or a share: 10%.")
@click.option("--strategy", type=click.Choice(STRATEGIES), default="stable", show_default=True, help="How to choose.")
@click.option(
    "--stratify", multiple=True, metavar="FIELD", help="Choose from each group of FIELD's values. Repeatable."
)
@click.option(
    "--allocation",
    type=click.Choice(["proportional", "balanced"]),
    default="proportional",
    show_default=True,
    help="Of each group its share, or as many as of any other.",
)
@click.option("--where", multiple=True, metavar="EXPR", help="Only records for which EXPR holds. Repeatable.")
@click.option("--seed", default="", metavar="TEXT", help="Another seed gives another sample; otherwise NAME.")
@click.option("--exclude", multiple=True, metavar="PILOT", shell_complete=pilots, help="No record of this pilot.")
@click.option("--from-findings", "findings", multiple=True, metavar="RULE", help="Only records that RULE tells of.")
@click.option(
    "--near-duplicates",
    type=click.Choice(["keep", "leave-out"]),
    default="keep",
    show_default=True,
    help="Of records that are nearly the same, take one only.",
)
@click.option("--dry-run", is_flag=True, help="Write nothing; show the sample beside the whole.")
@json_option
def command(*, revision: str | None, name: str, dry_run: bool, as_json: bool, **how: Any) -> None:
    """Take a sample of a version, and keep it under a name.

    The same rule, seed and version give the same records on any machine, and after an edit of the dataset nearly the
    same ones. The pilot is a file in git, beside the version, with a tag DATASET_VERSION_NAME; dsvc undo takes it back.

    \b
    stable    by a keyed hash of each record: looks random, and stays when others come and go
    random    by a keyed hash of each row's number: the same rows of files that run in parallel
    head      the first records
    balanced  as many of each group of --stratify as of any other
    diverse   each record as unlike those before it as can be
    longest   the longest texts
    hard      the records whose words are the rarest in the dataset

    EXPR is FIELD=VALUE, or with != ~REGEX > < >= <=, or FIELD (has it), !FIELD (has it not); #turns and #length count.
    docs/pilots.md explains each strategy.
    """
    import dsvc
    from dsvc.sampling.rule import Rule

    rule = Rule(**how)
    with progress("reading") as shown:
        repository = dsvc.open(progress=shown)
        wanted = revision if revision is not None else repository.dataset(None).name
        if dry_run:
            _look(repository, wanted, name, rule, as_json=as_json)
            return
        done = repository.pilots.create(wanted, name, rule)
    for line in done.notes:
        diagnostics.note(line)
    if as_json:
        output.json_line("pilot", FORMAT, {**pilot_fields(done.pilot, records=True), "tag": done.tag})
        return
    from dsvc.render.pilot_text import sample_lines
    from dsvc.render.safe_text import safe

    pilot = done.pilot
    whole = repository.version(f"{pilot.dataset}@{pilot.version}").counts.records
    output.write([f"{safe(pilot.dataset)}@{pilot.number}  pilot {safe(pilot.name)}"])
    output.write(sample_lines(pilot.counts.records, pilot.counts.candidates, whole, pilot.rule, pilot.counts.strata))
    output.write([f"tag:     {safe(done.tag)}"] if done.tag is not None else [])


def _look(repository: Repository, revision: str, name: str, rule: Rule, *, as_json: bool) -> None:
    """The sample that would be taken, beside the whole."""
    from dsvc.render.pilot_text import sample_lines
    from dsvc.render.safe_text import safe
    from dsvc.render.statistics_text import shift_lines
    from dsvc.repository.pilots.creating import with_seed

    draft = repository.pilots.draft(revision)
    sample = draft.sample(with_seed(rule, name))
    drift = draft.drift(sample)
    for line in sample.notes:
        diagnostics.note(line)
    if as_json:
        fields = {"records": sample.records, "candidates": sample.candidates, "names": draft.names(sample)}
        output.json_line("sample", FORMAT, fields)
        for shift in drift:
            output.json_line("drift", FORMAT, {"feature": shift.feature, "kind": shift.kind, "drift": shift.figure})
        return
    whole, part = draft.whole(), draft.measured(sample.snapshot)
    part.name = name
    output.write([f"{safe(whole.name)}  pilot {safe(name)} (nothing was written)"])
    output.write(sample_lines(sample.records, sample.candidates, whole.records, sample.rule, sample.strata))
    output.write(["", *shift_lines(whole, part, drift, output.style())])
