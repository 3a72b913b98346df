"""``dsvc adopt``: take over what plain DVC, git or git-lfs keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from dsvc.cli import diagnostics, output
from dsvc.cli.options import AnnotatorType, json_option
from dsvc.cli.progress import progress
from dsvc.cli.verb import verb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.repository.results import AdoptResult


@verb(
    "adopt",
    examples=[
        ("dsvc adopt data/medical.jsonl --history", "with all versions that its commits have"),
        ('dsvc adopt data/qa --source "bank manual 2025"', "a folder, from now on"),
        ("dsvc adopt data/medical.jsonl --history --dry-run", "tell what would be taken over"),
    ],
    exits=(0, 2, 3, 4, 5, 7),
)
@click.argument("target", metavar="PATH", type=click.Path())
@click.option("--history", is_flag=True, help="Also the versions that older commits have.")
@click.option("--name", metavar="NAME", help="Name of the dataset.")
@click.option("--source", metavar="TEXT", help="Where the records come from; otherwise 'before dsvc'.")
@click.option("--license", "licence", metavar="SPDX", help="Licence of the source, e.g. CC-BY-4.0.")
@click.option(
    "--annotator",
    "annotators",
    multiple=True,
    type=AnnotatorType(),
    metavar="NAME[:KIND]",
    help="Who made the records; otherwise the author of each commit. May be repeated.",
)
@click.option("--dry-run", is_flag=True, help="Only tell what would be done.")
@json_option
def command(*, target: str, history: bool, dry_run: bool, as_json: bool, **fields: Any) -> None:
    """Take over a dataset that plain DVC, git or git-lfs keeps.

    PATH is a JSONL file or a folder of them, kept by PATH.dvc, git or git-lfs. HEAD's content becomes v1.0; with
    --history each content that it had in HEAD's commits becomes a version, oldest first, with that commit's author,
    date and message (when and by whom it was taken over is written down apart). The old keeper forgets the file in the
    same step; its commits and tags stay. The working file is not touched: edits in it are edits of the last version.

    A version whose bytes are gone, or that is no JSONL, is listed and left out. dsvc undo takes all of it back.
    """
    import dsvc
    from dsvc.repository.results import CommitRequest

    request = CommitRequest(target=target, reason="", dry_run=dry_run, **fields)
    with progress("taking over") as shown:
        result = dsvc.open(progress=shown).adopt(request, history=history)
    if as_json:
        output.json_line("adopt", "dsvc.adopt/1", _fields(result, dry_run=dry_run))
        return
    output.write(_lines(result, dry_run=dry_run))
    for left in result.left_out:
        diagnostics.note(f"left out: {left.commit[:10]} of {left.at:%Y-%m-%d}: {left.why}")
    for text in result.notes:
        diagnostics.note(text)


def _fields(result: AdoptResult, *, dry_run: bool) -> dict[str, object]:
    return {
        "dataset": result.dataset.name,
        "path": result.dataset.path,
        "from": result.keeper,
        "dry_run": dry_run,
        "versions": [entry.to_json() for entry in result.versions],
        "left_out": [{"commit": left.commit, "at": left.at.isoformat(), "why": left.why} for left in result.left_out],
        "commit": result.commit,
        "new_bytes": result.new_bytes,
        "notes": list(result.notes),
    }


def _lines(result: AdoptResult, *, dry_run: bool) -> Iterator[str]:
    from dsvc.render.log_text import LogLine, log_lines
    from dsvc.render.numbers import plural, size
    from dsvc.render.safe_text import safe

    would = "would be " if dry_run else ""
    count = f"{plural(len(result.versions), 'version')} from {result.keeper}"
    yield f"{would}{safe(result.dataset.name)}  {safe(result.dataset.path)}  {count}"
    newest = result.versions[-1].id
    lines = [LogLine(entry, current=entry.id == newest) for entry in reversed(result.versions)]
    yield from log_lines(lines, style=output.style(), columns=output.columns())
    yield f"stored: {size(result.new_bytes)} of records"
