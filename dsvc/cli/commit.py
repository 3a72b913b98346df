"""``dsvc commit``: keep the working file as a new version."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING, Any

import click

from dsvc.cli import diagnostics, going_back, output
from dsvc.cli.all_datasets import edited, only_dataset, require_alone
from dsvc.cli.asking import can_ask, is_rollback_meant, reason_from_editor, with_answers
from dsvc.cli.completing import datasets
from dsvc.cli.options import allow_findings_option, json_option, record_options, version_options
from dsvc.cli.progress import progress
from dsvc.cli.verb import verb
from dsvc.errors import NotFoundError, ProtectedError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsvc.repository.repository import Repository
    from dsvc.repository.results import CommitRequest, CommitResult


@verb(
    "commit",
    examples=[
        (
            'dsvc commit data/medical.jsonl --source "bank manual 2025" -m "first version"',
            "track a file: its first version",
        ),
        ('dsvc commit -m "mend typing errors"', "keep the edits of the only dataset"),
        ("dsvc commit --annotator a1 --annotator qwen3:model", "name who made the records; the editor asks why"),
        ('dsvc commit --all -m "mask phone numbers"', "all datasets that were edited, each a version of its own"),
        ("dsvc commit --source forum --license MIT -m found", "say what is known now of a source; records stay"),
        ("dsvc commit --dry-run", "tell what would be kept, and keep nothing"),
        ("dsvc commit --whole --major -m release", "a release that DVC alone can serve"),
    ],
    exits=(0, 2, 3, 4, 5, 7),
)
@click.argument("dataset", required=False, shell_complete=datasets)
@click.option("--all", "all_datasets", is_flag=True, help="All datasets whose files were edited, for one reason.")
@record_options
@click.option("-m", "--message", "reason", metavar="TEXT", help="Why; without it the editor opens.")
@click.option("--name", metavar="NAME", help="Name of the dataset, on first use.")
@version_options
@allow_findings_option
@json_option
def command(
    *, as_json: bool, no_input: bool, reason: str | None, dataset: str | None, all_datasets: bool, **fields: Any
) -> None:
    """Keep the working file as a new version.

    DATASET is a name, or the path of a JSONL file or of a folder of them; a path is tracked on first use. The working
    file is not touched. Edited records keep the source they had; added ones need --source. --license and --source-uri
    describe a known source anew, also where no record changed. Errors of structure that the version would bring in (an
    empty answer, a turn out of order) are refused, unless --allow-findings says why they may stay.

    --all makes a version, and a git commit, of each dataset whose file was edited. All are tried first: when one is
    refused, none is committed.
    """
    import dsvc
    from dsvc.repository.results import CommitRequest

    ask = can_ask(no_input=no_input)
    one = {"DATASET": dataset, "--name": fields["name"], "--version": fields["number"], "--base": fields["base"]}
    require_alone(all_datasets, one)
    with progress("reading") as shown:
        repository = dsvc.open(progress=shown)
        if all_datasets:
            requests = [
                CommitRequest(target=found.name, reason=reason or "", **_fields(fields)) for found in edited(repository)
            ]
            for made in _commit_all(repository, requests, ask=ask):
                tell(made, as_json=as_json, dry_run=fields["dry_run"])
            if len(requests) > 1 and not fields["dry_run"]:
                diagnostics.note(f"to take them back: dsvc undo, {len(requests)} times (once for each dataset)")
            return
        target = dataset if dataset is not None else only_dataset(repository)
        request = CommitRequest(target=target, reason=reason or "", **_fields(fields))
        try:
            result = _commit(repository, request, ask=ask)
        except ProtectedError:
            revision = is_rollback_meant(repository, target) if ask else None
            if revision is None:
                raise
            going_back.tell(repository.rollback(revision, reason=reason), as_json=as_json)
            return
    tell(result, as_json=as_json, dry_run=request.dry_run)


def _commit(repository: Repository, request: CommitRequest, *, ask: bool) -> CommitResult:
    if not request.reason.strip() and not request.dry_run:
        request = _with_reason(repository, request, ask=ask)
    _, result = with_answers(request, repository.commit, ask=ask)
    return result


def _commit_all(repository: Repository, requests: Sequence[CommitRequest], *, ask: bool) -> Iterator[CommitResult]:
    """Try all, then commit all, each in a git commit of its own."""
    from msgspec.structs import replace

    if not requests:
        raise NotFoundError("nothing to commit: no file was edited since its version", hint="dsvc status")
    only_tried = requests[0].dry_run
    if not requests[0].reason.strip() and not only_tried and not ask:
        raise _no_reason("dsvc commit --all")
    planned = [with_answers(replace(request, dry_run=True), repository.commit, ask=ask) for request in requests]
    if only_tried:
        yield from [result for _, result in planned]
        return
    reason = requests[0].reason
    if not reason.strip():
        facts = [line for _, result in planned for line in result_lines(result, dry_run=True)]
        reason = reason_from_editor("\n".join(facts), "dsvc commit --all")
    for request, _ in planned:
        yield repository.commit(replace(request, dry_run=False, reason=reason))


def _no_reason(typed: str) -> UsageError:
    return UsageError("a version needs a reason", hint=f'add it: {typed} -m "why"')


def _fields(fields: dict[str, Any]) -> dict[str, Any]:
    return {**fields, "key": fields["key"] or None}


def _with_reason(repository: Repository, request: CommitRequest, *, ask: bool) -> CommitRequest:
    """Try the commit first, so that nobody writes a reason for one that would be refused."""
    from msgspec.structs import replace

    typed = f"dsvc commit {quote(request.target)}"
    if not ask:
        raise _no_reason(typed)
    completed, planned = with_answers(replace(request, dry_run=True), repository.commit, ask=ask)
    reason = reason_from_editor("\n".join(result_lines(planned, dry_run=True)), typed)
    return replace(completed, dry_run=False, reason=reason)


def tell(result: CommitResult, *, as_json: bool, dry_run: bool) -> None:
    """Tell what was committed; what else was done goes to stderr."""
    if as_json:
        output.json_line("commit", "dsvc.commit/1", result_fields(result, dry_run=dry_run))
        return
    output.write(result_lines(result, dry_run=dry_run))
    for text in result.notes:
        diagnostics.note(text)


def result_fields(result: CommitResult, *, dry_run: bool) -> dict[str, object]:
    """A commit's result for JSON."""
    from dsvc.render.findings_json import found_fields
    from dsvc.repository.found_by_commits import found_in

    return {
        "dataset": result.dataset.name,
        "path": result.dataset.path,
        "dry_run": dry_run,
        "version": result.manifest.ledger_entry().to_json(),
        "commit": result.commit,
        "tag": result.tag,
        "new_bytes": result.new_bytes,
        **found_fields(found_in(result.manifest, "")),
        "notes": list(result.notes),
    }


def result_lines(result: CommitResult, *, dry_run: bool) -> Iterator[str]:
    """A commit's result as text."""
    from dsvc.render.log_text import annotators_text, changes_text
    from dsvc.render.numbers import plural, size
    from dsvc.render.safe_text import safe

    manifest = result.manifest
    counts = changes_text(manifest.changes) or ("no change of records" if manifest.parents else "no records")
    would = "would be " if dry_run else ""
    records = plural(manifest.counts.records, "record")
    yield f"{would}{safe(result.dataset.name)}@{manifest.number}  {counts}  ({records})"
    sources = ", ".join([safe(source.name) for source in manifest.sources if source.records])
    if sources:
        yield f"source:     {sources}"
    if manifest.annotators:
        yield f"annotators: {annotators_text(manifest.annotators)}"
    yield f"stored:     {size(result.new_bytes)} of records"
