"""Layouts against plain models: what pieces say, and where bytes are held."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dsvc.layout import Layout, Pieces
from tests.layouts import file_of, fold_of, folds_over, layouts, pack_bytes, packs_of, pieces_over


def _read(layout: Layout, stored: dict[str, bytes], pack: int, offset: int, size: int) -> bytes:
    held = layout.holdings.locate(pack, offset, size)
    assert all(part.bytes > 0 for part in held)
    return b"".join(stored[part.file][part.offset : part.offset + part.bytes] for part in held)


def _stored(layout: Layout) -> dict[str, bytes]:
    """The store: each pack, then each fold from its runs, a newer one over an older one of its name."""
    contents = [pack_bytes(number, pack.lines) for number, pack in enumerate(layout.packs)]
    stored = {f"{pack.id}.jsonl": content for pack, content in zip(layout.packs, contents, strict=True)}
    for fold in layout.folds:
        stored[fold.file] = b"".join(contents[run.pack][run.offset : run.offset + run.bytes] for run in fold.runs)
    return stored


@given(st.data())
def test_folds_are_invisible_to_reading(data: st.DataObject) -> None:
    packs = packs_of(data.draw(st.lists(st.integers(1, 9), min_size=1, max_size=4)))
    layout = Layout(packs, (file_of("a", data.draw(pieces_over(packs))),), data.draw(folds_over(packs, most=4)))
    needed = {name: content for name, content in _stored(layout).items() if name in layout.stored_files()}
    for piece in layout.files[0].pieces:
        wanted = pack_bytes(piece.pack, packs[piece.pack].lines)[piece.offset : piece.offset + piece.bytes]
        assert _read(layout, needed, piece.pack, piece.offset, piece.bytes) == wanted


@given(st.data())
def test_each_byte_is_held_by_the_newest_fold_that_has_it(data: st.DataObject) -> None:
    packs = packs_of(data.draw(st.lists(st.integers(1, 6), min_size=1, max_size=3)))
    layout = Layout(packs, (), data.draw(folds_over(packs, most=4)))
    newest = {fold.file: fold for fold in layout.folds}
    for number, pack in enumerate(packs):
        for offset in range(pack.bytes):
            holders = [
                fold.file
                for fold in layout.folds
                if newest[fold.file] is fold
                and any(r.pack == number and r.offset <= offset < r.offset + r.bytes for r in fold.runs)
            ]
            (held,) = layout.holdings.locate(number, offset, 1)
            assert held.file == ([f"{pack.id}.jsonl", *holders])[-1]


@given(layouts())
def test_a_version_needs_exactly_the_files_that_hold_its_bytes(layout: Layout) -> None:
    touched = {
        held.file
        for piece in layout.all_pieces()
        for held in layout.holdings.locate(piece.pack, piece.offset, piece.bytes)
    }
    assert layout.stored_files() == sorted(touched)


@given(layouts())
def test_pruning_changes_no_byte_and_leaves_nothing_unused(layout: Layout) -> None:
    pruned = layout.pruned()
    assert pruned.stored_files() == layout.stored_files()
    for before, after in zip(layout.files, pruned.files, strict=True):
        rows = [(layout.packs[p.pack].id, p.offset, p.bytes, p.lines) for p in before.pieces]
        assert rows == [(pruned.packs[p.pack].id, p.offset, p.bytes, p.lines) for p in after.pieces]
    assert {fold.file for fold in pruned.folds} <= set(pruned.stored_files())
    used = {p.pack for p in pruned.all_pieces()} | {r.pack for fold in pruned.folds for r in fold.runs}
    assert used == set(range(len(pruned.packs)))
    assert pruned.pruned() is pruned


@given(st.data())
def test_joined_pieces_are_the_same_bytes_in_fewer_rows(data: st.DataObject) -> None:
    packs = packs_of([6, 6])
    pieces = data.draw(pieces_over(packs))
    joined = pieces.coalesced()

    def spread(rows: Pieces) -> list[tuple[int, int]]:
        return [(p.pack, p.offset + i) for p in rows for i in range(p.bytes)]

    assert spread(joined) == spread(pieces)
    assert joined.lines.sum() == pieces.lines.sum()
    assert joined.coalesced() == joined


def test_a_range_may_lie_in_several_stored_files() -> None:
    packs = packs_of([6])
    layout = Layout(
        packs, (), (fold_of("old.jsonl", Pieces.of([(0, 5, 10, 2)])), fold_of("new.jsonl", Pieces.of([(0, 10, 10, 2)])))
    )
    held = [(part.file[:3], part.offset, part.bytes) for part in layout.holdings.locate(0, 0, 30)]
    assert held == [(packs[0].id[:3], 0, 5), ("old", 0, 5), ("new", 0, 10), (packs[0].id[:3], 20, 10)]


def test_pieces_compare_by_their_rows() -> None:
    assert Pieces.of([(0, 0, 5, 1)]) == Pieces.of([(0, 0, 5, 1)])
    assert Pieces.of([(0, 0, 5, 1)]) != Pieces.of([(0, 0, 4, 1)])
    assert Pieces.concat([]) == Pieces.of([])
