"""``dsvc init``: start keeping datasets in a git repository."""

from __future__ import annotations

import click

from dsvc.cli import diagnostics, output
from dsvc.cli.options import json_option
from dsvc.cli.verb import verb


@verb(
    "init",
    examples=[("dsvc init", "here"), ("dsvc init ~/work/data", "in another folder (git init is done when needed)")],
    exits=(0, 5),
)
@click.argument("folder", default=".", type=click.Path(file_okay=False))
@json_option
def command(*, folder: str, as_json: bool) -> None:
    """Start keeping datasets in a git repository.

    Sets up DVC beside git and puts rebuild.py there, which gets every version out again without dsvc.
    """
    import dsvc
    from dsvc.render.safe_text import safe

    result = dsvc.init(folder)
    if as_json:
        fields = {"root": str(result.root), "changes": list(result.changes), "warnings": list(result.warnings)}
        output.json_line("init", "dsvc.init/1", fields)
    else:
        output.write(safe(text) for text in result.changes or (f"nothing to do in '{result.root}'",))
    for warning in result.warnings:
        diagnostics.warn(warning)
