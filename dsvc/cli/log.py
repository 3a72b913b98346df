"""``dsvc log``: the versions of a dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dsvc.cli import diagnostics, output
from dsvc.cli.completing import datasets
from dsvc.cli.options import json_option, pager_option
from dsvc.cli.verb import verb

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsvc.repository.results import LogEntry


@verb(
    "log",
    examples=[
        ("dsvc log", "all versions of all datasets"),
        ("dsvc log medical -n 5", "the last five of one"),
        ("dsvc log --json", "one object a version"),
    ],
)
@click.argument("dataset", required=False, shell_complete=datasets)
@click.option("-n", "--limit", type=click.IntRange(min=1), metavar="N", help="The last N versions of each dataset.")
@json_option
@pager_option
def command(*, dataset: str | None, limit: int | None, as_json: bool, no_pager: bool) -> None:
    """List the versions, newest first: who, where from, why.

    Counts: + added, - removed, ~ modified, > moved, = written differently (same value). The graph on the left joins
    a version (*) to its parents.
    """
    import dsvc

    repository = dsvc.open()
    names = [found.name for found in repository.datasets()] if dataset is None else [dataset]
    groups = [repository.log(name)[:limit] for name in names]
    if not as_json:
        output.write(_lines(groups), pager=not no_pager)
        for clash in repository.clashes(dataset):
            diagnostics.note(clash)
        return
    for entry in (entry for entries in groups for entry in entries):
        output.json_line("version", "dsvc.log/1", _fields(entry))


def _lines(groups: Sequence[Sequence[LogEntry]]) -> Iterator[str]:
    from dsvc.render.log_text import LogLine, log_lines
    from dsvc.render.safe_text import safe

    style = output.style()
    if not groups:
        yield "no versions yet"
    for index, entries in enumerate(groups):
        if len(groups) > 1:
            dataset = entries[0].dataset
            yield ("\n" if index else "") + style("heading", f"{safe(dataset.name)}  {safe(dataset.path)}")
        lines = [LogLine(entry.entry, _own_tags(entry), current=entry.current) for entry in entries]
        yield from log_lines(lines, style=style, columns=output.columns())


def _own_tags(entry: LogEntry) -> tuple[str, ...]:
    """The tags that say more than the version's number does."""
    return tuple(tag for tag in entry.tags if tag != entry.dataset.tag(entry.entry.number))


def _fields(entry: LogEntry) -> dict[str, object]:
    version = {key: value for key, value in entry.entry.to_json().items() if key != "format"}
    return {"dataset": entry.dataset.name, **version, "tags": list(entry.tags), "current": entry.current}
