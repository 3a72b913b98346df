"""How labels are shared out."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import msgspec

from dsvc.conditions.fields import field, steps_of
from dsvc.validators.checked import Records
from dsvc.validators.classes import ClassCounts, labels_of
from dsvc.validators.finding import Finding
from dsvc.validators.rule import DatasetCheck, Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsvc.textdiff.fields import Steps
    from dsvc.validators.checked import Checked
    from dsvc.validators.finding import Place

_MOST_TOLD: Final = 3


class ClassShare(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``field``: where the label stands; ``most``: the largest share that is fine, from 0 to 1."""

    field: str = "label"
    most: float = 0.8


class Classes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``field``: where the label stands; ``expected``: labels that must be there; ``least``: records of each label."""

    field: str = "label"
    expected: tuple[str, ...] = ()
    least: int = 5


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
    """Labels counted."""

    def __init__(self) -> None:
        self.found = ClassCounts()

    def take(self, places: Sequence[Place], summary: tuple[int, Counter[str]]) -> None:
        self.found.add(*summary)


class _Shares(_Labels):
    def __init__(self, options: ClassShare) -> None:
        super().__init__()
        self._options = options

    def finish(self) -> Iterator[Finding]:
        records = self.found.records
        for label, count in self.found.largest()[:_MOST_TOLD]:
            if count > records * self._options.most:
                told = f"{count / records:.0%} of the labels are '{label}' ({count:,} of {records:,})"
                fix = "collect more of the other classes, or take fewer of this one"
                yield Finding("", "warning", told, path=self._options.field, fix=fix)


class _Classes(_Labels):
    def __init__(self, options: Classes) -> None:
        super().__init__()
        self._options = options

    def finish(self) -> Iterator[Finding]:
        for label in self._options.expected:
            if label not in self.found.counts:
                told = f"no record has the label '{label}'"
                yield Finding("", "warning", told, path=self._options.field, fix="collect some, or drop the class")
        if not self.found.are_classes or self.found.records < 20 * self._options.least:
            return
        for label, count in self.found.counts.items():
            if count < self._options.least:
                told = f"only {count} of {self.found.records:,} records have the label '{label}'"
                yield Finding("", "note", told, path=self._options.field, fix="collect more, or join it with another")


RULES: Final = (
    Rule(
        id="class-share",
        topic="content",
        severity="warning",
        title="one class has most of the records",
        why="The model learns to answer with it. Above 80 % practitioners add to the others or take fewer of it. Of "
        "labels such as a>b each level counts, of lists each label. The gate `class_share` measures the same.",
        example=Example(
            bad=('{"label": "a"}',) * 9 + ('{"label": "b"}',),
            good=('{"label": "a"}',) * 8 + ('{"label": "b"}',) * 2,
        ),
        make=lambda options: DatasetCheck(lambda records: _counted(options.field, records), lambda: _Shares(options)),
        options=ClassShare,
        version=3,
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
