"""What an export would write, and what that would lose, before anything is written."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from dsvc.errors import DsvcError, UsageError
from dsvc.exporters.registry import ANNOTATION_TOOLS, FOLDERS, TRAINERS
from dsvc.formats.losing import LossError
from dsvc.formats.sampling import Example, examples
from dsvc.repository.exports.export import check
from dsvc.repository.exports.out_file import refuse_place, require_free
from dsvc.repository.pilots.export import exportable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dsvc.exporters.trainers.definition import Handed
    from dsvc.formats import Conversion
    from dsvc.repository.context import Context
    from dsvc.repository.exports.export import ExportRequest
    from dsvc.snapshot import Snapshot

EXAMPLES: Final = 20
"""So many records are shown before and after."""
NO_PLACE: Final = Path()


class ExportPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What an export of ``revision`` would do.

    ``conversion`` tells what happened to all records on their way to a trainer, ``examples`` has the first ones before
    and after; ``files`` are the paths that would be written. ``refusal`` is the error that :meth:`Repository.export`
    would raise, as far as that can be known before. ``asked`` says what annotators see and fill in; ``records`` and
    ``bytes`` are then those of the records that are picked, and ``examples`` end as tasks.
    """

    revision: str
    records: int
    bytes: int
    files: tuple[Path, ...]
    examples: tuple[Example, ...]
    conversion: Conversion | None = None
    refusal: DsvcError | None = None
    asked: tuple[str, ...] = ()


def plan(ctx: Context, revision: str, request: ExportRequest) -> ExportPlan:
    """Look what an export would do; an empty output (``Path()``) names no place yet.

    Raises UsageError for options that make no sense together, BadDataError for records that no shape of the trainer can
    hold, and what reading the revision raises.
    """
    check(request)
    if request.to in ANNOTATION_TOOLS:
        from dsvc.repository.annotation.plan import plan_hand_out

        return plan_hand_out(ctx, revision, request)
    with exportable(ctx, revision, request) as source:
        snapshot, request = source.snapshot, source.request
        conversion = begin = handed = None
        if request.to in TRAINERS:
            seen: set[str] = set()
            convert = _on_their_way(snapshot, request)
            begin, conversion = convert(set()), convert(seen)
            handed = _handed(snapshot, request, conversion, seen, ctx.progress)
        files = tuple(_files(snapshot, request, handed)) if request.output != NO_PLACE else ()
        refusal = None
        try:
            _refuse(ctx, snapshot, request, files, handed)
        except DsvcError as error:
            refusal = error
        return ExportPlan(
            revision=snapshot.name,
            records=len(snapshot),
            bytes=sum(file.bytes for file in snapshot.layout.files),
            files=files,
            examples=tuple(_examples(snapshot, begin)),
            conversion=conversion,
            refusal=refusal or _unfit(conversion, request),
        )


def _on_their_way(snapshot: Snapshot, request: ExportRequest) -> Callable[[set[str]], Conversion]:
    """Makes conversions of what the revision holds into what the trainer reads."""
    from dsvc.exporters.trainers import trainer
    from dsvc.exporters.trainers.handing_over import chosen_shape
    from dsvc.formats import Conversion

    chosen = trainer(request.to)
    target, source = chosen_shape(snapshot, chosen, request.shape)
    return lambda seen: Conversion(
        target, source, reasoning=request.reasoning, skip=True, demands=chosen.demands(target, seen)
    )


def _handed(
    snapshot: Snapshot,
    request: ExportRequest,
    conversion: Conversion,
    seen: set[str],
    progress: Callable[[int], None] | None,
) -> Handed:
    """All records handed over, and none of them kept."""
    from dsvc.exporters.columns import by_split
    from dsvc.exporters.trainers import trainer
    from dsvc.exporters.trainers.definition import DataFile, Handed

    name = request.name or Path(snapshot.name.rpartition("@")[0] or snapshot.name).stem
    file_name = trainer(request.to).file_name
    files: list[DataFile] = []
    for split, parts in by_split(snapshot).items():
        before = conversion.written
        conversion.new_file()
        for file in parts:
            for line in conversion.lines(snapshot.lines(file), file.path):
                if progress is not None:
                    progress(len(line))
        if count := conversion.written - before:
            files.append(DataFile(file_name(name, split), split, count, frozenset(conversion.columns)))
    return Handed(name, str(request.output), tuple(files), conversion, frozenset(seen), request.reasoning)


def _examples(snapshot: Snapshot, conversion: Conversion | None) -> Iterator[Example]:
    lines = (line for file in snapshot.layout.files for line in snapshot.lines(file) if line.strip())
    yield from examples(islice(lines, EXAMPLES), conversion)


def _unfit(conversion: Conversion | None, request: ExportRequest) -> DsvcError | None:
    """The first record that cannot be written, or what may not be lost."""
    if conversion is None:
        return None
    if conversion.skipped and not request.skip_unfit:
        return conversion.skipped[0]
    return LossError(conversion) if request.strict and conversion.told.lost_records else None


def _files(snapshot: Snapshot, request: ExportRequest, handed: Handed | None) -> Iterator[Path]:
    from dsvc.exporters.provenance import NOTE
    from dsvc.exporters.trainers import trainer
    from dsvc.repository.exports.folder import INFO

    place = request.output
    if request.to not in FOLDERS:
        yield place
        return
    if handed is not None and handed.files:
        shared = request.to == "llamafactory"
        yield from (place / file.name for file in handed.files)
        yield from (place / name for name in trainer(request.to).beside(handed))
        if request.card:
            yield place / (f"{handed.dataset}.README.md" if shared else "README.md")
        yield place / (f"{handed.dataset}.{NOTE}" if shared else NOTE)
        yield from [place / INFO] * shared
    elif request.to == "datasets":
        yield from (place / (file.split or "") for file in snapshot.layout.files if file.split)
        yield from [place / "README.md"] * request.card
        yield place / NOTE


def _refuse(
    ctx: Context, snapshot: Snapshot, request: ExportRequest, files: tuple[Path, ...], handed: Handed | None
) -> None:
    """Raise what the export would raise for its place."""
    if request.output != NO_PLACE and request.to == "llamafactory" and handed is not None:
        datasets = ctx.versions.datasets(ctx.git.head())
        for path in (request.output, *files):
            folder = path == request.output
            refuse_place(ctx.working.root, datasets, path, snapshot.name, verb="export", folder=folder)
        _refuse_shared(request, files, handed)
    else:
        refuse_target(ctx, snapshot, request, is_folder=request.to in FOLDERS)


def refuse_target(ctx: Context, snapshot: Snapshot, request: ExportRequest, *, is_folder: bool) -> None:
    """Raise what writing a new file or folder there would raise; an empty output names no place yet."""
    if request.output == NO_PLACE:
        return
    datasets = ctx.versions.datasets(ctx.git.head())
    refuse_place(ctx.working.root, datasets, request.output, snapshot.name, verb="export", folder=is_folder)
    if is_folder:
        from dsvc.exporters.new_folder import refuse_folder

        refuse_folder(request.output, force=request.force)
    elif request.output.is_dir():
        raise UsageError(f"'{request.output}' is a folder", hint=f"name a file: {request.output}/FILE")
    else:
        require_free(request.output, force=request.force)


def _refuse_shared(request: ExportRequest, files: tuple[Path, ...], handed: Handed) -> None:
    """LLaMA-Factory's folder holds other datasets: their files and entries stay."""
    from dsvc.exporters.dataset_info import merged
    from dsvc.exporters.new_folder import refuse_folder
    from dsvc.exporters.trainers.llamafactory import entries
    from dsvc.repository.exports.folder import INFO, entries_there

    if not request.output.is_dir():
        refuse_folder(request.output, force=False)
        return
    for path in files:
        if path.name != INFO:
            require_free(path, force=request.force)
    info = request.output / INFO
    merged(entries_there(info), entries(handed), name=str(info), force=request.force)
