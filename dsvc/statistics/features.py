"""What is measured of a record."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from dsvc.conditions.fields import turn_count

if TYPE_CHECKING:
    from collections.abc import Iterator

_HAN: Final = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+")
_OTHERS: Final = (
    ("ja", re.compile(r"[\u3040-\u30ff]+")),
    ("ko", re.compile(r"[\uac00-\ud7af]+")),
    ("cyrillic", re.compile(r"[\u0400-\u04ff]+")),
    ("arabic", re.compile(r"[\u0600-\u06ff]+")),
    ("devanagari", re.compile(r"[\u0900-\u097f]+")),
)
_ANY_OTHER: Final = re.compile(r"[\u0400-\u04ff\u0600-\u06ff\u0900-\u097f\u3040-\u30ff\uac00-\ud7af]")
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
    words = len(_WORD.findall(sample))
    han = _characters(_HAN, sample)
    if not _ANY_OTHER.search(sample):  # most texts
        total = han + words
        common = [name for name, count in (("zh", han), ("latin", words)) if count >= total * _ENOUGH]
        return "+".join(common) if total else "none"
    found = [(name, _characters(pattern, sample)) for name, pattern in _OTHERS]
    kana = found[0][1]
    if kana * 10 > han:  # Japanese is written with Han characters, too
        found[0], han = ("ja", kana + han), 0
    counts = {"zh": han, **dict(found), "latin": words}
    total = sum(counts.values())
    common = [name for name, count in counts.items() if total and count >= total * _ENOUGH]
    return "+".join(common) or "none"


def _characters(runs: re.Pattern[str], text: str) -> int:
    return sum(map(len, runs.findall(text)))


def tokens(text: str) -> int:
    """About how many tokens a text has, without a tokenizer."""
    if text.isascii():
        return -(-len(text) // _CHARACTERS_A_TOKEN)
    beyond = sum(1 for character in text if character > "\u2e7f")
    return beyond + -(-(len(text) - beyond) // _CHARACTERS_A_TOKEN)


def turns(value: object) -> int | None:
    """How many turns a conversation has; None for a record that is none."""
    return turn_count(value)
