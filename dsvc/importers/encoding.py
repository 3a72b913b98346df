"""In which encoding a text is: UTF-8 unless its bytes say otherwise, and told when it is another one.

The order is one of strict tries: a byte order mark, the zero bytes of UTF-16 (RFC 4627, section 3), UTF-8, and for
bytes that are not UTF-8 the two encodings of Chinese tables, GB18030 and Big5. Both of these accept most bytes, so they
must also make sense: enough of the characters must be among the commonest of Chinese. What fits none is refused.
Figures: docs/decisions.md, "Encodings are tried in order".
"""

from __future__ import annotations

import codecs
from itertools import chain
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from dsvc.errors import BadDataError, UsageError
from dsvc.record import encoding_hint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SAMPLE_BYTES: Final = 64 * 1024
"""So many bytes, from the first that is not ASCII on, are looked at to tell an encoding."""

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHINESE: Final = ("gb18030", "big5hkscs")
_COMMON: Final = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事"
    "成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此已工使"
    "情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老"
    "给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量"
    "再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象完设式"
    "這個們來為國說時會對過發後裡種經麼學現當沒動還進樣開從實軍無與長機關點業將兩間問並應戰頭體見產話給門東聲員論處義幾認條氣題爾"
    "別變電數報結務場計資統區隊決馬書則聽達強難權設請問答病人法錄誤錢銀卡請醫药医症状患者治疗检查请什么怎么哪为"
    "，。、：；？！“”‘’（）《》【】「」　"
)
_ENOUGH: Final = 0.3
"""The share of common characters among those that are not ASCII, from which on a text is Chinese."""
_ASCII: Final = bytes(range(128))
_FEW: Final = 6
_DOUBT: Final = 0.2
"""What a text of few such characters must have more."""


def decoded(chunks: Iterator[bytes], name: str, encoding: str | None, tell: Callable[[str], None]) -> Iterator[str]:
    """The text of a file, in chunks; a byte order mark is left out.

    ``encoding`` is the one that the user named; else it is found, and any other than UTF-8 is told. Raises UsageError
    for an unknown one, BadDataError (name, line) for bytes that it does not have.
    """
    text = _Text(name, encoding)
    begin = _at_least(chunks, 4)
    if encoding is not None:
        text.take(_codec(encoding))
    elif (marked := _marked(begin)) is not None:
        text.take(marked)
        if marked != "utf-8-sig":
            tell(f"'{name}' is in {marked.upper()}, as its first bytes say")
    elif (wide := _wide(begin)) is not None:
        text.take(wide)
        tell(f"'{name}' was read as {wide.upper()}: it has a zero byte beside each letter")
    else:
        yield from _utf8_or_chinese(text, begin, chunks, tell)
        return
    yield text.of(begin)
    for chunk in chunks:
        yield text.of(chunk)
    yield text.of(b"", final=True)


def encoding_of(begin: bytes) -> str:
    """The encoding that the first bytes of a file say it is in; UTF-8 where they say nothing."""
    return _marked(begin) or _wide(begin) or "utf-8"


def as_utf8(chunks: Iterator[bytes], name: str, encoding: str | None, tell: Callable[[str], None]) -> Iterator[bytes]:
    """The content of a file of lines in UTF-8: the very bytes where it is UTF-8 already, whatever else is wrong there.

    Only the first bytes that are not ASCII are looked at. Raises as :func:`decoded` does for other encodings.
    """
    named = _codec(encoding) if encoding is not None else "utf-8-sig"
    begin = _at_least(chunks, 4)
    if named == "utf-8-sig" and _marked(begin) in (None, "utf-8-sig") and _wide(begin) is None:
        lines = 1
        for chunk in chain([begin], chunks):
            if not chunk.isascii():
                sample = _sample(chunk, chunks)
                break
            lines += chunk.count(b"\n")
            yield chunk
        else:
            return
        found = None if encoding is not None else _instead_of_utf8(sample)
        if found is None:
            yield sample
            yield from chunks
            return
        text = _Text(name, None, lines)
        tell(_told(name, found))
        text.take(found)
        yield text.of(sample).encode()
        for chunk in chunks:
            yield text.of(chunk).encode()
        yield text.of(b"", final=True).encode()
        return
    for part in decoded(chain([begin], chunks), name, encoding, tell):
        yield part.encode("utf-8", "surrogatepass")


def _sample(chunk: bytes, chunks: Iterator[bytes]) -> bytes:
    """The chunk, and as much more as it takes to tell an encoding."""
    start = len(chunk) - len(chunk.lstrip(_ASCII))
    while len(chunk) - start < SAMPLE_BYTES and (more := next(chunks, None)) is not None:
        chunk += more
    return chunk


def _instead_of_utf8(sample: bytes) -> str | None:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        return likely(sample)
    return None


class _Text:
    """Decodes strictly, and knows the line for an error."""

    def __init__(self, name: str, named: str | None, line: int = 1) -> None:
        self.name = name
        self.named = named
        self._lines = line
        self.take("utf-8")

    def take(self, encoding: str) -> None:
        """Decode what follows with this one."""
        self._encoding = encoding
        self._decode = codecs.getincrementaldecoder(encoding)().decode

    def of(self, data: bytes, *, final: bool = False) -> str:
        """The text of the next bytes."""
        try:
            return self.tried(data, final=final)
        except UnicodeDecodeError as error:
            raise self.refused(error) from None

    def tried(self, data: bytes, *, final: bool = False) -> str:
        """The text of the next bytes. Raises UnicodeDecodeError."""
        text = self._decode(data, final)
        self._lines += text.count("\n")
        return text

    def refused(self, error: UnicodeDecodeError) -> BadDataError:
        """The error for bytes that the encoding does not have."""
        content, start = error.object, error.start
        line = self._lines + content.count(b"\n", 0, start)
        if self._encoding != "utf-8":
            called = self.named or self._encoding
            hint = "name the encoding that it is in: --encoding NAME" if self.named else "the file may be cut off"
        else:
            called = "UTF-8"
            hint = encoding_hint(content, start, self.name, f"utf8{PurePath(self.name).suffix}")
            if hint.startswith("convert"):
                hint = "name the encoding that it is in: --encoding NAME (gb18030, big5, cp1252, shift_jis, euc-kr …)"
        return BadDataError(
            f"cannot read '{self.name}:{line}': byte {content[start]:#04x} is not valid {called}", hint=hint
        )


def _utf8_or_chinese(text: _Text, begin: bytes, chunks: Iterator[bytes], tell: Callable[[str], None]) -> Iterator[str]:
    """UTF-8; but where the first bytes that are not ASCII are not UTF-8 either, what they are instead."""
    only_ascii = True
    chunk: bytes | None = begin
    while chunk is not None:
        try:
            part = text.tried(chunk)
            only_ascii = only_ascii and part.isascii()
            yield part
        except UnicodeDecodeError as error:
            ahead = error.object
            if only_ascii:
                ahead = _sample(ahead, chunks)
            found = likely(ahead) if only_ascii else None
            if found is None:
                raise text.refused(error) from None
            tell(_told(text.name, found))
            text.take(found)
            yield text.of(ahead)
            only_ascii = False
        chunk = next(chunks, None)
    yield text.of(b"", final=True)


def likely(content: bytes) -> str | None:
    """Which encoding of Chinese these bytes are in, None when they make no sense in either.

    They are looked at from the first one on that is not ASCII: pairs of bytes in GB18030 may happen to be UTF-8, so
    where UTF-8 fails says nothing.
    """
    start = len(content) - len(content.lstrip(_ASCII))
    sample = content[start : start + SAMPLE_BYTES]
    scores = {encoding: _sense(sample, encoding) for encoding in _CHINESE}
    best = max(scores, key=lambda encoding: scores[encoding])
    return best if scores[best] >= _ENOUGH else None


def _sense(sample: bytes, encoding: str) -> float:
    """How many of the characters that are not ASCII are common ones; -1 when some bytes are none."""
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(sample)
    except UnicodeDecodeError:
        return -1
    others = [character for character in text if not character.isascii()]
    if not others or sum("\u3041" <= character <= "\u30ff" for character in others) > len(others) / 10:
        return -1  # kana lie at the same place in EUC-JP: only they would be right
    share = sum(character in _COMMON for character in others) / len(others)
    return share if len(others) >= _FEW else share - _DOUBT


def _codec(name: str) -> str:
    try:
        info = codecs.lookup(name)
        "".encode(info.name)
    except (LookupError, ValueError):
        raise UsageError(
            f"'{name}' is not an encoding of text", hint="for instance gb18030, big5, utf-16, cp1252, shift_jis, euc-kr"
        ) from None
    return "utf-8-sig" if info.name == "utf-8" else info.name


def _marked(begin: bytes) -> str | None:
    return next((encoding for mark, encoding in _MARKS if begin.startswith(mark)), None)


def _wide(begin: bytes) -> str | None:
    if len(begin) < 4 or begin[:4].count(0) != 2:
        return None
    return {0: "utf-16-be", 1: "utf-16-le"}.get(
        0 if begin[0] == begin[2] == 0 else 1 if begin[1] == begin[3] == 0 else 2
    )


def _told(name: str, encoding: str) -> str:
    called = {"gb18030": "GB18030", "big5hkscs": "Big5"}[encoding]
    return f"'{name}' is not UTF-8, it was read as {called} (if it is another one: --encoding NAME)"


def _at_least(chunks: Iterator[bytes], count: int) -> bytes:
    begin = b""
    while len(begin) < count and (chunk := next(chunks, None)) is not None:
        begin += chunk
    return begin
