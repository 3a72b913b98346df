"""The registry: every action has its keys, its method, its words, its line in the docs, and a test that triggers it."""

from __future__ import annotations

import ast
from pathlib import Path

import click
import pytest

from dsvc.cli.tui import command as tui_command
from dsvc_tui.actions import ACTIONS, Action
from dsvc_tui.reference import reference
from dsvc_tui.screens import EVERY_ACTION, SCREENS
from dsvc_tui.screens.base import BaseScreen
from dsvc_tui.widgets.line_list import LineList

NAMES = [entry.name for entry in SCREENS]


@pytest.mark.parametrize("screen", NAMES)
def test_a_key_does_one_thing(screen: str) -> None:
    keys = [key for action in EVERY_ACTION if action.applies_to(screen) for key in action.keys]
    moves = [key for binding in LineList.BINDINGS for key in binding.key.split(",")]
    assert len({*keys}) == len(keys)
    assert not {*moves} & {*keys}


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_every_screen_of_an_action_can_do_it(action: Action) -> None:
    for entry in SCREENS:
        if action.applies_to(entry.name):
            assert callable(getattr(entry.screen, action.method))
    assert {*action.screens} <= {*NAMES}


def test_every_method_is_an_action() -> None:
    for entry in SCREENS:
        known = {action.method for action in ACTIONS if action.applies_to(entry.name)}
        assert {name for name in dir(entry.screen) if name.startswith("act_")} <= known


@pytest.mark.parametrize("action", EVERY_ACTION, ids=lambda action: action.id)
def test_help_is_a_sentence(action: Action) -> None:
    assert action.help[0].isupper()
    assert action.help.endswith(".")
    assert action.label == action.label.lower()


def test_ids_differ() -> None:
    assert len({action.id for action in EVERY_ACTION}) == len(EVERY_ACTION)


def test_names_of_screens_and_their_classes_agree() -> None:
    assert [entry.screen.NAME for entry in SCREENS] == NAMES
    assert all(issubclass(entry.screen, BaseScreen) for entry in SCREENS)


def test_the_page_is_up_to_date() -> None:
    page = Path(__file__).parents[2] / "docs" / "tui.md"
    assert page.read_text("utf-8") == reference(), "make docs"


def test_a_test_triggers_every_action() -> None:
    assert {action.id for action in EVERY_ACTION} == {
        name for path in Path(__file__).parent.glob("test_*.py") for name in promised(path)
    }


def promised(path: Path) -> set[str]:
    """The actions that the tests of a module say they trigger; that they do is checked when they run."""
    calls = (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call))
    marks = [call for call in calls if ast.unparse(call.func) == "pytest.mark.triggers"]
    return {str(ast.literal_eval(argument)) for mark in marks for argument in mark.args}


def test_the_help_of_the_command_names_every_screen() -> None:
    """The help is written where no screen is imported, so the two lists could drift apart."""
    told = next(
        option.help for option in tui_command.params if isinstance(option, click.Option) and option.name == "screen"
    )
    assert told == f"Begin with this screen: {', '.join(NAMES)}."
