"""``export --to label-studio|doccano``: records of a version as tasks for annotators."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dsvc.errors import ProtectedError, UsageError
from dsvc.exporters.annotation.tasks import HandOut, project
from dsvc.exporters.annotation.ticket import HandedOut
from dsvc.exporters.provenance import NOTE, as_bytes, written_files
from dsvc.repository.exports.export import Exported, provenance_of
from dsvc.repository.exports.out_file import refuse_place, replacing
from dsvc.repository.revisions import PlainFile, Version, Working, resolve

if TYPE_CHECKING:
    from typing import Any

    from dsvc.exporters.annotation.tasks import Project
    from dsvc.repository.context import Context
    from dsvc.repository.exports.export import ExportRequest
    from dsvc.snapshot import Snapshot


def hand_out(ctx: Context, revision: str, request: ExportRequest) -> Exported:
    """Write a version as tasks, whole or not at all.

    Raises UsageError for a plain file, ProtectedError for a working file with edits: what comes back is compared with
    the version that was handed out, so there must be one.
    """
    version, how, name = picked_of(ctx, revision, request)
    snapshot = ctx.versions.snapshot(version.dataset, version.entry)
    is_folder = request.to == "label-studio"
    datasets = ctx.versions.datasets(ctx.git.head())
    refuse_place(ctx.working.root, datasets, request.output, snapshot.name, verb="export", folder=is_folder)
    named = f"{version.dataset.name}@{version.entry.id}"
    facts = provenance_of(ctx, named, snapshot).facts(request.to)
    handed = HandedOut(version.dataset.name, version.entry.number, version.entry.id)
    made = project(snapshot, handed, version.entry.layout, how, ctx.progress)
    if name is not None:
        facts["pilot"] = {"name": name}
    facts["asked"] = [{"field": each.asked.field, "kind": each.asked.kind} for each in made.fields]
    write = _folder if is_folder else _file
    return write(ctx, snapshot, made, request, facts)


def version_of(ctx: Context, revision: str) -> Version:
    """The version that a revision names. Raises UsageError for a plain file, ProtectedError for one with edits."""
    found = resolve(ctx, revision)
    if isinstance(found, PlainFile):
        raise UsageError(
            f"'{revision}' is a file, and only a version can be handed out",
            hint=f"dsvc commit '{revision}' --source 'where from' -m 'why'",
        )
    if isinstance(found, Working):
        from dsvc.repository.status import describe

        state = describe(ctx, found.dataset.path)
        if not state.exact:
            raise ProtectedError(
                f"'{found.dataset.path}' was edited since {state.entry.number}, and only a version can be handed out",
                hint=f"commit the edits first, or hand out {found.dataset.name}@{state.entry.number}",
            )
        return Version(found.dataset, state.entry)
    return found


def absent_text(name: str) -> str:
    """About a field that people fill in, and that nobody filled yet: it may be a slip of the pen."""
    return f"no record has '{name}' filled: it becomes a new field of those that people answer"


def picked_of(ctx: Context, revision: str, request: ExportRequest) -> tuple[Version, HandOut, str | None]:
    """The version that is handed out, which of its records, and the pilot that these are of."""
    names = [name for name in HandOut.__struct_fields__ if name != "only"]
    how = HandOut(**{name: getattr(request, name) for name in names})
    from dsvc.repository.pilots.export import pilot_in

    version, pilot = pilot_in(ctx, revision, request)
    if pilot is None or version is None:
        return version_of(ctx, revision), how, None
    return version, msgspec.structs.replace(how, only=frozenset(pilot.records)), pilot.name


def _folder(ctx: Context, snapshot: Snapshot, made: Project, request: ExportRequest, facts: dict[str, Any]) -> Exported:
    from dsvc.exporters.annotation import label_studio
    from dsvc.exporters.new_folder import new_folder

    with new_folder(request.output, force=request.force) as folder:
        with (folder / label_studio.TASKS).open("wb") as out:
            records = label_studio.write(made, made.tasks(snapshot, ctx.progress), out)
        (folder / label_studio.CONFIG).write_bytes(label_studio.config(made))
        names = [label_studio.TASKS, label_studio.CONFIG]
        facts["files"] = written_files(folder, names, {label_studio.TASKS: records})
        (folder / NOTE).write_bytes(as_bytes(facts))
    told = label_studio.start(made, str(request.output))
    return _exported(snapshot, request, facts, records, told, made)


def _file(ctx: Context, snapshot: Snapshot, made: Project, request: ExportRequest, facts: dict[str, Any]) -> Exported:
    from dsvc.exporters.annotation import doccano

    doccano.check(made)
    if request.output.is_dir():
        raise UsageError(f"'{request.output}' is a folder", hint=f"name a file: -o {request.output}/tasks.jsonl")
    with replacing(request.output, force=request.force) as out:
        records = doccano.write(made, made.tasks(snapshot, ctx.progress), out)
    name = request.output.name
    facts["files"] = written_files(request.output.parent, [name], {name: records})
    return _exported(snapshot, request, facts, records, doccano.start(made, str(request.output)), made)


def _exported(
    snapshot: Snapshot, request: ExportRequest, facts: dict[str, Any], records: int, start: list[str], made: Project
) -> Exported:
    return Exported(
        path=request.output,
        to=request.to,
        revision=snapshot.name,
        records=records,
        facts=facts,
        start=tuple(start),
        notes=tuple([absent_text(name) for name in made.absent]),
    )
