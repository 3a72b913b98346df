"""Characters that nobody sees, and that a model learns all the same."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from dsvc.validators.rule import Example, Found, NoOptions, RecordCheck, Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dsvc.validators.checked import Checked

# As bytes: raw where JSON allows it, or as an escape. What only looks like one is found again in the texts, or not.
_CONTROL: Final = (
    re.compile(rb"\\(?:u00[0189][0-9a-fA-F]|[bf])"),
    re.compile(rb"\x7f"),
    re.compile(rb"\xc2[\x80-\x9f]"),
)
_CONTROL_TEXT: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_BIDI: Final = (
    re.compile(rb"\xe2(?:\x80[\xaa-\xae]|\x81[\xa6-\xa9])"),
    re.compile(rb"\\u20(?:2[a-eA-E]|6[6-9])"),
)
_BIDI_TEXT: Final = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_UNSEEN: Final = (
    re.compile(rb"\xe2(?:\x80\x8b|\x81\xa0)"),
    re.compile(rb"\xef\xbb\xbf"),
    re.compile(rb"\xc2\xad"),
    re.compile(rb"\\u(?:200[bB]|2060|[fF][eE][fF][fF]|00[aA][dD])"),
)
_UNSEEN_TEXT: Final = re.compile(r"[\u200b\u2060\ufeff\xad]")
_SURROGATE: Final = (re.compile(rb"\\u[dD][89a-fA-F]"),)
_SURROGATE_TEXT: Final = re.compile(r"[\ud800-\udfff]")
_MARK: Final = (re.compile(rb"\xef\xbb\xbf"),)


def _named(character: str) -> str:
    return f"U+{ord(character):04X}"


def _in_texts(pattern: re.Pattern[str], what: str, fix: str) -> Callable[[Checked], Iterator[Found]]:
    def check(record: Checked) -> Iterator[Found]:
        for steps, text in record.texts:
            found = pattern.findall(text)
            if found:
                names = ", ".join(dict.fromkeys(map(_named, found[:20])))
                times = f" ({len(found):,} times)" if len(found) > 1 else ""
                yield Found(f"{what}: {names}{times}", steps, fix)

    return check


def _found_by(
    triggers: tuple[re.Pattern[bytes], ...], texts: re.Pattern[str], what: str, fix: str
) -> Callable[[NoOptions], RecordCheck]:
    check = RecordCheck(_in_texts(texts, what, fix), triggers)
    return lambda options: check


def _byte_order_mark(options: NoOptions) -> RecordCheck:
    return RecordCheck(_has_mark, _MARK)


def _has_mark(record: Checked) -> Iterator[Found]:
    if record.place.line == 1 and record.content.startswith(b"\xef\xbb\xbf"):
        yield Found("the file begins with a byte order mark", fix="write it without one: utf-8, not utf-8-sig")


RULES: Final = (
    Rule(
        id="byte-order-mark",
        topic="structure",
        severity="warning",
        title="the file begins with a byte order mark",
        why="Readers that expect JSON stop at it in the first line: Python's json does.",
        example=Example(bad=('\ufeff{"a": "x"}',), good=('{"a": "\ufeff"}',)),
        make=_byte_order_mark,
    ),
    Rule(
        id="control-characters",
        topic="structure",
        severity="warning",
        title="control characters in a text",
        why="They come from copies out of terminals and PDF files. The model learns to write them, and a terminal that "
        "shows the data obeys some of them.",
        example=Example(
            bad=('{"a": "x\\u001b[31m"}', '{"a": "\\u0000"}'), good=('{"a": "tab\\t, line\\n"}', '{"a": "\\\\u001b"}')
        ),
        make=_found_by(_CONTROL, _CONTROL_TEXT, "control characters", "take them out"),
    ),
    Rule(
        id="bidi-characters",
        topic="structure",
        severity="warning",
        title="characters that turn the direction of writing",
        why="A text with them is shown in another order than it is stored: reviewers approve what they do not see "
        "(CVE-2021-42574).",
        example=Example(bad=('{"a": "x\\u202ey"}',), good=('{"a": "\u0645\u0631\u062d\u0628\u0627"}',)),
        make=_found_by(_BIDI, _BIDI_TEXT, "characters that turn the direction of writing", "take them out"),
        sources=("Boucher and Anderson, Trojan Source, 2021",),
    ),
    Rule(
        id="invisible-characters",
        topic="structure",
        severity="note",
        title="characters of no width in a text",
        why="Words with them are other words to a tokenizer and to whoever searches for duplicates.",
        example=Example(bad=('{"a": "逾\u200b期"}',), good=('{"a": "\U0001f469\u200d\U0001f52c"}',)),
        make=_found_by(_UNSEEN, _UNSEEN_TEXT, "characters of no width", "take them out"),
    ),
    Rule(
        id="lone-surrogate",
        topic="structure",
        severity="error",
        title="half of a character, written as an escape",
        why="It is no text: saving it as UTF-8 fails, in Python with UnicodeEncodeError, and pyarrow refuses it.",
        example=Example(bad=('{"a": "\\ud83d"}',), good=('{"a": "\\ud83d\\ude00"}', '{"a": "\\\\ud83d"}')),
        make=_found_by(_SURROGATE, _SURROGATE_TEXT, "half of a character", "write all of it, or nothing"),
    ),
)
