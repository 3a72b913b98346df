"""The shell knows verbs, datasets and versions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from click.shell_completion import BashComplete

from dsvc.cli.app import app

if TYPE_CHECKING:
    from tests.cli.conftest import Shell


def offered(*words: str) -> list[str]:
    *typed, incomplete = words
    complete = BashComplete(app, {}, "dsvc", "_DSVC_COMPLETE")
    return [item.value for item in complete.get_completions(typed, incomplete) if item.type == "plain"]


def test_verbs(shell: Shell) -> None:
    assert offered("che") == ["checkout"]
    assert "commit" in offered("")
    assert "hook" not in offered("")


def test_datasets_and_versions(bank: Shell) -> None:
    assert offered("status", "") == ["bank"]
    assert offered("checkout", "") == ["bank", "bank@v1.0", "v1.0"]
    assert offered("diff", "bank@") == ["bank@v1.0"]
    assert offered("commit", "--whole", "b") == ["bank"]
    assert "--no-input" in offered("commit", "--no")


def test_no_repository_no_trouble(shell: Shell) -> None:
    assert offered("status", "") == []
    assert not list(Path().iterdir())
