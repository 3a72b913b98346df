"""``restore --formatting``: give values that a script only wrote differently their old bytes back."""

from __future__ import annotations

import hashlib
import tempfile
from array import array
from typing import TYPE_CHECKING, Final

import numpy as np

from dsvc.delta import Reformatted
from dsvc.errors import BadDataError, NotFoundError
from dsvc.record import BOM
from dsvc.repository.content import diff_working
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
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.repository.scan import ScannedFile
    from dsvc.repository.writing.journal import FileMove
    from dsvc.repository.writing.replacing import WorkingState
    from dsvc.snapshot import Snapshot


_NO_LINE: Final = (0, b"")
"""Lines are numbered from 1."""


class OldLines:
    """The old bytes of lines by their place in the new files, kept on disk: a script may have rewritten all of them."""

    def __init__(self, folder: Path) -> None:
        self._bytes = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed by this context manager
        self._ends: array[int] = array("q", [0])
        self.files: dict[str, tuple[array[int], array[int]]] = {}
        """For each file the numbers of its lines, and which of the lines that were added stands there."""

    def __enter__(self) -> OldLines:
        return self

    def __exit__(self, *_: object) -> None:
        self._bytes.close()

    @property
    def count(self) -> int:
        """So many lines were added."""
        return len(self._ends) - 1

    def add(self, file: str, number: int, line: bytes) -> None:
        """Keep what line ``number`` (from 1) of a file was."""
        numbers, which = self.files.setdefault(file, (array("q"), array("q")))
        numbers.append(number)
        which.append(self.count)
        self._bytes.write(line)
        self._ends.append(self._ends[-1] + len(line))

    def of(self, file: str) -> Iterator[tuple[int, bytes]]:
        """The lines of a file with their numbers, which ascend."""
        numbers, which = self.files[file]
        for at in np.argsort(np.frombuffer(numbers, np.int64), kind="stable").tolist():
            start, end = self._ends[which[at]], self._ends[which[at] + 1]
            self._bytes.seek(start)
            yield numbers[at], self._bytes.read(end - start)


def restore_formatting(ctx: Context, target: str | None) -> Outcome:
    """Rewrite the working file so that records whose value did not change have their old bytes again.

    Changed, added and removed records stay as they are in the file. What was there is saved first. A file of a folder
    alone is rewritten without the others.
    """
    with ctx.writing():
        head = ctx.git.head()
        dataset = require_dataset(ctx.versions.datasets(head), target)
        file = one_file(dataset, target) if target is not None else None
        named = file or dataset.path
        state = working_state(ctx, dataset)
        if state.entry is None or state.base is None:
            raise NotFoundError(f"it is not known which version '{dataset.path}' was edited from", hint="dsvc status")
        with OldLines(ctx.state) as old_lines:
            with diff_working(ctx, dataset, state.entry) as changes:
                compared = {file.path: file.sha256 for file in changes.new.layout.files}
                for change in changes:
                    if isinstance(change, Reformatted) and file in (None, change.new.file):
                        old_lines.add(change.new.file, change.new.line, _old_line(changes.old, change))
            if not old_lines.count:
                raise NotFoundError(f"'{named}' has no record that is only written differently")
            saved = save_edits(ctx, dataset, state.present, state.entry)
            moves = _staged(ctx, dataset, state, old_lines, compared)
        base = Base(state.base.version, dict(state.base.files))
        record_replacement(ctx, "restore", dataset, "formatting", state.base, Replacement(moves, base), saved)
        count = old_lines.count
        return Outcome(
            verb="restore",
            dataset=dataset,
            file=f"{count:,} {'record' if count == 1 else 'records'} of '{named}' have their old bytes again",
            saved_as=saved,
            version=state.entry,
        )


def _staged(
    ctx: Context,
    dataset: Dataset,
    state: WorkingState,
    old_lines: OldLines,
    compared: Mapping[str, str],
) -> tuple[FileMove, ...]:
    """The files with the old bytes, beside the working files; ``compared``: the sha256 that they were found for."""
    moves: list[FileMove] = []
    paths = [path for path in state.present if path in old_lines.files]
    try:
        with scanned(ctx.working, paths, ByItself(dataset)) as files:
            for file in files:
                if file.table.sha256 != compared[file.path]:
                    raise BadDataError(
                        f"'{file.path}' changed while it was read", hint=f"dsvc restore {dataset.name} --formatting"
                    )
                digest = hashlib.sha256()
                for line in _rewritten(file, old_lines):
                    digest.update(line)
                staged = ctx.working.stage(file.path, _rewritten(file, old_lines), digest.hexdigest())
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


def _rewritten(file: ScannedFile, old_lines: OldLines) -> Iterator[bytes]:
    start = 0
    instead = old_lines.of(file.path)
    place, old = next(instead, _NO_LINE)
    for number, end in enumerate(file.table.ends.tolist(), 1):
        if number == place:
            line = old
            place, old = next(instead, _NO_LINE)
        else:
            line = file.read(start, end - start)
        yield line if line.endswith(b"\n") or number == file.table.lines else line + b"\n"
        start = end
