"""The command group: knows all verbs by name, and loads only the one that was asked for."""

from __future__ import annotations

import importlib
import os
from typing import Final

import click

import dsvc

VERBS: Final[dict[str, dict[str, str]]] = {
    "Everyday": {
        "commit": "Keep the working file as a new version.",
        "status": "Tell which working files differ from their version.",
        "diff": "Show what changed: which records, which fields, which words.",
        "log": "List the versions, newest first: who, where from, why.",
        "checkout": "Put a version's content into the working file.",
        "rollback": "Make a new version with the content of an old one.",
        "validate": "Tell what is wrong, record by record.",
        "undo": "Take back the last command that changed something.",
        "import": "Bring in records from a file, a folder, standard input or a hub.",
    },
    "Look": {
        "tui": "Look at datasets, versions and records on the whole terminal.",
        "blame": "Tell which version each record, or each field, comes from.",
        "show": "Show a version, or one record of it.",
        "cat": "Write out the records of a version, or of the working file.",
        "describe": "Name the version that the working file is, for training logs.",
        "identify": "Tell which version a file is, or is nearest to.",
        "stats": "Tell what a version is made of: lengths, tokens, turns, labels, languages, sources.",
        "formats": "List the shapes of records, or tell which ones a file has.",
    },
    "Try out": {
        "pilot": "Take a sample of a version for a trial, the same one every time.",
        "split": "Put records into parts for training, validation and test; what has a part never leaves it.",
        "review": "Look at records by hand, and let a version remember it.",
        "agreement": "Tell how far annotators agree.",
    },
    "Set up, go back, hand over": {
        "init": "Start keeping datasets in a git repository.",
        "restore": "Put the working file back to its version.",
        "fix": "Make safe repairs in the working file: line ends, white space, role names, empty records, duplicates.",
        "tag": "Name a version.",
        "adopt": "Take over a dataset that plain DVC, git or git-lfs keeps.",
        "rm": "Stop keeping a dataset; its file and its old versions stay.",
        "export": "Write a version for other tools, or for a trainer.",
        "convert": "Bring records into another shape, and tell what is lost.",
        "push": "Send the data of all versions to the DVC remote.",
        "fsck": "Check that the stored data of every version is whole.",
        "install": "Install the git hooks that keep working files in step.",
        "completion": "Print the completion script for a shell.",
    },
}
"""Section, verb, short help. A test compares the short helps with those of the verbs."""

_MODULES: Final = {"import": "import_"}
_HIDDEN: Final = ("hook",)


class Verbs(click.Group):
    """A group whose commands are modules of this package, imported on use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All verbs, the everyday ones first."""
        return [name for section in VERBS.values() for name in section]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a verb, None when there is none of this name."""
        if cmd_name not in (*self.list_commands(ctx), *_HIDDEN):
            return None
        module = importlib.import_module(f"dsvc.cli.{_MODULES.get(cmd_name, cmd_name)}")
        command = module.command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the verb; an unknown one is answered with those that look like it."""
        name = args[0]
        if not name.startswith("-") and self.get_command(ctx, name) is None:
            from dsvc.cli.other_words import refuse_other_word

            refuse_other_word(name)
            import difflib

            near = difflib.get_close_matches(name, self.list_commands(ctx), n=1)
            meant = f"; did you mean '{near[0]}'?" if near else ""
            raise click.UsageError(f"there is no verb '{name}'{meant}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The verbs by section, without loading any."""
        for section, verbs in VERBS.items():
            with formatter.section(section):
                formatter.write_dl([*verbs.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[click.shell_completion.CompletionItem]:
        """Complete verbs without loading them."""
        from click.shell_completion import CompletionItem

        names = [(name, text) for section in VERBS.values() for name, text in section.items()]
        return [CompletionItem(name, help=text) for name, text in names if name.startswith(incomplete)]


def _print_version(ctx: click.Context, _param: click.Parameter, value: bool) -> None:  # noqa: FBT001 - click's order
    if value:
        click.echo(f"dsvc {dsvc.__version__}")
        ctx.exit()


def _change_folder(_ctx: click.Context, _param: click.Parameter, value: str | None) -> None:
    if value is not None:
        os.chdir(value)


@click.group(
    cls=Verbs,
    no_args_is_help=False,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Every verb explains itself: dsvc VERB --help",
)
@click.option(
    "-C",
    "folder",
    metavar="FOLDER",
    type=click.Path(exists=True, file_okay=False),
    callback=_change_folder,
    expose_value=False,
    is_eager=True,
    help="Work as if started in FOLDER.",
)
@click.option(
    "--version",
    is_flag=True,
    callback=_print_version,
    expose_value=False,
    is_eager=True,
    help="Print the version of dsvc and exit.",
)
@click.pass_context
def app(ctx: click.Context) -> None:
    """Version control for fine-tuning datasets, record by record.

    The dataset stays one plain JSONL file; edit it with anything.
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
