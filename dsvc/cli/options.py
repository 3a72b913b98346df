"""Options that several verbs have, so that they read the same everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from dsvc.cli.completing import datasets
from dsvc.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from dsvc.origin import Annotator

ESTIMATE = "estimate"
TOKENIZERS = (ESTIMATE, "cl100k", "o200k")
"""As dsvc.statistics.tokenizing has them, which takes too long to import for the sake of a list."""

json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
pager_option = click.option("--no-pager", is_flag=True, help="Never page long output ($PAGER, less -R).")
force_option = click.option("--force", is_flag=True, help="Go on although there are edits; they are saved first.")

allow_findings_option = click.option(
    "--allow-findings",
    metavar="WHY",
    help="Keep new lines although errors were found in them; the reason is kept, too.",
)


def of_dataset(what: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """``--of DATASET``, which tells things of one name apart."""
    return click.option(
        "--of",
        "target",
        metavar="DATASET",
        shell_complete=datasets,
        help=f"The dataset, where several have a {what} of that name.",
    )


class AnnotatorType(click.ParamType):  # type: ignore[type-arg]  # generic from click 8.4 on only
    """``NAME`` or ``NAME:kind``; a name with a colon in it needs its kind."""

    name = "name[:kind]"

    def convert(self, value: Any, _param: click.Parameter | None, _ctx: click.Context | None) -> Annotator:
        """The annotator that the text names."""
        from dsvc.origin import Annotator, annotator_named

        if isinstance(value, Annotator):
            return value
        try:
            return annotator_named(str(value))
        except UsageError as error:
            self.fail(error.message)


class ShareType(click.ParamType):  # type: ignore[type-arg]  # generic from click 8.4 on only
    """``0.1`` or ``10%``, as a number; what it may be is for the verb to judge."""

    name = "share"

    def convert(self, value: Any, _param: click.Parameter | None, _ctx: click.Context | None) -> float:
        """The share that the text is."""
        if isinstance(value, float):
            return value
        try:
            return share_of(str(value))
        except ValueError:
            self.fail(f"'{value}' is no share; write 0.1, or 10%")


def share_of(text: str) -> float:
    """``0.1`` or ``10%`` as a number. Raises ValueError."""
    text = text.strip()
    return round(float(text[:-1]) / 100, 12) if text.endswith("%") else float(text)


class Row(click.IntRange):
    """``7299`` or, as rows are printed, ``7,299``: one row, from 1."""

    def __init__(self) -> None:
        super().__init__(min=1)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The row's number."""
        from dsvc.render.numbers import without_separators

        plain: Any = without_separators(value) if isinstance(value, str) else value
        return super().convert(plain, param, ctx)


class RowRange(click.ParamType):  # type: ignore[type-arg]  # generic from click 8.4 on only
    """``10:20``, ``10:``, ``:20`` or ``1,200``: rows from 1, both ends included."""

    name = "from:to"

    def convert(self, value: Any, _param: click.Parameter | None, _ctx: click.Context | None) -> tuple[int, int | None]:
        """First and last row, None for the end."""
        from dsvc.render.numbers import without_separators

        if isinstance(value, tuple):
            return value
        ends, colon = str(value).partition(":"), ":" in str(value)
        first, last = without_separators(ends[0]), without_separators(ends[2])
        try:
            start = int(first or 1)
            stop = (int(last) if last else None) if colon else start
        except ValueError:
            self.fail(f"'{value}' is not a range of rows, like 10:20")
        if start < 1 or (stop is not None and stop < start):
            self.fail(f"'{value}' holds no rows; rows count from 1")
        return start, stop


def record_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What is written down about added records: source, licence, annotators."""
    options = (
        click.option("--source", metavar="TEXT", help="Where added records come from."),
        click.option("--source-uri", metavar="URI", help="Address of the source."),
        click.option("--license", "licence", metavar="SPDX", help="Licence of the source, e.g. CC-BY-4.0."),
        click.option(
            "--annotator",
            "annotators",
            multiple=True,
            type=AnnotatorType(),
            metavar="NAME[:KIND]",
            help="Who made the records; KIND is person, model or script. May be repeated.",
        ),
        click.option("--source-field", metavar="FIELD", help="Take each record's source from this field."),
        click.option("--annotator-field", metavar="FIELD", help="Take each record's annotator from this field."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def version_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """How a new version is called and kept."""
    options = (
        click.option("--major", is_flag=True, help="Number it as a major version: v2.0 after v1.7."),
        click.option("--version", "number", metavar="NUMBER", help="Number it so, e.g. v3.0."),
        click.option(
            "--key", multiple=True, metavar="FIELD", help="Records with equal FIELD are the same. Repeatable."
        ),
        click.option(
            "--base",
            metavar="REV",
            help="The version that the file was edited from, where dsvc cannot know it; 'none' begins anew with it.",
        ),
        click.option("--whole", is_flag=True, help="Keep the file whole too, for those who only have DVC."),
        click.option("--dry-run", is_flag=True, help="Only tell what would be done."),
        click.option("--no-input", is_flag=True, help="Never ask; for scripts."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def reading_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """How a source is read, where it does not tell by itself."""
    from dsvc.importers import FORMATS
    from dsvc.importers.tools import TOOLS

    options = (
        click.option(
            "--from",
            "format_name",
            type=click.Choice([*FORMATS, *TOOLS]),
            help="How SRC is written, or the tool that it comes from.",
        ),
        click.option("--records", metavar="PATH", help="The list of records inside of one JSON object: data.rows."),
        click.option("--encoding", metavar="NAME", help="The encoding of its text, e.g. gb18030."),
        click.option("--config", metavar="NAME", help="The configuration (subset), where a dataset has several."),
    )
    for option in reversed(options):
        command = option(command)
    return command
