"""``dsvc install``: the git hooks that keep working files in step."""

from __future__ import annotations

from dsvc.cli import output
from dsvc.cli.verb import verb


@verb("install", examples=[("dsvc install", "in a fresh clone")], exits=(0, 3))
def command() -> None:
    """Install the git hooks that keep working files in step.

    After git switch, pull or merge they bring a working file that has no edits to HEAD's version. Hooks that exist
    already still run. 'dsvc init' does this too; a clone needs it once.
    """
    import dsvc
    from dsvc.render.safe_text import safe

    output.write([safe(text) for text in dsvc.open().install_hooks()] or ["the hooks are there already"])
