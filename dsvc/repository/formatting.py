"""``restore --formatting``: give values that a script only wrote differently their old bytes back."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from dsvc.delta import Reformatted
from dsvc.errors import BadDataError, NotFoundError
from dsvc.record import BOM
from dsvc.repository.content import diff_working
from dsvc.repository.going_back import record_replacement
from dsvc.repository.placing import discard
from dsvc.repository.replacing import Replacement, working_state
from dsvc.repository.results import Outcome
from dsvc.repository.saving import save_edits
from dsvc.repository.scan import ByItself, scanned
from dsvc.repository.versions import require_dataset
from dsvc.working_copy import Base

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.repository.journal import FileMove
    from dsvc.repository.replacing import WorkingState
    from dsvc.repository.scan import ScannedFile
    from dsvc.snapshot import Snapshot


def restore_formatting(ctx: Context, target: str | None) -> Outcome:
    """Rewrite the working file so that records whose value did not change have their old bytes again.

    Changed, added and removed records stay as they are in the file. What was there is saved first.
    """
    with ctx.writing():
        head = ctx.git.head()
        dataset = require_dataset(ctx.versions.datasets(head), target)
        state = working_state(ctx, dataset)
        if state.entry is None or state.base is None:
            raise NotFoundError(f"it is not known which version '{dataset.path}' was edited from", hint="dsvc status")
        old_bytes: dict[tuple[str, int], bytes] = {}
        with diff_working(ctx, dataset, state.entry) as changes:
            compared = {file.path: file.sha256 for file in changes.new.layout.files}
            for change in changes:
                if isinstance(change, Reformatted):
                    old_bytes[change.new.file, change.new.line] = _old_line(changes.old, change)
        if not old_bytes:
            raise NotFoundError(f"'{dataset.path}' has no record that is only written differently")
        saved = save_edits(ctx, dataset, state.present, state.entry)
        moves = _staged(ctx, dataset, state, old_bytes, compared)
        base = Base(state.base.version, dict(state.base.files))
        record_replacement(ctx, "restore", dataset, "formatting", state.base, Replacement(moves, base), saved)
        count = len(old_bytes)
        return Outcome(
            verb="restore",
            dataset=dataset,
            file=f"{count:,} {'record' if count == 1 else 'records'} of '{dataset.path}' have their old bytes again",
            history="unchanged",
            head="unchanged",
            saved_as=saved,
            version=state.entry,
        )


def _staged(
    ctx: Context,
    dataset: Dataset,
    state: WorkingState,
    old_bytes: Mapping[tuple[str, int], bytes],
    compared: Mapping[str, str],
) -> tuple[FileMove, ...]:
    """The files with the old bytes, beside the working files; ``compared``: the sha256 that they were found for."""
    moves: list[FileMove] = []
    paths = [path for path in state.present if any(file == path for file, _ in old_bytes)]
    try:
        with scanned(ctx.working, paths, ByItself(dataset)) as files:
            for file in files:
                if file.table.sha256 != compared[file.path]:
                    raise BadDataError(
                        f"'{file.path}' changed while it was read", hint=f"dsvc restore {dataset.name} --formatting"
                    )
                digest = hashlib.sha256()
                for line in _rewritten(file, old_bytes):
                    digest.update(line)
                staged = ctx.working.stage(file.path, _rewritten(file, old_bytes), digest.hexdigest())
                moves.append(state.move(file.path, str(staged), digest.hexdigest()))
    except BaseException:
        discard(moves)
        raise
    return tuple(moves)


def _old_line(old: Snapshot, change: Reformatted) -> bytes:
    """The bytes of the old line with its line end; a byte order mark stays at the start of a file."""
    content = change.old.content if change.new.line == 1 else change.old.content.removeprefix(BOM)
    file = old.layout.file(change.old.file)
    *_, last = file.pieces
    if change.old.line < file.lines or old.packs.read(last.pack, last.offset + last.bytes - 1, 1) == b"\n":
        return content + b"\n"
    return content


def _rewritten(file: ScannedFile, old_bytes: Mapping[tuple[str, int], bytes]) -> Iterator[bytes]:
    start = 0
    for number, end in enumerate(file.table.ends.tolist(), 1):
        line = old_bytes.get((file.path, number)) or file.read(start, end - start)
        yield line if line.endswith(b"\n") or number == file.table.lines else line + b"\n"
        start = end
