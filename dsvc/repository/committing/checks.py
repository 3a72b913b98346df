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
from msgspec.structs import replace

from dsvc.errors import BadDataError, DsvcError, FoundErrorsError, OwnRuleError, UsageError
from dsvc.record import check_record
from dsvc.render.numbers import plural, size
from dsvc.repository.committing.new_lines import NewLines
from dsvc.repository.working_files import folder_of

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from dsvc.layout import Column
    from dsvc.repository.committing.found_errors import FoundErrors, Rules
    from dsvc.repository.committing.origins import Place
    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.repository.results import CommitRequest
    from dsvc.repository.scan import ScannedFile
    from dsvc.snapshot import Snapshot
    from dsvc.validators.finding import Finding
    from dsvc.validators.selection import Chosen

FORMAT: Final = "dsvc.validation/1"
STRUCTURE: Final = "structure"
"""The topic whose errors are refused unless the settings name others; it may stand among them."""
_TOLD: Final = 3
_BY_ITSELF: Final = frozenset({"syntax", "encoding", "not-a-number"})
"""Rules that storing a line checks anyway, in every line and without exception."""
NO_RECORDS: Final = "no-records"
"""A rule about whole files: of new lines it knows nothing."""
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
    from dsvc.repository.committing.found_errors import find_errors

    if request.allow_findings is not None and not request.allow_findings.strip():
        raise UsageError("what allows findings needs a reason", hint="--allow-findings 'why they may stay'")
    lines = [np.arange(file.table.lines) for file in files] if lines is None else lines
    new = NewLines(dataset, files, lines, folder_of(ctx.working, dataset))
    emptied = _emptied(files, before)
    if not new.size and not emptied:
        return CommitCheck()
    rules = _rules(ctx, dataset, request, is_small=new.size <= _MOST_BYTES and new.count <= _MOST_LINES)
    with _own_rules_told(dataset):
        found = find_errors(rules, new, before, _named_version(ctx, request))
    if emptied and NO_RECORDS in rules.of_files:
        found.findings[NO_RECORDS] = found.errors[NO_RECORDS] = len(emptied)
        if NO_RECORDS in rules.named | rules.refused and request.allow_findings is None:
            raise _emptied_refusal(dataset, emptied)
    if found.brought_in and request.allow_findings is None:
        _require_records(dataset, new)
        raise _refusal(dataset, request, found, new, before, stands)
    kept = _kept(dataset, request, found.errors) if found.errors else None
    told = (*([kept] if kept else []), *([] if rules.are_all else [_not_looked_at(dataset, request, new)]))
    return CommitCheck(_summary(request, rules, new, found) if rules.ids else None, told, kept)


def _emptied(files: Sequence[ScannedFile], before: Before | None) -> dict[str, int]:
    """Files that hold no record and held some in the version before (or are new), with how many those were."""
    had = {file.path: file.records for file in before.snapshot.layout.files} if before is not None else {}
    none = [file.path for file in files if not file.table.records]
    return {path: had.get(path, 0) for path in none if had.get(path, 1)}


def _emptied_refusal(dataset: Dataset, emptied: Mapping[str, int]) -> FoundErrorsError:
    path, gone = max(emptied.items(), key=lambda each: each[1])
    more = f" (and {len(emptied) - 1:,} more)" if len(emptied) > 1 else ""
    take = f"; committing that would take {plural(gone, 'record')} out of '{dataset.name}'" if gone else ""
    back = f"bring it back: dsvc restore {_typed(path)}; or " if gone else "take it away; or "
    return FoundErrorsError(
        f"'{path}' holds no records{more}{take}",
        hint=f"{back}say why it is so: --allow-findings 'why'",
        errors=len(emptied),
    )


def _require_records(dataset: Dataset, new: NewLines) -> None:
    """Raise BadDataError for new lines that are no records: no reason can keep these, so they come first."""
    first, count = None, 0
    for path, line in new.places():
        text = new.text((path, line))
        try:
            check_record(text, name=path, line_number=line)
        except BadDataError as error:
            first, count = first or error, count + 1
    if first is None:
        return
    if count == 1:
        raise first
    more = f"{first.message} (and {plural(count - 1, 'more line')})"
    raise BadDataError(more, hint=f"{first.hint}; see all: dsvc validate {_typed(dataset.path)}") from None


def names_what_is_refused(ctx: Context, dataset: Dataset) -> bool:
    """Whether the settings name it: then new lines are looked at however many they are."""
    from dsvc.repository.validating import selection
    from dsvc.validators.selection import Selection

    return bool(selection(ctx, Selection(), dataset.name).settings.refuse)


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


def _rules(ctx: Context, dataset: Dataset, request: CommitRequest, *, is_small: bool) -> Rules:
    from dsvc.repository.committing.found_errors import Rules
    from dsvc.repository.validating import selection
    from dsvc.validators.own import without_own
    from dsvc.validators.registry import all_rules
    from dsvc.validators.rule import RecordCheck
    from dsvc.validators.selection import Selection, choose

    general = selection(ctx, Selection(topics=(STRUCTURE,)), dataset.name)
    refuse = general.settings.refuse
    named = frozenset(refuse or ()) - {STRUCTURE}
    if named <= all_rules().keys():  # own rules are for `validate`: none of them may stand in a commit's way
        general = replace(general, settings=without_own(general.settings))
    by_name = replace(general, topics=(), only=tuple(named - _BY_ITSELF))
    wanted = [_asked(each) for each in choose(by_name)] if by_name.only else []
    structure = choose(general) if is_small or STRUCTURE in (refuse or ()) else []
    errors = [each for each in structure if each.severity == "error" and each.rule.id not in _BY_ITSELF]
    chosen = {each.rule.id: each for each in (*errors, *wanted)}
    of_files = frozenset(chosen) & {NO_RECORDS}
    of_records = tuple(rule for rule, each in chosen.items() if isinstance(each.check, RecordCheck))
    refuses_structure = STRUCTURE in refuse if refuse is not None else not request.by_others
    return Rules(
        of_records=replace(by_name, only=of_records),
        compared=replace(by_name, only=tuple(rule for rule in chosen if rule not in {*of_records, *of_files})),
        of_files=of_files,
        named=named,
        refused=frozenset(each.rule.id for each in errors if refuses_structure),
        are_all=is_small or STRUCTURE in (refuse or ()),
    )


def _asked(chosen: Chosen) -> Chosen:
    """A rule that the settings name. Raises UsageError for one that only a look at all records can answer."""
    from dsvc.validators.rule import RecordCheck

    if isinstance(chosen.check, RecordCheck) or chosen.rule.topic == STRUCTURE:
        return chosen
    raise UsageError(
        f"'refuse' in the settings names '{chosen.rule.id}', which compares all records: no commit can ask it",
        hint="leave it out there; a gate can ask it: dsvc validate --gate",
    )


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


def _kept(dataset: Dataset, request: CommitRequest, errors: Counter[str]) -> str:
    rules = ", ".join(f"{rule} {count:,}" for rule, count in errors.most_common())
    kept = "would be kept" if request.dry_run else "were kept"
    return f"errors in the new lines ({rules}) {kept} as they are{_see_them(dataset, request)}"


def _not_looked_at(dataset: Dataset, request: CommitRequest, new: NewLines) -> str:
    many = size(new.size) if new.size > _MOST_BYTES else plural(new.count, "line")
    told = f"the new lines are {many}, too many for a commit to look for errors of structure"
    return f"{told}{_see_them(dataset, request)}"


def _see_them(dataset: Dataset, request: CommitRequest) -> str:
    if not request.dry_run:
        return f"; see them: dsvc validate {quote(dataset.name)}"
    return "" if request.by_others else f"; see them: dsvc validate {_typed(dataset.path)}"


def _refusal(
    dataset: Dataset,
    request: CommitRequest,
    found: FoundErrors,
    new: NewLines,
    before: Before | None,
    stands: Callable[[Place], Place] | None,
) -> FoundErrorsError:
    from dsvc.repository.committing.found_errors import place_of

    first = found.brought_in[:_TOLD]
    told = [f"{_where(dataset, request, each, stands)}{each.rule}: {each.message}" for each in first]
    total = sum(finding.stands_for for finding in found.brought_in)
    named = sum(finding.stands_for for finding in first)
    more = f" (and {total - named:,} more)" if total > named else ""
    are_new = all(finding.place is None or new.has(finding.place) for finding in found.brought_in)
    counted = "1 new line has an error" if total == 1 else f"{total:,} errors in new lines"
    if not are_new:  # of rules that compare records
        counted = f"{plural(total, 'error')} in new lines and by them"
    them = "it" if total == 1 else "them"
    see = (
        f"see all: dsvc validate {_all_new(dataset, before)} --limit {total}; "
        if more and not request.by_others
        else ""
    )
    return FoundErrorsError(
        f"{counted}: {'; '.join(told)}{more}",
        hint=f"{see}mend {them}; or keep {them} and say why: --allow-findings 'why'",
        errors=total,
        places=tuple(place for each in first if (place := place_of(each)) is not None),
    )


def _where(dataset: Dataset, request: CommitRequest, finding: Finding, stands: Callable[[Place], Place] | None) -> str:
    """Where an error is for who reads it. What an import wrote is gone when it is refused, or the file that was."""
    if finding.place is None:
        return ""
    place = finding.place.file, finding.place.line
    path, line = place if stands is None else stands(place)
    if request.by_others:
        of = f" for '{path}'" if dataset.kind == "folder" else ""
        return f"record {line:,} of the import{of} "
    return f"'{path}:{line}' "


def _all_new(dataset: Dataset, before: Before | None) -> str:
    return _typed(dataset.path) if before is None else quote(f"{dataset.name}@HEAD..")


def _typed(path: str) -> str:
    """A path as an argument."""
    return quote(f"./{path}" if path.startswith("-") else path)
