"""Cells against a plain list."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsvc.editing.cells import Cells


@given(st.integers(0, 20), st.lists(st.tuples(st.sampled_from("ridm"), st.integers(0, 999), st.integers(0, 999))))
def test_like_a_list(count: int, edits: list[tuple[str, int, int]]) -> None:
    cells, model = Cells.first(count), list(range(count))
    earlier = []
    for fresh, (kind, at, to) in enumerate(edits, 1000):
        earlier.append((cells, [*model]))
        if kind == "i":
            row = at % (len(model) + 1)
            cells = cells.inserted(row, fresh)
            model.insert(row, fresh)
        elif model:
            row = at % len(model)
            if kind == "r":
                cells, model[row] = cells.with_cell(row, fresh), fresh
            elif kind == "d":
                cells = cells.without(row)
                del model[row]
            else:
                to %= len(model)
                cells = cells.moved(row, to)
                model.insert(to, model.pop(row))
        agree(cells, model)
    for before, kept in earlier:
        agree(before, kept)


def agree(cells: Cells, model: list[int]) -> None:
    assert len(cells) == len(model)
    assert [cells[row] for row in range(len(model))] == model
    for first in {0, len(model) // 2, len(model)}:
        runs = [*cells.runs(first)]
        assert [cell + n for _, cell, count in runs for n in range(count)] == model[first:]
        assert [row + n for row, _, count in runs for n in range(count)] == [*range(first, len(model))]
    assert all(cells.row_of(cell) == row for row, cell in enumerate(model))
    assert cells.row_of(123456) is None


@pytest.mark.parametrize("row", [-1, 3])
def test_rows_that_are_not_there(row: int) -> None:
    cells = Cells.first(3)
    for act in (cells.__getitem__, cells.without, lambda row: cells.with_cell(row, 9)):
        with pytest.raises(IndexError):
            act(row)


def test_taking_back_leaves_no_trace() -> None:
    cells = Cells.first(1_000_000)
    assert cells.without(500).inserted(500, 500) == cells


def test_many_edits_of_many_records_are_quick() -> None:
    cells, rng = Cells.first(1_000_000), random.Random(1)
    for fresh in range(1_000_000, 1_010_000):
        cells = cells.with_cell(rng.randrange(1_000_000), fresh)
    assert len(cells) == 1_000_000
    assert max(len(block.runs) for block in cells._blocks) <= 258
    rows = [rng.randrange(1_000_000) for _ in range(1000)]
    assert all(cells[row] >= 0 for row in rows)
