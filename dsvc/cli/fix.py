"""``dsvc fix``: safe repairs of the working file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dsvc.cli import output
from dsvc.cli.completing import datasets
from dsvc.cli.options import json_option
from dsvc.cli.progress import progress
from dsvc.cli.verb import verb
from dsvc.render.numbers import plural, rows_text
from dsvc.render.safe_text import safe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.repairs import Mended
    from dsvc.repository.fixing import Fixed

FORMAT = "dsvc.fix/1"


@verb(
    "fix",
    examples=[
        ("dsvc fix --dry-run", "what would be mended in the only dataset"),
        ("dsvc fix medical", "mend it; dsvc diff shows it, dsvc undo takes it back"),
        ("dsvc fix data/qa/train.jsonl", "one file of a folder; the others stay"),
        ("dsvc fix --only duplicates --only roles", "just these repairs"),
        ("dsvc fix --list", "all repairs, and where they hold back"),
    ],
    exits=(0, 2, 3, 4, 5, 7),
)
@click.argument("dataset", required=False, shell_complete=datasets)
@click.option("--only", multiple=True, metavar="REPAIR", help="Just this repair; may be given several times.")
@click.option("--dry-run", is_flag=True, help="Tell what would be mended, and change nothing.")
@click.option("--list", "listed", is_flag=True, help="List the repairs.")
@json_option
def command(*, dataset: str | None, only: tuple[str, ...], dry_run: bool, listed: bool, as_json: bool) -> None:
    """Make safe repairs in the working file: line ends, white space, role names, empty records, duplicates.

    Every other byte stays. The version is not touched: look with 'dsvc diff', keep it with 'dsvc commit' (which notes
    the repairs beside the version), or take it back with 'dsvc undo'. What needs judgement is never mended by itself:
    'dsvc validate' tells it.
    """
    import dsvc

    if listed:
        output.write(_repairs())
        return
    with progress("mending") as shown:
        repository = dsvc.open(progress=shown)
        target = dataset if dataset is not None else repository.dataset(None).name
        fixed = repository.fix(target, only=only, dry_run=dry_run)
    if as_json:
        for file, made in fixed.files.items():
            for mended in made:
                output.json_line("repair", FORMAT, _fields(file, mended))
        return
    output.write(_lines(fixed, dry_run=dry_run))


def _repairs() -> Iterator[str]:
    from textwrap import wrap

    from dsvc.repairs import REPAIRS
    from dsvc.repairs.mending import IN_RECORDS

    why = {repair.name: repair.why for repair in IN_RECORDS}
    indent = " " * 13
    for name, title in REPAIRS.items():
        yield f"{name:<12} {title}"
        if name in why:
            yield from wrap(why[name], output.columns() - 1, initial_indent=indent, subsequent_indent=indent)


def _lines(fixed: Fixed, *, dry_run: bool) -> Iterator[str]:
    from dsvc.repairs.mending import LINE_ENDS

    name = fixed.dataset.name
    named = fixed.file or name
    if not fixed.records:
        yield f"nothing to mend in {safe(named)}"
        return
    for file, made in fixed.files.items():
        done = [mended for mended in made if mended.records]
        if done:
            yield safe(file)
        for mended in done:
            noun = "line" if mended.repair == LINE_ENDS else "record"
            yield f"  {mended.repair:<12} {plural(mended.records, noun)}  ({rows_text(mended.rows, mended.records)})"
    if dry_run:
        yield f"nothing was changed; to mend it: dsvc fix {safe(named)}"
        return
    saved = fixed.outcome.saved_as if fixed.outcome is not None else None
    if saved is not None:
        yield f"saved:  the edits that were there, as '{safe(saved)}'"
    yield f"look: dsvc diff {safe(named)} · keep: dsvc commit {safe(name)} -m why · take back: dsvc undo"


def _fields(file: str, mended: Mended) -> dict[str, object]:
    return {"file": file, "repair": mended.repair, "records": mended.records, "rows": list(mended.rows)}
