"""The page of the terminal UI: ``python -m dsvc_tui.reference > docs/tui.md``; a test compares."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from dsvc_tui.actions import MOVES, key_name
from dsvc_tui.screens import EVERY_ACTION, SCREENS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc_tui.actions import Action

_HEAD: Final = """\
# The terminal UI

Made by `python -m dsvc_tui.reference`; do not edit.

    dsvc tui                      the datasets of the repository and their versions
    dsvc tui medical              the records of a dataset's working file
    dsvc tui medical@v1.0         the records of a version, without a checkout
    dsvc tui v1.0..v1.1           what changed between two versions
    dsvc tui any/file.jsonl       a file that is no dataset, also outside a repository
    dsvc tui --screen NAME        begin with another screen
    dsvc tui FILE --screen import look at any source before it is brought in

![Home](images/home.svg)

![Browse](images/browse.svg)

![Diff](images/diff.svg)

![History](images/history.svg)

![Commit](images/commit.svg)

![Import](images/import.svg)

![Export](images/export.svg)

![Validate](images/validate.svg)

![Stats](images/stats.svg)

![Pilot](images/pilot.svg)

![Split](images/split.svg)

![Review](images/review.svg)

`?` shows the keys of a screen and searches them by key, name and effect; `Ctrl+P` finds actions by name. Esc always
goes back. Nothing needs the mouse, and everything that can be clicked has a key.

Whatever changes something says first what will happen to the file, the history and HEAD, and waits for a key that is
not the one that asked (a commit: Ctrl+S). Edits are saved before they are overwritten, and `z` takes the last command
back. What is typed for a commit stays until it is committed: through a refusal, Esc and the end of the program.
When a git hook refuses, all that it said can be read, first the gate that failed: Tab goes there, arrow keys scroll.

## Editing

In the records of a working file `e` edits a field, `E` the whole record in `$VISUAL` or `$EDITOR`: one field a line
there, and back on one line as it was written. What is not a record is refused with line and column, and can be mended.
Text with characters in it that one cannot see is edited as JSON, with escapes. `~` and `+` mark what was edited.

Nothing reaches the file before Ctrl+S. Until then edits are kept in the git directory, through a crash and the end of
the program, and offered when the file is opened again. `u` takes back one after the other, also saved ones, until a
commit. If something else has changed the file, nothing is written: `R` reads it again, and the edits can be made again
on the records that are still the same.

## Import and export

`I` on Home brings records in: name a file, a folder or an address (right completes a path, `Ctrl+R` chooses), and
Enter looks at it. The screen tells what it was read as, its splits, its licence and its shapes, as `dsvc formats`
does, and shows the first records. Name a shape, and each stands beside what it becomes, with the losses of all of
them above. `Ctrl+O` tells what the new version would be, `Ctrl+S` makes it. Sources on hubs are downloaded to be
looked at.

`E` on Home writes the version under the cursor for other tools or a trainer. Only fields that the target has a use
for are there; the files are named before they are written, and so is what would be overwritten or lost. For Label
Studio and Doccano they ask what people see and fill in: a field with few values is proposed, `Ctrl+R` lists the others
with what they would be, and each record stands beside its task.

Esc stops either while it is at work, and then nothing has changed. What is typed stays, as for a commit.

On fewer than 36 rows the fields stand in pairs; the line above them says what belongs into the one under the cursor,
and messages name fields. What is longer than its place (files, losses, what would change) is one of the stops of Tab,
and scrolled with the arrow keys.

The record itself reads as its shape is meant: who speaks, `chosen` and `rejected`, calls of tools by name, media by
path, steps as right or wrong; reasoning is folded. What is in no known shape is shown field by field.

## Checks

`8` looks through what is shown: findings come in by rule, the gravest first, while it goes on; Esc stops it, and what
was found until then stays. Enter unfolds a rule, and on a finding goes to its record; below stand what it means, what
would mend it, and the record with the cursor on the field. `p` adds what a trainer would do to each record, `f`
chooses rules, `x` mends what needs no judgement: stated first, confirmed by another key, taken back by `z`.

`a` accepts a finding, its rule or everything: it is written into the baseline that `dsvc validate` goes by, and told no
more; the line below counts what is accepted. `z` takes it back, as it does everything else.

What the last look through found marks the records in Browse: `E`, `W` or `N` beside the row, by the gravest of its
findings, and the message below its field or turn. `]v` and `[v` go to the next record with a finding and to the one
before. The marks are of exactly the content that was looked through; after an edit they go, and the line below says so.
`[` and `]` alone wait half a second for the second key.

Diff counts on top which findings a change introduced and solved, marks them (`✓`: solved), and tells them below. Rules
that compare all records with each other run there when `E` asks for it. It goes by the settings of the dataset, the
consumers that `p` chose in the checks, and the baseline, as `dsvc validate OLD..NEW` does. The line below tells what is
looked at; Esc stops it, and then it is told that only a part of the rules ran.

`9` tells what a version is made of; `d` compares it with another one, and tells how far each feature has moved.

## Good to know

A million records open as fast as ten: only what is visible is read. The list says how far a file has been read; go on
meanwhile. Control characters, escape sequences, text that runs backwards and the like are shown as marks such as `␛`
and `⟨202E⟩`, never obeyed. Of a text of more than 200,000 characters the first part is laid out, and the last line says
so; copying takes all of it.

What is remembered in the git directory (`dsvc/tui.json`): theme, columns, view, the last place, what was typed for
a commit, an import or an export. `NO_COLOR` is
respected; every state has a sign besides its colour. The smallest terminal that is of use is 40 columns by 10 lines.

## In a browser

    pip install 'dsvc[serve]'     what it needs
    dsvc tui --serve              at the address that it prints; TARGET, --screen and --record as before
    dsvc tui --serve --port 0     at a free port

Each tab runs a `dsvc tui` of its own in this folder and ends with it; Ctrl-C ends all. Nothing is taken from the
network. The address ends in a secret, another one each time: **who has it can read, edit and commit as you**. Other
users of this machine reach the port and get nothing without it; nor do pages of other sites, and the server answers
only under an address, `localhost`, this machine's name and the one of `--host`. With `--host` what goes
over the network is not encrypted; from another machine rather tunnel: `ssh -L 8000:127.0.0.1:8000 HOST`.

What is copied goes to the browser's clipboard, which browsers allow on localhost and https only. A browser cannot open
`$EDITOR`; `E` edits the record in the page. The browser keeps some keys for itself, such as Ctrl+W and Ctrl+T.
`?fontsize=20` after the address makes the text larger. Chinese is shown in a font of your system.

## Other keys

In `dsvc.toml`, by the names in the tables below:

```toml
[tui.keys]
"browse.goto" = "g,ctrl+g"
```

A name that there is not is told when the UI starts; the other keys count.

## Moving

"""


def reference() -> str:
    """The page."""
    return _HEAD + "\n".join(
        [*_moves(), *(line for entry in SCREENS for line in _screen(entry.name, entry.purpose)), *_everywhere(), ""]
    )


def _moves() -> Iterator[str]:
    yield from ("| key | does |", "|---|---|")
    yield from (f"| {keys} | {effect} |" for keys, effect in MOVES.items())


def _screen(name: str, purpose: str) -> Iterator[str]:
    yield from ("", f"## {name.capitalize()}", "", f"{purpose[0].upper()}{purpose[1:]}.", "")
    yield from _table([action for action in EVERY_ACTION if name in action.screens])


def _everywhere() -> Iterator[str]:
    yield from ("", "## Everywhere", "")
    yield from _table([action for action in EVERY_ACTION if not action.screens])


def _table(actions: list[Action]) -> Iterator[str]:
    yield from ("| key | name | does | on the command line |", "|---|---|---|---|")
    for action in actions:
        keys = " ".join([f"`{key_name(key)}`" for key in action.keys])
        effect = f"{action.help} Not possible {action.disabled}." if action.disabled else action.help
        command = f"`{action.command_line}`" if action.command_line else ""
        yield f"| {keys} | `{action.id}` | {effect} | {command} |"


if __name__ == "__main__":
    sys.stdout.write(reference())
