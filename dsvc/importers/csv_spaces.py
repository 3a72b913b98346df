"""The lines of one row of a table, without the spaces that stand between a delimiter and a quote."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class WithoutSpaces:
    """Iterates over the lines of a row; spaces within quotes, and before what is not quoted, stay as they are.

    ``found``: spaces stood behind a delimiter so far. Those that the row begins with go, too, where it is quoted then.
    """

    def __init__(self, lines: Iterable[str], delimiter: str) -> None:
        self.found = False
        self._lines = lines
        self._value = _value(delimiter)

    def __iter__(self) -> Iterator[str]:
        within = False  # the quotes of a value that goes on from the line before
        for line in self._lines:
            begin = '"' if within else ""
            values = self._value.findall(begin + line)
            taken = "".join([quoted + rest if quoted else spaces + rest for spaces, quoted, _, rest in values])
            within = any(quoted and not closed for _, quoted, closed, _ in values)
            at_first = len(values[0][0]) if values[0][1] else 0
            self.found = self.found or len(taken) + at_first < len(begin + line)
            yield taken[len(begin) :]


def spaced_quote(delimiter: str) -> re.Pattern[str]:
    """What a line with spaces between a delimiter and a quote has, and nearly no other.

    Two quotes before more text are one that is doubled, as in ``"he said, ""hi"" to me"``.
    """
    by = re.escape(delimiter)
    return re.compile(rf'{by} +"(?!"[^"{by}\r\n])')


@lru_cache
def _value(delimiter: str) -> re.Pattern[str]:
    """Spaces, what is quoted, its second quote, and the rest; each takes all that it can, so nothing is tried twice."""
    by = re.escape(delimiter)
    return re.compile(rf'( *)("[^"]*(?:""[^"]*)*("?))?([^{by}]*(?:{by}|\Z))')
