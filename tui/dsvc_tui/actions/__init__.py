"""Everything that can be done, in one list: keys, footer, help, palette and docs/tui.md are made of it.

An action ``browse.search`` is done by the method ``act_search`` of each screen that it belongs to. To add one: add it
here, write the method, and a test that triggers it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.binding import Binding

from dsvc_tui.action import Action as Action
from dsvc_tui.editing_actions import EDITING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


EVERYWHERE: Final = (
    Action(
        id="app.help",
        keys=("question_mark", "f1"),
        label="help",
        help="Show all keys of this screen; type to search them.",
        command_line="dsvc tui --help",
    ),
    Action(id="app.palette", keys=("ctrl+p", "colon"), label="palette", help="Find an action by its name and do it."),
    Action(
        id="app.back",
        keys=("escape",),
        label="back",
        help="Go back to the screen before; on the first one nothing happens.",
    ),
    Action(id="app.reload", keys=("R", "f5"), label="read again", help="Read what this screen shows again."),
    Action(
        id="app.theme", keys=("T",), label="theme", help="Change between the dark, the light and the monochrome theme."
    ),
    Action(
        id="app.undo",
        keys=("z",),
        label="undo",
        help="Take back the last command that changed something, also one typed on the command line; asks first.",
        command_line="dsvc undo",
        disabled="outside a repository, or when nothing was done that can be taken back",
    ),
    Action(id="app.quit", keys=("q", "ctrl+q"), label="quit", help="Leave; where you were is remembered."),
)

HOME: Final = (
    Action(
        id="home.browse",
        keys=("enter",),
        label="browse",
        help="Browse the records of the version or working file under the cursor.",
        screens=("home",),
        command_line="dsvc tui {revision} --screen browse",
        footer=1,
    ),
    Action(
        id="home.mark",
        keys=("space",),
        label="mark",
        help="Mark a version, to compare it with another one; at most two are marked.",
        screens=("home",),
        footer=2,
    ),
    Action(
        id="home.diff",
        keys=("d",),
        label="diff",
        help="Compare the two marked versions, or the one under the cursor with the version before it.",
        screens=("home",),
        command_line="dsvc diff {old} {new}",
        disabled="when there is nothing to compare the version with",
        footer=3,
    ),
    Action(
        id="home.details",
        keys=("i",),
        label="details",
        help="Show or hide the facts about the version under the cursor.",
        screens=("home",),
        command_line="dsvc show {revision}",
        footer=5,
    ),
    Action(
        id="home.commit",
        keys=("c",),
        label="commit",
        help="Keep the working file of the dataset under the cursor as a new version.",
        screens=("home",),
        command_line="dsvc commit {dataset}",
        footer=4,
    ),
)

VERSION: Final = (
    Action(
        id="version.checkout",
        keys=("C",),
        label="check out",
        help="Put the version under the cursor into the working file; edits are saved first. Asks.",
        screens=("home", "browse"),
        command_line="dsvc checkout {revision}",
        disabled="on a working file",
        footer=11,
    ),
    Action(
        id="version.restore",
        keys=("X",),
        label="restore",
        help="Bring the working file back to HEAD's version; edits are saved first. Asks.",
        screens=("home", "browse"),
        command_line="dsvc restore {dataset}",
        disabled="for a file that is no dataset",
        footer=12,
    ),
    Action(
        id="version.rollback",
        keys=("B",),
        label="roll back",
        help="Make a new version with the content of the one under the cursor; all others stay. Asks why, and whether.",
        screens=("home", "browse"),
        command_line="dsvc rollback {revision}",
        disabled="on a working file",
        footer=13,
    ),
    Action(
        id="version.tag",
        keys=("L",),
        label="tag",
        help="Give the version under the cursor another name. Asks for it.",
        screens=("home", "browse"),
        command_line="dsvc tag {revision} NAME",
        disabled="on a working file",
        footer=14,
    ),
)

COMMIT: Final = (
    Action(
        id="commit.commit",
        keys=("ctrl+s",),
        label="commit",
        help="Keep the working file as a new version, with what is written in the fields.",
        screens=("commit",),
        command_line="dsvc commit {dataset} -m REASON",
        disabled="when nothing changed, and while something is at work",
        footer=1,
    ),
    Action(
        id="commit.earlier",
        keys=("ctrl+r",),
        label="earlier",
        help="Choose for this field from what was written for earlier versions; right completes what is typed.",
        screens=("commit",),
        command_line="dsvc log {dataset}",
        disabled="outside of a field",
        footer=2,
    ),
    Action(
        id="commit.diff",
        keys=("ctrl+o",),
        label="all changes",
        help="Show all changes that would be committed, word by word.",
        screens=("commit",),
        command_line="dsvc diff {dataset}",
        disabled="for a first version",
        footer=3,
    ),
)

BROWSE: Final = (
    Action(
        id="browse.read",
        keys=("enter",),
        label="read",
        help="Go into the record; there: fold or unfold what is under the cursor.",
        screens=("browse",),
        footer=1,
    ),
    Action(
        id="browse.search",
        keys=("slash",),
        label="search",
        help="Search all records for a text: as it reads, as a regular expression, or roughly.",
        screens=("browse",),
        footer=2,
    ),
    Action(
        id="browse.next",
        keys=("n",),
        label="next",
        help="Go to the next record that the search found.",
        screens=("browse",),
        disabled="when nothing is searched for",
    ),
    Action(
        id="browse.previous",
        keys=("N",),
        label="previous",
        help="Go to the record before that the search found.",
        screens=("browse",),
        disabled="when nothing is searched for",
    ),
    Action(
        id="browse.filter",
        keys=("f",),
        label="filter",
        help="Show only records whose fields have certain values; several filters add up.",
        screens=("browse",),
        footer=3,
    ),
    Action(
        id="browse.changes",
        keys=("c",),
        label="changes",
        help="Mark what was changed against the version before, and show only that.",
        screens=("browse",),
        command_line="dsvc diff {revision}",
        disabled="for a file that is no dataset, and for a first version",
        footer=4,
    ),
    Action(
        id="browse.goto",
        keys=("g",),
        label="go to",
        help="Go to a row by its number, or to a share of the way such as 50%.",
        screens=("browse",),
        command_line="dsvc show {revision} --record {row}",
        footer=5,
    ),
    Action(
        id="browse.view",
        keys=("v",),
        label="view",
        help="Show the record as a conversation, as a tree, or as it is written.",
        screens=("browse",),
        command_line="dsvc show {revision} --record {row}",
        footer=6,
    ),
    Action(
        id="browse.sort",
        keys=("s",),
        label="sort",
        help="Sort by a field; by the same one again turns the order round.",
        screens=("browse",),
        footer=7,
    ),
    Action(
        id="browse.frequency",
        keys=("t",),
        label="table",
        help="Count how often each value of a field occurs in what is shown.",
        screens=("browse",),
        footer=8,
    ),
    Action(
        id="browse.clear",
        keys=("backspace",),
        label="show all",
        help="Show all records again, in the order of the file.",
        screens=("browse",),
        disabled="when all are shown",
    ),
    Action(
        id="browse.columns",
        keys=("o",),
        label="columns",
        help="Choose the columns of the list; remembered for each dataset.",
        screens=("browse",),
    ),
    Action(
        id="browse.copy",
        keys=("y",),
        label="copy",
        help="Copy the value under the cursor; in the list the whole record.",
        screens=("browse",),
        footer=9,
    ),
    Action(
        id="browse.copy_record",
        keys=("Y",),
        label="copy record",
        help="Copy the record as it is written in the file.",
        screens=("browse",),
        command_line="dsvc cat {revision} --range {row}",
    ),
    Action(
        id="browse.copy_path",
        keys=("P",),
        label="copy path",
        help="Copy the path of the field under the cursor.",
        screens=("browse",),
    ),
    Action(
        id="browse.pane",
        keys=("i",),
        label="pane",
        help="Show or hide the record beside the list.",
        screens=("browse",),
    ),
    Action(
        id="browse.wrap",
        keys=("w",),
        label="wrap",
        help="Wrap long lines of the record, or cut them.",
        screens=("browse",),
    ),
    Action(
        id="browse.older",
        keys=("left_square_bracket",),
        label="older",
        help="Show the same row in the version before.",
        screens=("browse",),
        command_line="dsvc tui {dataset}@REV --record {row}",
        disabled="in the first version, and in a file that is no dataset",
    ),
    Action(
        id="browse.newer",
        keys=("right_square_bracket",),
        label="newer",
        help="Show the same row in the version after, at last in the working file.",
        screens=("browse",),
        command_line="dsvc tui {dataset}@REV --record {row}",
        disabled="in the working file, and in a file that is no dataset",
    ),
)

DIFF: Final = (
    Action(
        id="diff.read",
        keys=("enter",),
        label="read",
        help="Go into the change, to scroll through it.",
        screens=("diff",),
        footer=1,
    ),
    Action(
        id="diff.next",
        keys=("n",),
        label="next",
        help="Go to the next change, also from inside one.",
        screens=("diff",),
        footer=2,
    ),
    Action(
        id="diff.previous",
        keys=("p", "N"),
        label="previous",
        help="Go to the change before, also from inside one.",
        screens=("diff",),
        footer=3,
    ),
    Action(
        id="diff.next_field",
        keys=("right_square_bracket",),
        label="next field",
        help="Go to the next changed field; behind the last one to the next record.",
        screens=("diff",),
    ),
    Action(
        id="diff.previous_field",
        keys=("left_square_bracket",),
        label="previous field",
        help="Go to the changed field before; before the first one to the record before.",
        screens=("diff",),
    ),
    Action(
        id="diff.kind",
        keys=("f",),
        label="kind",
        help="Show only changes of one kind: added, removed, modified, moved, reformatted.",
        screens=("diff",),
        command_line="dsvc diff {old} {new} --json",
        footer=4,
    ),
    Action(
        id="diff.field",
        keys=("F",),
        label="field",
        help="Show only changes that touch one field.",
        screens=("diff",),
        footer=5,
    ),
    Action(
        id="diff.clear",
        keys=("backspace",),
        label="show all",
        help="Show all changes again.",
        screens=("diff",),
        disabled="when all are shown",
    ),
    Action(
        id="diff.beside",
        keys=("v",),
        label="side by side",
        help="Show old and new side by side, or one below the other; by itself it goes by the width of the terminal.",
        screens=("diff",),
        footer=6,
    ),
    Action(
        id="diff.whole",
        keys=("u",),
        label="unchanged",
        help="Show or hide the fields of the record that are the same.",
        screens=("diff",),
    ),
    Action(
        id="diff.summary",
        keys=("i",),
        label="summary",
        help="Show or hide what the changes add up to.",
        screens=("diff",),
        command_line="dsvc diff {old} {new} --stat",
    ),
    Action(
        id="diff.swap",
        keys=("x",),
        label="swap",
        help="Compare the other way round.",
        screens=("diff",),
        command_line="dsvc diff {new} {old}",
    ),
    Action(
        id="diff.browse",
        keys=("b",),
        label="browse",
        help="Go to the record among its neighbours.",
        screens=("diff",),
        command_line="dsvc tui {revision} --record {row}",
        footer=7,
    ),
    Action(
        id="diff.mark",
        keys=("space",),
        label="mark",
        help="Mark the change, to commit it or to take it back together with others.",
        screens=("diff",),
        footer=8,
    ),
    Action(
        id="diff.mark_all",
        keys=("a",),
        label="mark all",
        help="Mark all changes that are shown; again: none of them.",
        screens=("diff",),
    ),
    Action(
        id="diff.commit",
        keys=("c",),
        label="commit",
        help="Commit the marked changes, or the one under the cursor, inside it one field; all others stay.",
        screens=("diff",),
        disabled="when this is not the working file against HEAD's version",
        footer=9,
    ),
    Action(
        id="diff.take_back",
        keys=("X",),
        label="take back",
        help="Bring the marked records, or the one under the cursor, inside it one field, back to the old side. Asks.",
        screens=("diff",),
        disabled="when the old side is no version of a dataset",
        footer=11,
    ),
    Action(
        id="diff.copy",
        keys=("y",),
        label="copy",
        help="Copy the record as it is now, a removed one as it was.",
        screens=("diff",),
    ),
)

HISTORY: Final = (
    Action(
        id="record.history",
        keys=("h",),
        label="history",
        help="Show what each version did to the record under the cursor, and who, from which source and why.",
        screens=("browse", "diff"),
        command_line="dsvc log {revision} --record {row}",
        disabled="for a file that is no dataset",
        footer=10,
    ),
    Action(
        id="history.read",
        keys=("enter",),
        label="read",
        help="Go into the step, to scroll through it.",
        screens=("history",),
        footer=1,
    ),
    Action(
        id="history.fields",
        keys=("f",),
        label="fields",
        help="Show the version that each part of the record comes from, and go to it.",
        screens=("history",),
        command_line="dsvc blame {revision} --range {row} --fields",
        footer=2,
    ),
    Action(
        id="history.browse",
        keys=("b",),
        label="browse",
        help="Go to the record as this step left it, among its neighbours.",
        screens=("history",),
        command_line="dsvc tui {revision} --record {row}",
        footer=3,
    ),
    Action(
        id="history.beside",
        keys=("v",),
        label="side by side",
        help="Show old and new side by side, or one below the other.",
        screens=("history",),
        footer=4,
    ),
    Action(
        id="history.whole",
        keys=("u",),
        label="unchanged",
        help="Show or hide the fields of the record that are the same.",
        screens=("history",),
    ),
)

ACTIONS: Final[tuple[Action, ...]] = (*HOME, *BROWSE, *EDITING, *DIFF, *HISTORY, *COMMIT, *VERSION, *EVERYWHERE)

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
    "f1": "F1",
    "f5": "F5",
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
        Binding(",".join(action.keys), f"perform('{action.id}')", action.label, show=False, id=action.id)
        for action in actions_of(screen)
    ]


def key_name(key: str) -> str:
    """A key as people call it."""
    if key in _NAMES:
        return _NAMES[key]
    modifier, plus, rest = key.rpartition("+")
    return f"{modifier.capitalize()}+{_NAMES.get(rest, rest.upper() if modifier else rest)}" if plus else key
