"""Verbs of verbs: found by name, near misses named, loaded on use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import pytest

from dsvc.cli.verb_group import VerbGroup

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> VerbGroup:
    package = tmp_path / "verbs_of_a_test"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "next_.py").write_text(
        "import click\n\n@click.command('next')\ndef command():\n    click.echo('the next one')\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    return VerbGroup("queue", package="verbs_of_a_test", verbs={"next": "Go on."}, text="Work through a queue.")


def run(group: VerbGroup, *arguments: str) -> None:
    with group.make_context("queue", [*arguments]) as context:
        group.invoke(context)


def test_a_verb_is_run(group: VerbGroup, capsys: pytest.CaptureFixture[str]) -> None:
    run(group, "next")
    assert capsys.readouterr().out == "the next one\n"


def test_without_a_verb_there_is_help(group: VerbGroup, capsys: pytest.CaptureFixture[str]) -> None:
    run(group)
    assert "Go on." in capsys.readouterr().out


def test_near_misses_are_named(group: VerbGroup) -> None:
    with pytest.raises(click.UsageError, match="no verb 'queue nxt'; did you mean 'next'"):
        run(group, "nxt")
    with pytest.raises(click.UsageError, match="no verb 'queue quit'; there are next"):
        run(group, "quit")
