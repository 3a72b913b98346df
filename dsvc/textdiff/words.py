"""What changed inside a text: tokens that a reader sees as units, and spans of kept, removed, added text.

A token is a word, a number, one Chinese, Japanese, Korean or Thai character, one mark of punctuation
or one white space. A grapheme cluster (letter with accents, emoji sequence, flag) is never split.

The alignment is a longest common subsequence (rapidfuzz, bit-parallel). Large texts are first aligned
by sentence, and no single alignment may exceed ``_MAX_CELLS``, so time and memory stay bounded.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect
from itertools import accumulate
from typing import TYPE_CHECKING, Literal, TypeAlias

import msgspec

from dsvc.textdiff.hunks import Hunk, longest_increasing, tidy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

SpanKind: TypeAlias = Literal["equal", "removed", "added"]

_MAX_CELLS = 250_000_000
"""Largest product of two sequence lengths to align: a bit matrix of 31 MB, 0.1 s."""
_MAX_PAIRS = 5_000
"""Most sentences to compare one by one where the whole was too much (0.1 ms each)."""
_LONG_SENTENCE = 500
"""A sentence of more characters is cut further, so that an edit in a long line stays a small change."""
_DIRECT_CELLS = 1_000_000
"""Below this product of characters, texts are aligned by token at once, without the sentence step."""
_STRIP_FROM = 2_000
"""Texts shorter than this are not stripped of their common ends: there is nothing to gain."""
_STRIP_MARGIN = 200
"""Common text left beside the change, so that a change can still slide to a better place."""


class Span(msgspec.Struct, frozen=True):
    """A stretch of text that both texts have, or only the old one (removed) or the new one (added)."""

    kind: SpanKind
    text: str


def word_diff(old: str, new: str) -> tuple[Span, ...]:
    """The spans that turn ``old`` into ``new``, in reading order, removed before added.

    Joined, equal and removed spans give ``old``; equal and added spans give ``new``, always.
    """
    start, end = _common_ends(old, new)
    middle_old, middle_new = old[start : len(old) - end], new[start : len(new) - end]
    hunks = list(_hunks(middle_old, middle_new))
    return tuple(_spans(new[:start], tidy(hunks), new[len(new) - end :]))


def words_of(text: str) -> list[str]:
    """The tokens of a text that carry meaning: words, numbers and characters, no punctuation or space."""
    return [token for token in tokens(text) if token[0].isalnum()]


def tokens(text: str) -> list[str]:
    """The text cut into tokens; joined they are the text again."""
    classes = text.translate(_CLASSES)
    if _CLUSTERING not in classes:
        ends = [*accumulate(map(len, _TOKEN.findall(classes)))]
        return [*map(text.__getitem__, map(slice, [0, *ends], ends))]
    from wcwidth import iter_graphemes

    clusters = list(iter_graphemes(text))
    classes = "".join([cluster[0] for cluster in clusters]).translate(_CLASSES)
    return ["".join(clusters[start:end]) for start, end in map(re.Match.span, _TOKEN.finditer(classes))]


# Each character is mapped to a letter for its class; a token is a pattern over these letters.
_CLUSTERING = "j"
_TOKEN = re.compile(r"d+(?:sd+)*[wd]*|w[wd]*(?:qw[wd]*)*|.")
# First and last characters of ranges, in order: an expression of so many would take 10 ms to compile.
_BY_CHARACTER = (
    "\u0e00\u0eff\u1000\u109f\u1780\u17ff"  # Thai, Lao, Burmese, Khmer: written without spaces
    "\u2e80\u2fdf\u3005\u3007\u3021\u3029\u3038\u30ff\u3105\u318f\u31a0\u31bf\u31f0\u31ff"
    "\u3400\u4dbf\u4e00\u9fff\uac00\ud7a3\uf900\ufaff\uff66\uff9d\U00020000\U0003ffff"
)
_JOINS_NEIGHBOURS = re.compile(
    "[\r\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff\u0e33\u0eb3\uff9e\uff9f"  # CRLF, Hangul letters, Thai AM
    "\U0001f1e6-\U0001f1ff\U0001f3fb-\U0001f3ff]"  # flags, skin tones
)


class _CharacterClasses(dict[int, str]):
    """Code point to class letter, filled as characters are met."""

    def __missing__(self, code: int) -> str:
        letter = self[code] = _class_of(chr(code))
        return letter


def _class_of(char: str) -> str:
    # Unassigned here may be a combining mark in the newer Unicode tables of wcwidth.
    if _JOINS_NEIGHBOURS.match(char) or unicodedata.category(char) in ("Mn", "Mc", "Me", "Cf", "Cn"):
        return _CLUSTERING
    if char in _BY_CHARACTER or bisect(_BY_CHARACTER, char) % 2:
        return "c"
    if char.isdecimal():
        return "d"
    if char.isalnum() or char == "_":
        return "w"
    return {".": "s", ",": "s", "'": "q", "’": "q"}.get(char, "o")


_CLASSES = _CharacterClasses()

_PLAIN = "!-~\u3001-\u3029\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff"
"""Characters that neither combine with a neighbour nor stand at the edge of Unicode's rules."""
# Compiled when a long text is met; `re` keeps them.
_SAFE_CUT = f"(?<=[{_PLAIN}])(?=[ \n\u4e00-\u9fff])"
# Where frequent words begin: cuts that depend on nearby text only, so equal stretches are cut alike.
_PHRASE_END = f"(?<=[{_PLAIN}])(?= [a-eA-E]|[的了是不一在有人我之而])"
_SENTENCE_END = f"(?<=\n)|(?<=[。！？；])(?=[\n {_PLAIN}])|(?<=[.!?] )(?=[{_PLAIN}])"


def _common_ends(old: str, new: str) -> tuple[int, int]:
    """Lengths of a common start and a common end that cut no token, with a margin; 0, 0 for short texts."""
    if max(len(old), len(new)) < _STRIP_FROM:
        return 0, 0
    start = _common_prefix(old, new)
    room = min(len(old), len(new)) - start
    end = _common_suffix(old[len(old) - room :], new[len(new) - room :])
    return _cut_before(new, start - _STRIP_MARGIN), _cut_after(new, len(new) - end + _STRIP_MARGIN)


def _common_prefix(old: str, new: str) -> int:
    low, high = 0, min(len(old), len(new))
    while low < high:
        middle = (low + high + 1) // 2
        if old[low:middle] == new[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _common_suffix(old: str, new: str) -> int:
    """Length of the common end of two texts of the same length."""
    low, high = 0, len(old)
    while low < high:
        middle = (low + high + 1) // 2
        if old[len(old) - middle : len(old) - low] == new[len(new) - middle : len(new) - low]:
            low = middle
        else:
            high = middle - 1
    return low


def _cut_before(text: str, limit: int) -> int:
    """The last place in front of ``limit`` where text may be cut with certainty; 0 if there is none."""
    window = 1_000
    while limit > 1:
        low = max(limit - window, 0)
        cuts = [m.start() for m in re.compile(_SAFE_CUT).finditer(text, low, limit)]
        if cuts:
            return cuts[-1]
        if low == 0:
            break
        window *= 8
    return 0


def _cut_after(text: str, limit: int) -> int:
    """How many characters follow the first certain cut behind ``limit``; 0 if there is none."""
    match = re.compile(_SAFE_CUT).search(text, limit + 1) if 0 <= limit < len(text) else None
    return len(text) - match.start() if match else 0


def _hunks(old: str, new: str) -> Iterator[Hunk]:
    if len(old) * len(new) <= _DIRECT_CELLS:
        yield from _aligned(tokens(old), tokens(new))
        return
    for hunk in _aligned(_sentences(old), _sentences(new)):
        yield Hunk(hunk.equal, [], [])
        yield from _inside(hunk.removed, hunk.added)


def _sentences(text: str) -> list[str]:
    parts: list[str] = []
    for part in re.split(_SENTENCE_END, text):
        if len(part) > _LONG_SENTENCE:
            parts.extend(re.split(_PHRASE_END, part))
        elif part:
            parts.append(part)
    return parts


def _inside(removed: list[str], added: list[str]) -> Iterator[Hunk]:
    """Align by token what differs by sentence; sentence by sentence if the whole is too much."""
    old, new = tokens("".join(removed)), tokens("".join(added))
    if len(old) * len(new) > _MAX_CELLS and 1 < len(removed) == len(added) <= _MAX_PAIRS:
        for one_old, one_new in zip(removed, added, strict=True):
            yield from _aligned(tokens(one_old), tokens(one_new))
    else:
        yield from _aligned(old, new)


def _aligned(old: list[str], new: list[str]) -> Iterator[Hunk]:
    """Kept runs, each with the change that follows it."""
    at_old = at_new = 0
    equal: list[str] = []
    for start_old, start_new, length in [*_blocks(old, new), (len(old), len(new), 0)]:
        if start_old > at_old or start_new > at_new:
            yield Hunk(equal, old[at_old:start_old], new[at_new:start_new])
            equal = []
        equal.extend(old[start_old : start_old + length])
        at_old, at_new = start_old + length, start_new + length
    yield Hunk(equal, [], [])


def _blocks(old: list[str], new: list[str]) -> Iterator[tuple[int, int, int]]:
    """Runs in common as (place in old, place in new, length).

    Exact up to ``_MAX_CELLS``. Above: exact between items that occur once on each side; and where even
    the stretch between two of these is too long, it counts as replaced.
    """
    if len(old) * len(new) <= _MAX_CELLS:
        yield from _common_blocks(old, new)
        return
    at_old = at_new = 0
    for i, j in [*_anchors(old, new), (len(old), len(new))]:
        if at_old < i and at_new < j and (i - at_old) * (j - at_new) <= _MAX_CELLS:
            for start_old, start_new, length in _common_blocks(old[at_old:i], new[at_new:j]):
                yield at_old + start_old, at_new + start_new, length
        if i < len(old):
            yield i, j, 1
        at_old, at_new = i + 1, j + 1


def _common_blocks(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int, int]]:
    from rapidfuzz.distance import LCSseq  # only texts that changed pay for it

    # Small integers, because rapidfuzz compares other items by their hash alone.
    numbers = {token: number for number, token in enumerate({*old, *new})}
    left, right = [*map(numbers.__getitem__, old)], [*map(numbers.__getitem__, new)]
    return [
        (op.src_start, op.dest_start, op.src_end - op.src_start)
        for op in LCSseq.opcodes(left, right)
        if op.tag == "equal"
    ]


def _anchors(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Places of items that occur once on each side, kept where they stand in the same order."""
    place = _occurring_once(old)
    pairs = [(place[item], j) for item, j in _occurring_once(new).items() if item in place]
    return [pairs[k] for k in longest_increasing([i for i, _ in pairs])]


def _occurring_once(items: Sequence[str]) -> dict[str, int]:
    seen: dict[str, int] = {}
    for i, item in enumerate(items):
        seen[item] = -1 if item in seen else i
    return {item: i for item, i in seen.items() if i >= 0}


def _spans(head: str, hunks: Iterable[Hunk], tail: str) -> Iterator[Span]:
    equal = [head]
    for hunk in hunks:
        equal.extend(hunk.equal)
        if not hunk.removed and not hunk.added:
            continue
        yield from _span("equal", equal)
        yield from _span("removed", hunk.removed)
        yield from _span("added", hunk.added)
        equal = []
    yield from _span("equal", [*equal, tail])


def _span(kind: SpanKind, parts: Iterable[str]) -> Iterator[Span]:
    text = "".join(parts)
    if text:
        yield Span(kind, text)
