"""Help: the short table tells what the verbs say of themselves, and every verb has examples."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest
from inline_snapshot import snapshot

from dsvc.cli.app import VERBS, app
from dsvc.cli.reference import reference
from dsvc.cli.verb import Verb

if TYPE_CHECKING:
    from tests.cli.conftest import Shell

NAMES = [name for section in VERBS.values() for name in section]


def load(name: str) -> Verb:
    command = app.get_command(click.Context(app), name)
    assert isinstance(command, Verb)
    return command


def test_overview(shell: Shell) -> None:
    overview = shell()
    assert overview == shell("--help")
    assert overview == snapshot()


@pytest.mark.parametrize("name", NAMES)
def test_every_verb_explains_itself(shell: Shell, name: str) -> None:
    command = load(name)
    short = {name: text for section in VERBS.values() for name, text in section.items()}[name]
    assert command.name == name
    assert (command.help or "").split("\n\n")[0].replace("\n", " ").strip() == short
    assert all(example.startswith(("dsvc ", "eval ")) and text for example, text in command.examples)
    assert command.exits
    assert all(isinstance(option, click.Argument) or option.help for option in command.params)  # type: ignore[attr-defined]
    assert shell(name, "--help").startswith(f"Usage: dsvc {name}")


def test_symbols_of_diff(shell: Shell) -> None:
    assert shell("diff", "--help") == snapshot()


def test_version(shell: Shell) -> None:
    assert shell("--version").startswith("dsvc 0.")


@pytest.mark.parametrize("shell_name", ["bash", "zsh", "fish"])
def test_completion_script(shell: Shell, shell_name: str) -> None:
    assert "_DSVC_COMPLETE" in shell("completion", shell_name)


def test_the_reference_is_up_to_date() -> None:
    page = Path(__file__).parents[2] / "docs" / "cli.md"
    assert page.read_text("utf-8") == reference(), "python -m dsvc.cli.reference > docs/cli.md"
