"""What may name a dataset, what is kept with it, or a part: letters and digits of any script, in any file system."""

from __future__ import annotations

import unicodedata
from typing import Final

MOST_BYTES: Final = 200
"""As long as a name may be, in UTF-8: a file system allows 255, and suffixes, tags and temporary names are longer."""
HINT: Final = "use letters and digits of any script, with - _ . between them"
_BETWEEN: Final = "-."
_MARKS: Final = ("Mn", "Mc")


def composed(name: str) -> str:
    """The name as it is kept (NFC), however it was typed."""
    return unicodedata.normalize("NFC", name)


def is_name(name: str) -> bool:
    """Whether it is letters, digits and ``_``, with the marks of their script, and ``-`` and ``.`` between them."""
    before = "-"
    for character in name:
        fits = _is_word(character) or character in _BETWEEN
        if not fits and (before in _BETWEEN or not _is_mark(character)):
            return False
        before = character
    return bool(name) and _is_word(name[0]) and before not in _BETWEEN


def named_like(text: str) -> str:
    """A text with ``-`` for all that cannot be in a name, and none of it at its ends; it may be empty."""
    kept: list[str] = []
    for character in composed(text):
        fits = _is_word(character) or character in _BETWEEN
        is_mark = bool(kept) and kept[-1] not in _BETWEEN and _is_mark(character)
        if fits or is_mark:
            kept.append(character)
        elif not kept or kept[-1] != "\0":
            kept.append("\0")
    return "".join(kept).replace("\0", "-").strip("-._")


def too_long(name: str, most: int = MOST_BYTES) -> str | None:
    """What to say of a name that is too long; None where it is not."""
    size = len(composed(name).encode("utf-8", "surrogatepass"))
    if size <= most:
        return None
    return f"a name has at most {most} bytes ('{name[:12]}…' has {size:,}; a Chinese character is three)"


def _is_word(character: str) -> bool:
    return character == "_" or character.isalnum()


def _is_mark(character: str) -> bool:
    return unicodedata.category(character) in _MARKS
