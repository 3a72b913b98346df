"""``dsvc completion``: the completion script for a shell."""

from __future__ import annotations

import click

from dsvc.cli import output
from dsvc.cli.verb import verb


@verb(
    "completion",
    examples=[
        ('eval "$(dsvc completion bash)"', "in ~/.bashrc"),
        ('eval "$(dsvc completion zsh)"', "in ~/.zshrc"),
        ("dsvc completion fish > ~/.config/fish/completions/dsvc.fish", "once"),
    ],
    exits=(0, 2),
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(*, shell: str) -> None:
    """Print the completion script for a shell."""
    from click.shell_completion import get_completion_class

    from dsvc.cli.app import app

    complete = get_completion_class(shell)
    assert complete is not None
    output.write(complete(app, {}, "dsvc", "_DSVC_COMPLETE").source().splitlines())
