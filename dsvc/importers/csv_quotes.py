"""Where in a row of a table a quote stands that is not doubled."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

_QUOTED: Final = re.compile(r'"[^"]*(?:""[^"]*)*"')


class StrayQuote(NamedTuple):
    """A quote in the midst of a value: its line in the row (from 0), its column (from 1), and the text around it."""

    line: int
    column: int
    around: str


def stray_quote(lines: Sequence[str], delimiter: str) -> StrayQuote | None:
    """The first quote of a row that is neither at an end of its value nor doubled (RFC 4180)."""
    text, delimiters = "".join(lines), {delimiter, "\r", "\n", ""}
    plain = re.compile(rf"[^{re.escape(delimiter)}\r\n]*")
    at = 0
    while at < len(text):
        is_quoted = text[at] == '"'
        value = (_QUOTED if is_quoted else plain).match(text, at)
        if value is None:
            return None  # it goes on to the end
        at = value.end()
        if is_quoted and text[at : at + 1] not in delimiters:
            begins = text.rfind("\n", 0, at) + 1
            around, *_ = text[max(begins, at - 13) : at + 12].splitlines()
            return StrayQuote(text.count("\n", 0, at), at - begins, around.rstrip())
        at += 1
    return None
