"""Shapes of records, as text and as fields for JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from dsvc.formats import targets_of
from dsvc.formats.conversion import how
from dsvc.formats.definition import AnyOf, ListOf, Object
from dsvc.formats.json_text import line_of
from dsvc.formats.llamafactory import dataset_info
from dsvc.render.numbers import plural
from dsvc.render.safe_text import fit, safe
from dsvc.render.style import PLAIN, Style
from dsvc.render.wrapping import wrap

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsvc.formats.definition import Field, Shape
    from dsvc.formats.detection import Found, Survey

KINDS = {
    "conversation": "Examples to learn from",
    "labels": "Texts with labels",
    "preference": "Pairs: chosen and rejected",
    "unpaired": "Answers that are good or bad",
    "reward": "Answers with a score",
    "steps": "Steps that are right or wrong",
    "text": "Texts",
}
"""What records of each kind are for."""


def overview(shapes: Sequence[Shape], columns: int, style: Style = PLAIN) -> Iterator[str]:
    """All shapes by kind, each with its title and an example."""
    for kind, title in KINDS.items():
        yield style("heading", title)
        for shape in shapes:
            if shape.kind == kind:
                yield f"  {style('strong', shape.name)}  {fit(shape.title, columns - len(shape.name) - 4)}"
                yield "      " + style("dim", fit(example(shape), columns - 6))
        yield ""
    yield "more of one: dsvc formats SHAPE · which ones a file has: dsvc formats FILE · convert: dsvc convert --help"


def example(shape: Shape, number: int = 0) -> str:
    """An example as one line of safe text."""
    return safe(line_of(shape.examples[number]).decode().removesuffix("\n"))


def description(shape: Shape, columns: int, style: Style = PLAIN) -> Iterator[str]:
    """Everything about one shape."""
    yield f"{style('strong', shape.name)}  {shape.title}"
    yield ""
    yield style("heading", "Fields")
    yield from field_lines(shape.fields, columns, style)
    yield ""
    yield style("heading", "Read by")
    yield from _items(shape.readers, columns)
    for caution in shape.cautions:
        yield from _items([caution], columns, mark="!")
    yield ""
    yield style("heading", "Becomes")
    targets = targets_of(shape.name)
    yield from _wrapped(f"  {', '.join(targets) or 'nothing else'}", columns)
    notes = {how(shape.name, target) for target in targets} - {None}
    yield from (f"  {note}" for note in sorted(map(str, notes)))
    if (entry := dataset_info(shape, None, "FILE")) is not None:
        yield ""
        yield style("heading", "In LLaMA-Factory's dataset_info.json (name only the columns that the file has)")
        yield from _wrapped("  " + json.dumps(entry, ensure_ascii=False), columns)
    yield ""
    yield style("heading", "Examples")
    for number in range(len(shape.examples)):
        yield from _wrapped(f"  {example(shape, number)}", columns)
    yield ""
    yield from _wrapped(f"source of the rules: {shape.source}", columns)


def field_lines(fields: Sequence[Field], columns: int, style: Style = PLAIN, indent: int = 2) -> Iterator[str]:
    """A line for each field: name, type, whether it must be there, what it is; those of objects below."""
    for field in fields:
        needed = "" if field.required else ", may be absent"
        lead = f"{' ' * indent}{field.name}  "
        yield from wrap(
            [(None, lead), ("dim", f"{type_text(field.type)}{needed}"), (None, f"  {field.about}")],
            columns,
            style=style,
        )
        for inner in inner_objects(field.type):
            yield from field_lines(inner.fields, columns, style, indent + 4)


def type_text(declared: Any) -> str:
    """A type in words."""
    if isinstance(declared, ListOf):
        return f"list of {type_text(declared.item)}"
    if isinstance(declared, AnyOf):
        return " or ".join([type_text(one) for one in declared.types])
    if isinstance(declared, Object):
        return "object"
    return {str: "text", int: "whole number", float: "number", bool: "true or false", dict: "object"}[declared]


def inner_objects(declared: Any) -> list[Object]:
    """The objects that a type is, or holds."""
    if isinstance(declared, Object):
        return [declared]
    if isinstance(declared, ListOf):
        return inner_objects(declared.item)
    return [inner for one in declared.types for inner in inner_objects(one)] if isinstance(declared, AnyOf) else []


def _items(texts: Sequence[str], columns: int, mark: str = "-") -> Iterator[str]:
    for text in texts:
        first, *more = wrap([(None, text)], columns - 4)
        yield f"  {mark} {first}"
        yield from (f"    {line}" for line in more)


def _wrapped(text: str, columns: int) -> list[str]:
    return wrap([(None, text)], columns)


def shape_fields(shape: Shape) -> dict[str, Any]:
    """A shape for JSON, with the JSON schema of a record."""
    return {
        "name": shape.name,
        "kind": shape.kind,
        "title": shape.title,
        "fields": [
            {"name": field.name, "type": type_text(field.type), "required": field.required, "about": field.about}
            for field in shape.fields
        ],
        "readers": shape.readers,
        "cautions": shape.cautions,
        "becomes": targets_of(shape.name),
        "dataset_info": dataset_info(shape),
        "examples": shape.examples,
        "schema": shape.model.model_json_schema(by_alias=True),
        "source": shape.source,
    }


def survey_lines(survey: Survey) -> Iterator[str]:
    """Which shapes were found in files."""
    found = survey.found()
    yield f"{', '.join([safe(name) for name in survey.names])}: {plural(survey.records, 'record')}" + (
        f", {len(found)} shapes" if len(found) > 1 else ""
    )
    width = max([len(one.shape or "unknown") for one in found], default=0)
    for one in found:
        line = f"  {one.shape or 'unknown':<{width}}  {plural(one.records, 'record')}"
        if len(found) > 1:
            line += f", first {one.first:,}"
        if one.shape is not None:
            line += f"  sure {one.confidence:.2f}" + (f", else {one.runner_up}" if one.runner_up else "")
        yield line


def detected_fields(found: Found) -> dict[str, Any]:
    """A shape that was found, for JSON."""
    return {
        "shape": found.shape,
        "records": found.records,
        "first": found.first,
        "confidence": found.confidence,
        "runner_up": found.runner_up,
    }
