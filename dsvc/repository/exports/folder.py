"""Exports into a folder: one that an export makes, or LLaMA-Factory's, which holds other datasets too."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dsvc.errors import ProtectedError
from dsvc.exporters.new_folder import folders_to, new_folder, refuse_folder
from dsvc.exporters.provenance import NOTE, as_bytes, written_files
from dsvc.exporters.unfinished import unfinished
from dsvc.repository.exports.export import Exported

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dsvc.exporters.provenance import Provenance
    from dsvc.exporters.story import Story
    from dsvc.exporters.trainers.definition import Handed, Trainer
    from dsvc.repository.exports.export import ExportRequest
    from dsvc.snapshot import Snapshot

    Progress = Callable[[int], None] | None

INFO = "dataset_info.json"


def write(
    snapshot: Snapshot,
    provenance: Provenance,
    request: ExportRequest,
    story: Story | None,
    progress: Progress,
    refuse: Callable[[Path], None],
) -> Exported:
    """Write a version into the folder that the request names; whole or not at all.

    ``refuse`` raises for a file that no export may write: it is asked for each one in a folder that others use.
    """
    if request.to == "datasets":
        return _datasets(snapshot, provenance, request, story, progress)
    if request.to == "llamafactory":
        return _shared(snapshot, provenance, request, story, progress, refuse)
    with new_folder(request.output, force=request.force) as made:
        trainer, handed = _hand_over(snapshot, request, made, progress)
        for name, data in trainer.beside(handed).items():
            (made / name).write_bytes(data)
        if story is not None:
            _card(story, handed, made / "README.md")
        facts = provenance.facts(request.to) | _told(handed)
        records = {file.name: file.records for file in handed.files}
        facts["files"] = written_files(made, _names(made), records)
        (made / NOTE).write_bytes(as_bytes(facts))
    return _exported(snapshot, request, facts, handed, trainer)


def _datasets(
    snapshot: Snapshot, provenance: Provenance, request: ExportRequest, story: Story | None, progress: Progress
) -> Exported:
    from dsvc.exporters.hugging_face import save_to_disk

    facts = provenance.facts(request.to)
    with new_folder(request.output, force=request.force) as made:
        written = save_to_disk(
            snapshot, made, facts, request.json_fields, progress, class_labels=provenance.class_labels
        )
        if story is not None:
            from dsvc.exporters.card import card

            (made / "README.md").write_bytes(card(story, None))
        facts["records"] = written.records
        facts["files"] = written_files(made, _names(made), {})
        (made / NOTE).write_bytes(as_bytes(facts))
    return Exported(
        path=request.output,
        to=request.to,
        revision=snapshot.name,
        records=facts["records"],
        facts=facts,
        written=written,
        start=(f'datasets.load_from_disk("{request.output}")',),
    )


def _shared(
    snapshot: Snapshot,
    provenance: Provenance,
    request: ExportRequest,
    story: Story | None,
    progress: Progress,
    refuse: Callable[[Path], None],
) -> Exported:
    """Files go beside those of other datasets, the entry into the ``dataset_info.json`` that is there."""
    from dsvc.exporters.dataset_info import merged
    from dsvc.exporters.merging import put_into
    from dsvc.exporters.trainers.llamafactory import entries

    with _folder(request.output) as made:
        trainer, handed = _hand_over(snapshot, request, made, progress)
        records = {file.name: file.records for file in handed.files}
        names = list(records)
        if story is not None:
            names.append(f"{handed.dataset}.README.md")
            _card(story, handed, made / names[-1])
        facts = provenance.facts(request.to) | _told(handed)
        facts["files"] = written_files(made, names, records)
        note = f"{handed.dataset}.{NOTE}"
        (made / note).write_bytes(as_bytes(facts))
        info = request.output / INFO
        after = merged(entries_there(info), entries(handed), name=str(info), force=request.force)
        (made / INFO).write_bytes(after.encode("utf-8", "surrogateescape"))
        for name in (*names, note, INFO):
            refuse(request.output / name)
        put_into(request.output, made, [*names, note, INFO], force=request.force, mine=(INFO,))
    return _exported(snapshot, request, facts, handed, trainer)


def entries_there(info: Path) -> str:
    """The text of a ``dataset_info.json``, or one without entries. Raises ProtectedError for what is no file."""
    if info.exists() and not info.is_file():
        raise ProtectedError(f"'{info}' is no file", hint="put it away, or name another folder")
    return info.read_bytes().decode("utf-8", "surrogateescape") if info.exists() else "{}\n"


@contextmanager
def _folder(path: Path) -> Iterator[Path]:
    """A temporary folder in ``path``, which is made when it is not there, and goes again when nothing came of it."""
    if path.exists() and not path.is_dir():
        raise ProtectedError(f"'{path}' is no folder", hint="name LLaMA-Factory's folder of data: -o FOLDER")
    if not path.exists():
        refuse_folder(path, force=False)
    with folders_to(path / NOTE), unfinished(path, is_folder=True, inside=path) as made:
        yield made


def _hand_over(snapshot: Snapshot, request: ExportRequest, made: Path, progress: Progress) -> tuple[Trainer, Handed]:
    from dsvc.exporters.trainers import trainer
    from dsvc.exporters.trainers.handing_over import How, hand_over

    chosen = trainer(request.to)
    name = request.name or _called(snapshot)
    how = How(shape=request.shape, strict=request.strict, skip_unfit=request.skip_unfit, reasoning=request.reasoning)
    handed = hand_over(snapshot, chosen, made, dataset=name, called=str(request.output), how=how, progress=progress)
    return chosen, handed


def _called(snapshot: Snapshot) -> str:
    """What a dataset is called after where it is; one file of a folder after the folder: its own name is the split."""
    path = Path(snapshot.name.rpartition("@")[0] or snapshot.name)
    is_part = any(file.split is not None and Path(file.path).name == path.name for file in snapshot.layout.files)
    return (is_part and path.parent.name) or path.stem


def _card(story: Story, handed: Handed, path: Path) -> None:
    from dsvc.exporters.card import card

    path.write_bytes(card(story, [(file.split, file.name) for file in handed.files]))


def _names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def _told(handed: Handed) -> dict[str, Any]:
    """What happened to the records on their way, for the note."""
    conversion = handed.conversion
    return {
        "shape": handed.shape,
        "records": conversion.records,
        "written": conversion.written,
        "left_out": conversion.left_out,
        "losses": [
            {"loss": entry.loss, "field": entry.field, "why": entry.why, "records": entry.records, "first": entry.first}
            for entry in conversion.told.entries
        ],
    }


def _exported(
    snapshot: Snapshot, request: ExportRequest, facts: dict[str, Any], handed: Handed, trainer: Trainer
) -> Exported:
    return Exported(
        path=request.output,
        to=request.to,
        revision=snapshot.name,
        records=handed.conversion.written,
        facts=facts,
        conversion=handed.conversion,
        start=tuple(trainer.start(handed)),
    )
