"""What would be handed out to annotators: what people see and fill in, the first tasks, the files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from dsvc.errors import BadDataError, DsvcError, UsageError
from dsvc.exporters.annotation import doccano, label_studio
from dsvc.exporters.annotation.labelled import Labelled, Values, labelled
from dsvc.exporters.annotation.tasks import project
from dsvc.exporters.annotation.ticket import HandedOut
from dsvc.exporters.provenance import NOTE
from dsvc.formats.detection import detect
from dsvc.formats.registry import shape
from dsvc.formats.sampling import Example
from dsvc.record import parse
from dsvc.render.numbers import plural
from dsvc.repository.annotation.handing_out import absent_text, picked_of
from dsvc.repository.content import snapshot as open_snapshot
from dsvc.repository.exports.plan import EXAMPLES, NO_PLACE, ExportPlan, refuse_target

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dsvc.exporters.annotation.tasks import Project
    from dsvc.repository.context import Context
    from dsvc.repository.exports.export import ExportRequest
    from dsvc.snapshot import Record, Snapshot

_LOOKED_AT: Final = 1000
"""So many records tell which fields there are, and what they hold."""
_MOST_NAMED: Final = 10
_TOOLS: Final = {"label-studio": label_studio, "doccano": doccano}


class Askable(msgspec.Struct, frozen=True, kw_only=True):
    """A field that people could be asked to fill in, with the choices that there would be.

    ``is_label``: the shape of the records says that it is one.
    """

    asked: Labelled
    is_label: bool


def plan_hand_out(ctx: Context, revision: str, request: ExportRequest) -> ExportPlan:
    """Look what would be handed out; an empty output (``Path()``) names no place yet.

    Raises what handing out raises, but what concerns the place, which is told as ``refusal``.
    """
    version, how, _ = picked_of(ctx, revision, request)
    snapshot = ctx.versions.snapshot(version.dataset, version.entry)
    handed = HandedOut(version.dataset.name, version.entry.number, version.entry.id)
    made = project(snapshot, handed, version.entry.layout, how, ctx.progress)
    if request.to == "doccano":
        doccano.check(made)
    tool = _TOOLS[request.to]
    count, size = 0, 0
    examples: list[Example] = []
    for record, task in made.picked(snapshot, ctx.progress):
        count += 1
        size += len(record.content) + 1
        if len(examples) < EXAMPLES:
            examples.append(Example(record.content, (tool.task_line(made, task),)))
    refusal = None
    try:
        refuse_target(ctx, snapshot, request, is_folder=request.to == "label-studio")
    except DsvcError as error:
        refusal = error
    return ExportPlan(
        revision=snapshot.name,
        records=count,
        bytes=size,
        files=tuple(_files(request)),
        examples=tuple(examples),
        refusal=refusal,
        asked=tuple(asked_lines(made)),
    )


def asked_lines(made: Project) -> Iterator[str]:
    """What people see and what they fill in, in words."""
    seen = made.shown
    shown = "the conversation" if seen.is_conversation else ", ".join(seen.fields)
    yield f"people see {shown}"
    for field in made.fields:
        yield f"they fill in {field.asked.field}: {kind_text(field)}"
    yield from map(absent_text, made.absent)
    if not made.filled:
        yield "without the present values"


def kind_text(field: Labelled) -> str:
    """What kind of answer a field takes, in words."""
    if field.asked.kind == "text":
        return "a text to write"
    several = " (several may hold)" if field.asked.kind == "choices" else ""
    named = ", ".join(field.choices[:_MOST_NAMED]) + (" …" if len(field.choices) > _MOST_NAMED else "")
    return f"{plural(len(field.choices), 'choice')}{several}: {named}"


def askable(ctx: Context, revision: str) -> list[Askable]:
    """The fields at the top of the first records that people could be asked for, the likeliest first.

    First what the shape of the records says is a label, then choices, then texts. Raises what reading it does.
    """
    with open_snapshot(ctx, revision) as snapshot:
        return _askable(snapshot)


def _askable(snapshot: Snapshot) -> list[Askable]:
    found: dict[str, Values | None] = {}
    label: str | None = None
    for number, record in enumerate(snapshot):
        if number == _LOOKED_AT:
            break
        value = parse(record.content)
        if not isinstance(value, dict):
            continue
        if number == 0 and (name := detect(value).shape) is not None and shape(name).kind == "labels":
            label = "label"
        for name in value:
            if name not in found:
                found[name] = _values(name)
        found = {name: _with(values, record, value) for name, values in found.items()}
    likely = [_as_asked(values, is_label=values.path == label) for values in found.values() if values is not None]
    order = {"choice": 0, "choices": 0, "text": 1}
    return sorted(filter(None, likely), key=lambda each: (not each.is_label, order[each.asked.asked.kind]))


def _values(name: str) -> Values | None:
    try:
        values = Values(name)
    except UsageError:
        return None
    return values if values.steps == (name,) else None  # else it is a path into something


def _with(values: Values | None, record: Record, value: object) -> Values | None:
    """The values with those of one more record; None for an object, and what else a tool cannot ask for."""
    try:
        if values is not None:
            values.add(value, record.file, record.line)
    except BadDataError:
        return None
    return values


def _as_asked(values: Values, *, is_label: bool) -> Askable | None:
    try:
        asked = labelled(values, (), known=is_label)
    except UsageError:
        return None
    return Askable(asked=asked, is_label=is_label)


def _files(request: ExportRequest) -> Iterator[Path]:
    if request.output == NO_PLACE:
        return
    if request.to == "doccano":
        yield request.output
        return
    yield from (request.output / name for name in (label_studio.TASKS, label_studio.CONFIG, NOTE))
