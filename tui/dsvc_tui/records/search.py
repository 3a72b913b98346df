"""Finding records by a text in them: as it reads, as a regular expression, or roughly."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from dsvc.conditions.fields import MISSING, value_of
from dsvc.conditions.line_text import plain
from dsvc.errors import UsageError
from dsvc.regular_expression import Expression

if TYPE_CHECKING:
    from collections.abc import Callable

Mode: TypeAlias = Literal["plain", "regex", "fuzzy"]
MODES: Final[tuple[Mode, ...]] = ("plain", "regex", "fuzzy")
ALIKE: Final = 80
"""How alike, out of 100, the best stretch of a record must be to what is looked for roughly."""


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for. Without capital letters in it, the case of letters does not matter."""

    text: str
    mode: Mode = "plain"

    def matcher(self) -> Callable[[bytes], bool]:
        """Tells whether a record has it. Raises UsageError for a regular expression that is none."""
        if self.mode == "regex":
            return _regex(self.text, ignore_case=self._ignores_case)
        if self.mode == "fuzzy":
            return _roughly(self.text)
        return plain(self.text, ignore_case=self._ignores_case)

    @property
    def _ignores_case(self) -> bool:
        return self.text == self.text.lower()


def readable(line: bytes) -> str:
    """A record's line with its escapes resolved, as far as they stand for characters that can be written."""
    if b"\\u" in line:
        value = value_of(line)
        if value is not MISSING:
            return json.dumps(value, ensure_ascii=False, default=str)
    return line.decode("utf-8", "replace")


def _regex(text: str, *, ignore_case: bool) -> Callable[[bytes], bool]:
    try:
        expression = Expression(text, ignore_case=ignore_case)
    except UsageError as error:
        raise UsageError(error.message, hint="to look for it as it is: Tab to 'plain'") from None
    return lambda line: expression.is_in(readable(line))


def _roughly(text: str) -> Callable[[bytes], bool]:
    from rapidfuzz.fuzz import partial_ratio

    wanted = text.lower()
    return lambda line: bool(partial_ratio(wanted, readable(line).lower(), score_cutoff=ALIKE))
