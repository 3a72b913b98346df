"""Everything that can be done, in one list: keys, footer, help, palette and docs/tui.md are made of it.

An action ``browse.search`` is done by the method ``act_search`` of each screen that it belongs to. To add one: add it
to the module of its topic, write the method, and a test that triggers it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.binding import Binding

from dsvc_tui.action import Action as Action  # noqa: TC001 - imported from here
from dsvc_tui.actions.browsing import BROWSE
from dsvc_tui.actions.checking import CHECKING
from dsvc_tui.actions.committing import COMMIT
from dsvc_tui.actions.comparing import DIFF, HISTORY
from dsvc_tui.actions.editing import EDITING
from dsvc_tui.actions.everywhere import EVERYWHERE
from dsvc_tui.actions.piloting import PILOT
from dsvc_tui.actions.reviewing import REVIEW
from dsvc_tui.actions.splitting import SPLIT
from dsvc_tui.actions.transfer import TRANSFER
from dsvc_tui.actions.versions import HOME, VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


ACTIONS: Final[tuple[Action, ...]] = (
    *HOME,
    *BROWSE,
    *EDITING,
    *DIFF,
    *HISTORY,
    *COMMIT,
    *TRANSFER,
    *CHECKING,
    *PILOT,
    *SPLIT,
    *REVIEW,
    *VERSION,
    *EVERYWHERE,
)

MOVES: Final[Mapping[str, str]] = {
    "↑ ↓, k j": "one line up or down",
    "PgUp PgDn": "one page up or down",
    "Home End, G": "to the first or last line (G: the last)",
    "Tab": "to the next part of the screen",
    "mouse": "click to choose, click again to open, wheel to scroll",
}
"""How one moves in every list; help and docs show it."""

PUNCTUATION: Final = {
    "question_mark",
    "slash",
    "colon",
    "space",
    "left_square_bracket",
    "right_square_bracket",
    "minus",
    "equals_sign",
}
"""Names of keys that write something in a field, though they are long."""

_NAMES: Final[Mapping[str, str]] = {
    "question_mark": "?",
    "slash": "/",
    "colon": ":",
    "space": "Space",
    "enter": "Enter",
    "escape": "Esc",
    "backspace": "Backspace",
    "delete": "Del",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "minus": "-",
    "equals_sign": "=",
    "left": "←",
    "right": "→",
    "f1": "F1",
    "f5": "F5",
    "f7": "F7",
    "f8": "F8",
}


def actions_of(screen: str) -> Iterator[Action]:
    """The actions of a screen, its own first."""
    yield from (action for action in ACTIONS if action.applies_to(screen))


def by_id(action_id: str) -> Action:
    """An action by its id."""
    return next(action for action in ACTIONS if action.id == action_id)


def bindings_of(screen: str) -> list[Binding]:
    """The key bindings of a screen; their ids are those of the actions, so that a keymap can change them."""
    return [
        Binding(",".join(keys), f"perform('{action.id}')", action.label, show=False, id=action.id)
        for action in actions_of(screen)
        if (keys := [key for key in action.keys if " " not in key])
    ]


def key_name(key: str) -> str:
    """A key as people call it, also one after the other."""
    if " " in key:
        return "".join(map(key_name, key.split()))
    if key in _NAMES:
        return _NAMES[key]
    modifier, plus, rest = key.rpartition("+")
    return f"{modifier.capitalize()}+{_NAMES.get(rest, rest.upper() if modifier else rest)}" if plus else key
