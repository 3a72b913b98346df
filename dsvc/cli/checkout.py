"""``dsvc checkout``: a version's content into the working file."""

from __future__ import annotations

import click

from dsvc.cli.completing import revisions
from dsvc.cli.going_back import revision_of, tell
from dsvc.cli.opening import opened
from dsvc.cli.options import force_option, json_option
from dsvc.cli.progress import progress
from dsvc.cli.verb import verb
from dsvc.errors import UsageError


@verb(
    "checkout",
    examples=[
        ("dsvc checkout v1.0", "the only dataset"),
        ("dsvc checkout medical@HEAD~2", "one of several"),
        ("dsvc checkout data/medical.jsonl v1.0", "the same, by path"),
        ("dsvc checkout v1.0 --force", "although there are edits (they are saved first)"),
    ],
    exits=(0, 2, 3, 5, 7, 8),
)
@click.argument("target", nargs=-1, required=True, metavar="[DATASET] REV", shell_complete=revisions)
@force_option
@json_option
def command(*, target: tuple[str, ...], force: bool, as_json: bool) -> None:
    """Put a version's content into the working file.

    Only the file changes: the history and HEAD stay where they are, so 'dsvc status' then tells that the file comes
    from another version. To make the old content the newest version: dsvc rollback REV. A folder gets exactly the
    version's files: others are edits, taken away with --force and saved first.
    """
    if len(target) > 2:
        raise UsageError("checkout takes a dataset and a version", hint="dsvc checkout data/medical.jsonl v1.0")
    with progress("writing") as shown:
        repository = opened(shown)
        outcome = repository.checkout(revision_of(repository, target), force=force)
    tell(outcome, as_json=as_json)
