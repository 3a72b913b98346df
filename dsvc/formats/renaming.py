"""Fields that get other names before a record is read as a shape: a table's own headings, another project's keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsvc.errors import UsageError
from dsvc.formats.misfit import Misfit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dsvc.record import Json


class Renaming:
    """New names of top-level fields by their old ones; ``unused`` are those that no record had so far.

    Raises UsageError when two fields would get one name.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = dict(names)
        self.unused = set(names)
        twice = [new for new in self.names.values() if [*self.names.values()].count(new) > 1]
        if twice:
            raise UsageError(f"two fields cannot both become '{twice[0]}'", hint="give each a name of its own")

    def apply(self, value: dict[str, Json]) -> dict[str, Json]:
        """The record with its fields renamed, in their order. Raises Misfit when it has a field of a new name, too."""
        names = self.names
        found = [old for old in names if old in value]
        if not found:
            return value
        self.unused.difference_update(found)
        for old in found:
            new = names[old]
            if new in value and new not in names:
                raise Misfit(old, f"cannot become '{new}': the record has a field of that name", "name another one")
        return {names.get(key, key): inner for key, inner in value.items()}


def renaming_of(pairs: Sequence[str]) -> dict[str, str]:
    """``OLD=NEW`` as a mapping. Raises UsageError for what says nothing, or two things of one field."""
    names: dict[str, str] = {}
    for pair in pairs:
        old, sign, new = pair.partition("=")
        if not (old and sign and new):
            raise UsageError(f"'{pair}' renames nothing", hint="write --rename OLD=NEW: --rename 问题=question")
        if old in names:
            raise UsageError(f"'{old}' is renamed twice", hint="name it once")
        names[old] = new
    return names
