"""A version into a trainer's files: which shape, then each split into a file of its own."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

import msgspec

from dsvc.errors import BadDataError, UsageError
from dsvc.exporters.trainers.definition import DataFile, Handed
from dsvc.formats import Conversion, shape
from dsvc.formats.detection import Survey
from dsvc.formats.fit import possible, why_not
from dsvc.formats.losing import LossError
from dsvc.formats.misfit import UnfitError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from dsvc.exporters.trainers.definition import Trainer
    from dsvc.formats.canonical import Kind
    from dsvc.formats.definition import Reasoning
    from dsvc.layout import FileLayout
    from dsvc.snapshot import Snapshot

_BATCH: Final = 256
"""Records that are written at once."""


class How(msgspec.Struct, frozen=True, kw_only=True):
    """How records are handed over.

    ``shape`` is chosen by the user; ``strict``: not at all when something would be lost; ``skip_unfit``: without the
    records that the trainer cannot read; ``reasoning``: how messages spell it.
    """

    shape: str | None = None
    strict: bool = False
    skip_unfit: bool = False
    reasoning: Reasoning | None = None


def hand_over(
    snapshot: Snapshot,
    trainer: Trainer,
    folder: Path,
    *,
    dataset: str,
    called: str,
    how: How,
    progress: Callable[[int], None] | None = None,
) -> Handed:
    """Write the records into files of ``folder``, which the user calls ``called``.

    Raises BadDataError (file, line, field) for a record that the trainer cannot read, ProtectedError when something
    would be lost and that is not wanted, UsageError for a shape that it does not read.
    """
    target, source = chosen_shape(snapshot, trainer, how.shape)
    seen: set[str] = set()
    conversion = Conversion(
        target, source, reasoning=how.reasoning, skip=how.skip_unfit, demands=trainer.demands(target, seen)
    )
    files = []
    for split, parts in _splits(snapshot).items():
        name = trainer.file_name(dataset, split)
        before = conversion.written
        conversion.new_file()
        _write(conversion, snapshot, parts, folder / name, progress)
        if conversion.written == before:
            (folder / name).unlink()  # trainers stop at an empty file
            continue
        files.append(DataFile(name, split, conversion.written - before, frozenset(conversion.columns)))
    if how.strict and conversion.told.lost_records:
        raise LossError(conversion)
    if not files:
        raise BadDataError(f"'{snapshot.name}' has no record for {trainer.title}", hint=f"dsvc show {snapshot.name}")
    return Handed(dataset, called, tuple(files), conversion, frozenset(seen), how.reasoning)


def chosen_shape(snapshot: Snapshot, trainer: Trainer, wanted: str | None) -> tuple[str, str | None]:
    """The shape to write, and the one that all records are read as (None: each as what it looks like).

    What the trainer reads as it is stays so; anything else takes the shape that it reads of this kind.
    """
    survey = Survey()
    for file in snapshot.layout.files:
        survey.look(snapshot.lines(file), file.path)
    common = survey.common()
    if wanted is not None:
        shape(wanted)
        if wanted not in trainer.shapes:
            raise UsageError(f"{trainer.title} does not read '{wanted}'", hint=f"one of: {', '.join(trainer.shapes)}")
        return wanted, wanted if wanted in common else None
    for name in trainer.reads:
        if name in common:
            return name, name
    kinds = {shape(found.shape).kind for found in survey.found() if found.shape is not None}
    if not kinds:
        return next(iter(trainer.targets.values())), None  # the first record will be told
    return _target(trainer, kinds, snapshot.name), None


def _target(trainer: Trainer, kinds: set[Kind], name: str) -> str:
    if len(kinds) > 1:
        found = ", ".join(sorted(_WORDS[kind] for kind in kinds))
        raise BadDataError(
            f"'{name}' holds records of several kinds: {found}",
            hint=f"choose what all of them become: --shape {'|'.join(dict.fromkeys(trainer.targets.values()))}",
        )
    (kind,) = kinds
    if kind in trainer.targets:
        return trainer.targets[kind]
    for other, target in trainer.targets.items():
        if possible(kind, other):
            return target
    reason = why_not(next(iter(trainer.targets)))
    raise BadDataError(
        f"{trainer.title} cannot be given {_WORDS[kind]}, which '{name}' holds", hint=f"{reason}; see: dsvc formats"
    )


_WORDS: Final[dict[Kind, str]] = {
    "conversation": "examples",
    "preference": "pairs",
    "unpaired": "answers that are good or bad",
    "reward": "answers with a score",
    "steps": "rated steps",
    "labels": "texts with labels",
    "text": "bare texts",
}


def _splits(snapshot: Snapshot) -> dict[str | None, list[FileLayout]]:
    splits: dict[str | None, list[FileLayout]] = {}
    for file in snapshot.layout.files:
        splits.setdefault(file.split, []).append(file)
    return splits


def _write(
    conversion: Conversion,
    snapshot: Snapshot,
    parts: Iterable[FileLayout],
    path: Path,
    progress: Callable[[int], None] | None,
) -> None:
    version = snapshot.name.rpartition("@")[2] if "@" in snapshot.name else None
    with path.open("wb") as out:
        for part in parts:
            called = part.path if version is None else f"{part.path}@{version}"
            lines = conversion.lines(snapshot.lines(part), called)
            try:
                while batch := b"".join(islice(lines, _BATCH)):
                    out.write(batch)
                    if progress is not None:
                        progress(len(batch))
            except UnfitError as error:
                raise error.leave_out() from None
