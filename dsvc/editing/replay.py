"""What a journal means for the file as it is now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from dsvc.editing.history import History, Step
from dsvc.editing.operations import Edit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dsvc.editing.journal import JournalText


class Reading(msgspec.Struct, frozen=True):
    """Entries up to ``base`` are in the file already; ``fits``: that is certain, by the file's digest."""

    base: int
    fits: bool
    probably_saved: bool = False
    """Whether a crash hid if a save was done, and it is the saved file that was changed since."""


def reading_for(text: JournalText, sha256: str, inode: int) -> Reading:
    """Find the place in the journal at which the file stands.

    That is where it was saved last. A save that was begun and not noted as done counts when the file says that it was
    done. A file that is none of this was changed by something else.
    """
    assert text.head is not None
    places: list[tuple[int, str, int]] = [(0, text.head["sha256"], 0)]
    for at, entry in enumerate(text.entries, 1):
        if entry["do"] == "save":
            places.append((at, entry["sha256"], entry["inode"]))
        elif entry["do"] == "saved":
            places = places[-1:]
    found = [at for at, digest, _ in places if digest == sha256]
    if found:
        return Reading(found[-1], fits=True)
    written = [at for at, _, number in places[1:] if number == inode]
    return Reading(written[-1] if written else places[0][0], fits=False, probably_saved=bool(written))


def saved_last(text: JournalText) -> int:
    """Up to which entry the file was saved, whatever it is now."""
    return max((at for at, entry in enumerate(text.entries, 1) if entry["do"] == "saved"), default=0)


def unsaved_edits(entries: Sequence[dict[str, Any]], base: int) -> list[Edit]:
    """What the file lacks when it has the entries up to ``base``. Raises ValueError for entries that make no sense."""
    history = History()
    for at, entry in enumerate(entries):
        if at == base:
            history.saved()
        note(history, entry)
    if base == len(entries):
        history.saved()
    return history.unsaved


def note(history: History, entry: dict[str, Any]) -> None:
    """Count an entry in."""
    verb = entry["do"]
    if verb == "edit":
        history.add(Step(edit_in(entry)))
    elif verb == "undo" and history.done:
        history.back(history.done[-1])
    elif verb == "redo" and history.undone:
        history.again(history.undone[-1])
    elif verb not in ("save", "saved"):
        raise ValueError(f"'{verb}' makes no sense here")


def edit_in(entry: dict[str, Any]) -> Edit:
    """The edit that an entry tells of."""
    return Edit.from_json({name: value for name, value in entry.items() if name != "do"})
