"""How labels are shared out."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import msgspec

from dsvc.conditions.fields import MISSING, field, steps_of, text_of
from dsvc.validators.checked import Records
from dsvc.validators.finding import Finding
from dsvc.validators.rule import DatasetCheck, Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsvc.textdiff.fields import Steps
    from dsvc.validators.checked import Checked
    from dsvc.validators.finding import Place

_LEVEL: Final = ">"
_MOST_CLASSES: Final = 2000


class ClassShare(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``field``: where the label stands; ``most``: the largest share that is fine, from 0 to 1."""

    field: str = "label"
    most: float = 0.8


class Classes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``field``: where the label stands; ``expected``: labels that must be there; ``least``: records of each label."""

    field: str = "label"
    expected: tuple[str, ...] = ()
    least: int = 5


def labels_of(value: object) -> list[str]:
    """The labels that a value holds: one, several in a list, and of ``a>b>c`` also ``a`` and ``a>b``."""
    if isinstance(value, list):
        return [label for inner in value for label in labels_of(inner)]
    if value is MISSING or value is None or isinstance(value, dict):
        return []
    parts = text_of(value).split(_LEVEL)
    return [_LEVEL.join(parts[: depth + 1]) for depth in range(len(parts))]


def _counted(path: str, records: Sequence[Checked]) -> tuple[int, Counter[str]]:
    """How many records have labels, and how many have which."""
    steps = steps_of(path)
    found = [labels_of(field(value, steps)) for value in _with_field(records, steps)]
    counts = Counter(label for labels in found for label in dict.fromkeys(labels))
    return sum(map(bool, found)), counts


def _with_field(records: Sequence[Checked], steps: Steps) -> Sequence[object]:
    """The values of the records that have the field at a path, or may have it."""
    if not isinstance(records, Records) or not steps:
        return [record.value for record in records]
    rows = [row for (keys, _), alike in records.alike.items() if steps[0] in keys for row in alike]
    return [records.values[row] for row in sorted(rows)]


class _Labels:
    """Labels counted; more than 2,000 different ones are no classes."""

    def __init__(self) -> None:
        self.records = 0
        self.counts: Counter[str] = Counter()

    def take(self, places: Sequence[Place], summary: tuple[int, Counter[str]]) -> None:
        self.records += summary[0]
        if len(self.counts) <= _MOST_CLASSES:
            self.counts.update(summary[1])

    @property
    def are_classes(self) -> bool:
        """Whether there are several of them, and each is of some records."""
        return 1 < len(self.counts) <= min(_MOST_CLASSES, max(self.records // 2, 2))


class _Shares(_Labels):
    def __init__(self, options: ClassShare) -> None:
        super().__init__()
        self._options = options

    def finish(self) -> Iterator[Finding]:
        if not self.are_classes:
            return
        for label, count in self.counts.most_common(3):
            if count > self.records * self._options.most and not self._has_one_child(label):
                told = f"{count / self.records:.0%} of the labels are '{label}' ({count:,} of {self.records:,})"
                fix = "collect more of the other classes, or take fewer of this one"
                yield Finding("", "warning", told, path=self._options.field, fix=fix)

    def _has_one_child(self, label: str) -> bool:
        """Whether all of a label's records are of one label below it: then that one is told."""
        return any(
            other.startswith(f"{label}{_LEVEL}") and count == self.counts[label] for other, count in self.counts.items()
        )


class _Classes(_Labels):
    def __init__(self, options: Classes) -> None:
        super().__init__()
        self._options = options

    def finish(self) -> Iterator[Finding]:
        for label in self._options.expected:
            if label not in self.counts:
                told = f"no record has the label '{label}'"
                yield Finding("", "warning", told, path=self._options.field, fix="collect some, or drop the class")
        if not self.are_classes or self.records < 20 * self._options.least:
            return
        for label, count in self.counts.items():
            if count < self._options.least:
                told = f"only {count} of {self.records:,} records have the label '{label}'"
                yield Finding("", "note", told, path=self._options.field, fix="collect more, or join it with another")


RULES: Final = (
    Rule(
        id="class-share",
        topic="content",
        severity="warning",
        title="one class has most of the records",
        why="The model learns to answer with it. Above 80 % practitioners add to the others or take fewer of it. Of "
        "labels such as a>b each level counts, of lists each label.",
        example=Example(
            bad=('{"label": "a"}',) * 9 + ('{"label": "b"}',), good=('{"label": "a"}',) * 8 + ('{"label": "b"}',) * 2
        ),
        make=lambda options: DatasetCheck(lambda records: _counted(options.field, records), lambda: _Shares(options)),
        options=ClassShare,
        version=2,
    ),
    Rule(
        id="rare-class",
        topic="content",
        severity="note",
        title="a class is missing, or has very few records",
        why="It is not learned, and its score is chance. Classes that are expected are named in the rule's options.",
        example=Example(
            bad=('{"label": "a"}',) * 60 + ('{"label": "b"}',) * 60 + ('{"label": "c"}',),
            good=('{"label": "a"}',) * 60 + ('{"label": "b"}',) * 60,
        ),
        make=lambda options: DatasetCheck(lambda records: _counted(options.field, records), lambda: _Classes(options)),
        options=Classes,
    ),
)
