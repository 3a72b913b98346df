"""How labels are shared out."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import msgspec

from dsvc.conditions.fields import MISSING, field, steps_of, text_of
from dsvc.validators.finding import Finding
from dsvc.validators.rule import DatasetCheck, Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsvc.validators.checked import Checked
    from dsvc.validators.finding import Place


class ClassShare(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``field``: where the label stands; ``most``: the largest share that is fine, from 0 to 1."""

    field: str = "label"
    most: float = 0.8


def _class_share(options: ClassShare) -> DatasetCheck:
    steps = steps_of(options.field)

    def labels(records: Sequence[Checked]) -> Counter[str]:
        found = [field(record.value, steps) for record in records]
        return Counter(text_of(label) for label in found if label is not MISSING)

    return DatasetCheck(labels, lambda: _Shares(options))


class _Shares:
    def __init__(self, options: ClassShare) -> None:
        self._options = options
        self._counts: Counter[str] = Counter()

    def take(self, places: Sequence[Place], summary: Counter[str]) -> None:
        self._counts.update(summary)

    def finish(self) -> Iterator[Finding]:
        total = self._counts.total()
        for label, count in self._counts.most_common(1):
            if count > total * self._options.most and len(self._counts) > 1:
                yield Finding(
                    "",
                    "warning",
                    f"{count / total:.0%} of the labels are '{label}' ({count:,} of {total:,})",
                    path=self._options.field,
                    fix="collect more of the other classes, or take fewer of this one",
                )


RULES: Final = (
    Rule(
        id="class-share",
        topic="content",
        severity="warning",
        title="one class has most of the records",
        why="The model learns to answer with it. Above 80 % practitioners add to the others or take fewer of it.",
        example=Example(
            bad=('{"label": "a"}',) * 9 + ('{"label": "b"}',), good=('{"label": "a"}',) * 8 + ('{"label": "b"}',) * 2
        ),
        make=_class_share,
        options=ClassShare,
    ),
)
