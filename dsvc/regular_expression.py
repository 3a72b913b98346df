"""Regular expressions that users write. A search that comes to no end is ended, whatever thread it is in.

Python's own ``re`` can be stopped in the first thread only, and no other one gets to work meanwhile: a terminal UI
would stand still. ``regex`` reads what ``re`` reads, ends a search on time, and lets others work beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.errors import UsageError

if TYPE_CHECKING:
    from regex import Pattern

SECONDS: Final = 5.0
"""Of computing in one text. What takes longer goes back and forth in it, and may take for ever."""


class EndlessSearchError(UsageError):
    """A search took so long that it may never end."""


class Expression:
    """A regular expression; raises UsageError for a text that is none."""

    __slots__ = ("_pattern",)

    def __init__(self, text: str, *, ignore_case: bool = False) -> None:
        import regex

        try:
            self._pattern: Pattern[str] = regex.compile(text, regex.IGNORECASE if ignore_case else 0)
        except (regex.error, OverflowError, RecursionError, ValueError) as error:
            raise UsageError(f"this is not a regular expression: {error}") from None

    def first_in(self, text: str) -> str | None:
        """The first part of a text that it matches; None: there is none. Raises EndlessSearchError."""
        try:
            match = self._pattern.search(text, timeout=SECONDS, concurrent=True)
        except TimeoutError:
            raise EndlessSearchError(
                f"the search for '{self._pattern.pattern}' comes to no end in a text of {len(text):,} characters",
                hint="say it without a repetition in a repetition",
            ) from None
        return match[0] if match is not None else None

    def is_in(self, text: str) -> bool:
        """Whether it matches a part of a text. Raises EndlessSearchError."""
        return self.first_in(text) is not None
