"""What a commit looks at in the lines that no version had: structural rules, and whether it refuses.

Only lines that are new are read, so that ten edits among a million records cost ten records. A commit refuses errors
that it would bring in, unless it is said why they may stay; what an edited record had before is told, and no reason to
refuse its mending. An import keeps what others made as they made it, and tells. ``validate.refuse`` says otherwise.
"""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from shlex import quote
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec.structs import replace

from dsvc.errors import BadDataError, FoundErrorsError, UsageError
from dsvc.render.numbers import size
from dsvc.repository.committing.new_lines import NewLines

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dsvc.layout import Column
    from dsvc.repository.committing.origins import Place
    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.repository.results import CommitRequest
    from dsvc.repository.scan import ScannedFile
    from dsvc.snapshot import Snapshot
    from dsvc.validators.finding import Finding
    from dsvc.validators.selection import Selection

FORMAT: Final = "dsvc.validation/1"
STRUCTURE: Final = "structure"
"""The topic whose errors are refused unless the settings name others; it may stand among them."""
_BY_ITSELF: Final = frozenset({"syntax", "encoding", "not-a-number"})
"""Rules that storing a line checks anyway, in every line and without exception."""
_MOST_BYTES: Final = 64 << 20
"""Of new lines, which take half a second; of more only what the settings name is looked for."""
_TOLD: Final = 3


class CommitCheck(msgspec.Struct, frozen=True):
    """What was looked at in new lines: for the manifest, and in words."""

    summary: dict[str, Any] | None = None
    notes: tuple[str, ...] = ()


class Before(msgspec.Struct, frozen=True):
    """The version that lines are edits of, and for each edited line (file, number from 1) which one it was there."""

    snapshot: Snapshot
    edited: Mapping[Place, Place]


class _Rules(msgspec.Struct, frozen=True):
    """The rules that run, those of them whose errors make a commit refuse, and whether others were left out."""

    selection: Selection
    refusing: frozenset[str]
    are_all: bool


def check_new_lines(
    ctx: Context,
    dataset: Dataset,
    request: CommitRequest,
    files: Sequence[ScannedFile],
    lines: Sequence[Column | None],
    before: Before | None = None,
) -> CommitCheck:
    """Look at the new lines of scanned files (their numbers from 0; None: all).

    Raises FoundErrorsError where errors are refused and the request does not allow them, UsageError for a request that
    allows findings and does not say why.
    """
    if request.allow_findings is not None and not request.allow_findings.strip():
        raise UsageError("what allows findings needs a reason", hint="--allow-findings 'why they may stay'")
    new = NewLines.of(dataset, files, lines)
    if not new.bytes:
        return CommitCheck()
    rules = _rules(ctx, dataset, request, is_small=new.bytes <= _MOST_BYTES)
    check = _looked(dataset, request, new, rules, before) if rules.selection.only else CommitCheck()
    return check if rules.are_all else replace(check, notes=(*check.notes, _not_looked_at(dataset, new)))


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


def _rules(ctx: Context, dataset: Dataset, request: CommitRequest, *, is_small: bool) -> _Rules:
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
    chosen = choose(by_name) if by_name.only else []
    are_all = is_small or STRUCTURE in (refuse or ())
    structure = [each for each in choose(general) if each.severity == "error"] if are_all else []
    refuses_structure = STRUCTURE in refuse if refuse is not None else not request.brought_in
    refusing = named.union(each.rule.id for each in structure if refuses_structure)
    ids = dict.fromkeys(each.rule.id for each in structure + chosen if isinstance(each.check, RecordCheck))
    return _Rules(replace(by_name, only=tuple(rule for rule in ids if rule not in _BY_ITSELF)), refusing, are_all)


def _looked(
    dataset: Dataset, request: CommitRequest, new: NewLines, rules: _Rules, before: Before | None
) -> CommitCheck:
    from dsvc.validators.runner import Validation
    from dsvc.validators.selection import stamped

    # In this process: a script that commits may be one that others cannot be started from.
    validation = Validation(new, stamped(rules.selection), processes=1)
    errors = _Errors(rules, before)
    for finding in validation:
        if finding.severity == "error":
            errors.take(new.in_file(finding))
    refused, count = errors.brought_in()
    if refused and request.allow_findings is None:
        raise _refusal(dataset, refused, count)
    summary: dict[str, Any] = {
        "format": FORMAT,
        "lines": sum(file.lines for file in new.layout.files),
        "rules": list(rules.selection.only),
        "findings": dict(sorted(validation.counts.items())),
    }
    if refused:
        summary["allowed"] = request.allow_findings
    return CommitCheck(summary, tuple(_notes(dataset, errors.counts, dry_run=request.dry_run)))


class _Errors:
    """Errors in new lines, counted by rule, and those of them that a commit would bring in."""

    def __init__(self, rules: _Rules, before: Before | None) -> None:
        self.counts: Counter[str] = Counter()
        self._rules, self._before = rules, before
        self._edited: list[Finding] = []
        self._added: list[Finding] = []
        self._more = 0

    def take(self, finding: Finding) -> None:
        """The next error, at its place in the working file."""
        self.counts[finding.rule] += 1
        if finding.rule not in self._rules.refusing:
            return
        if self._before is not None and _where(finding) in self._before.edited:
            self._edited.append(finding)
        elif len(self._added) < _TOLD:
            self._added.append(finding)
        else:
            self._more += 1

    def brought_in(self) -> tuple[list[Finding], int]:
        """The first of those that are refused, in the order of the lines, and how many there are."""
        introduced = [*self._added, *self._in_edited()]
        first = sorted(introduced, key=lambda finding: _where(finding))
        return first[:_TOLD], len(introduced) + self._more

    def _in_edited(self) -> Sequence[Finding]:
        """What edited records did not have before."""
        from dsvc.validators.comparison import Compared, without_kept

        if self._before is None or not self._edited:
            return ()
        became = {now: self._before.edited[now] for now in map(_where, self._edited)}
        had = _found_before(self._before.snapshot, sorted(set(became.values())), self._rules.selection)
        return without_kept(Compared(tuple(self._edited), tuple(had)), became.items()).introduced


def _found_before(old: Snapshot, places: Sequence[Place], selection: Selection) -> Iterator[Finding]:
    """What the rules find in some lines of the version before."""
    from dsvc.validators.blocks import Block, look
    from dsvc.validators.identity import contents_of
    from dsvc.validators.selection import stamped

    key = msgspec.msgpack.encode(stamped(selection))
    wanted: dict[str, set[int]] = {}
    for path, line in places:
        wanted.setdefault(path, set()).add(line)
    for path, lines in wanted.items():
        for line, content in contents_of(old, path, lines):
            yield from look(Block(content, path, line, line), key, records=True, datasets=False).findings


def _notes(dataset: Dataset, errors: Counter[str], *, dry_run: bool) -> Iterator[str]:
    if errors:
        rules = ", ".join(f"{rule} {count:,}" for rule, count in errors.most_common())
        kept = "would be kept" if dry_run else "were kept"
        yield f"errors in the new lines ({rules}) {kept} as they are; see them: dsvc validate {dataset.name}"


def _not_looked_at(dataset: Dataset, new: NewLines) -> str:
    told = f"the new lines are {size(new.bytes)}, too many for a commit to look for errors"
    return f"{told}; see them: dsvc validate {quote(dataset.name)}"


def _refusal(dataset: Dataset, refused: Sequence[Finding], total: int) -> FoundErrorsError:
    found = [f"'{f.place.file}:{f.place.line:,}' {f.rule}: {f.message}" for f in refused if f.place is not None]
    counted = "1 new line has an error" if total == 1 else f"{total:,} errors in new lines"
    more = f" (and {total - len(found):,} more)" if total > len(found) else ""
    mend = (
        f"see all: dsvc validate {quote(dataset.path)}; mend them" if more else "mend it" if total == 1 else "mend them"
    )
    keep = f"or keep {'it' if total == 1 else 'them'} and say why: --allow-findings 'why'"
    return FoundErrorsError(f"{counted}: {'; '.join(found)}{more}", hint=f"{mend}; {keep}", errors=total)


def _where(finding: Finding) -> Place:
    assert finding.place is not None  # each is about a record
    return finding.place.file, finding.place.line
