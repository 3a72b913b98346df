"""Texts that were read in the wrong encoding; told, and never mended by themselves."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from dsvc.validators.rule import Example, Found, NoOptions, RecordCheck, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.validators.checked import Checked

# UTF-8 read as Latin-1 or Windows-1252: a letter of Ã, Â, â, ä … with the characters that its other bytes become.
_LATIN: Final = re.compile(
    r"[\u00c3][\u00a0-\u00bf\u201a-\u203a\u0152\u0160\u2122]"
    r"|\u00e2(?:\u20ac[\u201c\u201d\u0153\u2122\u02dc\u00a6\u009d]|\u0080[\u0090-\u00bf])"
    r"|[\u00e4-\u00e9][\u00a0-\u00bf\u2018-\u203a\u0152-\u017e][\u00a0-\u00bf\u20ac\u2018-\u203a\u0152-\u017e\u00ad]"
)
_LOST: Final = re.compile("\ufffd")
_HEAPS: Final = re.compile("锟斤拷|锟斤|烫烫烫|屯屯屯|鍙琮")
_TRIGGERS: Final = (
    re.compile(rb"\xc3\x83[\xc2\xe2\xc5]"),
    re.compile(rb"\\u00[cCeE][0-9a-fA-F]"),
    re.compile(rb"\xc3\xa2(?:\xe2\x82\xac|\xc2\x80)"),
    re.compile(rb"\xc3[\xa4-\xa9][\xc2\xc5\xe2]"),
    re.compile(rb"\xef\xbf\xbd"),
    re.compile(rb"\xe9\x94\x9f\xe6\x96\xa4"),
    re.compile(rb"\xe7\x83\xab\xe7\x83\xab\xe7\x83\xab"),
    re.compile(rb"\xe5\xb1\xaf\xe5\xb1\xaf\xe5\xb1\xaf"),
    re.compile(rb"\\ufffd|\\uFFFD"),
)


def _damage(options: NoOptions) -> RecordCheck:
    return RecordCheck(_check, _TRIGGERS)


def _check(record: Checked) -> Iterator[Found]:
    for steps, text in record.texts:
        for pattern, what in (
            (_LOST, "characters that were lost in reading (U+FFFD)"),
            (_HEAPS, "what GBK makes of lost characters"),
            (_LATIN, "UTF-8 that was read as Latin-1"),
        ):
            found = pattern.search(text)
            if found is not None:
                near = text[max(0, found.start() - 8) : found.end() + 8]
                yield Found(f"{what}: …{near}…", steps, "get the text from its source again, in the right encoding")
                break


RULES: Final = (
    Rule(
        id="encoding-damage",
        topic="content",
        severity="warning",
        title="a text was read in the wrong encoding",
        why="The model learns rubbish. What was lost cannot be guessed, so nothing is mended by itself.",
        example=Example(
            bad=(
                '{"a": "caf\u00c3\u00a9"}',
                '{"a": "\ufffd\ufffd"}',
                '{"a": "锟斤拷"}',
                '{"a": "don\u00e2\u20ac\u2122t"}',
            ),
            good=(
                '{"a": "caf\u00e9, \u00c3o, \u00e4\u00f6\u00fc"}',
                '{"a": "烫手"}',
                '{"a": "\u201cquoted\u201d"}',
            ),
        ),
        make=_damage,
    ),
)
