"""``dsvc push``: the data of all versions to the DVC remote."""

from __future__ import annotations

import click

from dsvc.cli import diagnostics, output
from dsvc.cli.options import json_option
from dsvc.cli.progress import progress
from dsvc.cli.verb import verb


@verb(
    "push",
    examples=[
        ("dsvc push && git push --follow-tags", "data first, then the history that names it"),
        ("dsvc push medical -r backup", "one dataset, to another remote"),
    ],
    exits=(0, 3, 7, 8),
)
@click.argument("dataset", required=False, metavar="[DATASET]")
@click.option("-r", "--remote", metavar="NAME", help="A DVC remote; by default DVC's default remote.")
@json_option
def command(*, dataset: str | None, remote: str | None, as_json: bool) -> None:
    """Send the data of all versions to the DVC remote.

    Only what the remote lacks is sent, and only after it was compared with its digest. The history goes with git push.
    (dvc push --all-commits does not do: it reads the remote's settings as they were at each commit.)

    A version whose number another one has on the git remote, as of the last git fetch, gets the next free number
    first, in a commit of its own.
    """
    import dsvc
    from dsvc.render.safe_text import safe

    with progress("pushing") as shown:
        result = dsvc.open(progress=shown).push(dataset, remote=remote)
    if as_json:
        fields = {name: list(getattr(result, name)) for name in ("versions", "absent", "notes")}
        output.json_line("push", "dsvc.push/1", {**fields, "kept": result.kept, "git_push": result.git_push})
        return
    for note in result.notes:
        diagnostics.note(note)
    count = len(result.versions)
    output.write([f"the data of {count} {'version is' if count == 1 else 'versions is'} on the remote"])
    if result.absent:
        output.write([safe(f"not here, so not sent: {', '.join(result.absent)}")])
    if result.kept:
        what = "undone or saved version stays" if result.kept == 1 else "undone or saved versions stay"
        output.write([f"{result.kept} {what} here: only local tags (dsvc-keep/…) know them"])
    how = f": {result.git_push}" if result.git_push else ", which has no remote yet: git remote add origin URL"
    output.write([safe(f"the history and its tags travel with git{how}")])
