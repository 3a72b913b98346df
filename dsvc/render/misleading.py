"""Which characters could mislead a terminal or its reader, and the mark that each of them gets.

Apart from `dsvc.render.safe_text` because most output is plain ASCII, and these expressions take time to compile.
"""

from __future__ import annotations

import re
import unicodedata

_PICTURES = {chr(code): chr(0x2400 + code) for code in range(32)} | {"\x7f": "␡", "\n": "⏎"}

_INVISIBLE = "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef"
"""Characters that Python calls printable although they show nothing: fillers, variation selectors."""
_SELECTOR = "\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef"
# Ordinary text in one pass in C: none of these is ever marked.
_ORDINARY = (
    " -~\u00a0-\u00ac\u00ae-\u034e\u0350-\u036f\u0400-\u052f\u05d0-\u05ea\u0620-\u06dc\u06de-\u06ff\u0900-\u097f"
    "\u0e01-\u0e3a\u0e3f-\u0e5b\u1e00-\u1eff\u2000-\u200a\u2010-\u2027\u2030-\u205e\u2190-\u2426\u2460-\u27bf"
    "\u3000-\u303f\u3041-\u3096\u30a0-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff60"
)
_PICTOGRAPH = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u25aa-\u27bf\u2934\u2935\u2b05-\u2b55"
    "\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
)
# Han beyond the first plane and emoji: a newer Unicode than Python's may have assigned more of them.
_GROWING = "\U0001f000-\U0001faff\U00020000-\U0002fffd\U00030000-\U0003fffd"
_JOINED_EMOJI = f"[{_PICTOGRAPH}][\ufe0f\U0001f3fb-\U0001f3ff]?"
_REGIONS = ["".join(chr(0xE0000 + ord(letter)) for letter in code) for code in ("gbeng", "gbsct", "gbwls")]
_TAGGED_FLAG = f"\U0001f3f4(?:{'|'.join(_REGIONS)})\U000e007f"
_SUSPECT = re.compile(
    f"(?P<whole>{_JOINED_EMOJI}(?:\u200d{_JOINED_EMOJI})+|{_TAGGED_FLAG})"
    f"|(?<=[^\\s{_INVISIBLE}\u200c\u200d])[{_SELECTOR}](?P<selector>)"
    f"|[^{_ORDINARY}{_GROWING}]"
)
_NOT_ORDINARY = re.compile(f"[^{_ORDINARY}{_GROWING}]")
_HIDDEN = re.compile(f"[{_INVISIBLE}]")
# Scripts whose letters join or conjoin, where a joiner or non-joiner is spelling.
_JOINING = re.compile(
    "[\u0600-\u08ff\u0900-\u0dff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u1800-\u18af\ua980-\ua9df\uaa60-\uaaff]"
)


def marked(text: str) -> str:
    """One line with everything in it that could mislead as a visible mark; see `dsvc.render.safe_text`."""
    if text.isprintable() and not _HIDDEN.search(text):
        return text
    if not _NOT_ORDINARY.search(text):
        return text
    return _SUSPECT.sub(_mark_of, text)


def _mark_of(match: re.Match[str]) -> str:
    found = match.group()
    if match["whole"] or match["selector"] is not None:
        return found
    if found in "\u200c\u200d":
        before = match.string[match.start() - 1 : match.start()]
        return found if _is_joining_letter(before) else _mark(found)
    shows = found.isprintable() or unicodedata.category(found) == "Zs"
    return found if shows and not _HIDDEN.match(found) else _mark(found)


def _is_joining_letter(char: str) -> bool:
    return bool(_JOINING.match(char)) and unicodedata.category(char)[0] in "LM" and not _HIDDEN.match(char)


def _mark(char: str) -> str:
    return _PICTURES.get(char) or f"⟨{ord(char):04X}⟩"
