"""``dsvc tag``: name a version."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dsvc.cli import output
from dsvc.cli.completing import revisions
from dsvc.cli.options import json_option
from dsvc.cli.verb import verb
from dsvc.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dsvc.repository.results import LogEntry


@verb(
    "tag",
    examples=[
        ("dsvc tag v1.3 pilot-2", "name a version of the only dataset"),
        ('dsvc tag medical@v2.0 release-2025 -m "given to the hospital"', "with a message"),
        ("dsvc tag", "list the names that were given"),
    ],
    exits=(0, 2, 3),
)
@click.argument("revision", required=False, metavar="[REV", shell_complete=revisions)
@click.argument("name", required=False, metavar="NAME]")
@click.option("-m", "--message", metavar="TEXT", help="What the tag is for.")
@json_option
def command(*, revision: str | None, name: str | None, message: str | None, as_json: bool) -> None:
    """Name a version.

    Makes a git tag; without arguments the names that were given are listed.
    """
    import dsvc

    repository = dsvc.open()
    if revision is None:
        _list([entry for found in repository.datasets() for entry in repository.log(found.name)], as_json=as_json)
        return
    if name is None:
        raise UsageError(f"what should '{revision}' be called?", hint=f"dsvc tag {revision} NAME")
    number = repository.version(revision).number
    made = repository.tag(revision, name, message)
    dataset = next(found.name for found in repository.datasets() if found.tag(name) == made)
    version = f"{dataset}@{number}"
    if as_json:
        output.json_line("tag", "dsvc.tag/1", {"tag": made, "revision": version})
    else:
        from dsvc.render.safe_text import safe

        output.write([f"tagged {safe(version)} as '{safe(made)}'"])


def _list(entries: Iterable[LogEntry], *, as_json: bool) -> None:
    from dsvc.render.safe_text import safe

    for entry in entries:
        version = f"{entry.dataset.name}@{entry.entry.number}"
        for tag in entry.tags:
            if tag == entry.dataset.tag(entry.entry.number):
                continue
            if as_json:
                output.json_line("tag", "dsvc.tag/1", {"tag": tag, "revision": version, "id": entry.entry.id})
            else:
                output.write([f"{safe(tag)}  {safe(version)}"])
