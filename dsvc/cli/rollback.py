"""``dsvc rollback``: a new version with the content of an old one."""

from __future__ import annotations

import click

from dsvc.cli.completing import revisions
from dsvc.cli.going_back import revision_of, tell
from dsvc.cli.options import force_option, json_option
from dsvc.cli.progress import progress
from dsvc.cli.verb import verb
from dsvc.errors import UsageError


@verb(
    "rollback",
    examples=[
        ('dsvc rollback v1.0 -m "v1.1 made the model worse"', "the newest version is v1.0's content again"),
        ("dsvc rollback data/medical.jsonl v1.0", "one of several datasets"),
    ],
    exits=(0, 2, 3, 5, 7, 8),
)
@click.argument("target", nargs=-1, required=True, metavar="[DATASET] REV", shell_complete=revisions)
@click.option("-m", "--message", "reason", metavar="TEXT", help="Why; otherwise 'roll back to REV'.")
@force_option
@json_option
def command(*, target: tuple[str, ...], reason: str | None, force: bool, as_json: bool) -> None:
    """Make a new version with the content of an old one.

    Nothing is taken out of the history: the versions in between stay. The working file gets the old content. For the
    file alone: dsvc checkout REV.
    """
    import dsvc

    if len(target) > 2:
        raise UsageError("rollback takes a dataset and a version", hint="dsvc rollback data/medical.jsonl v1.0")
    with progress("writing") as shown:
        repository = dsvc.open(progress=shown)
        outcome = repository.rollback(revision_of(repository, target), reason=reason, force=force)
    tell(outcome, as_json=as_json)
