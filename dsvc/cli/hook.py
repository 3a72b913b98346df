"""``dsvc hook``: what the git hooks call; not for people."""

from __future__ import annotations

import click

from dsvc.cli import diagnostics


@click.command("hook", hidden=True, context_settings={"ignore_unknown_options": True})
@click.argument("name")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(*, name: str, arguments: tuple[str, ...]) -> None:
    """Bring unedited working files in step with HEAD after git moved it (called by git's hook NAME)."""
    import dsvc

    del name, arguments  # every hook asks for the same
    repository = dsvc.open()
    for outcome in repository.keep_in_step():
        diagnostics.note(f"dsvc: {outcome.file}")
    for clash in repository.clashes():
        diagnostics.note(f"dsvc: {clash}")
