"""What a commit says of errors in new lines: why it refuses, or what it keeps."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING, Final

from dsvc.errors import BadDataError, FoundErrorsError
from dsvc.record import check_record
from dsvc.render.numbers import plural
from dsvc.repository.committing.found_errors import place_of

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Mapping

    from dsvc.repository.committing.checks import Before
    from dsvc.repository.committing.found_errors import FoundErrors
    from dsvc.repository.committing.new_lines import NewLines
    from dsvc.repository.committing.origins import Place
    from dsvc.repository.datasets import Dataset
    from dsvc.repository.results import CommitRequest
    from dsvc.validators.finding import Finding

_TOLD: Final = 3


def require_records(dataset: Dataset, new: NewLines) -> None:
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


def emptied_refusal(dataset: Dataset, emptied: Mapping[str, int]) -> FoundErrorsError:
    """Of files that hold no records any more, with how many they held."""
    path, gone = max(emptied.items(), key=lambda each: each[1])
    more = f" (and {len(emptied) - 1:,} more)" if len(emptied) > 1 else ""
    take = f"; committing that would take {plural(gone, 'record')} out of '{dataset.name}'"
    back = f"bring it back: dsvc restore {_typed(path)}; or "
    return FoundErrorsError(
        f"'{path}' holds no records{more}{take}",
        hint=f"{back}say why it is so: --allow-findings 'why'",
        errors=len(emptied),
    )


def kept_note(dataset: Dataset, request: CommitRequest, errors: Counter[str]) -> str:
    """What tells of errors, by rule, that stay."""
    rules = ", ".join(f"{rule} {count:,}" for rule, count in errors.most_common())
    kept = "would be kept" if request.dry_run else "were kept"
    return f"errors in the new lines ({rules}) {kept} as they are{_see_them(dataset, request)}"


def too_many_note(dataset: Dataset, request: CommitRequest, many: str) -> str:
    """What tells that new lines were not looked at; ``many`` of them there are."""
    told = f"the new lines are {many}, too many for a commit to look for errors of structure"
    return f"{told}{_see_them(dataset, request)}"


def _see_them(dataset: Dataset, request: CommitRequest) -> str:
    if not request.dry_run:
        return f"; see them: dsvc validate {quote(dataset.name)}"
    return "" if request.by_others else f"; see them: dsvc validate {_typed(dataset.path)}"


def refusal(
    dataset: Dataset,
    request: CommitRequest,
    found: FoundErrors,
    new: NewLines,
    before: Before | None,
    stands: Callable[[Place], Place] | None,
) -> FoundErrorsError:
    """Of errors that the commit would bring in; ``stands`` tells where the user sees a line."""
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
