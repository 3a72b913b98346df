"""``dsvc identify``: which version an unknown file is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from dsvc.cli import output
from dsvc.cli.opening import opened
from dsvc.cli.options import json_option
from dsvc.cli.progress import progress
from dsvc.cli.verb import verb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.repository.imports.identify import Identified, Near

FORMAT: Final = "dsvc.identified/1"
_MOST_TOLD: Final = 3
"""So many versions are told besides the nearest."""


@verb(
    "identify",
    examples=[
        ("dsvc identify ~/Downloads/medical_final2.jsonl", "which version is it?"),
        ("dsvc identify LLaMA-Factory/data/medical.json", "a JSON array, CSV or TSV as well"),
        ("dsvc identify train.jsonl --json", "for a script"),
    ],
    exits=(0, 2, 3, 4, 7, 8),
)
@click.argument("file", type=click.Path(), metavar="FILE")
@json_option
def command(*, file: str, as_json: bool) -> None:
    """Tell which version a file is, or is nearest to.

    FILE may lie anywhere: JSONL, a JSON array, CSV or TSV, or a folder of JSONL files. All versions of all datasets are
    looked at. The nearest one has the fewest records that only one of the two has; of several the newest, and the
    others are named. Order and way of writing of the records do not matter for that; they are counted as in 'dsvc
    diff'.
    """
    with progress("reading") as shown:
        found = opened(shown).identify(file)
    if as_json:
        output.json_line("identified", FORMAT, _fields(found))
        return
    output.write(_lines(found))


def _lines(found: Identified) -> Iterator[str]:
    from shlex import quote

    from dsvc.render.log_text import changes_text
    from dsvc.render.numbers import plural
    from dsvc.render.safe_text import safe

    nearest = found.nearest
    same = "the same records" if found.read_as else "the same but for blank lines"
    what = "byte for byte" if found.exact else changes_text(found.changes) or same
    if not nearest.shared and not found.exact:
        yield "no version has a record of it as it stands; by likeness, perhaps from:"
    yield f"{safe(_called(nearest))}  {what}"
    if as_near := found.as_near:
        more = f" and {len(as_near) - _MOST_TOLD:,} more" if len(as_near) > _MOST_TOLD else ""
        named = ", ".join([safe(_called(near)) for near in as_near[:_MOST_TOLD]])
        yield f"as near as that: {named}{more}"
    if found.exact:
        return
    alike = "none" if not nearest.shared else f"{nearest.shared:,}"
    yield f"{alike} of its {plural(found.records, 'record')} as there; the version has {nearest.records:,}"
    others = [f"{safe(_called(near))} ({near.shared:,})" for near in found.near[1:] if near not in as_near]
    others = others[:_MOST_TOLD]
    if others:
        yield f"next: {', '.join(others)}"
    yield f"see the differences: dsvc diff {safe(quote(_revision(nearest)))} {safe(quote(found.name))}"


def _called(near: Near) -> str:
    return _revision(near) if near.file is None else f"{near.dataset.name}@{near.revision} ({near.file})"


def _revision(near: Near) -> str:
    return f"{near.file or near.dataset.name}@{near.revision}"


def _fields(found: Identified) -> dict[str, object]:
    return {
        "file": found.name,
        "records": found.records,
        "exact": found.exact,
        "changes": found.changes.to_json(),
        "near": [
            {
                "dataset": near.dataset.name,
                "number": near.entry.number,
                "id": near.entry.id,
                "file": near.file,
                "shared": near.shared,
                "records": near.records,
            }
            for near in found.near
        ],
    }
