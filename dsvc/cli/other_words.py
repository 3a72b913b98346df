"""What people type who come from git, DVC or another tool, and what does it here."""

from __future__ import annotations

from typing import Final

from dsvc.errors import UsageError

_NEW_NAME: Final = ("with another path or name it is a new dataset", "how to do it: dsvc rm --help")
_HISTORY: Final = "the history is git's"
_FETCHED: Final = "the history comes with git, the data when it is needed"
_LISTED: Final = ("", "the datasets: dsvc status · their versions: dsvc log")

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "mv": _NEW_NAME,
    "move": _NEW_NAME,
    "rename": _NEW_NAME,
    "pull": (_FETCHED, "git pull, then dsvc restore --all"),
    "fetch": (_FETCHED, "git fetch; of all versions at once: dvc fetch --all-commits"),
    "clone": (_FETCHED, "git clone URL, then in it: dsvc restore --all"),
    "branch": (_HISTORY, "git switch -c NAME; the files follow: dsvc install"),
    "switch": (_HISTORY, "git switch NAME; the files follow: dsvc install"),
    "merge": (
        "versions of two branches are put together by hand",
        "how to do it: docs/plain-git-and-dvc.md, 'Both sides made a version'",
    ),
    "revert": ("", "a new version with old content: dsvc rollback VERSION · the last command taken back: dsvc undo"),
    "reset": ("", "the file as in its version: dsvc restore · a new version with old content: dsvc rollback VERSION"),
    "stash": ("", "restore saves the edits, and undo brings them back: dsvc restore"),
    "add": ("a commit takes the file on", "dsvc commit FILE.jsonl --source 'where from' -m 'why'"),
    "track": ("a commit takes the file on", "dsvc commit FILE.jsonl --source 'where from' -m 'why'"),
    "remove": ("", "dsvc rm DATASET"),
    "delete": ("", "dsvc rm DATASET"),
    "list": _LISTED,
    "ls": _LISTED,
    "history": ("", "dsvc log · of one record: dsvc log --record ROW"),
    "compare": ("", "dsvc diff OLD NEW"),
    "check": ("", "what is wrong with the records: dsvc validate · whether stored data is whole: dsvc fsck"),
    "sample": ("", "dsvc pilot create VERSION --name NAME --size 1000"),
    "gc": ("data is kept by DVC", "dvc gc --all-commits keeps every version (docs/plain-git-and-dvc.md)"),
    "remote": ("remotes of data are DVC's", "dvc remote add --default NAME URL"),
    "ui": ("", "dsvc tui"),
    "help": ("", "dsvc --help · of one verb: dsvc VERB --help"),
}
"""A word that is no verb: why there is none (or nothing), and the way."""


def refuse_other_word(word: str) -> None:
    """Raise UsageError for a word of another tool, with what does it here."""
    if word in _WORDS:
        why, way = _WORDS[word]
        raise UsageError(f"there is no verb '{word}'{': ' if why else ''}{why}", hint=way)
