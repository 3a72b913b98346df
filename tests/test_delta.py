"""Deltas are values that invert."""

from __future__ import annotations

import pytest

from dsvc.delta import Added, Delta, Modified, MovedBlock, Reformatted, Removed
from dsvc.snapshot import Record

OLD = Record(b'{"a": 1}', "train.jsonl", 3, 2)
NEW = Record(b'{"a": 2}', "test.jsonl", 7, 7)
DELTAS: list[Delta] = [
    Added(NEW),
    Removed(OLD),
    Modified(OLD, NEW, moved=True),
    Reformatted(OLD, NEW),
    MovedBlock("train.jsonl", 1, "test.jsonl", 5, 4, 3),
]


@pytest.mark.parametrize("delta", DELTAS, ids=lambda delta: type(delta).__name__)
def test_inverting_twice_changes_nothing(delta: Delta) -> None:
    assert ~~delta == delta
    assert ~delta == delta.inverted() != delta


def test_the_change_back() -> None:
    assert ~Added(NEW) == Removed(NEW)
    assert ~Removed(OLD) == Added(OLD)
    assert ~Modified(OLD, NEW, moved=True) == Modified(NEW, OLD, moved=True)
    assert ~DELTAS[4] == MovedBlock("test.jsonl", 5, "train.jsonl", 1, 4, 3)
