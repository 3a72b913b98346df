"""What a commit looks at in the lines that HEAD's version lacks: structural rules, and whether it refuses.

Ten edits among a million records cost ten records, and a few beside them where rules compare records. A commit refuses
errors that it would bring in, unless it is said why they may stay; what an edited record had before is told, and no
reason to refuse its mending. An import keeps what others made as they made it, and tells. ``validate.refuse`` says
otherwise for both.
"""

from __future__ import annotations

from contextlib import contextmanager
from shlex import quote
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np

from dsvc.errors import BadDataError, DsvcError, OwnRuleError, UsageError
from dsvc.render.numbers import plural, size
from dsvc.repository.committing.new_lines import NewLines
from dsvc.repository.working_files import folder_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from dsvc.layout import Column
    from dsvc.repository.committing.commit_rules import Rules
    from dsvc.repository.committing.found_errors import FoundErrors
    from dsvc.repository.committing.origins import Place
    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.repository.results import CommitRequest
    from dsvc.repository.scan import ScannedFile
    from dsvc.snapshot import Snapshot

FORMAT: Final = "dsvc.validation/1"
_MOST_BYTES: Final = 64 << 20
_MOST_LINES: Final = 200_000
"""New lines, which take one or two seconds; of more only what the settings name is looked for."""


class CommitCheck(msgspec.Struct, frozen=True):
    """What was looked at in new lines: for the manifest, and in words; ``kept`` is the one of the notes that tells of
    errors."""

    summary: dict[str, Any] | None = None
    notes: tuple[str, ...] = ()
    kept: str | None = None


class Before(msgspec.Struct, frozen=True):
    """The version that lines are edits of, and for each edited line (file, number from 1) which one it was there."""

    snapshot: Snapshot
    edited: Mapping[Place, Place]


def check_new_lines(
    ctx: Context,
    dataset: Dataset,
    request: CommitRequest,
    files: Sequence[ScannedFile],
    lines: Sequence[Column] | None = None,
    before: Before | None = None,
    stands: Callable[[Place], Place] | None = None,
) -> CommitCheck:
    """Look at the new lines of scanned files (their numbers from 0; None: all).

    ``stands``: where a line (file, number from 1) of these files stands in those that the user sees. Raises
    FoundErrorsError where errors are refused and the request does not allow them, UsageError for a request that allows
    findings and does not say why, and for settings that name a rule which no commit can ask.
    """
    from dsvc.repository.committing.commit_rules import NO_RECORDS, rules_of_commit
    from dsvc.repository.committing.found_errors import find_errors
    from dsvc.repository.committing.refusal import emptied_refusal, kept_note, refusal, require_records, too_many_note

    if request.allow_findings is not None and not request.allow_findings.strip():
        raise UsageError("what allows findings needs a reason", hint="--allow-findings 'why they may stay'")
    lines = [np.arange(file.table.lines) for file in files] if lines is None else lines
    new = NewLines(dataset, files, lines, folder_of(ctx.working, dataset))
    emptied = _emptied(files, before)
    if not new.size and not emptied:
        return CommitCheck()
    is_small = new.size <= _MOST_BYTES and new.count <= _MOST_LINES
    rules = rules_of_commit(ctx, dataset, by_others=request.by_others, is_small=is_small)
    with _own_rules_told(dataset):
        found = find_errors(rules, new, before, _named_version(ctx, request))
    if emptied and NO_RECORDS in rules.of_files:
        found.findings[NO_RECORDS] = found.errors[NO_RECORDS] = len(emptied)
        if NO_RECORDS in rules.named | rules.refused and request.allow_findings is None:
            raise emptied_refusal(dataset, emptied)
    if found.brought_in and request.allow_findings is None:
        require_records(dataset, new)
        raise refusal(dataset, request, found, new, before, stands)
    kept = kept_note(dataset, request, found.errors) if found.errors else None
    many = size(new.size) if new.size > _MOST_BYTES else plural(new.count, "line")
    told = (*([kept] if kept else []), *([] if rules.are_all else [too_many_note(dataset, request, many)]))
    return CommitCheck(_summary(request, rules, new, found) if rules.ids else None, told, kept)


def _emptied(files: Sequence[ScannedFile], before: Before | None) -> dict[str, int]:
    """Files that hold no record and held some in the version before, with how many those were."""
    had = {file.path: file.records for file in before.snapshot.layout.files} if before is not None else {}
    none = [file.path for file in files if not file.table.records]
    return {path: had[path] for path in none if had.get(path)}


def _named_version(ctx: Context, request: CommitRequest) -> Snapshot | None:
    """The version that is named as the source, or known as that of the parts of a split."""
    from dsvc.repository.revisions import Version, resolve

    named = request.known_source.source.name if request.known_source is not None else request.source
    if named is None or "@" not in named:
        return None
    try:
        found = resolve(ctx, named)
    except DsvcError:
        return None
    return ctx.versions.snapshot(found.dataset, found.entry) if isinstance(found, Version) else None


@contextmanager
def allowing(request: CommitRequest) -> Iterator[None]:
    """Tell who allows findings what that cannot help with: a line that no version can have."""
    try:
        yield
    except BadDataError as error:
        if request.allow_findings is None:
            raise
        told = "--allow-findings does not help here: what cannot be read as a record is in no version"
        raise BadDataError(error.message, hint=f"{error.hint}; {told}" if error.hint else told) from None


@contextmanager
def _own_rules_told(dataset: Dataset) -> Iterator[None]:
    """Tell of a team's own rule that fails what helps in a commit."""
    try:
        yield
    except OwnRuleError as error:
        raise UsageError(
            f"rule '{error.rule}', which 'refuse' in the settings names, fails in the new lines",
            hint=f"see where: dsvc validate {quote(dataset.path)} --only {error.rule}; "
            "mend the rule, or take it out of 'refuse'",
        ) from error


def _summary(request: CommitRequest, rules: Rules, new: NewLines, found: FoundErrors) -> dict[str, Any]:
    summary: dict[str, Any] = {
        "format": FORMAT,
        "lines": new.count,
        "rules": list(rules.ids),
        "findings": dict(sorted(found.findings.items())),
    }
    if found.errors and request.allow_findings is not None:
        summary["allowed"] = request.allow_findings
    return summary
