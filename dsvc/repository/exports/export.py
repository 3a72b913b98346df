"""``export``: a version written for other tools, with a note of what it was made of."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from dsvc.errors import NotFoundError, UsageError
from dsvc.exporters.provenance import Provenance, files_of, written_files
from dsvc.exporters.registry import ANNOTATION_TOOLS, DESCRIPTIONS, FOLDERS, FORMATS, TRAINERS
from dsvc.formats.registry import NAMES as SHAPES
from dsvc.repository.content import snapshot as open_snapshot
from dsvc.repository.datasets import check_name
from dsvc.repository.exports.out_file import refuse_place, replacing
from dsvc.repository.exports.story import story_of
from dsvc.repository.pilots.export import check_pilot, exportable
from dsvc.repository.revisions import Version, Working, resolve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dsvc.exporters.written import Written
    from dsvc.formats import Conversion
    from dsvc.formats.definition import Reasoning
    from dsvc.repository.context import Context
    from dsvc.repository.pilots.export import Exportable
    from dsvc.snapshot import Snapshot


class ExportRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What to export, and how.

    ``to`` is one of ``dsvc.exporters.FORMATS``, ``output`` the file or folder, ``name`` what trainers call the dataset.
    ``shape``, ``strict``, ``skip_unfit``, ``reasoning`` are those of ``dsvc convert`` and concern trainers;
    ``json_fields`` become JSON text (Parquet, datasets); ``raw`` concerns CSV; ``card`` adds a README; ``with_people``
    and ``languages`` concern cards and Croissant. ``texts`` and what follows it concern annotation tools
    (:class:`dsvc.exporters.annotation.tasks.HandOut`). ``pilot``: only the records of this pilot; ``validation`` is the
    share of them (above 0, below 1) that becomes a part of its own. Of a pilot, ``to`` may be a shape, too.
    """

    to: str
    output: Path
    name: str | None = None
    shape: str | None = None
    strict: bool = False
    skip_unfit: bool = False
    reasoning: Reasoning | None = None
    json_fields: tuple[str, ...] = ()
    raw: bool = False
    card: bool = False
    with_people: bool = False
    languages: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    free_text: bool = False
    blank: bool = False
    where: tuple[str, ...] = ()
    rows: tuple[int, int | None] | None = None
    pilot: str | None = None
    validation: float | None = None
    force: bool = False


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """What was written: ``facts`` as they are noted down, and for trainers what the conversion did and how to begin."""

    path: Path
    to: str
    revision: str
    records: int
    facts: dict[str, Any]
    written: Written | None = None
    conversion: Conversion | None = None
    start: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """What should be known about it, one sentence each."""


def request_of(to: str, folder: Path, output: str | Path, how: Mapping[str, Any]) -> ExportRequest:
    """The request that options make. ``output`` stays as it was given where that means the same place."""
    place = Path(output)
    if folder != Path().resolve() or place.name in ("", ".."):
        place = (folder / place).resolve() if place.name in ("", "..") else folder / place
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in how.items()}
    return ExportRequest(to=to, output=place, **values)


def export(ctx: Context, revision: str, request: ExportRequest) -> Exported:
    """Write a version, or the working file, to a file or folder: whole or not at all.

    Raises ProtectedError when something is there already or would be lost (``strict``), BadDataError when records do
    not fit, UsageError when options make no sense together.
    """
    if request.to not in FORMATS and not (request.pilot is not None and request.to in SHAPES):
        raise UsageError(f"'{request.to}' is not a format that can be written", hint=f"one of: {', '.join(FORMATS)}")
    check(request)
    if request.to in ANNOTATION_TOOLS:
        from dsvc.repository.annotation.handing_out import hand_out

        return hand_out(ctx, revision, request)
    with exportable(ctx, revision, request) as source:
        done = _written(ctx, revision, source)
        return replace(done, notes=(*source.notes, *done.notes))


def _written(ctx: Context, revision: str, source: Exportable) -> Exported:
    """Write what is exported, into a folder or a file."""
    snapshot, request = source.snapshot, source.request
    folder = request.to in FOLDERS or request.to not in FORMATS
    datasets = ctx.versions.datasets(ctx.git.head())
    refuse_place(ctx.working.root, datasets, request.output, snapshot.name, verb="export", folder=folder)
    provenance = provenance_of(ctx, source.revision, source.whole, source.facts)
    if request.to == "datasets":
        provenance = replace(provenance, class_labels=_class_labels(ctx, provenance))
    if folder:
        from dsvc.repository.exports.folder import write

        story = story_of(ctx, revision, snapshot, provenance, request) if request.card else None
        refuse = partial(refuse_place, ctx.working.root, datasets, version=snapshot.name, verb="export")
        return write(snapshot, provenance, request, story, ctx.progress, refuse)
    if request.output.is_dir():
        raise UsageError(f"'{request.output}' is a folder", hint=f"name a file: -o {request.output}/FILE")
    return _file(ctx, source.revision, snapshot, provenance, request)


def check(request: ExportRequest) -> None:
    """Raise UsageError for an option that the format has no use for."""
    concerns = (
        (request.raw, "--raw", "CSV", ("csv",)),
        (bool(request.json_fields), "--json-field", "Parquet and datasets", ("parquet", "datasets")),
        (request.shape is not None, "--shape", "trainers", TRAINERS),
        (request.strict, "--strict", "trainers", TRAINERS),
        (request.skip_unfit, "--skip-unfit", "trainers", TRAINERS),
        (request.reasoning is not None, "--reasoning", "trainers", TRAINERS),
        (request.name is not None, "--name", "trainers, cards and Croissant", (*TRAINERS, *DESCRIPTIONS)),
        (request.card, "--card", "folders", FOLDERS),
        (bool(request.texts), "--text", "annotation tools", ANNOTATION_TOOLS),
        (bool(request.labels), "--label", "annotation tools", ANNOTATION_TOOLS),
        (bool(request.choices), "--choice", "annotation tools", ANNOTATION_TOOLS),
        (request.free_text, "--free-text", "annotation tools", ANNOTATION_TOOLS),
        (request.blank, "--blank", "annotation tools", ANNOTATION_TOOLS),
        (bool(request.where), "--where", "annotation tools", ANNOTATION_TOOLS),
        (request.rows is not None, "--range", "annotation tools", ANNOTATION_TOOLS),
    )
    check_pilot(request)
    for given, option, what, formats in concerns:
        if given and request.to not in formats and not (TRAINERS[0] in formats and request.to not in FORMATS):
            raise UsageError(f"{option} concerns {what} only", hint="leave it out")
    if request.name is not None and request.to in TRAINERS:
        check_name(request.name)  # it becomes a file's name
    if not request.card and request.to not in DESCRIPTIONS and (request.with_people or request.languages):
        option = "--with-people" if request.with_people else "--language"
        raise UsageError(f"{option} concerns cards and Croissant only", hint="leave it out, or add --card")


def provenance_of(ctx: Context, revision: str, snapshot: Snapshot, more: Mapping[str, Any] | None = None) -> Provenance:
    """What an export of this names; ``more`` is what else is written down of it."""
    return replace(_provenance(ctx, revision, snapshot), more=more or {})


def _provenance(ctx: Context, revision: str, snapshot: Snapshot) -> Provenance:
    found = resolve(ctx, revision)
    files = files_of(snapshot)
    if isinstance(found, Version):
        return Provenance(
            revision=f"{found.dataset.name}@{found.entry.number}",
            dataset=found.dataset.name,
            version=found.entry.id,
            layout=found.entry.layout,
            files=files,
        )
    if isinstance(found, Working):
        from dsvc.repository.status import describe

        try:
            state = describe(ctx, found.dataset.path)
        except NotFoundError:  # it is not known what it was edited from
            return Provenance(revision=snapshot.name, dataset=found.dataset.name, files=files)
        return Provenance(
            revision=str(state).rpartition(" ")[0],
            dataset=found.dataset.name,
            version=state.entry.id,
            layout=state.entry.layout if state.exact else None,
            files=files,
        )
    return Provenance(revision=snapshot.name, files=files)


def _class_labels(ctx: Context, provenance: Provenance) -> dict[str, list[str]]:
    """What the manifest of the version says that numbers of classes mean."""
    from dsvc.repository.committing.new_version import CLASS_LABELS
    from dsvc.repository.versions import find_dataset

    head = ctx.git.head()
    dataset = find_dataset(ctx.versions.datasets(head), provenance.dataset or "")
    entries = () if dataset is None else ctx.versions.all_known(dataset, head)
    entry = next((each for each in entries if each.id == provenance.version), None)
    if dataset is None or entry is None:
        return {}
    manifest = ctx.versions.manifest_of(dataset, entry, head)
    found = manifest.metadata.get(CLASS_LABELS) if manifest is not None else None
    if not isinstance(found, dict):
        return {}
    return {str(name): [*map(str, labels)] for name, labels in found.items() if isinstance(labels, list)}


def _file(ctx: Context, revision: str, snapshot: Snapshot, provenance: Provenance, request: ExportRequest) -> Exported:
    from dsvc.exporters.registry import describe, write

    facts = provenance.facts(request.to)
    written = None
    if request.to in DESCRIPTIONS:
        described = describe(story_of(ctx, revision, snapshot, provenance, request), request.to)
        with replacing(request.output, force=request.force) as out:
            out.write(described)
    else:
        with replacing(request.output, force=request.force) as out:
            written = write(
                snapshot,
                out,
                request.to,
                raw=request.raw,
                json_fields=request.json_fields,
                facts=facts,
                progress=ctx.progress,
            )
    records: Mapping[str, int] = {} if written is None else {request.output.name: written.records}
    facts["files"] = written_files(request.output.parent, [request.output.name], records)
    return Exported(
        path=request.output,
        to=request.to,
        revision=snapshot.name,
        records=sum(records.values()),
        facts=facts,
        written=written,
    )


def describe(ctx: Context, revision: str, request: ExportRequest) -> bytes:
    """The text about a version that ``request.to`` (``card`` or ``croissant``) means."""
    from dsvc.exporters.registry import describe

    check(request)
    with open_snapshot(ctx, revision) as snapshot:
        story = story_of(ctx, revision, snapshot, provenance_of(ctx, revision, snapshot), request)
        return describe(story, request.to)
