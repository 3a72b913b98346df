"""Whether a text speaks of a keyword: as a word where words are set apart, anywhere where they are not.

``fee`` is not in ``feed``; Chinese, Japanese, Thai, Lao, Khmer and Burmese set no spaces between words, and Korean
writes particles onto them, so that a keyword may stand beside any letter of these scripts. Upper and lower case are
alike.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from unicodedata import category, normalize

if TYPE_CHECKING:
    from collections.abc import Iterable

_RUNNING: Final = (
    "\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Tibetan, Burmese, Khmer
    "\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff"  # Korean
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3040-\u30ff\u3100-\u312f\u31a0-\u31ff"  # Chinese and Japanese
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
_IN_RUNNING: Final = re.compile(f"[{_RUNNING}]")
_LETTER: Final = f"[^\\W_{_RUNNING}]"
_WITH_MARKS: Final = (range(0x300, 0x20F1), range(0xA66F, 0xABF0), range(0xFE20, 0xFE30))


class Keywords:
    """Keywords that texts are searched for; empty ones are left out, and each is there once."""

    def __init__(self, words: Iterable[str]) -> None:
        self.words = tuple(word for word in dict.fromkeys(words) if word.strip())
        self._sought = [(word, _folded(word).split()[0], _pattern(_folded(word))) for word in self.words]

    def in_text(self, text: str) -> list[str]:
        """Those that a text speaks of."""
        if not self._sought:
            return []
        folded = _folded(text)
        return [word for word, part, pattern in self._sought if part in folded and pattern.search(folded)]


def _folded(text: str) -> str:
    return text.casefold() if text.isascii() else normalize("NFC", normalize("NFC", text).casefold())


def _pattern(word: str) -> re.Pattern[str]:
    parts = word.split()
    before = f"(?<!{_LETTER})(?<![{_marks()}])" if _needs_edge(parts[0][0]) else ""
    after = f"(?!{_LETTER}|[{_marks()}])" if _needs_edge(parts[-1][-1]) else ""
    return re.compile(before + r"\s+".join(map(re.escape, parts)) + after)


def _needs_edge(character: str) -> bool:
    """Whether another letter beside this one would make another word of it."""
    is_letter = character.isalnum() or category(character).startswith("M")
    return is_letter and _IN_RUNNING.match(character) is None


@lru_cache(maxsize=1)
def _marks() -> str:
    """Accents and vowel signs, which belong to the letter before them, of scripts whose words are set apart."""
    marks = (chr(code) for part in _WITH_MARKS for code in part if category(chr(code)).startswith("M"))
    return "".join(mark for mark in marks if _IN_RUNNING.match(mark) is None)
