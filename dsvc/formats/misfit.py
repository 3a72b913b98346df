"""What is said of a value that does not have the form that a shape wants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NoReturn

from dsvc.errors import BadDataError
from dsvc.record import Number

if TYPE_CHECKING:
    from dsvc.record import Json


_LEAVE_OUT: Final = "--skip-unfit"
SEE_SHAPES: Final = "see the shapes: dsvc formats"


class Misfit(Exception):  # noqa: N818 - it is told as a BadDataError, which names file and line
    """A record does not have the shape that it is read as, or cannot be written in the shape that is asked for."""

    def __init__(self, field: str, what: str, hint: str | None = None) -> None:
        super().__init__(field, what)
        self.field = field
        self.what = what
        self.hint = hint


class UnfitError(BadDataError):
    """A record that cannot be converted; its hint says what the verb can do about it."""

    def rename(self) -> UnfitError:
        """The same for a verb that has ``--rename``."""
        if self.hint == SEE_SHAPES:
            self.hint += ", and call the fields as one of them does: --rename OLD=NEW"
        return self

    def leave_out(self) -> UnfitError:
        """The same for a verb that has ``--skip-unfit``."""
        if self.hint is None or _LEAVE_OUT not in self.hint:
            self.hint = f"{self.hint}; or leave" if self.hint else "leave"
            self.hint += f" such records out: {_LEAVE_OUT}"
        return self


def expected(what: str, value: Json, field: str, hint: str | None = None) -> NoReturn:
    """Raise Misfit: something else was expected in a field."""
    raise Misfit(field, f"expected {what}, found {called(value)}", hint)


def called(value: Json) -> str:
    """What a value is, in words."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (Number, int, float)):
        return "a number"
    if isinstance(value, str):
        return "a text"
    return "a list" if isinstance(value, list) else "an object"


def text_in(value: dict[str, Json], key: str) -> str:
    """The text of a field. Raises Misfit when it is none (a number as it is written is none, too)."""
    found = value.get(key)
    if type(found) is not str:
        if key not in value:
            raise Misfit(key, "is missing")
        expected("a text", found, key)
    return found


def optional_text(value: dict[str, Json], key: str) -> str | None:
    """The same for a field that may be absent or null."""
    found = value.get(key)
    if found is not None and type(found) is not str:
        expected("a text", found, key)
    return found


def list_in(value: dict[str, Json], key: str) -> list[Json]:
    """The list of a field. Raises Misfit when it is none."""
    found = value.get(key)
    if type(found) is not list:
        if key not in value:
            raise Misfit(key, "is missing")
        expected("a list", found, key)
    return found


def label_in(value: dict[str, Json], key: str) -> bool:
    """A label that is true or false. Raises Misfit for anything else: trainers drop "true", 1 and null."""
    if key not in value:
        raise Misfit(key, "is missing")
    label = value[key]
    if type(label) is not bool:
        expected("true or false", label, key, "a text or a number is taken for no label, and the record dropped")
    return label
