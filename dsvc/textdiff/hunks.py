"""Hunks of a token diff, and how they are tidied so that a person reads them easily.

A raw longest common subsequence is minimal but hard to read: it keeps single spaces and commas
between changed words ("confetti") and puts an insertion anywhere among equal neighbours. Both are
mended here; what is removed and added stays a correct description of the same two texts.
"""

from __future__ import annotations

import re
from bisect import bisect_left

import msgspec

_SLIDE = 100
"""How many tokens an insertion or deletion may slide to find a better place."""

_ALIKE = 0.35
"""Texts that share less than this part of their length are told as replaced, not as mended here and there."""
_UNLIKE_PATIENCE = 4
"""In such texts kept runs must be this many times longer than the changes around them to stay."""

_WORD = re.compile(r"[^\W_]")
_FIRST_WIDE = "\u1100"


class Hunk(msgspec.Struct):
    """A run of kept tokens and the change right behind it (both lists empty: no change)."""

    equal: list[str]
    removed: list[str]
    added: list[str]


def tidy(hunks: list[Hunk]) -> list[Hunk]:
    """The same change, easier to read: each hunk but the last one is a real change. Uses up ``hunks``."""
    joined = _without_empty(hunks)
    for i in range(len(joined) - 1):
        _slide(joined[i], joined[i + 1])
    return _without_confetti(joined)


def longest_increasing(values: list[int]) -> list[int]:
    """Indexes of a longest strictly increasing run of ``values``, in order."""
    ends: list[int] = []
    at: list[int] = []
    before: list[int] = []
    for i, value in enumerate(values):
        place = bisect_left(ends, value)
        before.append(at[place - 1] if place else -1)
        if place == len(ends):
            ends.append(value)
            at.append(i)
        else:
            ends[place], at[place] = value, i
    chain: list[int] = []
    i = at[-1] if at else -1
    while i >= 0:
        chain.append(i)
        i = before[i]
    return chain[::-1]


def _without_empty(hunks: list[Hunk]) -> list[Hunk]:
    """Join hunks that are not separated by kept text, or that hold no change; the last one is the tail."""
    joined: list[Hunk] = []
    equal: list[str] = []
    for hunk in hunks:
        equal.extend(hunk.equal)
        if not hunk.removed and not hunk.added:
            continue
        if joined and not equal:
            joined[-1].removed.extend(hunk.removed)
            joined[-1].added.extend(hunk.added)
        else:
            joined.append(Hunk(equal, hunk.removed, hunk.added))
        equal = []
    joined.append(Hunk(equal, [], []))
    return joined


def _slide(hunk: Hunk, following: Hunk) -> None:
    """Move a pure insertion or deletion along equal neighbours to where a sentence or word begins."""
    if bool(hunk.removed) == bool(hunk.added):
        return
    change = hunk.removed or hunk.added
    before, after = hunk.equal[-_SLIDE:], following.equal[:_SLIDE]
    row = [*before, *change, *after]
    low = high = len(before)
    while low > 0 and row[low - 1] == row[low - 1 + len(change)]:
        low -= 1
    while high + len(change) < len(row) and row[high] == row[high + len(change)]:
        high += 1
    if low == high:
        return
    best = max(range(low, high + 1), key=lambda at: (_ease(row, at, at + len(change)), at))
    end = best + len(change)
    hunk.equal[len(hunk.equal) - len(before) :] = row[:best]
    change[:] = row[best:end]
    following.equal[: len(after)] = row[end:]


def _ease(row: list[str], start: int, end: int) -> int:
    return _boundary(row, start) + _boundary(row, end)


def _boundary(row: list[str], at: int) -> int:
    """How naturally a reader would cut in front of ``row[at]``."""
    if at in (0, len(row)) or row[at - 1][-1] == "\n":
        return 5
    last = row[at - 1][-1]
    if last in "。！？!?；…" or (last == "." and row[at].isspace()):
        return 4
    if last in "，、,;；：:":
        return 3
    if last.isspace():
        return 2
    return 1 if row[at][0].isspace() else 0


class _Measured(msgspec.Struct):
    """A hunk with the lengths of its parts, kept up to date so that joining many hunks stays linear."""

    hunk: Hunk
    island: int
    has_word: bool
    removed: int
    added: int

    def absorb(self, after: _Measured) -> None:
        """Take in the next hunk, the kept text between the two becoming removed and added."""
        for side, more in ((self.hunk.removed, after.hunk.removed), (self.hunk.added, after.hunk.added)):
            side.extend(after.hunk.equal)
            side.extend(more)
        self.removed += after.island + after.removed
        self.added += after.island + after.added


def _measure(hunk: Hunk) -> _Measured:
    has_word = _WORD.search("".join(hunk.equal)) is not None
    return _Measured(hunk, _length(hunk.equal), has_word, _length(hunk.removed), _length(hunk.added))


def _without_confetti(hunks: list[Hunk]) -> list[Hunk]:
    measured = [_measure(hunk) for hunk in hunks]
    equal = sum(one.island for one in measured)
    changed = sum(max(one.removed, one.added) for one in measured)
    patience = 1 if equal > _ALIKE * (equal + changed) else _UNLIKE_PATIENCE
    kept: list[_Measured] = []
    for one in measured[:-1]:
        current = one
        while kept and _is_confetti(kept[-1], current, patience):
            previous = kept.pop()
            previous.absorb(current)
            current = previous
        kept.append(current)
    return [*(one.hunk for one in kept), hunks[-1]]


def _is_confetti(before: _Measured, after: _Measured, patience: int) -> bool:
    """Whether the kept run between two changes is too small to help a reader.

    It is when it holds no word, or is shorter than the change on each side of it, ``patience`` times.
    Where text was only inserted (or only deleted) on both sides, kept text costs nothing and stays.
    """
    if not after.island:
        return True
    if not (before.removed or after.removed) or not (before.added or after.added):
        return False
    smaller = min(max(before.removed, before.added), max(after.removed, after.added))
    return not after.has_word or after.island < smaller * patience


def _length(tokens: list[str]) -> int:
    """Columns that the tokens take, roughly: a Chinese character counts two."""
    text = "".join(tokens)
    return len(text) if text.isascii() else len(text) + sum(map(_FIRST_WIDE.__le__, text))
