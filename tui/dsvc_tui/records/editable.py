"""Values as texts to edit, and the texts as values again. Nothing here draws."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from dsvc.editing.field_splice import field_text, with_field, with_field_text
from dsvc.editing.operations import require_record
from dsvc.editing.pretty import compact, pretty
from dsvc.errors import BadDataError
from dsvc.record import Number
from dsvc.render.safe_text import safe
from dsvc.textdiff.fields import json_path
from dsvc_tui.records.fields import MISSING, field, text_of, value_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc_tui.records.fields import Steps

_OFFERED: Final = 500
"""So many fields of a record are offered to be edited."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A text that somebody edits: a field of a record, or (``path`` empty) the whole of it, in row ``row`` of a file.

    ``as_json``: the text is JSON, spread over lines; else it is a string as it reads.
    """

    file: str
    row: int
    content: bytes
    path: Steps
    text: str
    as_json: bool

    @property
    def title(self) -> str:
        """What is edited."""
        return f"{plain_path(self.path) or 'the record'} of row {self.row + 1:,}"

    def record(self, text: str) -> bytes:
        """The record with the edited text. Raises BadDataError when it is not one."""
        if text == self.text:
            return self.content
        if not self.path:
            return require_record(self._compacted(text).encode(), name=self.file, row=self.row)
        if self.as_json:
            return self._checked(
                with_field_text(self.content, self.path, self._compacted(text), name=self.file, row=self.row)
            )
        return self._checked(with_field(self.content, self.path, text, name=self.file, row=self.row))

    def _compacted(self, text: str) -> str:
        return compact(text, self.content.decode("utf-8", "replace"))

    def _checked(self, content: bytes) -> bytes:
        return require_record(content, name=self.file, row=self.row)


def draft_of_field(content: bytes, path: Steps, *, file: str, row: int) -> Draft:
    """A field to edit. A string is edited as it reads, unless there are characters in it that one cannot see.

    Raises BadDataError when the record is none.
    """
    if not path:
        return draft_of_record(content, file=file, row=row)
    written = field_text(content, path, name=file, row=row)
    value = field(value_of(content), path)
    if isinstance(value, str) and not isinstance(value, Number) and safe(value, newline="keep") == value:
        return Draft(file, row, content, path, value, as_json=False)
    return Draft(file, row, content, path, pretty(written).removesuffix("\n"), as_json=True)


def draft_of_record(content: bytes, *, file: str, row: int) -> Draft:
    """A whole record to edit; one that is no JSON as it is written, to be mended."""
    text = content.decode("utf-8", "replace")
    try:
        text = pretty(text)
    except (ValueError, RecursionError):
        text = safe(text, newline="keep")
    return Draft(file, row, content, (), text, as_json=True)


def draft_of_new(content: bytes | None, *, file: str, row: int) -> Draft:
    """A new record with the fields of another one, which are empty."""
    value = value_of(content) if content is not None else MISSING
    blank = {name: _blank(item) for name, item in value.items()} if isinstance(value, dict) else {}
    written = content.decode("utf-8", "replace") if blank and content is not None else "{}"
    draft = Draft(file, row, written.encode(), (), "", as_json=True)
    text = pretty(compact(json.dumps(blank, ensure_ascii=False), written))
    return Draft(file, row, draft.record(text), (), text, as_json=True)


def _blank(value: object) -> object:
    if isinstance(value, str) and not isinstance(value, Number):
        return ""
    return [] if isinstance(value, list) else {} if isinstance(value, dict) else None


def fields_of(content: bytes) -> list[tuple[Steps, str]]:
    """The fields of a record that can be edited, each with what stands in it, and first the record itself."""
    value = value_of(content)
    if not isinstance(value, dict):
        raise BadDataError("this line is not a JSON object: it has no fields", hint="edit the whole line")
    return [*islice(_leaves(value, ()), _OFFERED)]


def _leaves(value: object, path: Steps) -> Iterator[tuple[Steps, str]]:
    inside: Iterator[tuple[str | int, object]] = iter(())
    if isinstance(value, dict) and value:
        inside = iter(value.items())
    elif isinstance(value, list) and value:
        inside = iter(enumerate(value))
    else:
        yield path, text_of(value)[:200]
        return
    for step, item in inside:
        yield from _leaves(item, (*path, step))


def plain_path(path: Steps) -> str:
    """A path as people write it."""
    return json_path(path).removeprefix("$").removeprefix(".")
