"""What a correction does to a record besides giving fields other values: it is to be seen, for nobody may mean it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from dsvc.record import Number, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

_KINDS: Final = (
    (Number, "a number"),
    (bool, "true or false"),
    (str, "a text"),
    (dict, "an object"),
    (list, "a list"),
    (type(None), "null"),
)


def told_of_fields(old: bytes, new: bytes) -> Iterator[str]:
    """Fields at the top that a correction takes away or adds, and those whose values are of another kind now.

    Nothing is told of what is no record: the verdict is refused then.
    """
    try:
        before, after = parse(old), parse(new)
    except ValueError:
        return
    if not isinstance(before, dict) or not isinstance(after, dict):
        return
    for told, names in (("lost", before.keys() - after.keys()), ("new", after.keys() - before.keys())):
        if names:
            ordered = (name for name in (*before, *after) if name in names)
            yield f"fields {told}: {', '.join(ordered)}"
    for name in before:
        if name in after and (kinds := (_kind(before[name]), _kind(after[name])))[0] != kinds[1]:
            yield f"'{name}' was {kinds[0]}, and is {kinds[1]} now"


def _kind(value: Any) -> str:
    return next((told for kind, told in _KINDS if isinstance(value, kind)), "a number")
