"""``dsvc formats``: the shapes of records, and which ones a file has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dsvc.cli import output
from dsvc.cli.completing import shape_names
from dsvc.cli.options import json_option
from dsvc.cli.record_source import record_files
from dsvc.cli.verb import EXITS, verb
from dsvc.errors import NotFoundError

if TYPE_CHECKING:
    from dsvc.formats.detection import Survey

FORMAT = "dsvc.formats/1"


@verb(
    "formats",
    examples=[
        ("dsvc formats", "all shapes, an example each"),
        ("dsvc formats sharegpt", "its fields, who reads it, what it becomes"),
        ("dsvc formats train.jsonl", "which shapes the records of a file have"),
        ("dsvc formats openai --json | jq .schema", "its JSON schema"),
    ],
    exits={
        **{code: EXITS[code] for code in (0, 2, 3, 7, 8)},
        4: "a record cannot be read",
    },
)
@click.argument("name", metavar="SHAPE|SRC", required=False, shell_complete=shape_names)
@json_option
def command(*, name: str | None, as_json: bool) -> None:
    """List the shapes of records, or tell which ones a file has.

    With the name of a shape: its fields, who reads it, what to know about it, and what its records can become. With a
    file or a version: how many records have which shape, judged by their keys and what is behind them, never by the
    name of the file; behind it how sure that is (from 0 to 1), and the next likely shape.
    """
    from dsvc.formats import NAMES, all_shapes, shape
    from dsvc.render import shape_text

    if name is None:
        if as_json:
            for each in all_shapes():
                output.json_line("shape", FORMAT, shape_text.shape_fields(each))
            return
        output.write(shape_text.overview(all_shapes(), output.columns(), output.style()))
        return
    if name in NAMES:
        found = shape(name)
        if as_json:
            output.json_line("shape", FORMAT, shape_text.shape_fields(found))
        else:
            output.write(shape_text.description(found, output.columns(), output.style()))
        return
    survey = _survey(name)
    if as_json:
        for one in survey.found():
            output.json_line("detected", FORMAT, shape_text.detected_fields(one))
        return
    output.write(shape_text.survey_lines(survey))


def _survey(source: str) -> Survey:
    from dsvc.formats import shape
    from dsvc.formats.detection import Survey

    survey = Survey()
    try:
        for name, lines, _ in record_files(source):
            survey.look(lines, name)
    except NotFoundError:
        if not ("@" in source or "." in source or "/" in source):
            shape(source)  # neither a shape nor a dataset: one mistyped name of a shape is told as such
        raise
    return survey
