"""``dsvc undo``: take back the last command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dsvc.cli import output
from dsvc.cli.going_back import tell
from dsvc.cli.opening import opened
from dsvc.cli.options import force_option, json_option
from dsvc.cli.verb import verb

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsvc.repository.results import Operation


@verb(
    "undo",
    examples=[
        ("dsvc undo", "take back the last command"),
        ("dsvc undo --force", "although there are edits since (they are saved first)"),
        ("dsvc undo --list", "what was done, and what can be undone"),
    ],
    exits=(0, 3, 5),
)
@click.option("--list", "as_list", is_flag=True, help="List what was done; change nothing.")
@force_option
@json_option
def command(*, as_list: bool, force: bool, as_json: bool) -> None:
    """Take back the last command that changed something.

    That is commit, checkout, restore, rollback, import, rm, fix, split, validate --write-baseline, or what makes a
    pilot or a review; once more takes back the one before. Refuses when somebody could have built on it since (pushed,
    or committed on top), and says what to do instead.
    """
    repository = opened()
    if not as_list:
        tell(repository.undo(force=force), as_json=as_json)
        return
    operations = repository.operations()
    if not as_json:
        output.write(_lines(operations))
        return
    for operation in operations:
        output.json_line("operation", "dsvc.operations/1", _fields(operation))


def _lines(operations: Sequence[Operation]) -> Iterator[str]:
    from dsvc.render.numbers import minute
    from dsvc.render.safe_text import safe

    if not operations:
        yield "nothing was done yet"
    for operation in operations:
        state = "undone" if operation.undone else operation.obstacle or "can be undone"
        what = f"{operation.verb} {safe(operation.dataset)}"
        yield f"{minute(operation.at)}  {what}  {safe(operation.summary)}  ({safe(state)})"


def _fields(operation: Operation) -> dict[str, object]:
    return {
        "id": operation.id,
        "verb": operation.verb,
        "dataset": operation.dataset,
        "summary": operation.summary,
        "at": operation.at,
        "undone": operation.undone,
        "obstacle": operation.obstacle,
        "hint": operation.hint,
        "passed_over": operation.passed_over,
    }
