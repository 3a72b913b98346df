"""What is wrong with settings, said in the words of whoever wrote them, not in those of the library that reads them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, Literal, get_args, get_origin, get_type_hints

import msgspec
from msgspec.structs import replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_ERROR: Final = re.compile(r"(?P<fact>.*?)(?: - at `\$(?P<path>.*)`)?", re.DOTALL)
_STEP: Final = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")
_UNKNOWN: Final = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)
_LACKING: Final = re.compile(r"Object missing required field `(.*)`", re.DOTALL)
_OTHER_KIND: Final = re.compile(r"Expected `(.*)`, got `(.*)`", re.DOTALL)
_NO_MEMBER: Final = re.compile(r"Invalid enum value (.*)", re.DOTALL)
_KINDS: Final[Mapping[str, str]] = {
    "str": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list [ ]",
    "object": "a table { }",
    "null": "nothing",
}


class Wrong(msgspec.Struct, frozen=True):
    """``place`` is the setting (``gates.accuracy``; empty: all of it), ``told`` what is wrong with it, ``hint`` the way
    out. ``is_unknown``: there is no such setting. ``steps``: keys, and numbers of elements from 0, that lead there."""

    place: str
    told: str
    hint: str
    is_unknown: bool = False
    steps: tuple[str, ...] = ()


def in_words(error: msgspec.ValidationError, data: object, expected: type) -> Wrong:
    """An error of ``msgspec.convert(data, expected)``."""
    match = _ERROR.fullmatch(str(error))
    fact, path = (match["fact"], match["path"] or "") if match is not None else (str(error), "")
    steps = tuple(_with_keys([name or number for name, number in _STEP.findall(path)], data, expected))
    here = _type_at(expected, steps)
    place = _placed(steps)
    if found := _UNKNOWN.fullmatch(fact):
        known = list(getattr(here, "__struct_fields__", ()))
        hint = nearest(found[1], known)
        place, steps = _joined(place, found[1]), (*steps, found[1])
        return Wrong(place, "there is no such setting", hint, is_unknown=True, steps=steps)
    return replace(_of_value(fact, place, here), steps=steps)


def _of_value(fact: str, place: str, here: Any) -> Wrong:
    if found := _LACKING.fullmatch(fact):
        return Wrong(place, f"lacks '{found[1]}'", f"say it: {found[1]} = …")
    if found := _OTHER_KIND.fullmatch(fact):
        takes = " or ".join(_KINDS.get(kind, kind) for kind in found[1].split(" | "))
        return Wrong(place, f"is {_KINDS.get(found[2], found[2])}", f"it takes {takes}")
    if found := _NO_MEMBER.fullmatch(fact):
        members = ", ".join(f'"{member}"' for member in get_args(here) if isinstance(member, str))
        return Wrong(place, f"is {found[1]}", f"it takes one of {members}" if members else "see the docs")
    return Wrong(place, fact[:1].lower() + fact[1:], "mend it")


def nearest(name: str, known: Sequence[str]) -> str:
    """A hint for a name that is not known: the one that was meant, most likely, else all."""
    from difflib import get_close_matches

    near = get_close_matches(name, known, 1, cutoff=0.65)
    return f"did you mean '{near[0]}'?" if near else f"known: {', '.join(known) or 'none'}"


def _placed(steps: Iterable[str]) -> str:
    """Steps as a setting is called; elements of a list are counted from 1."""
    place = ""
    for step in steps:
        place = f"{place}[{int(step) + 1}]" if step.isdecimal() else _joined(place, step)
    return place


def _with_keys(steps: Sequence[str], data: object, expected: type) -> list[str]:
    """The same steps with the keys of tables in the place of ``...``, which is all that the library says."""
    named: list[str] = []
    for step in steps:
        if step == "..." and isinstance(data, dict):
            step = next((key for key, value in data.items() if not _fits(value, _type_at(expected, [*named, key]))), "")
        named.append(step)
        if isinstance(data, list) and step.isdecimal():
            data = data[int(step)]
        else:
            data = data.get(step) if isinstance(data, dict) else None
    return named


def _fits(value: object, kind: Any) -> bool:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return False
    return True


def _joined(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def _type_at(expected: Any, steps: Sequence[str]) -> Any:
    """The type of what stands at a path; None where that is not known."""
    here = expected
    for step in steps:
        struct = _struct_in(here)
        if struct is not None and step in struct.__struct_fields__:
            here = get_type_hints(struct)[step]
        elif get_origin(here) in (dict, tuple, list):
            here = get_args(here)[1 if get_origin(here) is dict else 0]
        else:
            return None
    return _struct_in(here) or here


def _struct_in(kind: Any) -> Any:
    """The struct that a type is, or that is among those of a union."""
    if get_origin(kind) is Literal:
        return None
    for each in (kind, *get_args(kind)):
        if isinstance(each, type) and issubclass(each, msgspec.Struct):
            return each
    return None
