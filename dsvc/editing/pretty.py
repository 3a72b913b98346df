"""A record spread over lines for somebody to edit, and put back on one line as it was written.

Numbers, the order of fields and fields that occur twice stay as they are: nothing is parsed and written anew, only
the white space between the parts changes. A string that stays what it was is written as it was.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from dsvc.editing.field_splice import style_of
from dsvc.errors import BadDataError
from dsvc.render.safe_text import safe

if TYPE_CHECKING:
    from collections.abc import Iterator

_PART: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
_INDENT: Final = "  "


def pretty(text: str) -> str:
    """JSON text with one field a line, escapes for what could mislead a terminal. Raises ValueError when it is none."""
    _require_json(text)
    return "".join(_spread(_PART.findall(text))) + "\n"


def compact(edited: str, written: str) -> str:
    """Edited JSON text on one line, in the style of the record ``written``. Raises BadDataError (line and column)."""
    try:
        _require_json(edited)
    except json.JSONDecodeError as error:
        raise BadDataError(
            f"this is not JSON: {error.msg[:1].lower()}{error.msg[1:]}, line {error.lineno}, column {error.colno}",
            hint="mend it there",
        ) from None
    except (ValueError, RecursionError):
        raise BadDataError("this is not JSON that can be read", hint="look for numbers and brackets") from None
    style = style_of(written)
    spelled = {_decoded(part): part for part in _PART.findall(written) if part[0] == '"'}
    parts = []
    for part in _PART.findall(edited):
        if part[0] == '"':
            text = _decoded(part)
            parts.append(spelled.get(text) or style.string(text))
        else:
            parts.append({",": style.comma, ":": style.colon}.get(part, part))
    return "".join(parts)


def shown_string(text: str) -> str:
    """A string as JSON, letters as they are, and escapes for what could mislead a terminal."""
    written = json.dumps(text, ensure_ascii=False)
    if safe(written) == written:
        return written
    return "".join([char if safe(char) == char else json.dumps(char)[1:-1] for char in written])


def _spread(parts: list[str]) -> Iterator[str]:
    depth = 0
    for at, part in enumerate(parts):
        following = parts[at + 1] if at + 1 < len(parts) else ""
        if part in "{[":
            depth += 1
            yield part if following in ("}", "]") else f"{part}\n{_INDENT * depth}"
        elif part in "}]":
            depth -= 1
            yield part if parts[at - 1] in ("{", "[") else f"\n{_INDENT * depth}{part}"
        elif part == ",":
            yield f",\n{_INDENT * depth}"
        elif part == ":":
            yield ": "
        else:
            yield shown_string(_decoded(part)) if part[0] == '"' else part


def _require_json(text: str) -> None:
    json.loads(text, parse_int=str, parse_float=str)


def _decoded(part: str) -> str:
    text: str = json.loads(part)
    return text
