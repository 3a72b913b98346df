"""What is measured of a record."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from dsvc.conditions.fields import turn_count

if TYPE_CHECKING:
    from collections.abc import Iterator

HAN: Final = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+")
_RANGES: Final = {
    "ja": r"\u3040-\u30ff",
    "ko": r"\uac00-\ud7af",
    "cyrillic": r"\u0400-\u04ff",
    "arabic": r"\u0600-\u06ff",
    "devanagari": r"\u0900-\u097f",
}
_OTHERS: Final = {name: re.compile(f"[{characters}]+") for name, characters in _RANGES.items()}
_ANY_OTHER: Final = re.compile(f"[{''.join(_RANGES.values())}]")
_WIDE: Final = re.compile(r"[\u2e80-\U0010ffff]+")
_WORD: Final = re.compile(r"[A-Za-z\u00c0-\u024f]+")
_LOOKED_AT: Final = 1000
"""Characters of a record that tell its language."""
_ENOUGH: Final = 0.3
_NESTED: Final = frozenset((dict, list))
_CHARACTERS_A_TOKEN: Final = 4
"""Of text in Latin letters; a Chinese character counts as one. Within some 20 % of what common tokenizers count."""


def texts_of(value: object) -> Iterator[str]:
    """All texts in a value, also inside lists and objects; keys are none."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from texts_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts_of(inner)


def in_runs(runs: re.Pattern[str], text: str) -> int:
    """How many characters of a text are in runs of some kind."""
    return sum(map(len, runs.findall(text)))


def characters(value: object) -> int:
    """How many characters all texts in a value have."""
    if type(value) is dict and _NESTED.isdisjoint(map(type, value.values())):
        return sum([len(inner) for inner in value.values() if isinstance(inner, str)])
    return sum(map(len, texts_of(value)))


def language(text: str) -> str:
    """The language by its script: ``zh``, ``ja``, ``ko``, ``latin`` …; ``zh+latin`` where both are common, ``none``.

    Counted in words of Latin letters and in characters of other scripts; what is below 30 % does not count.
    """
    sample = text[:_LOOKED_AT]
    if sample.isascii():
        return "latin" if _WORD.search(sample) else "none"
    han = in_runs(HAN, sample)
    found = {}
    if _ANY_OTHER.search(sample):
        found = {name: in_runs(pattern, sample) for name, pattern in _OTHERS.items()}
        if found["ja"] * 10 > han:  # Japanese is written with Han characters, too
            found["ja"], han = found["ja"] + han, 0
    counts = {"zh": han, **found, "latin": len(_WORD.findall(sample))}
    total = sum(counts.values())
    common = [name for name, count in counts.items() if total and count >= total * _ENOUGH]
    return "+".join(common) or "none"


def tokens(text: str) -> int:
    """About how many tokens a text has, without a tokenizer."""
    if text.isascii():
        return -(-len(text) // _CHARACTERS_A_TOKEN)
    beyond = in_runs(_WIDE, text)
    return beyond + -(-(len(text) - beyond) // _CHARACTERS_A_TOKEN)


def turns(value: object) -> int | None:
    """How many turns a conversation has; None for a record that is none."""
    return turn_count(value)
