"""The one way record text reaches a terminal: made safe, measured and cut to a width.

Record text is data from anywhere. Raw, it can move the cursor, wipe the screen, set the clipboard,
show text in another order than it is stored, or hide text. ``safe`` turns each such character into a
visible mark and leaves everything that people write with as it is:

- control characters: their control picture, one column wide: ``␀`` ``␛`` ``␉`` ``␡``; a line feed ``⏎``
- everything else: its code point in angle brackets, ``⟨202E⟩``: C1 controls, bidirectional and other
  format controls, zero-width characters, line and paragraph separators, tags, fillers, lone
  surrogates, private use, unassigned code points

Joiners stay inside Indic, Arabic and other joining scripts and inside emoji; a variation selector
stays behind the character that it varies.
"""

from __future__ import annotations

from bisect import bisect
from functools import cache
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

Newline: TypeAlias = Literal["⏎", "keep"]

ELLIPSIS = "…"
"""Stands for what was cut off; one column wide."""

# Most letters and signs stand alone, whatever is beside them, and need no tables of Unicode, whose import takes 30 ms.
# Where ranges of such characters begin and where they end; a test compares them with wcwidth.
_EDGES = (
    "\x20\x7f\xa0\xad\xae\u0300\u2010\u2028\u23ce\u23cf\u2400\u2427"
    "\u3000\u302a\u3041\u3097\u30a1\u30fb\u3400\u4dc0\u4e00\ua000\uac00\ud7a4\uff01\uff61"
)
_FIRST_WIDE = "\u3000"


def safe(text: str, *, newline: Newline = "⏎") -> str:
    """The text with every character that could mislead a terminal or a reader as a visible mark.

    With ``newline="keep"`` line feeds stay (and only they). Safe text is returned unchanged, so
    ``safe(safe(x)) == safe(x)``. The marks themselves are ordinary characters: text that already
    holds them looks the same; this is for eyes, not for reading back.
    """
    if newline == "keep":
        return "\n".join([_safe_line(line) for line in text.split("\n")]) if "\n" in text else _safe_line(text)
    return _safe_line(text.replace("\n", "⏎"))


def cell_width(text: str) -> int:
    """How many terminal columns safe text takes: wide characters two, combining marks none."""
    if text.isascii():
        return len(text)
    if stands_alone(text):
        return sum(map(_columns_alone, text))
    from wcwidth import width

    return width(text, control_codes="ignore")


def fit(text: str, columns: int) -> str:
    """Safe text cut to at most ``columns``, with ``…`` where something was left out.

    A grapheme cluster is never split; reads no further than the cut. Nothing fits into 0 columns.
    """
    if columns <= 0:
        return ""
    if len(text) <= columns and text.isascii():
        return text
    used = cut = position = 0
    start = text[: columns + 1]  # when its characters stand alone, it holds the cut
    for cluster in graphemes(start if stands_alone(start) else text):
        used += cell_width(cluster)
        if used > columns:
            return text[:cut] + ELLIPSIS
        position += len(cluster)
        if used <= columns - len(ELLIPSIS):
            cut = position
    return text


def cell(text: str, columns: int) -> str:
    """Text of any kind made safe and filled up with spaces to ``columns``, two of which stay empty; never cut.

    What is longer pushes the rest of its own line to the right.
    """
    shown = safe(text)
    return shown + " " * max(columns - cell_width(shown), 2)


def stands_alone(text: str) -> bool:
    """Whether each character of a safe text is known to be a grapheme cluster of its own, one or two columns wide."""
    return text.isascii() or all(map(_columns_alone, text))


@cache
def _columns_alone(char: str) -> int:
    """The columns of a character that stands alone; 0 for one that needs a closer look."""
    if bisect(_EDGES, char) % 2 == 0:
        return 0
    return 2 if char >= _FIRST_WIDE else 1


def graphemes(text: str) -> Iterable[str]:
    """The grapheme clusters of a safe text, lazily."""
    if stands_alone(text):
        return text
    from wcwidth import iter_graphemes

    return iter_graphemes(text)


def _safe_line(text: str) -> str:
    if text.isprintable() and stands_alone(text):
        return text
    from dsvc.render.misleading import marked

    return marked(text)
