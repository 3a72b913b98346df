"""Follow many lines back at once: to where they were born, and through the versions that only rewrote them.

Layouts tell where lines were born without any history. A version is opened only when lines that were born in it may be
old ones, edited or written differently: its ledger line counts those. Each version is looked at once, children first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dsvc.blame.past import may_have

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dsvc.blame.past import Past
    from dsvc.diff.earlier import Earlier
    from dsvc.layout import Column
    from dsvc.origin import Origin, VersionId


class Born(msgspec.Struct, frozen=True, eq=False):
    """Lines that were born in a version: which of those asked for, and what came before.

    ``earlier`` is None where nothing did: in a first version, or one that edited nothing. Otherwise ``lines`` are
    their numbers in the version.
    """

    version: VersionId
    slots: Column
    lines: Column
    origins: tuple[Origin, ...]
    origin: Column
    """For each line the index of its origin in ``origins``."""
    earlier: Earlier | None


def traced(
    past: Past, version: VersionId, lines: Column, goes_on: Callable[[Born], Column], *, edits: bool
) -> Iterator[Born]:
    """Where the lines were born; those for which ``goes_on`` gives True are followed into the version before.

    With ``edits`` versions are opened also where lines were edited, not only where they were written differently.
    """
    waiting: dict[VersionId, list[tuple[Column, Column]]] = {version: [(np.arange(len(lines)), lines)]}
    while waiting:
        at = min(waiting, key=past.age)
        slots, here = (np.concatenate(part) for part in zip(*waiting.pop(at), strict=True))
        order = np.argsort(here, kind="stable")
        slots, here = slots[order], here[order]
        table = past.lines(at)
        for birth, chosen in _by_version(past, at, here):
            if birth != at and may_have(past, birth, edits=edits):
                found = table.found_in(past.lines(birth), birth, here[chosen])
                waiting.setdefault(birth, []).append((slots[chosen], found))
                continue
            known = past.diff(at).earlier(here[chosen]) if birth == at and may_have(past, at, edits=edits) else None
            packs, origin = np.unique(table.packs(here[chosen]), return_inverse=True)
            origins = tuple(table.origin(pack) for pack in packs.tolist())
            born = Born(birth, slots[chosen], here[chosen], origins, origin, known)
            if known is not None:
                on = goes_on(born)
                parent = past.parent(at)
                assert parent is not None
                if on.any():
                    waiting.setdefault(parent, []).append((born.slots[on], known.line[on]))
            yield born


def _by_version(past: Past, at: VersionId, lines: Column) -> Iterator[tuple[VersionId, Column]]:
    """The versions that the lines were born in, each with the indexes of its lines."""
    table = past.lines(at)
    packs = table.packs(lines)
    by_version: dict[VersionId, list[int]] = {}
    for pack in np.unique(packs).tolist():
        by_version.setdefault(table.origin(pack).version, []).append(pack)
    for version, numbers in by_version.items():
        yield version, np.flatnonzero(np.isin(packs, numbers))
