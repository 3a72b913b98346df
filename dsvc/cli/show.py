"""``dsvc show``: a version, or one record of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dsvc.cli import output
from dsvc.cli.completing import revisions
from dsvc.cli.opening import opened
from dsvc.cli.options import Row, json_option, pager_option
from dsvc.cli.verb import verb
from dsvc.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.manifest import LedgerEntry, Manifest
    from dsvc.repository.repository import Repository
    from dsvc.snapshot import Record


@verb(
    "show",
    examples=[
        ("dsvc show", "HEAD's version of the only dataset"),
        ("dsvc show medical@v1.1", "a version: who, where from, why, what changed"),
        ("dsvc show v1.1 --record 12", "its record in row 12"),
    ],
)
@click.argument("revision", required=False, metavar="[REV]", shell_complete=revisions)
@click.option("-r", "--record", "row", type=Row(), metavar="ROW", help="One record, by its row from 1.")
@json_option
@pager_option
def command(*, revision: str | None, row: int | None, as_json: bool, no_pager: bool) -> None:
    """Show a version, or one record of it.

    Of a version: the facts about it, the reason, and what it changed.
    """
    repository = opened()
    revision = _revision(repository, revision)
    if row is not None:
        _show_record(repository, revision, row, as_json=as_json, pager=not no_pager)
        return
    entry, manifest = repository.version(revision), repository.manifest(revision)
    if as_json:
        known = manifest if manifest is not None else entry
        facts = {key: value for key, value in known.to_json().items() if key != "format"}
        output.json_line("version", "dsvc.show/1", facts)
        return
    output.write(_lines(repository, revision, entry, manifest), pager=not no_pager)


def _revision(repository: Repository, revision: str | None) -> str:
    """A revision that names a version: a dataset alone stands for HEAD's."""
    if revision is None:
        return f"{repository.dataset(None).name}@HEAD"
    for dataset in repository.datasets():
        if revision in (dataset.name, dataset.path):
            return f"{dataset.name}@HEAD"
    return revision


def _lines(repository: Repository, revision: str, entry: LedgerEntry, manifest: Manifest | None) -> Iterator[str]:
    from dsvc.manifest import told_apart
    from dsvc.render.version_text import version_lines

    name = manifest.dataset.name if manifest is not None else revision.partition("@")[0]
    known = {each.entry.id: each.entry for each in repository.log(name)}
    parents = [told_apart(known[each], known.values()) if each in known else each[:8] for each in entry.parents]
    called = told_apart(entry, known.values())
    yield from version_lines(name, entry, manifest, style=output.style(), parents=parents, called=called)


def _show_record(repository: Repository, revision: str, row: int, *, as_json: bool, pager: bool) -> None:
    snapshot = repository.snapshot(revision)
    try:
        record = snapshot.record(row)
    except IndexError as error:
        raise NotFoundError(f"there is no row {row:,}: {error}") from error
    if as_json:
        from dsvc.render.json_text import record_text

        fields = {"row": record.row, "file": record.file, "line": record.line, "id": record.id}
        output.json_line("record", "dsvc.show/1", {**fields, "record": record_text(record.content)})
    else:
        output.write(_record_lines(record, snapshot.name), pager=pager)


def _record_lines(record: Record, name: str) -> Iterator[str]:
    from dsvc.render.safe_text import safe
    from dsvc.render.version_text import pretty_record

    style = output.style()
    yield style("heading", f"{safe(name)}  row {record.row:,}") + f"  {safe(record.file)}:{record.line}"
    yield style("dim", f"id {record.id}")
    yield from pretty_record(record.exact)
