"""``dsvc diff``: what changed, record by record, word by word."""

from __future__ import annotations

import sys
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from dsvc.cli import completing, diagnostics, output
from dsvc.cli.all_datasets import not_as_in_head
from dsvc.cli.opening import opened
from dsvc.cli.options import json_option, pager_option
from dsvc.cli.plain_files import piped
from dsvc.cli.progress import progress
from dsvc.cli.verb import verb
from dsvc.errors import ExitCode, NotFoundError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsvc.cli.progress import Progress
    from dsvc.diff import Diff
    from dsvc.render.field_text import View

_LOOKED_AT: Final = 1000
"""So many records of either side are looked at for a key field."""


@verb(
    "diff",
    examples=[
        ("dsvc diff", "the working files against their versions"),
        ("dsvc diff v1.0..v1.1", "two versions"),
        ("dsvc diff medical@v1.0 medical", "a version and the working file, one of several datasets"),
        ("dsvc diff old.jsonl new.jsonl --key id", "any two files, also outside a repository"),
        ("dsvc diff medical@v1.0 ~/new.jsonl", "a version and a file that lies anywhere"),
        ("dsvc diff old.json new.csv", "elements of an array, rows of a table: as dsvc import reads them"),
        ("dsvc diff v1.0 <(jq -c 'select(.label)' new.jsonl)", "a version and what another program writes"),
        ("dsvc diff --stat", "only what it adds up to"),
        ("dsvc diff v1.0 --json | jq -c 'select(.type==\"modified\")'", "for a script"),
    ],
    exits={0: "done", 1: "there are differences (only with --exit-code)", 2: "wrong usage",
           3: "no such repository, dataset, version or file", 4: "the data cannot be read as records"},
)  # fmt: skip
@click.argument("revisions", nargs=-1, metavar="[OLD [NEW]]", shell_complete=completing.revisions)
@click.option("--stat", is_flag=True, help="Only what it adds up to, no records.")
@click.option("-n", "--limit", type=click.IntRange(min=0), metavar="N", help="Show the first N changes.")
@click.option("--key", multiple=True, metavar="FIELD", help="Records with equal FIELD are the same one. Repeatable.")
@click.option("--word/--no-word", default=True, help="Show changed words (default), or old and new text whole.")
@click.option("--full", is_flag=True, help="Shorten nothing.")
@click.option("--exit-code", is_flag=True, help="Exit with 1 when there are differences.")
@json_option
@pager_option
def command(
    *,
    revisions: tuple[str, ...],
    stat: bool,
    limit: int | None,
    key: tuple[str, ...],
    word: bool,
    full: bool,
    exit_code: bool,
    as_json: bool,
    no_pager: bool,
) -> int:
    """Show what changed: which records, which fields, which words.

    OLD and NEW are versions (v1.0, medical@v1.0, HEAD~2), OLD..NEW in one, a dataset's name or path (its working
    file), or any JSONL files or folders of them, wherever they lie; - is standard input. A JSON array, CSV and TSV are
    read as 'dsvc import' reads them. Without NEW: against the working file; without both: the working files of all
    datasets against their versions.

    \b
    +  added            [-text-]  taken out of a text
    -  removed          {+text+}  put into a text
    ~  modified         …         unchanged text left out
    >  moved            =         same value, written differently

    Numbers behind a sign are rows of the new file (of the old one for removed records); where a side has several
    files they are FILE:LINE. A change that 20 records or more share is told once, in the summary (--full: in each
    record, too). Neighbours that moved together are one line, and so are neighbours that are only written differently.
    """
    from dsvc.render.field_text import View

    if len(revisions) > 2:
        raise UsageError("diff compares two things", hint="dsvc diff OLD NEW")
    if revisions == ("-", "-"):
        raise UsageError("standard input can be one side only", hint="dsvc diff - OTHER.jsonl")
    revisions = tuple(map(piped, revisions))
    with progress("reading") as shown:
        found, missing = ([_open(revisions, key, shown)], []) if revisions else _not_as_in_head(key, shown)
        different = bool(missing or [changes for changes in found if not changes.summary().is_empty])
    for error in missing:
        diagnostics.warn(error.message, error.hint)
    for changes in found:
        _tell_unknown(changes, key)
        _tell_left_out(changes)
    if as_json:
        for changes in found:
            _write_json(changes, stat=stat, limit=limit, words=word)
    else:
        view = View(style=output.style(), columns=output.columns(), words=word, full=full)
        if found or not missing:
            output.write(_all_lines(found, view, stat=stat, limit=limit), pager=not no_pager)
    sys.stdout.flush()
    return ExitCode.DIFFERENCES if exit_code and different else ExitCode.OK


def _not_as_in_head(key: tuple[str, ...], shown: Progress) -> tuple[list[Diff], list[NotFoundError]]:
    """The changes of the only dataset, or of all that are not as in HEAD's version; and those without a file."""
    repository = opened(shown)
    if len(repository.datasets()) < 2:
        return [repository.diff(key=key or None)], []
    found: list[Diff] = []
    missing: list[NotFoundError] = []
    for dataset in not_as_in_head(repository):
        try:
            found.append(repository.diff(dataset.name, key=key or None))
        except NotFoundError as error:  # noqa: PERF203 - the others are shown all the same
            missing.append(error)
    return found, missing


def _open(revisions: tuple[str, ...], key: tuple[str, ...], shown: Progress) -> Diff:
    import dsvc

    if len(revisions) == 2 and all(Path(revision).exists() for revision in revisions) and not _tracked(revisions):
        return dsvc.diff_paths(*revisions, key=key)
    _require_no_file_range(revisions)
    try:
        repository = opened(shown)
    except NotFoundError as error:
        missing = [revision for revision in revisions if not Path(revision).exists()]
        if missing and len(revisions) == 2:
            raise NotFoundError(
                f"there is no file '{missing[0]}', and no repository here", hint="dsvc diff OLD.jsonl NEW.jsonl"
            ) from error
        if len(revisions) == 1 and not missing:
            raise UsageError(
                "outside a repository diff compares two files", hint=f"dsvc diff '{revisions[0]}' OTHER.jsonl"
            ) from error
        raise
    return repository.diff(*revisions, key=key or None)


def _require_no_file_range(revisions: tuple[str, ...]) -> None:
    """Raise UsageError for two files with dots between them, which is how versions are written."""
    old, dots, new = revisions[0].partition("..") if len(revisions) == 1 else ("", "", "")
    if old and dots and (Path(new).is_file() or new.endswith(".jsonl")) and not Path(revisions[0]).exists():
        raise UsageError(
            "'..' stands between versions; name files one after the other", hint=f"dsvc diff '{old}' '{new}'"
        )


def _tell_unknown(changes: Diff, key: tuple[str, ...]) -> None:
    """Say so when a key field is in none of the first records: most likely it is misspelt."""
    if not key:
        return
    from dsvc.repository.committing.keys import without_field

    looked_at = [record.content for side in (changes.old, changes.new) for record in islice(side, _LOOKED_AT)]
    for name in without_field(looked_at, key):
        diagnostics.note(f"none of the first records has the field '{name}', which should tell them apart")


def _tell_left_out(changes: Diff) -> None:
    """Say what was not compared, of folders that hold more than JSONL files."""
    for side in (changes.old, changes.new):
        if side.left_out is not None:
            diagnostics.note(f"not compared, of '{side.name}': {side.left_out}")


def _tracked(paths: tuple[str, ...]) -> bool:
    """Whether one of the paths is a dataset's, which knows its key."""
    import dsvc

    for path in paths:
        with suppress(NotFoundError, UsageError):
            return bool(dsvc.open().dataset(path))
    return False


def _all_lines(found: Sequence[Diff], view: View, *, stat: bool, limit: int | None) -> Iterator[str]:
    """One diff behind the other, with a blank line between them."""
    if not found:
        yield "no differences"
    for number, changes in enumerate(found):
        if number:
            yield ""
        yield from _lines(changes, view, stat=stat, limit=limit)


def _lines(changes: Diff, view: View, *, stat: bool, limit: int | None) -> Iterator[str]:
    from dsvc.render.diff_text import heading, read_as_line, record_lines, summary_lines, told_in

    summary = changes.summary()
    yield heading(changes.old.name, changes.new.name, view)
    if read_as := read_as_line(changes.old.read_as, changes.new.read_as):
        yield read_as
    yield from summary_lines(summary, view)
    if stat or limit == 0 or summary.is_empty:
        return
    files = max(len(changes.old.layout.files), len(changes.new.layout.files))
    deltas = iter(changes)
    told = None if view.full else told_in(summary)
    shown = record_lines(islice(deltas, limit), view, first_moved=changes.first_moved, files=files, is_told=told)
    for number, line in enumerate(shown):
        yield from [] if number else [""]
        yield line
    if limit is not None and next(deltas, None) is not None:
        yield view.style("dim", "… there are more changes: leave out --limit")


def _write_json(changes: Diff, *, stat: bool, limit: int | None, words: bool) -> None:
    from dsvc.render.diff_json import FORMAT, delta_objects, summary_fields

    old, new = changes.old, changes.new
    read_as = {f"{side}_read_as": how for side, how in (("old", old.read_as), ("new", new.read_as)) if how}
    output.json_line("diff", FORMAT, {"old": old.name, "new": new.name, "key": list(changes.key), **read_as})
    if not stat:
        for kind, fields in delta_objects(islice(iter(changes), limit), words=words):
            output.json_line(kind, FORMAT, fields)
    output.json_line("summary", FORMAT, summary_fields(changes.summary()))
