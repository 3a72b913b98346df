"""Verbs that have verbs of their own (``dsvc pilot create``): a group whose verbs are modules of one package."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from collections.abc import Mapping

_MODULES: Final = {"next": "next_", "import": "import_"}
"""Modules of verbs whose name another thing has in Python."""


@click.pass_context
def _help_unless_invoked(ctx: click.Context) -> None:
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


class VerbGroup(click.Group):
    """A group whose verbs are modules of ``package``, each with a ``command``; imported on use.

    ``verbs`` are their names with their short helps, in the order of the help page.
    """

    def __init__(self, name: str, *, package: str, verbs: Mapping[str, str], text: str) -> None:
        super().__init__(
            name,
            callback=_help_unless_invoked,
            help=text,
            no_args_is_help=False,
            invoke_without_command=True,
            context_settings={"help_option_names": ["-h", "--help"]},
            epilog=f"Every verb explains itself: dsvc {name} VERB --help",
        )
        self.verbs = dict(verbs)
        self._package = package

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The verbs of the group, in their order."""
        return [*self.verbs]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a verb, None when there is none of this name."""
        if cmd_name not in self.verbs:
            return None
        command = importlib.import_module(f"{self._package}.{_MODULES.get(cmd_name, cmd_name)}").command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the verb; an unknown one is answered with those that look like it."""
        name = args[0]
        if not name.startswith("-") and name not in self.verbs:
            import difflib

            near = difflib.get_close_matches(name, self.verbs, n=1)
            meant = f"; did you mean '{near[0]}'?" if near else f"; there are {', '.join(self.verbs)}"
            raise click.UsageError(f"there is no verb '{self.name} {name}'{meant}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The verbs, without loading any."""
        with formatter.section("Verbs"):
            formatter.write_dl([*self.verbs.items()])
