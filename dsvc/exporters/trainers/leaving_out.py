"""Fields that a trainer would misread: they are left out, and that is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dsvc.formats.report import Told
    from dsvc.record import Json


def without_fields(record: dict[str, Json], names: frozenset[str], told: Told, why: str) -> dict[str, Json]:
    """The record without these fields: the very same one when it has none of them."""
    if record.keys().isdisjoint(names):
        return record
    for name in record:
        if name in names:
            told.lost(name, why)
    return {name: value for name, value in record.items() if name not in names}
