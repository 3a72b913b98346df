"""Classes counted: one measure for the rules about shares of labels, and for the gate."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from dsvc.conditions.fields import MISSING, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_LEVEL: Final = ">"
_MOST_CLASSES: Final = 2000
_FEW: Final = 10
"""Fewer records that all have one label say nothing of classes."""


def labels_of(value: object) -> list[str]:
    """The labels that a value holds: one, several in a list, and of ``a>b>c`` also ``a`` and ``a>b``."""
    if isinstance(value, list):
        return [label for inner in value for label in labels_of(inner)]
    if value is MISSING or value is None or isinstance(value, dict):
        return []
    parts = text_of(value).split(_LEVEL)
    return [_LEVEL.join(parts[: depth + 1]) for depth in range(len(parts))]


class ClassCounts:
    """How many records have which labels. Of more than 2,000 different ones the rare half is forgotten."""

    def __init__(self) -> None:
        self.records = 0
        """Records with a label."""
        self.counts: Counter[str] = Counter()
        self._are_many = False

    def add_value(self, value: object) -> None:
        """The value of a record's field."""
        labels = dict.fromkeys(labels_of(value))
        self.add(1 if labels else 0, labels)

    def add(self, records: int, labels: Mapping[str, int | None]) -> None:
        """Records and how many of them have which labels (None: one)."""
        self.records += records
        for label, count in labels.items():
            self.counts[label] += 1 if count is None else count
        if len(self.counts) > _MOST_CLASSES:
            self._are_many = True
            self.counts = Counter(dict(self.counts.most_common(_MOST_CLASSES // 2)))

    @property
    def are_classes(self) -> bool:
        """Whether there are several labels, each of some records: not texts or ids."""
        return not self._are_many and 1 < len(self.counts) <= max(self.records // 2, 2)

    def largest(self) -> list[tuple[str, int]]:
        """The largest classes with their records, the largest first; where all records of one are of one below it, that
        one is meant. None where one label is all that a few records have."""
        if len(self.counts) == 1 and self.records < _FEW:
            return []
        return [(label, count) for label, count in self.counts.most_common(_FEW) if not self._has_one_child(label)]

    def _has_one_child(self, label: str) -> bool:
        return any(
            other.startswith(f"{label}{_LEVEL}") and count == self.counts[label] for other, count in self.counts.items()
        )
