"""What a commit looks at in the lines that no version had: structural rules, and whether it refuses.

Only lines that are new are read, so that ten edits among a million records cost ten records. What is found is told and
counted in the manifest; a commit refuses only where a rule of ``validate.refuse`` finds an error, because a version
keeps what its file had, byte for byte.
"""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np

from dsvc.errors import BadDataError, UsageError
from dsvc.layout import FileLayout, Layout, Pack, Pieces
from dsvc.origin import PackId
from dsvc.repository.comparison import NOT_COMMITTED, WorkingPackReader
from dsvc.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsvc.layout import Column
    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.repository.results import CommitRequest
    from dsvc.repository.scan import ScannedFile
    from dsvc.validators.finding import Finding
    from dsvc.validators.selection import Selection

FORMAT: Final = "dsvc.validation/1"
_BY_ITSELF: Final = frozenset({"syntax", "encoding", "not-a-number"})
"""Rules that storing a line checks anyway, in every line and without exception."""
_MOST_BYTES: Final = 16 << 20
"""Of new lines; of more only what makes a commit refuse is looked for. All else is for ``dsvc validate``."""
_TOLD: Final = 3


class CommitCheck(msgspec.Struct, frozen=True):
    """What was looked at in new lines: for the manifest, and in words."""

    summary: dict[str, Any] | None = None
    notes: tuple[str, ...] = ()


def check_new_lines(
    ctx: Context,
    dataset: Dataset,
    request: CommitRequest,
    files: Sequence[ScannedFile],
    lines: Sequence[Column | None],
) -> CommitCheck:
    """Look at the new lines of scanned files (their numbers from 0; None: all).

    Raises BadDataError where the settings refuse what is found and the request does not allow it, UsageError for a
    request that allows findings and does not say why.
    """
    if request.allow_findings is not None and not request.allow_findings.strip():
        raise UsageError("what allows findings needs a reason", hint="--allow-findings 'why they may stay'")
    chosen = [_pieces(number, file, new) for number, (file, new) in enumerate(zip(files, lines, strict=True))]
    size = sum(int(pieces.bytes.sum()) for pieces in chosen)
    if not size:
        return CommitCheck()
    selection, refusing = _selection(ctx, dataset, small=size <= _MOST_BYTES)
    if not selection.only:
        return CommitCheck()
    return _looked(dataset, request, _snapshot(dataset, files, chosen), selection, refusing)


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


def _selection(ctx: Context, dataset: Dataset, *, small: bool) -> tuple[Selection, frozenset[str]]:
    """The rules that run, and those of them whose errors make the commit refuse."""
    from dsvc.repository.validating import selection
    from dsvc.validators.own import without_own
    from dsvc.validators.registry import all_rules
    from dsvc.validators.rule import RecordCheck
    from dsvc.validators.selection import Selection, choose

    general = selection(ctx, Selection(topics=("structure",)), dataset.name)
    refusing = frozenset(general.settings.refuse)
    if refusing <= all_rules().keys():  # own rules are for `validate`: none of them may stand in a commit's way
        general = msgspec.structs.replace(general, settings=without_own(general.settings))
    wanted = msgspec.structs.replace(general, topics=(), only=tuple(refusing - _BY_ITSELF))
    chosen = choose(general) if small else []
    chosen = [each for each in chosen if each.severity == "error"] + (choose(wanted) if wanted.only else [])
    ids = dict.fromkeys(each.rule.id for each in chosen if isinstance(each.check, RecordCheck))
    return msgspec.structs.replace(wanted, only=tuple(rule for rule in ids if rule not in _BY_ITSELF)), refusing


def _looked(
    dataset: Dataset, request: CommitRequest, snapshot: Snapshot, selection: Selection, refusing: frozenset[str]
) -> CommitCheck:
    from dsvc.validators.runner import Validation
    from dsvc.validators.selection import stamped

    # In this process: a script that commits may be one that others cannot be started from.
    validation = Validation(snapshot, stamped(selection), processes=1)
    lines = {file.path: file.pieces for file in snapshot.layout.files}
    counts: Counter[str] = Counter()
    errors: Counter[str] = Counter()
    refused: list[Finding] = []
    total = 0
    for finding in validation:
        counts[finding.rule] += 1
        if finding.severity != "error":
            continue
        errors[finding.rule] += 1
        if finding.rule in refusing:
            total += 1
            refused += [finding] if len(refused) < _TOLD else []
    if refused and request.allow_findings is None:
        raise _refusal(snapshot, refused, total)
    summary: dict[str, Any] = {
        "format": FORMAT,
        "lines": sum(int(pieces.lines.sum()) for pieces in lines.values()),
        "rules": list(selection.only),
        "findings": dict(sorted(counts.items())),
    }
    if refused:
        summary["allowed"] = request.allow_findings
    return CommitCheck(summary, tuple(_notes(dataset, errors)))


def _notes(dataset: Dataset, errors: Counter[str]) -> list[str]:
    if not errors:
        return []
    rules = ", ".join(f"{rule} {count:,}" for rule, count in errors.most_common())
    return [f"errors in the new lines ({rules}) were kept as they are; see them: dsvc validate {dataset.name}"]


def _refusal(snapshot: Snapshot, refused: Sequence[Finding], total: int) -> BadDataError:
    found = [f"{_where(snapshot, finding)} {finding.rule}: {finding.message}" for finding in refused]
    more = f" (and {total - len(found):,} more)" if total > len(found) else ""
    counted = "1 new line has an error" if total == 1 else f"{total:,} errors in new lines"
    return BadDataError(
        f"{counted}: {'; '.join(found)}{more}",
        hint="mend it; or keep it and say why: --allow-findings 'why'",
    )


def _where(snapshot: Snapshot, finding: Finding) -> str:
    """File and line of a finding in the working file; the snapshot has the new lines only."""
    assert isinstance(snapshot, _NewLines)
    assert finding.place is not None
    return f"'{finding.place.file}:{snapshot.line_in_file(finding.place.file, finding.place.line):,}'"


class _NewLines(Snapshot):
    """The new lines of working files; ``starts`` are the numbers (from 1) of the first line of each piece."""

    starts: dict[str, Column]

    def line_in_file(self, path: str, line: int) -> int:
        """The number that a line (from 1) among the new ones has in the working file."""
        pieces = next(file.pieces for file in self.layout.files if file.path == path)
        ends = np.cumsum(pieces.lines)
        number = int(np.searchsorted(ends, line - 1, side="right"))
        return int(self.starts[path][number]) + line - 1 - int(ends[number] - pieces.lines[number])


def _snapshot(dataset: Dataset, files: Sequence[ScannedFile], chosen: Sequence[Pieces]) -> _NewLines:
    packs, layouts, starts = [], [], {}
    for file, pieces in zip(files, chosen, strict=True):
        count, size = int(pieces.lines.sum()), int(pieces.bytes.sum())
        records = count if file.table.records == file.table.lines else 0  # otherwise blank lines are looked for
        packs.append(Pack(PackId(f"working:{file.path}"), file.table.size, file.table.lines, NOT_COMMITTED))
        layouts.append(FileLayout(file.path, pieces, count, records, size, "", file.split))
        starts[file.path] = np.searchsorted(file.table.ends, pieces.offset, side="right") + 1
    snapshot = _NewLines(dataset.path, Layout(tuple(packs), tuple(layouts)), WorkingPackReader(None, 0, files))
    snapshot.starts = starts
    return snapshot


def _pieces(pack: int, file: ScannedFile, new: Column | None) -> Pieces:
    """The new lines of a file, those that follow each other as one piece."""
    table = file.table
    if new is None:
        return Pieces.of([(pack, 0, table.size, table.lines)] if table.lines else [])
    starts = table.starts()[new]
    sizes = np.minimum(table.ends[new], table.size) - starts
    ones = np.ones(len(new), dtype=np.int64)
    return Pieces(np.full(len(new), pack, np.int64), starts, sizes, ones).coalesced()
