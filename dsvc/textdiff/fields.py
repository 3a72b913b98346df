"""What changed inside a pair of JSON values: field by field by JSON path, word by word inside a text.

Equality is that of records (``dsvc.record``): ``1`` is not ``1.0``, ``"10"`` is not ``10``, ``true`` is
not ``1``, a missing field is not ``null``; numbers compare as written.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import msgspec

from dsvc.record import Json, Number, canonical_value
from dsvc.textdiff.words import Span, word_diff

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["ChangeKind", "FieldChange", "Span", "Step", "field_changes", "json_path", "word_diff"]

ChangeKind: TypeAlias = Literal["added", "removed", "changed"]
Step: TypeAlias = str | int
"""A key of an object or an index of a list, from 0."""
Steps: TypeAlias = tuple[Step, ...]

_SCALARS: Final = (str, int, float, bool, type(None), Number)


class FieldChange(msgspec.Struct, frozen=True):
    """One field that was added, removed or changed.

    ``steps`` lead to it in the new value; only the last step of a *removed* list element is its
    place in the old list. ``old`` is None for an added field, ``new`` for a removed one.
    """

    steps: tuple[Step, ...]
    kind: ChangeKind
    old: Json
    new: Json

    @property
    def path(self) -> str:
        """The place as a JSON path, e.g. ``messages[3].content`` or ``labels["a b"]``."""
        return json_path(self.steps)

    @property
    def words(self) -> tuple[Span, ...]:
        """The word changes, computed on request; empty unless a text became another text."""
        old, new = self.old, self.new
        if not isinstance(old, str) or not isinstance(new, str):
            return ()
        return () if isinstance(old, Number) or isinstance(new, Number) else word_diff(old, new)


def field_changes(old: Json, new: Json) -> list[FieldChange]:
    """All differences, in the order of the new value, removed fields where they stood in the old one.

    Values nested too deeply to look into are reported as one change of the whole.
    """
    try:
        return list(_changes((), old, new))
    except (RecursionError, ValueError):  # nested too deeply to look into
        return [FieldChange((), "changed", old, new)]


def kept_parts(old: Json, new: Json) -> list[tuple[Steps, Steps | None]]:
    """All of the new value in parts: where each stands in it, and where the same stands in the old one (None: nowhere).

    A part is as large as can be: a whole value that was kept, or one that was added or changed. Of a value nested too
    deeply to look into nothing counts as kept.
    """
    try:
        return list(_parts((), (), old, new))
    except (RecursionError, ValueError):
        return [((), None)]


def place_before(old: Json, new: Json, steps: Steps) -> tuple[Steps | None, bool]:
    """Where the field of the new value that ``steps`` lead to stood in the old one, and whether it was the same there.

    (None, False) when the old value had no such field.
    """
    place: Steps = ()
    for step in steps:
        at: Step | None = None
        if isinstance(old, dict) and isinstance(new, dict) and isinstance(step, str):
            at = step if step in old else None
        elif isinstance(old, list) and isinstance(new, list) and isinstance(step, int):
            at = next((i for i, j in _pairs(old, new) if j == step), None)
        if at is None:
            return None, False
        place = (*place, at)
        old, new = old[at], new[step]  # type: ignore[index]
    return place, _same(old, new)


def value_at(value: Json, steps: Steps) -> Json:
    """What stands at a place in a value. Raises KeyError when there is nothing."""
    for step in steps:
        if not _has_step(value, step):
            raise KeyError(json_path(steps))
        value = value[step]  # type: ignore[index]
    return value


def _has_step(value: Json, step: Step) -> bool:
    if isinstance(value, dict):
        return step in value
    return isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value)


def json_path(steps: Sequence[Step]) -> str:
    """Steps as a JSON path; keys that are not plain names are quoted; the whole value is ``$``."""
    path = ""
    for step in steps:
        if isinstance(step, int):
            path += f"[{step}]"
        elif step.isidentifier():
            path += f".{step}" if path else step
        else:
            path += f"[{json.dumps(step, ensure_ascii=False)}]"
    return path or "$"


def _changes(steps: tuple[Step, ...], old: Json, new: Json) -> Iterator[FieldChange]:
    if isinstance(old, dict) and isinstance(new, dict):
        yield from _in_objects(steps, old, new)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _in_lists(steps, old, new)
    elif not _same(old, new):
        yield FieldChange(steps, "changed", old, new)


def _parts(steps: Steps, place: Steps, old: Json, new: Json) -> Iterator[tuple[Steps, Steps | None]]:
    if _same(old, new):
        yield steps, place
    elif isinstance(old, dict) and isinstance(new, dict) and new:
        for key, value in new.items():
            if key in old:
                yield from _parts((*steps, key), (*place, key), old[key], value)
            else:
                yield (*steps, key), None
    elif isinstance(old, list) and isinstance(new, list) and new:
        for i, j in _pairs(old, new):
            if j is not None and i is not None:
                yield from _parts((*steps, j), (*place, i), old[i], new[j])
            elif j is not None:
                yield (*steps, j), None
    else:
        yield steps, None


def _in_objects(steps: tuple[Step, ...], old: dict[str, Json], new: dict[str, Json]) -> Iterator[FieldChange]:
    gone_after = _removed_keys(old, new) if old.keys() - new.keys() else {}
    for key in (None, *new):
        if key is not None and key in old:
            yield from _changes((*steps, key), old[key], new[key])
        elif key is not None:
            yield FieldChange((*steps, key), "added", None, new[key])
        for gone in gone_after.get(key, ()):
            yield FieldChange((*steps, gone), "removed", old[gone], None)


def _removed_keys(old: dict[str, Json], new: dict[str, Json]) -> dict[str | None, list[str]]:
    """Removed keys under the key in front of which they did not stand: the last common one before them."""
    groups: dict[str | None, list[str]] = {}
    anchor: str | None = None
    for key in old:
        if key in new:
            anchor = key
        else:
            groups.setdefault(anchor, []).append(key)
    return groups


def _in_lists(steps: tuple[Step, ...], old: list[Json], new: list[Json]) -> Iterator[FieldChange]:
    for i, j in _pairs(old, new):
        if j is None:
            assert i is not None
            yield FieldChange((*steps, i), "removed", old[i], None)
        elif i is None:
            yield FieldChange((*steps, j), "added", None, new[j])
        else:
            yield from _changes((*steps, j), old[i], new[j])


def _pairs(old: list[Json], new: list[Json]) -> Sequence[tuple[int | None, int | None]]:
    """Pair list elements; with one difference or none the pairing is plain, and nothing is imported."""
    if len(old) == len(new):
        differing = sum(not _same(a, b) for a, b in zip(old, new, strict=True))
        if differing <= 1:
            return [(i, i) for i in range(len(old))]
    from dsvc.textdiff.elements import pair_elements

    return pair_elements(old, new)


def _same(old: Json, new: Json) -> bool:
    if type(old) is type(new) and type(old) in _SCALARS and type(old) is not float:
        return old == new
    if type(old) is type(new) and isinstance(old, (dict, list)) and len(old) != len(new):  # type: ignore[arg-type]
        return False
    return canonical_value(old) == canonical_value(new)
