"""The field that people fill in a tool: a choice among the values that it has, or a text.

Tools know texts only. A value's text is the string itself, or the JSON text of a number or a truth value; it becomes
the value again by what the version that was handed out has in this field.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from dsvc.conditions.fields import MISSING, field, text_of
from dsvc.errors import BadDataError, UsageError
from dsvc.exporters.annotation.ticket import Asked
from dsvc.record import Number, canonical_value, parse
from dsvc.textdiff.paths import steps_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from dsvc.exporters.annotation.ticket import Kind
    from dsvc.record import Json

MOST_CHOICES: Final = 50
LONGEST_CHOICE: Final = 64
"""With more values, or longer ones, a field is a text."""
_TAKEN: Final = frozenset(
    (
        *("id", "text", "conversation", "data", "meta", "annotator", "annotation_id", "created_at", "updated_at"),
        *("lead_time", "agreement", "history", "label_studio"),
    )
)
"""What tools put into their own records: a field that is called so gets another name there."""


class Values:
    """What stands in a field, record by record: the values (few, else only how many), and of which kinds they are."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.steps = steps_of(path)
        self.records = 0
        self.lists = 0
        self.single = 0
        self.strings = 0
        self.others = 0
        """Numbers and truth values."""
        self.longest = 0
        self.is_few = True
        self._values: dict[str, Json] = {}

    def add(self, record: object, name: str, line: int) -> None:
        """Look at a record. Raises BadDataError (file, line) for a value that no tool can ask for."""
        self.records += 1
        found: Any = field(record, self.steps)
        if is_blank_value(found):
            return
        where = f"'{name}:{line}'"
        if isinstance(found, list):
            self.lists += 1
        else:
            self.single += 1
        for each in found if isinstance(found, list) else [found]:
            if each is None or isinstance(each, (list, dict)):
                raise BadDataError(
                    f"'{self.path}' of the record at {where} holds {_called(each)}; people fill in texts and choices",
                    hint="name the field inside of it, like --label meta.intent or --label messages[1].content",
                )
            self._note(each, where)

    def _note(self, value: Json, where: str) -> None:
        text = text_of(value)
        is_string = isinstance(value, str) and not isinstance(value, Number)
        self.strings += is_string
        self.others += not is_string
        self.longest = max(self.longest, len(text) if text.isprintable() else LONGEST_CHOICE + 1)
        if text in self._values:
            if canonical_value(self._values[text]) != canonical_value(value):
                raise BadDataError(
                    f"'{self.path}' is {text} as a string in one record, and as a number at {where}; "
                    "an annotator could not tell them apart",
                    hint="write them alike first",
                )
        elif self.is_few:
            self._values[text] = value
            self.is_few = len(self._values) <= 4 * MOST_CHOICES

    @property
    def texts(self) -> list[str]:
        """The texts of the values; only few are known."""
        return sorted(self._values)

    @property
    def is_numeric(self) -> bool:
        """Whether there are numbers or truth values, and no text."""
        return self.others > 0 and not self.strings

    def has(self, text: str) -> bool:
        """Whether it is the text of a value, but for white space around it."""
        return text in self._values or any(known.strip() == text.strip() for known in self._values)

    def value_of(self, text: str) -> Json:
        """The value that an answer stands for: the one with this text, else a number where all others are numbers."""
        if text in self._values:
            return self._values[text]
        trimmed = [value for known, value in self._values.items() if known.strip() == text.strip()]
        if len(trimmed) == 1 and self.is_few:
            return trimmed[0]
        if self.is_numeric:
            try:
                value = parse(text.encode())
            except ValueError:
                return text
            if isinstance(value, (int, float, Number)):
                return value
        return text


def is_blank_value(value: object) -> bool:
    """Whether a field is not filled: it is not there, null, an empty text or an empty list."""
    return value is MISSING or value is None or value in ("", [])


def texts_of(value: object) -> list[str]:
    """A field's value as the texts of an answer; none when it is not filled."""
    if is_blank_value(value):
        return []
    return [text_of(each) for each in value] if isinstance(value, list) else [text_of(value)]


class Labelled(msgspec.Struct, frozen=True):
    """A field as the tool asks for it, with the choices that there are."""

    asked: Asked
    choices: tuple[str, ...] = ()


def labelled(
    values: Values, taken: Collection[str], *, choices: Sequence[str] = (), free_text: bool = False, known: bool = False
) -> Labelled:
    """How a field is asked for. ``taken``: what other fields are called; ``known``: its shape says that it is a label.

    ``choices`` are values that people may choose besides those that are there. Raises UsageError where the field holds
    lists here and single values there, or what cannot be chosen.
    """
    path = values.path
    if values.lists and values.single:
        raise UsageError(f"'{path}' holds a list in some records and a single value in others", hint="make them alike")
    fits = values.is_few and len(values.texts) <= MOST_CHOICES and values.longest <= LONGEST_CHOICE
    repeats = known or 2 * len(values.texts) <= values.lists + values.single
    is_choice = bool(choices) or (not free_text and bool(values.texts) and fits and (repeats or bool(values.lists)))
    if not is_choice and values.lists:
        raise UsageError(f"'{path}' holds lists, which are no texts", hint="name the choices: --choice VALUE")
    if choices and not fits and values.texts:
        raise UsageError(
            f"'{path}' has more than {MOST_CHOICES} values, or longer ones than {LONGEST_CHOICE} characters: "
            "they cannot be choices",
            hint="leave --choice out: it is a text then",
        )
    if bad := next((text for text in choices if not text.strip() or not text.isprintable()), None):
        raise UsageError(f"'{bad!r}' cannot be chosen", hint="name a value: --choice fees")
    kind: Kind = "text" if not is_choice else "choices" if values.lists else "choice"
    offered = tuple(dict.fromkeys((*values.texts, *choices))) if is_choice else ()
    added = tuple([text for text in offered if text not in values.texts])
    return Labelled(Asked(path, _tag(path, taken), kind, added), offered)


def _tag(path: str, taken: Collection[str]) -> str:
    """What a tool calls a field: as we do, where that is a word, and not a word of the tool's own."""
    name = re.sub(r"[^\w.]+", "_", path.replace("]", "")).strip("_.") or "field"
    if name in _TAKEN or name.startswith("dsvc_"):
        name = f"field_{name}"
    while name in taken:
        name += "_"
    return name


def _called(value: object) -> str:
    return "an object" if isinstance(value, dict) else "a list inside of a list" if isinstance(value, list) else "null"
