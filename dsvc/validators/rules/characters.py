"""Characters that nobody sees, and that a model learns all the same."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import orjson

from dsvc.record import BOM
from dsvc.validators.outline import objects
from dsvc.validators.rule import Example, Found, NoOptions, RecordCheck, Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dsvc.textdiff.fields import Steps
    from dsvc.validators.checked import Checked

    Judge = Callable[[str], list[re.Match[str]]]
    """The places in a text that are found fault with."""

# Lines are searched as bytes, for the character itself or for its escape; for all rules together, in patterns that
# begin with one plain byte. What only looks like an escape is not found again in the texts.
_ESCAPES: Final = re.compile(
    rb"\\(?:u(?:00[01789aA]|20[0-6]|[fF][eE][fF][fF]|[dD][89a-fA-F])|[bf])"  # the first digits are enough
)
_SHORT: Final = re.compile(rb"\xc2[\x80-\x9f\xad]")
_LONG: Final = re.compile(rb"\xe2(?:\x80[\x8b-\x8d\xaa-\xae]|\x81[\xa0\xa6-\xa9])")
_CONTROL_BYTES: Final = (_ESCAPES, _SHORT, re.compile(rb"\x7f"))
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_BIDI_BYTES: Final = (_ESCAPES, _LONG)
_BIDI: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")
_RIGHT_TO_LEFT: Final = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_UNSEEN_BYTES: Final = (_ESCAPES, _SHORT, _LONG, re.compile(re.escape(BOM)), re.compile(rb"\xf3\xa0[\x80\x81]"))
_UNSEEN: Final = re.compile("[\u200b-\u200d\u2060\ufeff\xad\U000e0000-\U000e007f]")
_FLAG: Final = re.compile("\U0001f3f4[\U000e0020-\U000e007e]{1,8}\U000e007f")
_JOINED: Final = re.compile("[\u0600-\u08ff\u0900-\u0dff\u0e00-\u109f\u1780-\u18af\ufb50-\ufdff\ufe70-\ufefc]")
"""Letters of scripts that are written with joiners: Arabic and Persian, those of India and of South-East Asia."""
_UNSPACED: Final = re.compile("[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff]")
"""Letters of scripts without spaces between words, where a space of no width says where a line may break."""
_PICTURE: Final = re.compile("[\u00a9\u00ae\u203c-\u3299\ufe0f\U0001f000-\U0001faff]")
_SURROGATE_BYTES: Final = (_ESCAPES,)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_LATEX: Final = {
    "\x08": ("b", re.compile("ar|egin|eta|ig|inom|mod|oldsymbol|ot|oxed|ullet")),
    "\x0c": ("f", re.compile("box|lat|lushleft|orall|rac")),
}
"""Commands that lose their backslash to JSON: ``"\\\\frac"`` written with one backslash is a form feed and ``rac``."""
_SHOWN: Final = 5


def control_characters(text: str) -> list[re.Match[str]]:
    """Control characters but tab, line feed and carriage return."""
    return [*_CONTROL.finditer(text)]


def bidi_characters(text: str) -> list[re.Match[str]]:
    """Characters that turn the direction of writing, but for those that a right-to-left text opens and closes."""
    found = [*_BIDI.finditer(text)]
    if found and _RIGHT_TO_LEFT.search(text) and _is_balanced([match[0] for match in found]):
        return []
    return found


def _is_balanced(marks: list[str]) -> bool:
    """Whether embeddings and isolates are closed in their order; an override is never innocent."""
    open_ones: list[str] = []
    for mark in marks:
        if mark in "\u202d\u202e":
            return False
        if mark in "\u202a\u202b":
            open_ones.append("\u202c")
        elif mark in "\u2066\u2067\u2068":
            open_ones.append("\u2069")
        elif not open_ones or open_ones.pop() != mark:
            return False
    return not open_ones


def unseen_characters(text: str) -> list[re.Match[str]]:
    """Characters of no width where neither the script nor an emoji needs them."""
    flags = [match.span() for match in _FLAG.finditer(text)] if "\U0001f3f4" in text else []
    return [match for match in _UNSEEN.finditer(text) if not _is_needed(text, match.start(), flags)]


def _is_needed(text: str, at: int, flags: list[tuple[int, int]]) -> bool:
    character, around = text[at], text[max(at - 1, 0) : at] + text[at + 1 : at + 2]
    if character == "\u200b":
        return _UNSPACED.search(around) is not None
    if character == "\u200c":
        return _JOINED.search(around) is not None
    if character == "\u200d":
        return _JOINED.search(around) is not None or _PICTURE.search(around) is not None
    return any(start <= at < end for start, end in flags)


def lone_surrogates(text: str) -> list[re.Match[str]]:
    """Halves of characters; pairs were put together when the text was read."""
    return [*_SURROGATE.finditer(text)]


def _names(found: list[re.Match[str]]) -> str:
    names = [f"U+{ord(name):04X}" for name in dict.fromkeys(match[0] for match in found)]
    more = f" and {len(names) - _SHOWN} others" if len(names) > _SHOWN else ""
    times = f", {len(found):,} times" if len(found) > 1 else ""
    return f"{', '.join(names[:_SHOWN])}{more}{times}, first at character {found[0].start() + 1}"


def _lost_backslash(text: str, found: list[re.Match[str]]) -> str:
    """What to do about control characters, above all where they were commands of LaTeX."""
    for match in found:
        if match[0] in _LATEX:
            letter, words = _LATEX[match[0]]
            if word := words.match(text, match.end()):
                return f"it was meant as '\\{letter}{word[0]}': write its backslash twice in JSON"
    return "take them out"


def _texts(record: Checked) -> Iterator[tuple[Steps, str]]:
    """All texts, and the names of fields as well (with the path of their field)."""
    yield from record.texts
    for steps, inner in objects(record.value):
        for key in inner:
            yield (*steps, key), key


def _looking_for(what: str, judge: Judge, fix: str) -> Callable[[Checked], Iterator[Found]]:
    def check(record: Checked) -> Iterator[Found]:
        for steps, text in _texts(record):
            found = judge(text)
            if found:
                yield Found(f"{what}: {_names(found)}", steps, fix or _lost_backslash(text, found))

    return check


def _only_where_refused(check: Callable[[Checked], Iterator[Found]]) -> Callable[[Checked], Iterator[Found]]:
    """The same for lines that a strict reader refuses; most escapes of surrogates are whole pairs."""

    def strict(record: Checked) -> Iterator[Found]:
        try:
            orjson.loads(record.content)
        except ValueError:
            yield from check(record)

    return strict


def _control(options: NoOptions) -> RecordCheck:
    return RecordCheck(_looking_for("control characters", control_characters, ""), triggers=_CONTROL_BYTES)


def _bidi(options: NoOptions) -> RecordCheck:
    what = "characters that turn the direction of writing"
    return RecordCheck(_looking_for(what, bidi_characters, "take them out"), triggers=_BIDI_BYTES)


def _unseen(options: NoOptions) -> RecordCheck:
    return RecordCheck(
        _looking_for("characters of no width", unseen_characters, "take them out"), triggers=_UNSEEN_BYTES
    )


def _surrogate(options: NoOptions) -> RecordCheck:
    check = _looking_for("half of a character", lone_surrogates, "write both halves, or U+FFFD in their place")
    return RecordCheck(_only_where_refused(check), triggers=_SURROGATE_BYTES)


RULES: Final = (
    Rule(
        id="control-characters",
        topic="structure",
        severity="warning",
        title="control characters in a text",
        why="They come from terminals, from PDF files and from LaTeX whose backslash was not escaped. The model learns "
        "to write them, and a terminal that shows the data obeys some of them.",
        example=Example(
            bad=('{"a": "x\\u001b[31m"}', '{"a": "\\u0000"}', '{"a": "\\frac{1}{2}"}', '{"a": "\x85"}'),
            good=('{"a": "tab\\t, line\\r\\n"}', '{"a": "\\\\u001b and \\\\frac{1}{2}"}'),
        ),
        make=_control,
    ),
    Rule(
        id="bidi-characters",
        topic="structure",
        severity="warning",
        title="characters that turn the direction of writing",
        why="A text with them is shown in another order than it is stored: reviewers approve what they do not see "
        "(CVE-2021-42574).",
        example=Example(
            bad=('{"a": "x\\u202ey"}', '{"a": "access\u2067level"}'),
            good=('{"a": "مرحبا"}', '{"a": "\u202bمرحبا dsvc\u202c"}'),
        ),
        make=_bidi,
        sources=("Boucher and Anderson, Trojan Source, 2021", "Unicode Standard Annex 9"),
    ),
    Rule(
        id="invisible-characters",
        topic="structure",
        severity="warning",
        title="characters of no width where nothing needs them",
        why="Words with them are other words to a tokenizer and to whoever searches for duplicates; they also hide "
        "instructions and watermarks.",
        example=Example(
            bad=('{"a": "逾\u200b期"}', '{"a": "\\ufeffx"}', '{"\\ufeffid": 1}', '{"a": "hi\U000e0068\U000e0069"}'),
            good=(
                '{"a": "\U0001f469\u200d\U0001f52c"}',
                '{"a": "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"}',
                '{"a": "می\u200cخواهم and क्\u200dष"}',
                '{"a": "ภาษา\u200bไทย"}',
            ),
        ),
        make=_unseen,
        sources=("Unicode Standard Annex 31, section 2.3", "Unicode Technical Standard 51 (emoji)"),
    ),
    Rule(
        id="lone-surrogate",
        topic="structure",
        severity="error",
        title="half of a character, written as an escape",
        why="It is no text: writing it as UTF-8 fails, in Python with UnicodeEncodeError, and strict readers "
        "(pyarrow, orjson) refuse the line.",
        example=Example(
            bad=('{"a": "\\ud83d"}', '{"a": "\\ude00\\ud83d"}', '{"\\ud83d": 1}'),
            good=('{"a": "\\ud83d\\ude00"}', '{"a": "\\\\ud83d"}'),
        ),
        make=_surrogate,
        sources=("RFC 8259, section 8.2",),
    ),
)
