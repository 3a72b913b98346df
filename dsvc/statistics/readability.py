"""How hard a text is to read: two measures, one for English and one for Chinese, which are not comparable.

English: the grade of Flesch and Kincaid, 0.39 words a sentence + 11.8 syllables a word - 15.59, about the years of
school that it takes (Kincaid, Fishburne, Rogers, Chissom: Derivation of New Readability Formulas for Navy Enlisted
Personnel, Research Branch Report 8-75, 1975). Syllables are counted as groups of vowels, without a silent e; texts in
other languages of Latin letters get a grade as well, which then tells nothing but how they differ from each other.

Chinese: Han characters a sentence, where 。！？； and line ends end one. It is the one part of Chinese formulas that
needs no list of words; it says nothing about how rare the characters are.

Looked at are the first 1,000 characters. All is counted by the functions of bytes: a million records take seconds.
"""

from __future__ import annotations

import re
from typing import Final

_LOOKED_AT: Final = 1000
_FEWEST_WORDS: Final = 20
_FEWEST_CHARACTERS: Final = 10
"""Of less nothing can be told."""
_END_OF_CHINESE: Final = re.compile(r"[。！？；!?;\n]+")
_HAN: Final = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")


def _class(byte: int) -> int:
    """``v`` a vowel, ``e`` and ``l`` themselves, ``c`` another letter, ``.`` an end of a sentence, ``'`` nothing."""
    letter = chr(byte).lower()
    if letter in "el'":
        return ord(letter)
    if letter in "aiouy":
        return ord("v")
    return ord("c" if letter.isascii() and letter.isalpha() else "." if letter in ".!?" else " ")


_CLASSES: Final = bytes(map(_class, range(256)))


def grade(text: str) -> int | None:
    """The grade of Flesch and Kincaid, 0 at least; None where there are too few English words."""
    classes = text[:_LOOKED_AT].encode("ascii", "replace").translate(_CLASSES, b"'")
    sentences = max(1, classes.count(b". ") + classes.endswith(b"."))
    plain = b" " + classes.replace(b".", b" ").replace(b" ", b"  ") + b" "
    words = sum(plain.count(b" " + letter) for letter in (b"c", b"l", b"v", b"e"))
    if words < _FEWEST_WORDS:
        return None
    return max(0, round(0.39 * words / sentences + 11.8 * max(words, _syllables(plain)) / words - 15.59))


def _syllables(plain: bytes) -> int:
    """Groups of vowels, but for an e that ends a word after a consonant and is not its only vowel."""
    groups = sum(plain.count(before + vowel) for before in (b" ", b"c", b"l") for vowel in (b"v", b"e"))
    silent = plain.count(b"ce ") + plain.count(b"vle ") + plain.count(b"ele ")
    return groups - silent + plain.count(b" ce ") + plain.count(b" cce ")


def sentence_length(text: str) -> int | None:
    """Han characters a sentence, rounded; None where there are too few of them."""
    sample = text[:_LOOKED_AT]
    if sample.isascii():
        return None
    counts = [count for part in _END_OF_CHINESE.split(sample) if (count := len(_HAN.findall(part)))]
    return round(sum(counts) / len(counts)) if sum(counts) >= _FEWEST_CHARACTERS else None
