"""Regular expressions that users write. A search that comes to no end is ended, whatever thread it is in.

Python's own ``re`` can be stopped in the first thread only, and no other one gets to work meanwhile: a terminal UI
would stand still. ``regex`` reads what ``re`` reads, ends a search on time, and lets others work beside it. But it
takes ``{s}`` and ``{e<=2}`` for how many edits are let pass, where ``re`` takes them for placeholders.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from dsvc.errors import UsageError

if TYPE_CHECKING:
    import regex
    from regex import Pattern

SECONDS: Final = 5.0
"""Of computing in one text. What takes longer goes back and forth in it, and may take for ever."""

_BRACE: Final = re.compile(r"\\(?:[NpPxug]\{|.)|\{(?![0-9]+(?:,[0-9]*)?\}|,[0-9]*\})", re.DOTALL)
"""What is escaped, and a brace that is of no ``\\p{Han}`` and no quantifier: ``{2}``, ``{2,}``, ``{,3}``, ``{2,3}``."""


class EndlessSearchError(UsageError):
    """A search took so long that it may never end."""


class Expression:
    """A regular expression; raises UsageError for a text that is none."""

    __slots__ = ("_pattern", "_text")

    def __init__(self, text: str, *, ignore_case: bool = False) -> None:
        import regex

        self._text = text
        try:
            self._pattern: Pattern[str] = regex.compile(_escaped(text), regex.IGNORECASE if ignore_case else 0)
        except regex.error as error:
            raise UsageError(f"this is not a regular expression: {_as_written(error, text)}") from None
        except (OverflowError, RecursionError, ValueError) as error:
            raise UsageError(f"this is not a regular expression: {error}") from None

    def first_in(self, text: str) -> str | None:
        """The first part of a text that it matches; None: there is none. Raises EndlessSearchError."""
        try:
            match = self._pattern.search(text, timeout=SECONDS, concurrent=True)
        except TimeoutError:
            raise EndlessSearchError(
                f"the search for '{self._text}' comes to no end in a text of {len(text):,} characters",
                hint="say it without a repetition in a repetition",
            ) from None
        return match[0] if match is not None else None

    def is_in(self, text: str) -> bool:
        """Whether it matches a part of a text. Raises EndlessSearchError."""
        return self.first_in(text) is not None


def _escaped(text: str) -> str:
    """The same expression for ``regex``; in a class of characters an escaped brace is a brace as well."""
    return _BRACE.sub(lambda match: r"\{" if match[0] == "{" else match[0], text)


def _as_written(error: regex.error, text: str) -> str:
    """What is wrong, and where in the text that was not escaped yet."""
    if error.pos is None:
        return str(error)
    braces = [match.start() for match in _BRACE.finditer(text) if match[0] == "{"]
    before = sum(at + number < error.pos for number, at in enumerate(braces))
    return str(type(error)(error.msg, text, error.pos - before))
