"""Fields of one type throughout a file: what loads files as columns makes none of two types.

``datasets`` up to 4.0.0, which LLaMA-Factory 0.9.5 asks for, loads nothing of a file in which a field, however deep, is
a text in one record and a number in another (packaged_modules/json, measured). null fits every type.
"""

from __future__ import annotations

from operator import is_not
from typing import TYPE_CHECKING, Any, Final

from dsvc.formats.definition import AnyOf, ListOf, Object
from dsvc.formats.misfit import Misfit, called

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dsvc.formats.definition import Field
    from dsvc.formats.report import Told
    from dsvc.record import Json

_Path = tuple[str, ...]

_DEEPEST: Final = 32
"""Steps of a path that are looked at, as by the rule ``llamafactory/column-types``."""


class OneType:
    """Takes out of records what would give a field a second type: the type that comes first counts.

    A field that the shape knows stays, and the record is refused. ``trainer`` is who cannot load it.
    """

    def __init__(self, fields: Iterable[Field], trainer: str) -> None:
        self._known = frozenset(_paths(fields, ()))
        self._trainer = trainer
        self._types = _Place(())
        self._new: list[_Place] = []

    def new_file(self) -> None:
        """Forget all types: another file has its own."""
        self._types = _Place(())

    def fitted(self, record: dict[str, Json], told: Told) -> dict[str, Json]:
        """The record without what has another type than before; the very same one when nothing has.

        Raises Misfit for a field that the shape knows.
        """
        self._new.clear()
        try:
            return self._object(record, self._types, told)
        except Misfit:
            self._take_back(0)
            raise

    def _value(self, value: Json, place: _Place, told: Told) -> Json:
        """The value as it fits, raising _OtherType when it does not."""
        if value is None or len(place.path) > _DEEPEST:
            return value
        kind = _kind(value)
        if not place.kind:
            place.kind = kind
            self._new.append(place)
        elif place.kind != kind:
            raise _OtherType(kind, place.kind)
        if isinstance(value, dict):
            return self._object(value, place, told)
        if isinstance(value, list):
            inside = place.inside("[]")
            made = [self._value(item, inside, told) for item in value]
            return made if any(map(is_not, made, value)) else value
        return value

    def _object(self, value: dict[str, Json], place: _Place, told: Told) -> dict[str, Json]:
        made: dict[str, Json] = {}
        same = True
        for key, inner in value.items():
            there = place.inside(key)
            if type(inner) is str and there.kind == _TEXT:  # nearly all
                made[key] = inner
                continue
            before = len(self._new)
            try:
                made[key] = self._value(inner, there, told)
                same = same and made[key] is inner
            except _OtherType as other:
                self._take_back(before)
                self._leave_out(there.path, other, told)
                same = False
        return value if same else made

    def _leave_out(self, path: _Path, other: _OtherType, told: Told) -> None:
        field = ".".join(path).replace(".[]", "[]")
        what = f"{other.found} where others have {other.usual}"
        why = f"{self._trainer} loads no field of two types"
        if path in self._known:
            raise Misfit(field, f"is or holds {what}", why)
        told.lost(field, f"{what}; {why}")

    def _take_back(self, before: int) -> None:
        """Forget the types of what is not written."""
        for place in self._new[before:]:
            place.kind = ""
        del self._new[before:]


class _OtherType(Exception):  # noqa: N818 - never leaves this module
    def __init__(self, found: str, usual: str) -> None:
        super().__init__()
        self.found = found
        self.usual = usual


class _Place:
    """A place in records, with the type that its values have so far (empty: none yet)."""

    __slots__ = ("_inside", "kind", "path")

    def __init__(self, path: _Path) -> None:
        self.kind = ""
        self.path = path
        self._inside: dict[str, _Place] = {}

    def inside(self, step: str) -> _Place:
        found = self._inside.get(step)
        if found is None:
            found = self._inside[step] = _Place((*self.path, step))
        return found


def _kind(value: Json) -> str:
    return "true or false" if isinstance(value, bool) else called(value)


_TEXT: Final = _kind("")


def _paths(fields: Iterable[Field], before: _Path) -> Iterator[_Path]:
    for field in fields:
        yield (*before, field.name)
        yield from _paths_in(field.type, (*before, field.name))


def _paths_in(kind: Any, path: _Path) -> Iterator[_Path]:
    if isinstance(kind, ListOf):
        yield from _paths_in(kind.item, (*path, "[]"))
    elif isinstance(kind, AnyOf):
        for one in kind.types:
            yield from _paths_in(one, path)
    elif isinstance(kind, Object):
        yield from _paths(kind.fields, path)
