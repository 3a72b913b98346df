"""The page of the shapes, made from the shapes themselves.

``python -m dsvc.cli.formats_reference > docs/formats.md``; a test compares.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import click

from dsvc.errors import BadDataError
from dsvc.formats import Conversion, all_shapes
from dsvc.formats.conversion import how
from dsvc.formats.fit import possible
from dsvc.formats.json_text import line_of
from dsvc.formats.llamafactory import dataset_info
from dsvc.render.shape_text import KINDS, inner_objects, type_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsvc.formats.definition import Field, Shape

_HEAD: Final = """\
# Shapes of records

Made by `python -m dsvc.cli.formats_reference`; do not edit.

Trainers read the same conversation in some thirty shapes. `dsvc formats` lists them, `dsvc formats FILE` tells which
ones the records of a file have, `dsvc convert SRC --to SHAPE` brings them into another one. A shape is told by the
keys of a record and by what is behind them, never by the name of a file. How sure that is, is a number from 0 to 1:
the share of the best of the two shapes that fit best. Plain messages fit several shapes equally well (OpenAI's and
TRL's differ only in calls of tools); the records of a file are counted for as few shapes as explain all of them.

## What happens to a record

It is read into one form that says what all shapes say: turns with a role, a content of texts and media, reasoning,
calls of tools, a weight; tools; answers that are chosen or rejected, rated or labelled; labels; keys that the shape
does not know. From this form the target is written. Unknown keys stay, behind the others; values are never altered;
Chinese stays unescaped.

What the target has no place for is *lost*, what it holds in a form that the way back does not undo is *rewritten*.
Both are told, field by field, with the number of records and the first of them. Nothing is dropped without being
told: `--strict` writes nothing when something would be lost. When the report is empty, converting back gives the same
values.

A record that is of no known shape, or that the target cannot hold at all, is an error that names file, line and
field; `--skip-unfit` leaves such records out and names them.

## Where trainers differ

- **Arguments** of calls are a JSON text for OpenAI, an object for Hugging Face and TRL. Both are read from and
  written to what the shape says; a text that is no JSON object stays a text, and cannot become an object.
- **Tools** are a list for OpenAI and TRL, a JSON text for LLaMA-Factory and ms-swift; ShareGPT's functions stand
  alone, elsewhere they are inside `{"type": "function", "function": …}`.
- **JSON inside of a text** is written as Python's `json.dumps` spaces it; another spacing is told as rewritten.
- **Ids of calls** exist for OpenAI, who needs them (`call_1`, `call_2` are made up where there are none), and may
  exist for TRL. LLaMA-Factory and ms-swift go by the order.
- **Reasoning** has five spellings: `reasoning_content`, `thinking`, `reasoning`, `<think>` in front of the text, and
  `Complex_CoT`. All are read; `--reasoning` chooses for shapes with messages.
- **Media** are parts with an address, or placeholders (`<image>`) and lists of files. There must be as many files as
  placeholders.
- **`dataset_info.json`** of LLaMA-Factory: an entry with `columns` or `tags` resets each key that it does not name.
  Without `system_tag` every record with a system message is dropped. `dsvc convert` prints the entry for the file
  that it wrote, with all columns that the file has, and all tags.
- **Order**: LLaMA-Factory drops conversations whose sides do not alternate; they are not written as `sharegpt`.
  One that is `sharegpt` already stays as it is, and is told as *noticed*.
- **easy-dataset** calls `sharegpt` what is `openai` here, and its multilingual-thinking export is neither JSON nor
  JSONL but objects that span lines; it is read all the same, as `trl` (with `thinking`).
"""
_EXACT, _REWRITTEN, _LOSS, _NO = "=", "~", "−", ""
_LEGEND: Final = f"""\
Made by converting the examples below and converting them back. `{_EXACT}`: all come back with the same values.
`{_REWRITTEN}`: something is rewritten. `{_LOSS}`: something is lost. Empty: impossible, because nobody can say what
was not chosen, or how good an answer is, or because none of the examples has the picture or the sound that the target
is about. `{_EXACT}!` and so on: some examples cannot be converted.
"""


def page() -> str:
    """The page."""
    return "\n".join([_HEAD, *_table(), *_kinds(), *(line for shape in all_shapes() for line in _section(shape))])


def _table() -> Iterator[str]:
    yield from ("## What becomes what", "", _LEGEND)
    numbers = [str(number) for number in range(1, len(all_shapes()) + 1)]
    yield f"| | from \\ to | {' | '.join(numbers)} |"
    yield f"|---|---|{'---|' * len(numbers)}"
    for number, source in enumerate(all_shapes(), 1):
        cells = ["" if source is target else outcome(source, target) for target in all_shapes()]
        yield f"| {number} | [{source.name}](#{source.name}) | {' | '.join(cells)} |"
    yield ""


def _kinds() -> Iterator[str]:
    for kind, title in KINDS.items():
        names = ", ".join([shape.name for shape in all_shapes() if shape.kind == kind])
        yield f"- {title}: {names}"
    yield ""
    notes = {}
    for source in all_shapes():
        for target in all_shapes():
            if note := how(source.name, target.name):
                notes[source.kind, target.kind] = f"- {_of(source.kind)} → {_of(target.kind).lower()}: {note}"
    yield from notes.values()
    yield ""


def _of(kind: str) -> str:
    return KINDS[kind].partition(":")[0]


def outcome(source: Shape, target: Shape) -> str:
    """What happens to the examples of a shape when they become another shape, as a sign."""
    if not possible(source.kind, target.kind):
        return _NO
    seen = {_one(line_of(example), source, target) for example in source.examples}
    if seen == {None}:
        return _NO
    worst = next(sign for sign in (_LOSS, _REWRITTEN, _EXACT) if sign in seen)
    return worst + ("!" if None in seen else "")


def _one(line: bytes, source: Shape, target: Shape) -> str | None:
    there = Conversion(target.name, source.name)
    try:
        written = [*there.lines([line], source.name)]
    except BadDataError:
        return None
    if there.told.lost_records:
        return _LOSS
    return _REWRITTEN if there.told.entries else _EXACT if _comes_back(written, source, target, line) else "wrong"


def _comes_back(written: Sequence[bytes], source: Shape, target: Shape, line: bytes) -> bool:
    back = [*Conversion(source.name, target.name).lines(written, target.name)]
    return [json.loads(one) for one in back] == [json.loads(line)]


def _section(shape: Shape) -> Iterator[str]:
    yield from (f"## {shape.name}", "", f"{shape.title[:1].upper()}{shape.title[1:]}.", "")
    yield from ("| field | type | | |", "|---|---|---|---|")
    yield from _fields(shape.fields)
    yield from ("", f"Read by {', '.join(shape.readers)}.", "")
    if shape.cautions:
        yield from (f"- {caution}" for caution in shape.cautions)
        yield ""
    yield "```jsonl"
    yield from (line_of(example).decode().removesuffix("\n") for example in shape.examples)
    yield from ("```", "")
    if (entry := dataset_info(shape, None, "FILE")) is not None:
        yield "In `dataset_info.json` (of the columns only those that the file has):"
        yield from ("", "```json", json.dumps(entry, ensure_ascii=False), "```", "")
    yield from (f"Source: {shape.source}.", "")


def _fields(fields: Sequence[Field], within: str = "") -> Iterator[str]:
    for field in fields:
        name = f"{within}{field.name}"
        needed = "" if field.required else "may be absent"
        about = field.about.replace("|", "\\|").replace("<", "&lt;")
        yield f"| `{name}` | {type_text(field.type)} | {needed} | {about} |"
        for inner in inner_objects(field.type):
            yield from _fields(inner.fields, f"{name}{'[]' if type_text(field.type) != 'object' else ''}.")


if __name__ == "__main__":
    click.echo(page(), nl=False)
