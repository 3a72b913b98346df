"""``fix``: safe repairs of the working file, which ``diff`` shows and ``commit`` records with what was done."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import msgspec

from dsvc.errors import NotFoundError
from dsvc.render.numbers import plural
from dsvc.repairs import Mended, Mending
from dsvc.repairs.mending import LINE_ENDS
from dsvc.repository.going_back.checkout import record_replacement
from dsvc.repository.results import Outcome
from dsvc.repository.revisions import one_file
from dsvc.repository.scan import ByItself, scanned
from dsvc.repository.versions import require_dataset
from dsvc.repository.writing.placing import discard
from dsvc.repository.writing.replacing import Replacement, working_state
from dsvc.repository.writing.saving import save_edits
from dsvc.working_copy import Base

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.repository.scan import ScannedFile
    from dsvc.repository.writing.journal import FileMove
    from dsvc.repository.writing.replacing import WorkingState

METADATA: Final = "fixes"
"""Where the manifest's metadata tell which repairs a version was made with."""


class Fixed(msgspec.Struct, frozen=True, kw_only=True):
    """What was mended, by file; ``outcome`` is None where nothing was, or nothing should be changed.

    ``file``: the only one that was looked at, of a folder.
    """

    dataset: Dataset
    files: Mapping[str, tuple[Mended, ...]]
    file: str | None = None
    outcome: Outcome | None = None

    @property
    def records(self) -> int:
        """How many repairs were made."""
        return sum(mended.records for made in self.files.values() for mended in made)


def fix(ctx: Context, target: str | None, only: Sequence[str] = (), *, dry_run: bool = False) -> Fixed:
    """Mend the working files of a dataset, or one file of its folder.

    Edits that were there are saved first, so that ``undo`` has them. Raises UsageError for a repair that there
    is not, NotFoundError without a dataset or without its file.
    """
    Mending(only)
    if dry_run:
        dataset, one = _meant(ctx, target)
        with _read(ctx, dataset, working_state(ctx, dataset), one) as files:
            return Fixed(dataset=dataset, file=one, files={file.path: _only_counted(file, only) for file in files})
    with ctx.writing():
        dataset, one = _meant(ctx, target)
        state = working_state(ctx, dataset)
        if state.entry is None or state.base is None:
            raise NotFoundError(f"it is not known which version '{dataset.path}' was edited from", hint="dsvc status")
        with ctx.locked(), _read(ctx, dataset, state, one) as files:
            moves, made = _staged(ctx, files, state, only)
            if not moves:
                return Fixed(dataset=dataset, file=one, files=made)
            saved = save_edits(ctx, dataset, state.present, state.entry) if state.edited else None
            base = Base(state.base.version, dict(state.base.files))
            summary = in_words([each for files in made.values() for each in files])
            record_replacement(ctx, "fix", dataset, summary, state.base, Replacement(moves, base), saved)
        return Fixed(
            dataset=dataset,
            file=one,
            files=made,
            outcome=Outcome(
                verb="fix",
                dataset=dataset,
                file=f"'{one or dataset.path}' was mended",
                saved_as=saved,
                version=state.entry,
            ),
        )


def in_words(made: Sequence[Mended]) -> str:
    """What was mended, in one line: ``duplicates in 3 records, line-ends in 1 line``."""
    counts: dict[str, int] = {}
    for each in made:
        counts[each.repair] = counts.get(each.repair, 0) + each.records
    told = [f"{name} in {plural(n, 'line' if name == LINE_ENDS else 'record')}" for name, n in counts.items() if n]
    return ", ".join(told) or "nothing"


def _meant(ctx: Context, target: str | None) -> tuple[Dataset, str | None]:
    """The dataset, and the one file of its folder where one is named."""
    dataset = require_dataset(ctx.versions.datasets(ctx.git.head()), target)
    return dataset, one_file(dataset, target) if target is not None else None


def _read(
    ctx: Context, dataset: Dataset, state: WorkingState, file: str | None
) -> AbstractContextManager[list[ScannedFile]]:
    """The files that are meant: all (None), or one of a folder."""
    paths = [path for path in state.present if file in (None, path)]
    if not paths:
        raise NotFoundError(f"there is no file '{file or dataset.path}'", hint=f"dsvc restore {file or dataset.name}")
    return scanned(ctx.working, paths, ByItself(dataset))


def _lines(file: ScannedFile) -> Iterator[bytes]:
    start = 0
    for end in file.table.ends.tolist():
        yield file.read(start, end - start)
        start = end


def _only_counted(file: ScannedFile, only: Sequence[str]) -> tuple[Mended, ...]:
    mending = Mending(only)
    for _ in mending.lines(_lines(file), file.path):
        pass
    return tuple(mending.made.values())


def _staged(
    ctx: Context, files: Sequence[ScannedFile], state: WorkingState, only: Sequence[str]
) -> tuple[tuple[FileMove, ...], dict[str, tuple[Mended, ...]]]:
    """The mended files beside the working files, those that differ; and what was mended in each."""
    moves: list[FileMove] = []
    made: dict[str, tuple[Mended, ...]] = {}
    try:
        for file in files:
            mending, digest = Mending(only), hashlib.sha256()
            staged = ctx.working.stage(file.path, digested(mending.lines(_lines(file), file.path), digest), None)
            move = state.move(file.path, str(staged), digest.hexdigest())
            made[file.path] = tuple(mending.made.values())
            file.require_unchanged()
            if digest.hexdigest() == file.table.sha256:
                discard([move])
            else:
                moves.append(move)
    except BaseException:
        discard(moves)
        raise
    return tuple(moves), made


def digested(lines: Iterator[bytes], digest: hashlib._Hash) -> Iterator[bytes]:
    """The same bytes, which the digest is told."""
    for line in lines:
        digest.update(line)
        yield line


def repairs_since(ctx: Context, dataset: Dataset) -> list[str]:
    """What ``fix`` did to the working file since its version was written there, run by run, oldest first."""
    found: list[str] = []
    for entry in ctx.journal.entries():
        if entry.state != "done" or entry.dataset["path"] != dataset.path:
            continue
        if entry.verb in ("undo", "tag", "accept") or entry.facts:  # they leave the file alone
            continue
        if entry.verb == "split":
            continue
        if entry.verb != "fix":
            break
        found.append(entry.summary)
    return found[::-1]
