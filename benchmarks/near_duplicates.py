"""``python -m benchmarks.near_duplicates ENGLISH.jsonl CHINESE.jsonl``: which near-duplicates the search finds.

Texts of both files are copied with words (or Chinese characters) replaced by others of the same file, or with letters
replaced as typos. Of the pairs that are 0.9 alike by rapidfuzz, the share that is put into one cluster is printed.
"""

from __future__ import annotations

import argparse
import random
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
import orjson
from rapidfuzz import fuzz

from dsvc.validators.near_search import ALIKE, Search
from dsvc.validators.near_signing import signed, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Change = Callable[[str, int, Sequence[str], random.Random], str]

TEXTS: Final = 2000
COPIED: Final = 200
_SENTENCE: Final = re.compile(r"(?<=[.?!])\s+|(?<=[。？！])|\n")
_CHINESE: Final = re.compile(r"[一-鿿]")


class Case(msgspec.Struct, frozen=True):
    """Texts of a length, and how many words, letters or characters of each are changed."""

    kind: str
    least: int
    most: int
    changed: int


CASES: Final = tuple(
    Case(kind, least, most, changed)
    for kind, lengths in (
        ("words", {(8, 10): (1,), (10, 15): (1, 2), (15, 20): (1, 2), (20, 30): (2, 3), (30, 45): (2, 4)}),
        ("words", {(45, 80): (1, 4, 6), (80, 120): (4, 8), (120, 200): (8, 14)}),
        ("letters", {(8, 15): (1, 2), (20, 30): (3, 5), (30, 45): (5, 8)}),
        ("characters", {(15, 25): (1, 2), (25, 40): (1, 3), (40, 80): (1, 4), (80, 150): (3, 8)}),
    )
    for (least, most), several in lengths.items()
    for changed in several
)


def words_replaced(text: str, count: int, others: Sequence[str], chance: random.Random) -> str:
    """Words replaced by others."""
    parts = text.split(" ")
    for at in chance.sample(range(len(parts)), count):
        parts[at] = chance.choice(others)
    return " ".join(parts)


def characters_replaced(text: str, count: int, others: Sequence[str], chance: random.Random) -> str:
    """Characters replaced by others."""
    parts = list(text)
    for at in chance.sample(range(len(parts)), count):
        parts[at] = chance.choice(others)
    return "".join(parts)


def found_of(texts: Sequence[str], change: Callable[[str], str]) -> tuple[int, int]:
    """Among texts, and copies of the first of them: how many of these are nearly their originals, and are found."""
    copies = [change(text) for text in texts[:COPIED]]
    every = [*texts, *copies]
    search = Search(ALIKE, every.__getitem__)
    search.add(signed(every))
    clusters = search.clusters()
    alike = [at for at, copy in enumerate(copies) if fuzz.ratio(texts[at], copy) >= ALIKE * 100]
    found = [at for at in alike if clusters.first(at) == clusters.first(len(texts) + at)]
    return len(alike), len(found)


def texts_of(path: str) -> list[str]:
    """The texts of a file, and their sentences."""
    whole = [text_of(orjson.loads(line)) for line in Path(path).read_bytes().splitlines()]
    parts = {part for text in whole for one in text.split("\n") for part in (one, *_SENTENCE.split(one))}
    return sorted(part.strip() for part in parts if part.strip())


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.near_duplicates")
    parser.add_argument("english")
    parser.add_argument("chinese")
    asked = parser.parse_args()
    english, chinese = texts_of(asked.english), texts_of(asked.chinese)
    words = sorted({word for text in english for word in text.split() if word.isalpha()})
    characters = sorted(set(_CHINESE.findall("".join(chinese))))
    kinds: dict[str, tuple[list[str], Sequence[str], Change]] = {
        "words": (english, words, words_replaced),
        "letters": (english, "abcdefghijklmnopqrstuvwxyz", characters_replaced),
        "characters": (chinese, characters, characters_replaced),
    }
    print("| text | replaced in each | pairs 0.9 alike, of 200 | found |\n|---|---|---|---|")
    for case in CASES:
        texts, others, change = kinds[case.kind]
        chance = random.Random(f"{case}")
        size = len if case.kind == "characters" else lambda text: len(text.split(" "))
        fitting = [text for text in texts if case.least <= size(text) < case.most]
        some = chance.sample(fitting, min(TEXTS, len(fitting)))
        alike, found = found_of(some, lambda text: change(text, case.changed, others, chance))  # noqa: B023
        unit = "characters" if case.kind == "characters" else "words"
        changed = f"{case.changed} {case.kind}" if case.changed > 1 else f"1 {case.kind[:-1]}"
        share = f"{found / alike:.0%}" if alike else ""
        print(f"| {case.least} to {case.most - 1} {unit} | {changed} | {alike} | {share} |", flush=True)


if __name__ == "__main__":
    main()
