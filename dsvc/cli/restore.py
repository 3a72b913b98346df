"""``dsvc restore``: the working file back to its version."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dsvc.cli import diagnostics
from dsvc.cli.all_datasets import edited, not_as_in_head, only_dataset, require_alone
from dsvc.cli.completing import datasets
from dsvc.cli.going_back import tell
from dsvc.cli.opening import opened
from dsvc.cli.options import json_option
from dsvc.cli.progress import progress
from dsvc.cli.verb import verb

if TYPE_CHECKING:
    from dsvc.repository.repository import Repository


@verb(
    "restore",
    examples=[
        ("dsvc restore", "take back all edits of the only dataset (they are saved first)"),
        ("dsvc restore --formatting", "a script rewrote the file: give unchanged records their old bytes back"),
        ("dsvc restore medical --revision v1.0", "to an older version"),
        ("dsvc restore --all", "all datasets"),
        ("dsvc restore data/qa/train.jsonl", "one file of a folder; the others stay"),
    ],
    exits=(0, 2, 3, 5, 7, 8),
)
@click.argument("dataset", required=False, shell_complete=datasets)
@click.option("--all", "all_datasets", is_flag=True, help="All datasets whose files are not as in HEAD's version.")
@click.option("--revision", metavar="REV", help="Back to this version instead of HEAD's.")
@click.option(
    "--formatting", is_flag=True, help="Keep the edits; only values that did not change get their bytes back."
)
@click.option("--force", is_flag=True, help="Changes nothing, taken for scripts: edits are saved first anyway.")
@json_option
def command(
    *, dataset: str | None, all_datasets: bool, revision: str | None, formatting: bool, force: bool, as_json: bool
) -> None:
    """Put the working file back to its version.

    Edits are kept under a tag before they are overwritten; 'dsvc undo' brings them back (after --all one dataset at a
    time, the last one first). The history and HEAD stay.
    JSONL files of a folder that the version does not have are edits, too, and are taken away.
    """
    require_alone(all_datasets, {"DATASET": dataset, "--revision": revision})
    del force  # taken, so that the three ways back are typed alike
    with progress("writing") as shown:
        repository = opened(shown)
        if all_datasets:
            _all(repository, formatting=formatting, as_json=as_json)
            return
        target = dataset if dataset is not None else only_dataset(repository)
        tell(repository.restore(target, revision=revision, formatting=formatting), as_json=as_json)


def _all(repository: Repository, *, formatting: bool, as_json: bool) -> None:
    """One dataset after the other; at the end how to get back what was saved of them: one undo is of one dataset."""
    chosen = edited(repository) if formatting else not_as_in_head(repository)
    if not chosen:
        diagnostics.note("nothing to restore: all files are as in their versions")
    saved = False
    for dataset in chosen:
        outcome = repository.restore(dataset.name, formatting=formatting)
        saved = saved or outcome.saved_as is not None
        tell(outcome, as_json=as_json, with_way_back=len(chosen) == 1)
    if saved and len(chosen) > 1:
        diagnostics.note(f"to get back what was saved: dsvc undo, {len(chosen)} times (once for each dataset)")
