"""Applies a diff's deltas to a list of records: what the stream tells must be enough to make the new version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsvc.delta import Added, Modified, MovedBlock, Reformatted, Removed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dsvc.delta import Delta


def apply(old: Sequence[bytes], deltas: Iterable[Delta], count: int) -> list[bytes]:
    """The ``count`` records of the new version: told ones at their rows, all others in their old order between them."""
    left: list[bytes | None] = list(old)
    new: list[bytes | None] = [None] * count

    def put(row: int, record: bytes) -> None:
        assert new[row - 1] is None
        new[row - 1] = record

    def take(row: int) -> bytes:
        record = left[row - 1]
        assert record is not None
        left[row - 1] = None
        return record

    for delta in deltas:
        if isinstance(delta, Added):
            put(delta.record.row, delta.record.content)
        elif isinstance(delta, Removed):
            assert take(delta.record.row) == delta.record.content
        elif isinstance(delta, (Modified, Reformatted)):
            assert take(delta.old.row) == delta.old.content
            put(delta.new.row, delta.new.content)
        else:
            assert isinstance(delta, MovedBlock)
            assert delta.lines == delta.records, "the oracle knows no blank lines"
            for number in range(delta.lines):
                put(delta.new_line + number, take(delta.old_line + number))
    staying = iter([record for record in left if record is not None])
    whole = [next(staying) if record is None else record for record in new]
    assert next(staying, None) is None
    return whole
