"""Some of the changes of a working file: committed without the others, or taken back while the others stay."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from dsvc.delta import Added, Instead, Modified, MovedBlock, Reformatted, Removed
from dsvc.diff.choosing import Choice, applied
from dsvc.durable import make_folders
from dsvc.errors import BadDataError, NotFoundError, ProtectedError
from dsvc.render.numbers import plural
from dsvc.repository.content import diff_working
from dsvc.repository.going_back.checkout import record_replacement
from dsvc.repository.going_back.kept import called_apart
from dsvc.repository.results import Outcome
from dsvc.repository.revisions import resolve_to_version
from dsvc.repository.versions import require_dataset
from dsvc.repository.working_files import working_files
from dsvc.repository.writing.placing import discard
from dsvc.repository.writing.replacing import Replacement, working_state
from dsvc.repository.writing.saving import save_edits
from dsvc.working_copy import Base, WorkingCopy

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

    from dsvc.delta import Change, Delta
    from dsvc.diff import Diff
    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.repository.versions import Current
    from dsvc.repository.writing.journal import FileMove
    from dsvc.repository.writing.replacing import WorkingState
    from dsvc.working_copy import Stamp

_PREFIX = "chosen-"


@contextmanager
def with_chosen(ctx: Context, current: Current, changes: Sequence[Change]) -> Iterator[tuple[WorkingCopy, list[str]]]:
    """The files of a version with only these changes of the working files, in a folder of their own; paths in order.

    Valid in the ``with`` block. Raises ProtectedError when a change is not there any more.
    """
    for left in ctx.state.glob(f"{_PREFIX}*"):  # by a commit that was killed; there is no other one now
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=_PREFIX, dir=ctx.state) as folder:
        copy = WorkingCopy(Path(folder), Path(folder))
        paths = []
        stamps = _stamps(ctx, current.dataset)
        with diff_working(ctx, current.dataset, current.entry, current.manifest.key) as compared:
            between = compared.correspondence()
            for path, chunks in applied(between, Choice.of(changes, between)):
                make_folders(copy.path(path).parent)
                with copy.path(path).open("wb") as file:
                    file.writelines(chunks)
                paths.append(path)
        if _stamps(ctx, current.dataset) != stamps:
            raise BadDataError(
                f"'{current.dataset.path}' changed while it was read", hint="wait until nothing writes to it"
            )
        yield copy, sorted(paths)


def _stamps(ctx: Context, dataset: Dataset) -> dict[str, Stamp]:
    return {path: ctx.working.stamp(path) for path in working_files(ctx.working, dataset)}


def take_back(ctx: Context, target: str | None, changes: Sequence[Change], *, revision: str | None = None) -> Outcome:
    """Bring records of the working files back to what they were in HEAD's version (or another); the others stay.

    ``changes`` are those of a diff from that version. The file is saved first. Raises NotFoundError when the records
    are so already, ProtectedError when the working file has other edits of them.
    """
    with ctx.writing():
        dataset = require_dataset(ctx.versions.datasets(ctx.git.head()), target)
        version = resolve_to_version(ctx, f"{dataset.path}@{revision or 'HEAD'}")
        current = ctx.versions.current(dataset, ctx.git.head())
        assert current is not None
        told = called_apart(ctx, dataset, version.entry)
        state = working_state(ctx, dataset)
        with diff_working(ctx, dataset, version.entry, current.manifest.key) as compared:
            chosen = [~change for change in _among(compared, changes)]
            if not chosen:
                raise NotFoundError(f"these records of '{dataset.path}' are as in {told} already")
            for file in compared.new.layout.files:
                if state.sha256.get(file.path) != file.sha256:
                    raise BadDataError(f"'{file.path}' changed while it was read", hint="wait until nothing writes it")
            with ctx.locked():
                moves = _staged(ctx, compared, chosen, state)
                try:
                    saved = save_edits(ctx, dataset, state.present, state.entry)
                except BaseException:
                    discard(moves)
                    raise
                base = Base(state.base.version, dict(state.base.files)) if state.base is not None else None
                summary = f"{plural(len(chosen), 'change')} of {told}"
                record_replacement(ctx, "restore", dataset, summary, state.base, Replacement(moves, base), saved)
        return Outcome(
            verb="restore",
            dataset=dataset,
            file=f"{plural(len(chosen), 'change')} of '{dataset.path}' against {told} "
            f"{'was' if len(chosen) == 1 else 'were'} taken back",
            head=f"stays at {current.manifest.number}",
            saved_as=saved,
            version=version.entry,
            notes=_so_already(len(changes) - len(chosen), told),
        )


def _so_already(count: int, told: str) -> tuple[str, ...]:
    if not count:
        return ()
    return (f"{plural(count, 'other record')} {'is' if count == 1 else 'are'} as in {told} already",)


def _staged(ctx: Context, compared: Diff, chosen: Sequence[Change], state: WorkingState) -> tuple[FileMove, ...]:
    """The files as they shall be, beside the working files."""
    between = compared.correspondence().inverted()
    moves: list[FileMove] = []
    left = set(state.present)
    try:
        for path, chunks in applied(between, Choice.of(chosen, between)):
            left.discard(path)
            digest = hashlib.sha256()
            staged = ctx.working.stage(path, _hashed(chunks, digest), None)
            moves.append(state.move(path, str(staged), digest.hexdigest()))
    except BaseException:
        discard(moves)
        raise
    same = [move for move in moves if move.sha256_after == move.sha256_before]
    discard(same)
    moves = [move for move in moves if move not in same]
    return (*moves, *(state.move(path, None, None) for path in sorted(left)))


def _hashed(chunks: Iterator[bytes], digest: hashlib._Hash) -> Iterator[bytes]:
    for chunk in chunks:
        digest.update(chunk)
        yield chunk


def _among(compared: Diff, changes: Sequence[Change]) -> list[Change]:
    """The changes of this comparison that are about the same old records as those asked for.

    Those asked for may be of a comparison with another newer side. Of equal records that were added as many are meant
    as were asked for: those that stand where they were, if they do. Raises ProtectedError where this one has another
    edit of a record.
    """
    added = {change for change in changes if isinstance(change, Added)}
    in_place = {delta for delta in compared if delta in added} if added else set()
    wanted: dict[Hashable, list[Change]] = {}
    for change in changes:
        if change not in in_place:
            wanted.setdefault(_about(change), []).append(change)
    found: list[Change] = []
    for delta in compared:
        if delta in in_place:
            found.append(delta)
            continue
        same = wanted.get(_about(delta))
        if not same:
            continue
        asked = same.pop()
        edit = asked.change if isinstance(asked, Instead) else asked
        if type(edit) is not type(delta) or _outcome(edit) != _outcome(delta):
            _refuse_other(delta)
        found.append(Instead(delta, asked.content) if isinstance(asked, Instead) else delta)  # type: ignore[arg-type]
    return found


def _about(change: Change) -> Hashable:
    """What tells a change from all others, whatever the newer side is."""
    delta = change.change if isinstance(change, Instead) else change
    if isinstance(delta, MovedBlock):
        return ("moved", delta.old_file, delta.old_line)
    if isinstance(delta, Added):
        return ("added", delta.record.content)
    old = delta.record if isinstance(delta, Removed) else delta.old
    return (old.file, old.line)


def _outcome(delta: Delta) -> bytes | int | None:
    """What a change makes of records that both sides have."""
    match delta:
        case Modified() | Reformatted():
            return delta.new.content
        case MovedBlock():
            return delta.records
    return None


def _refuse_other(delta: Delta) -> NoReturn:
    match delta:
        case MovedBlock():
            path, line = delta.new_file, delta.new_line
        case Modified() | Reformatted():
            path, line = delta.new.file, delta.new.line
        case _:
            path, line = delta.record.file, delta.record.line
    raise ProtectedError(
        f"'{path}' has another edit of the record in line {line:,}",
        hint="compare with the working file, and choose there",
    )
