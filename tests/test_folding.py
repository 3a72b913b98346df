"""When packs are folded, and what goes into a fold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsvc import folding
from dsvc.folding import packs_to_fold, runs_in_use
from dsvc.layout import Layout, Pieces
from tests.builders import MemoryPacks
from tests.layouts import LINE, file_of, fold_of, pack_bytes, packs_of, pieces_over


def _whole(counts: list[int]) -> Layout:
    packs = packs_of(counts)
    rows = [(number, 0, pack.bytes, pack.lines) for number, pack in enumerate(packs)]
    return Layout(packs, (file_of("a.jsonl", Pieces.of(rows)),))


def _packs(layout: Layout) -> MemoryPacks:
    return MemoryPacks([pack_bytes(number, pack.lines) for number, pack in enumerate(layout.packs)])


@pytest.mark.parametrize(("tiny", "folded"), [(32, 0), (33, 33)])
def test_tiny_packs_are_folded_when_there_are_more_than_32(tiny: int, folded: int) -> None:
    assert len(packs_to_fold(_whole([4000] + [1] * tiny))) == folded


def test_all_small_packs_are_folded_when_very_many_are_live(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folding, "MAX_LIVE_PACKS", 10)
    monkeypatch.setattr(folding, "SMALL_PACK_BYTES", 4500 * LINE)
    assert packs_to_fold(_whole([4000] * 10)) == []
    assert packs_to_fold(_whole([4000] * 10 + [5000])) == list(range(10))


def test_packs_that_a_fold_holds_already_do_not_count() -> None:
    layout = _whole([1] * 40)
    fold = fold_of("f.jsonl", runs_in_use(layout, packs_to_fold(layout), _packs(layout)))
    assert packs_to_fold(Layout(layout.packs, layout.files, (fold,))) == []


@given(st.data())
def test_a_fold_has_every_byte_in_use_once_and_whole_lines_only(data: st.DataObject) -> None:
    packs = packs_of(data.draw(st.lists(st.integers(1, 8), min_size=1, max_size=4)))
    layout = Layout(packs, tuple(file_of(name, data.draw(pieces_over(packs))) for name in ("a", "b")))
    chosen = data.draw(st.lists(st.integers(0, len(packs) - 1), unique=True))
    runs = runs_in_use(layout, chosen, _packs(layout))
    held = [(run.pack, run.offset + i) for run in runs for i in range(run.bytes)]
    used = {(p.pack, p.offset + i) for p in layout.all_pieces() if p.pack in chosen for i in range(p.bytes)}
    assert len(held) == len(set(held))
    assert used <= set(held)
    assert {(pack, offset // LINE) for pack, offset in held} == {(pack, offset // LINE) for pack, offset in used}
    assert all(run.offset % LINE == 0 and run.bytes % LINE == 0 for run in runs)
