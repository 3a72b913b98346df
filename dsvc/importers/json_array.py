"""A JSON file that is one array of objects, as lines; read in chunks, so its size does not matter.

What is inside an element stays as written: numbers, escapes, order and repetition of keys. An element on one line keeps
all its bytes; of one that spans lines only the line breaks and the indents go.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from dsvc.errors import BadDataError
from dsvc.record import syntax_error

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.importers.input_file import InputFile

# A line break never stands inside a JSON string, so these only meet white space between tokens.
_BREAK_AFTER_COMMA = re.compile(r",[ \t]*[\r\n][ \t\r\n]*")
_BREAK = re.compile(r"[ \t]*[\r\n][ \t\r\n]*")
_SPACE = re.compile(r"[ \t\r\n]*")
_NEAR_END = 16
"""An error so near the end of what was read may only mean that a token goes on behind it."""


def read(file: InputFile) -> Iterator[bytes]:
    """The elements of the array as lines. Raises BadDataError (name, line, column) when it is not one of objects."""
    text = ObjectReader(file)
    if text.next_char() != "[":
        raise text.error("expected a JSON array", hint="if each line is a record of its own: --from jsonl")
    yield from elements(text)
    if text.next_char():
        raise text.error("something follows the array", hint=BROKEN)


def elements(text: ObjectReader) -> Iterator[bytes]:
    """The objects of the array that comes next, as lines."""
    text.skip(1)
    if text.next_char() != "]":
        yield text.element()
        while text.next_char() == ",":
            text.skip(1)
            if text.next_char() == "]":
                raise text.error("a comma too many before ']'", hint="take out the comma behind the last record")
            yield text.element()
    if text.next_char() != "]":
        raise text.error("expected ',' or ']'" if text.next_char() else "the array is not closed", hint=BROKEN)
    text.skip(1)


BROKEN = "the file may be cut off or damaged; get it again, or mend it there"


class ObjectReader:
    """A window of the file's text that moves forward, from one object to the next."""

    def __init__(self, file: InputFile) -> None:
        self._name = file.name
        self._chunks = file.text()
        self._text = ""
        self._at = 0
        self._line = 1
        self._line_start = 0
        self._decode = json.JSONDecoder(parse_constant=_refuse_constant, parse_int=str, parse_float=str).raw_decode

    def next_char(self) -> str:
        """The next character that is not white space, not taken; empty at the end."""
        while True:
            match = _SPACE.match(self._text, self._at)
            assert match is not None
            self._at = match.end()
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def skip(self, count: int) -> None:
        """Take characters."""
        self._at += count

    def element(self) -> bytes:
        """Take one object, as a line."""
        if not self.next_char():
            raise self.error("the file ends too early, a record should follow", hint=BROKEN)
        if self.next_char() != "{":
            raise self.error("a record is a JSON object, this is not one", hint="take out what is no object")
        return one_line(self.value()).encode("utf-8") + b"\n"

    def value(self) -> str:
        """Take one value of any kind, as it is written."""
        self.next_char()
        while True:
            try:
                _, end = self._decode(self._text, self._at)
                if end < len(self._text) or self._text[end - 1] in '}]"' or not self._more():
                    break  # else it may be a number that goes on
            except json.JSONDecodeError as error:
                within = error.pos - self._at
                goes_on = error.msg.startswith("Unterminated") or error.pos >= len(self._text) - _NEAR_END
                if not goes_on or not self._more(double=True):
                    raise self.error(syntax_error(error, self._text), within=within, hint=BROKEN) from None
            except ValueError as error:
                raise self.error(str(error), hint="use null instead") from None
            except RecursionError:
                raise self.error("nested too deeply", hint=None) from None
        written = self._text[self._at : end]
        self._at = end
        return written

    def error(self, what: str, *, hint: str | None, within: int = 0) -> BadDataError:
        """The error so many characters behind the next one."""
        at = self._at + within
        line = self._line + self._text.count("\n", 0, at)
        last = self._text.rfind("\n", 0, at)
        column = at - last if last >= 0 else self._line_start + at + 1
        return BadDataError(f"cannot read '{self._name}:{line}': {what}, column {column}", hint=hint)

    def _more(self, *, double: bool = False) -> bool:
        """Read on, dropping what was taken; with ``double`` as much again as there is, so that retries stay few."""
        taken = self._text[: self._at]
        self._line += taken.count("\n")
        last = taken.rfind("\n")
        self._line_start = len(taken) - last - 1 if last >= 0 else self._line_start + len(taken)
        parts = [self._text[self._at :]]
        wanted = len(parts[0]) if double else 1
        while wanted > 0 and (chunk := next(self._chunks, None)) is not None:
            parts.append(chunk)
            wanted -= len(chunk)
        self._text, self._at = "".join(parts), 0
        return len(parts) > 1


def one_line(written: str) -> str:
    """JSON text without line breaks, and otherwise as it is written."""
    if "\n" not in written and "\r" not in written:
        return written
    return _BREAK.sub("", _BREAK_AFTER_COMMA.sub(", ", written))


def _refuse_constant(text: str) -> None:
    raise ValueError(f"'{text}' is not a JSON value")
