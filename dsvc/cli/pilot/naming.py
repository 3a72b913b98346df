"""What the verbs of pilots share: how a pilot is named, and how it stands in JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsvc.cli.completing import named
from dsvc.cli.options import of_dataset

if TYPE_CHECKING:
    import click
    from click.shell_completion import CompletionItem

    from dsvc.repository.pilots.file import Pilot, Result

FORMAT = "dsvc.pilots/1"


def pilots(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of pilots, for a shell."""

    def found() -> dict[str, str]:
        import dsvc

        listed = dsvc.open().pilots.list()
        return {each.pilot.name: f"{each.dataset.name} {each.pilot.number}" for each in listed}

    return named(found, incomplete)


of_option = of_dataset("pilot")


def pilot_fields(pilot: Pilot, results: tuple[Result, ...] = (), *, records: bool = False) -> dict[str, object]:
    """A pilot as its file has it, without the list of records unless it is wanted."""
    fields = pilot.to_json()
    fields.pop("format")
    if not records:
        fields.pop("records")
    return {**fields, "results": [result_fields(each) for each in results]}


def result_fields(result: Result) -> dict[str, object]:
    """A result as its line has it."""
    fields = result.to_json()
    fields.pop("format")
    return fields
