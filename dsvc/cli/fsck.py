"""``dsvc fsck``: is the data of every version whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dsvc.cli import output
from dsvc.cli.options import json_option
from dsvc.cli.progress import progress
from dsvc.cli.verb import verb
from dsvc.errors import CorruptError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dsvc.repository.results import Finding


@verb(
    "fsck",
    examples=[
        ("dsvc fsck", "all datasets, all versions"),
        ("dsvc fsck medical --repair", "and get good copies from the DVC remote or the working files"),
    ],
    exits=(0, 3, 5, 7),
)
@click.argument("dataset", required=False, metavar="[DATASET]")
@click.option("--repair", is_flag=True, help="Get good copies; damaged ones are set aside.")
@json_option
def command(*, dataset: str | None, repair: bool, as_json: bool) -> None:
    """Check that the stored data of every version is whole.

    Reads every stored file and compares it with its digest. Of what is missing or damaged it says which versions need
    it, and which of their records cannot be read: never fewer than are damaged, all that the stored file holds where
    it cannot be told. Undone versions and saved edits (git tags dsvc-keep/...) are checked, too.

    A clone that has not fetched all versions yet is whole; without a DVC remote what is not here is missing.

    --repair gets good copies from the DVC remote, and from working files that still have the bytes.
    """
    import dsvc
    from dsvc.render.finding_text import finding_fields, finding_lines
    from dsvc.repository.health.fsck import NOT_FETCHED

    broken: list[Finding] = []
    elsewhere = 0
    with progress("checking") as shown:
        repository = dsvc.open(progress=shown)
        for found in repository.fsck(dataset, repair=repair):
            if as_json:
                output.json_line("finding", "dsvc.fsck/1", finding_fields(found))
            else:
                output.write(finding_lines(found))
            if found.problem == NOT_FETCHED and not found.repaired and repository.has_remote and not repair:
                elsewhere += 1
            elif not found.repaired:
                broken.append(found)
    if broken:
        raise _verdict(broken, repair=repair, has_remote=repository.has_remote)
    if not as_json:
        output.write([_all_is_well(elsewhere)])


def _all_is_well(elsewhere: int) -> str:
    if not elsewhere:
        return "all data of all versions is whole"
    what = "version is" if elsewhere == 1 else "versions are"
    return f"all data that is here is whole; that of {elsewhere} {what} not fetched (get it: dsvc fsck --repair)"


def _verdict(broken: Sequence[Finding], *, repair: bool, has_remote: bool) -> CorruptError:
    """What is wrong in one sentence, and the way out."""
    from dsvc.repository.going_back.kept import KEEP

    count = len(broken)
    message = f"{count} {'stored file is' if count == 1 else 'stored files are'} missing or damaged"
    if not repair:
        return CorruptError(message, hint="dsvc fsck --repair")
    tags = {name for found in broken for name in found.versions or ("",)}
    if all(tag.startswith(f"{KEEP}/") for tag in tags):
        hint = f"nobody else has undone versions and saved edits; to give these up: git tag -d {' '.join(sorted(tags))}"
        return CorruptError(message, hint=hint)
    somebody = "get the data from somebody who has it: dsvc push there, dsvc fsck --repair here"
    if not has_remote:
        add = "dvc remote add -d NAME URL"
        somebody = f"no DVC remote to get it from: {add}, dsvc push where it is whole, dsvc fsck --repair here"
    return CorruptError(message, hint=somebody)
