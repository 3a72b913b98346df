"""Records whose texts differ in numbers only: a drill, in which each number makes another question, or one twice.

The square roots of 49 and of 81 are two questions. One question under two ids, or on two dates, is one.
"""

from __future__ import annotations

import re
from typing import Final

from dsvc.validators.near_signing import texts_of

_NUMBER: Final = re.compile(r"\d+(?:[.,:]\d+)*")
_RUNNING: Final = re.compile(r"\S\s+\S|[\u3040-\u9fff\uac00-\ud7af\U00020000-\U0003ffff]")
"""White space between words, or a Chinese, Japanese or Korean character: no identifier."""
_MOMENT: Final = re.compile(r"\s*\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?[\s\d:.,+TZ时分秒-]*")
"""A date has either, and asks nothing."""


def other_numbers(value: object, other: object) -> bool:
    """Whether two records ask with other numbers, and are the same besides.

    Of what is no running text, all that has a number in it may be an identifier, or an answer, and does not count.
    """
    texts, others = _compared(value), _compared(other)
    return texts != others and list(map(_but_for_numbers, texts)) == list(map(_but_for_numbers, others))


def _compared(value: object) -> list[str]:
    texts = texts_of(value)
    return [text for text in texts if _is_running(text) or _NUMBER.search(text) is None]


def _is_running(text: str) -> bool:
    return _RUNNING.search(text) is not None and _MOMENT.fullmatch(text) is None


def _but_for_numbers(text: str) -> str:
    return _NUMBER.sub("0", text)
