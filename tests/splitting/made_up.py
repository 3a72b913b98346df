"""Records in memory, with labels, groups and near-duplicates, and what became of them."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from dsvc.splitting.plan import SplitPlan, plan
from dsvc.splitting.rule import Rule, Share
from dsvc.splitting.table import Input, read_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

THREE = (Share("train", 0.8), Share("validation", 0.1), Share("test", 0.1))


class Made:
    """A file in memory."""

    def __init__(self, records: Sequence[dict[str, Any]], name: str = "made.jsonl") -> None:
        self.name = name
        self._lines = [json.dumps(record, ensure_ascii=False).encode() for record in records]

    def lines(self) -> Iterator[bytes]:
        return iter(self._lines)

    def line(self, number: int) -> bytes:
        return self._lines[number]


def split(
    records: Sequence[dict[str, Any]],
    rule: Rule,
    before: Sequence[Sequence[dict[str, Any]]] = (),
    key: Sequence[str] = (),
) -> tuple[SplitPlan, list[str]]:
    """The plan, and the name of each record's part; ``before``: the records of each part until now."""
    file = Made(records)
    known = [Input(Made(part), side, only_remembered=True) for side, part in enumerate(before)]
    made = plan(read_table([Input(file), *known], rule, key), rule)
    _, sides = made.sides(file)
    return made, [rule.parts[side] for side in sides.tolist()]


def parts(records: Sequence[dict[str, Any]], sides: Sequence[str], rule: Rule) -> list[list[dict[str, Any]]]:
    """The records of each part."""
    return [[record for record, side in zip(records, sides, strict=True) if side == part] for part in rule.parts]


_ENGLISH = "the bank asks for a fee when cash is taken abroad with gold card after statement date"
_WORDS = [*_ENGLISH.split(), *"逾期还款利息账单"]


def text(number: int, variant: int) -> str:
    """A text of its own for each number; variants of it are nearly the same."""
    words = random.Random(number).choices(_WORDS, k=40)
    return " ".join([*words, f"({number})", "x" * variant])


@st.composite
def record_lists(draw: st.DrawFn, least: int = 12, most: int = 30) -> list[dict[str, Any]]:
    """Records of few labels; some are of a group, some nearly the same as others, some equal."""
    count = draw(st.integers(least, most))
    return [
        {
            "text": text(draw(st.integers(0, 30)), draw(st.integers(0, 2))),
            "label": draw(st.sampled_from(["fees", "账单", "cards"])),
            **draw(st.sampled_from([{}, {}, {"who": "a"}, {"who": "b"}, {"who": "丙"}])),
        }
        for _ in range(count)
    ]


rules = st.builds(
    Rule,
    shares=st.sampled_from([THREE, (Share("train", 0.5), Share("dev", 0.5)), (Share("a", 0.9), Share("b", 0.1))]),
    seed=st.sampled_from(["", "1", "种子"]),
    stratify=st.sampled_from([(), ("label",)]),
    group_by=st.sampled_from([None, "who"]),
    near_duplicates=st.sampled_from(["together", "ignore"]),
)
