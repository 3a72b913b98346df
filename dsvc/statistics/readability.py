"""How hard a text is to read: two measures, one for English and one for Chinese, which are not comparable.

English: the grade of Flesch and Kincaid, 0.39 words a sentence + 11.8 syllables a word - 15.59, about the years of
school that it takes (Kincaid, Fishburne, Rogers, Chissom: Derivation of New Readability Formulas for Navy Enlisted
Personnel, Research Branch Report 8-75, 1975). Syllables are counted as groups of vowels, without a silent e; texts in
other languages of Latin letters get a grade as well, which then tells nothing but how they differ from each other.

Chinese: Han characters a sentence, where 。！？； and line ends end one. It is the one part of Chinese formulas that
needs no list of words; it says nothing about how rare the characters are.

Looked at are the first 1,000 characters. All is counted by functions that are written in C: a record takes ten
millionths of a second.
"""

from __future__ import annotations

import re
from typing import Final

from dsvc.statistics.features import HAN, in_runs

_LOOKED_AT: Final = 1000
_FEWEST_WORDS: Final = 20
_FEWEST_CHARACTERS: Final = 10
"""Of less nothing can be told."""
_END_OF_CHINESE: Final = re.compile(r"[。！？；!?;\n]+")


def _classes(vowels: str, others: str) -> bytes:
    """A table of bytes: what vowels and other letters become (``kept``: themselves, small); all else is a space."""
    table = bytearray(b" " * 256)
    for byte in b"abcdefghijklmnopqrstuvwxyz":
        wanted = vowels if byte in b"aeiouy" else others
        wanted = "kept" if byte == ord("l") and vowels == "kept" else wanted
        table[byte] = table[byte - 32] = byte if wanted == "kept" else ord(wanted)
    return bytes(table)


_WORDS: Final = _classes("kept", "c")
_GROUPS: Final = _classes("v", " ")
_ENDS: Final = re.compile(rb"[.!?](?=\s|$)")
_SILENT: Final = re.compile(rb"e (?:(?<=[^ c]ce )|(?<=[^ ]cce )|(?<=[^c]le ))")
"""Words that end in an e after a consonant, of which they are more than the beginning (``the``, ``me``); in ``le``
after a consonant it is heard (``table``)."""


def grade(text: str) -> int | None:
    """The grade of Flesch and Kincaid, 0 at least; None where there are too few English words."""
    content = text[:_LOOKED_AT].encode("ascii", "replace").replace(b"'", b"")
    letters = b" " + content.translate(_WORDS) + b" "
    words = len(letters.split())
    if words < _FEWEST_WORDS:
        return None
    sentences = max(1, len(_ENDS.findall(content)))
    syllables = max(words, len(content.translate(_GROUPS).split()) - len(_SILENT.findall(letters)))
    return max(0, round(0.39 * words / sentences + 11.8 * syllables / words - 15.59))


def sentence_length(text: str) -> int | None:
    """Han characters a sentence, rounded; None where there are too few of them."""
    sample = text[:_LOOKED_AT]
    if sample.isascii():
        return None
    counts = [count for part in _END_OF_CHINESE.split(sample) if (count := in_runs(HAN, part))]
    return round(sum(counts) / len(counts)) if sum(counts) >= _FEWEST_CHARACTERS else None
