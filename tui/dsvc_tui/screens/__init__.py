"""The screens, one file each. To add one:

1. ``screens/NAME.py`` with ``NameScreen``, a subclass of ``BaseScreen`` that has ``NAME``, and ``styles/NAME.tcss``;
2. a line in :data:`SCREENS`;
3. its actions in ``dsvc_tui.actions``, each with a test that triggers it.

``dsvc tui --screen NAME``, the key, the palette, the help and docs/tui.md then have it.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Final

from dsvc.errors import UsageError
from dsvc_tui.actions import ACTIONS, Action

if TYPE_CHECKING:
    from dsvc_tui.screens.base import BaseScreen


@dataclass(frozen=True, slots=True)
class ScreenEntry:
    """A screen: its name, the key that shows it, and what it is for."""

    name: str
    key: str
    purpose: str
    module: str = ""
    """Where its class is, if not in the module of its name."""

    @property
    def screen(self) -> type[BaseScreen]:
        """Its class, imported when it is shown: the first rows wait for no other screen."""
        module = import_module(f"dsvc_tui.screens.{self.module or self.name}")
        found: type[BaseScreen] = getattr(module, f"{self.name.capitalize()}Screen")
        return found


SCREENS: Final[tuple[ScreenEntry, ...]] = (
    ScreenEntry("home", "1", "the datasets and their versions"),
    ScreenEntry("browse", "2", "the records of a version or a file"),
    ScreenEntry("diff", "3", "what changed between two versions"),
    ScreenEntry("commit", "4", "what would become the next version"),
    ScreenEntry("history", "5", "what each version did to one record"),
    ScreenEntry("import", "6", "records to bring in, before and after", "importing"),
    ScreenEntry("export", "7", "a version as other tools and trainers read it"),
    ScreenEntry("validate", "8", "what is wrong with the records, rule by rule"),
    ScreenEntry("stats", "9", "what a version is made of, or how far it is from another"),
    ScreenEntry("review", "0", "records to be looked at by hand, one after the other"),
    ScreenEntry("pilot", "minus", "a sample for a trial, while one chooses its rule"),
    ScreenEntry("split", "equals_sign", "parts for training and test, while one chooses their rule"),
)


EVERY_ACTION: Final[tuple[Action, ...]] = (
    *ACTIONS,
    *(
        Action(
            id=f"screen.{entry.name}",
            keys=(entry.key,),
            label=entry.name,
            help=f"Go to the screen with {entry.purpose}.",
            command_line=f"dsvc tui {{revision}} --screen {entry.name}",
            opens=entry.name,
        )
        for entry in SCREENS
    ),
)
"""The registry with an action for each screen."""


def screen_named(name: str) -> type[BaseScreen]:
    """The class of a screen. Raises UsageError when there is none of this name."""
    for entry in SCREENS:
        if entry.name == name:
            return entry.screen
    raise UsageError(f"there is no screen '{name}'", hint=f"screens: {', '.join(entry.name for entry in SCREENS)}")
