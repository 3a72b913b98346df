"""Requests of reviews in plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dsvc.errors import UsageError
from dsvc.repository.reviews.starting import request_of

if TYPE_CHECKING:
    from collections.abc import Iterator


class Counted(list[str]):
    """A list that knows how often somebody went through it."""

    times = 0

    def __iter__(self) -> Iterator[str]:
        self.times += 1
        return super().__iter__()


def test_the_records_are_not_gone_through_for_each_answer() -> None:
    records = Counted(f"{n:032x}" for n in range(500))
    answers = {name: [("安娜", "甲"), ("本", "乙")] for name in records}
    records.times = 0
    request_of("d", records=records, answers=answers, fields=["label"])
    assert records.times < 5


def test_an_answer_to_another_record_is_refused() -> None:
    answers = {name: [("安娜", "甲")] for name in ("a", "b")}
    with pytest.raises(UsageError, match="answers are given for 'b', which is not among the records"):
        request_of("d", records=["a"], answers=answers, fields=["label"])
