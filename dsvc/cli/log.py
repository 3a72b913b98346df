"""``dsvc log``: the versions of a dataset."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import click

from dsvc.cli import diagnostics, output
from dsvc.cli.completing import revisions
from dsvc.cli.opening import opened
from dsvc.cli.options import Row, json_option, pager_option
from dsvc.cli.verb import verb
from dsvc.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import TypeAlias

    from dsvc.blame.history import RecordHistory
    from dsvc.origin import VersionId
    from dsvc.repository.repository import Repository
    from dsvc.repository.results import LogEntry
    from dsvc.validators.by_commits import FoundByCommit

    Found: TypeAlias = Mapping[VersionId, FoundByCommit | None]


@verb(
    "log",
    examples=[
        ("dsvc log", "all versions of all datasets"),
        ("dsvc log medical -n 5", "the last five of one"),
        ("dsvc log --record 12", "what became of the record in row 12 of the working file"),
        ("dsvc log medical@v1.1 --record 12", "of the one that v1.1 has there"),
        ("dsvc log --json", "one object a version"),
    ],
)
@click.argument("dataset", required=False, shell_complete=revisions)
@click.option("-n", "--limit", type=click.IntRange(min=1), metavar="N", help="The last N versions of each dataset.")
@click.option(
    "-r",
    "--record",
    "row",
    type=Row(),
    metavar="ROW",
    help="The versions of one record, by its row from 1; DATASET may be a version then.",
)
@click.option("--full", is_flag=True, help="With --record: shorten nothing.")
@json_option
@pager_option
def command(
    *, dataset: str | None, limit: int | None, row: int | None, full: bool, as_json: bool, no_pager: bool
) -> None:
    """List the versions, newest first: who, where from, why.

    Counts: + added, - removed, ~ modified, > moved, = written differently (same value). The graph on the left joins
    a version (*) to its parents. Behind a source stands its licence, where HEAD's version knows it.

    With --record: only the versions that changed one record, with the words that they changed, back to the one that
    brought it in: + added, - removed, ~ modified, = written differently. It is followed wherever it was moved; with a
    key also across its removal.
    """
    repository = opened()
    if row is not None:
        _record_history(repository, dataset, row, limit, full=full, as_json=as_json, pager=not no_pager)
        return
    if full:
        raise UsageError("--full goes with --record", hint="dsvc log --record ROW --full")
    names = [found.name for found in repository.datasets()] if dataset is None else [dataset]
    groups = [repository.log(name)[:limit] for name in names]
    found = [repository.found_by_commits(entries) for entries in groups]
    if not as_json:
        output.write(_lines(groups, found), pager=not no_pager)
        for clash in repository.clashes(dataset):
            diagnostics.note(clash)
        return
    for entries, told in zip(groups, found, strict=True):
        for entry in entries:
            output.json_line("version", "dsvc.log/1", _fields(entry, told))


def _record_history(
    repository: Repository,
    revision: str | None,
    row: int,
    limit: int | None,
    *,
    full: bool,
    as_json: bool,
    pager: bool,
) -> None:
    history = repository.record_history(revision, row)
    if as_json:
        from dsvc.render.blame_json import step_fields

        for step in islice(history, limit):
            output.json_line("step", "dsvc.log/1", step_fields(step))
        return
    output.write(_history_lines(history, limit, full=full), pager=pager)


def _history_lines(history: RecordHistory, limit: int | None, *, full: bool) -> Iterator[str]:
    from dsvc.render.field_text import View
    from dsvc.render.history_text import heading, step_lines

    view = View(style=output.style(), columns=output.columns(), full=full)
    yield from heading(history.snapshot.name, history.record, history.copies(), view)
    for step in islice(history, limit):
        yield from step_lines(step, view)


def _lines(groups: Sequence[Sequence[LogEntry]], found: Sequence[Found]) -> Iterator[str]:
    from dsvc.render.log_text import LogLine, log_lines
    from dsvc.render.safe_text import safe

    style = output.style()
    if not groups:
        yield "no versions yet"
    for index, (entries, told) in enumerate(zip(groups, found, strict=True)):
        if len(groups) > 1:
            dataset = entries[0].dataset
            yield ("\n" if index else "") + style("heading", f"{safe(dataset.name)}  {safe(dataset.path)}")
        lines = [
            LogLine(
                entry.entry, _own_tags(entry), entry.current, entry.called, dict(entry.licences), _kept(entry, told)
            )
            for entry in entries
        ]
        yield from log_lines(lines, style=style, columns=output.columns())


def _own_tags(entry: LogEntry) -> tuple[str, ...]:
    """The tags that say more than the version's number does."""
    return tuple(tag for tag in entry.tags if tag != entry.dataset.tag(entry.entry.number))


def _kept(entry: LogEntry, found: Found) -> FoundByCommit | None:
    told = found.get(entry.entry.id)
    return told if told is not None and told.reason is not None else None


def _fields(entry: LogEntry, found: Found) -> dict[str, object]:
    from dsvc.render.findings_json import found_fields

    version = {key: value for key, value in entry.entry.to_json().items() if key != "format"}
    return {
        "dataset": entry.dataset.name,
        **version,
        "tags": list(entry.tags),
        "current": entry.current,
        "licences": dict(entry.licences),
        **found_fields(found.get(entry.entry.id)),
    }
