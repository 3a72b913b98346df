"""Where in a row of a table a quote stands that is not doubled."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

_QUOTED: Final = re.compile(r'"(?:[^"]|"")*"')


class StrayQuote(NamedTuple):
    """A quote in the midst of a value: its line in the row (from 0), its column (from 1), and the text around it."""

    line: int
    column: int
    around: str


def stray_quote(lines: Sequence[str], delimiter: str) -> StrayQuote | None:
    """The first quote of a row that is neither at an end of its value nor doubled (RFC 4180)."""
    text, delimiters = "".join(lines), {delimiter, "\r", "\n", ""}
    at = 0
    while at < len(text):
        quoted = _QUOTED.match(text, at)
        if quoted is None:
            at = next((place for place in range(at, len(text)) if text[place] in delimiters), len(text))
        elif text[quoted.end() : quoted.end() + 1] in delimiters:
            at = quoted.end()
        else:
            at = quoted.end()
            begins = text.rfind("\n", 0, at) + 1
            return StrayQuote(text.count("\n", 0, at), at - begins, text[max(begins, at - 13) : at + 12].rstrip())
        at += 1
    return None
