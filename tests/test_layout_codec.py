"""Layout files: what is written is what is read, damaged bytes are refused, the format does not drift."""

from __future__ import annotations

import hashlib
import json
import zlib
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsvc import layout_codec
from dsvc.errors import CorruptError
from dsvc.layout import Layout, Pack, Pieces, current_folds
from dsvc.layout_codec import MAX_DEPTH, LayoutFile, columns_from_bytes, columns_to_bytes, decode, encode
from dsvc.origin import Annotator, LayoutId, Origin, VersionId
from tests.layouts import digest, edited, file_of, fold_of, layouts, packs_of

if TYPE_CHECKING:
    from collections.abc import Callable


def _meaning(layout: Layout) -> object:
    """All that a layout says, however its tables are numbered."""

    def rows(pieces: Pieces) -> list[tuple[str, int, int, int]]:
        return [(layout.packs[p.pack].id, p.offset, p.bytes, p.lines) for p in pieces]

    kept = [fold for fold in layout.folds if fold.file in layout.stored_files()]
    return (
        {pack.id: pack for pack in layout.pruned().packs},
        [(f.path, rows(f.pieces), f.lines, f.records, f.bytes, f.sha256, f.split) for f in layout.files],
        [(fold.file, fold.id, fold.bytes, [row[:3] for row in rows(fold.runs)]) for fold in current_folds(kept)],
        layout.stored_files(),
    )


def _reader(*files: LayoutFile) -> Callable[[LayoutId], LayoutFile]:
    """Reads a chain as a store does: from bytes, each time."""
    stored = {part.id: part.data for file in files for part in file.chain()}

    def read(wanted: LayoutId) -> LayoutFile:
        return decode(stored[wanted], read)

    return read


def _no_base(wanted: LayoutId) -> LayoutFile:
    raise AssertionError(wanted)


@pytest.fixture
def _always_deltas(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small layouts would be checkpoints; here their deltas count as small."""
    monkeypatch.setattr(layout_codec, "_cheap", lambda deltas, checkpoint: True)


@given(layouts())
def test_a_checkpoint_reads_back_as_it_was(layout: Layout) -> None:
    file = encode(layout)
    again = decode(file.data, _no_base)
    assert _meaning(again.layout) == _meaning(layout)
    assert (again.id, again.depth, again.chain()) == (file.id, 0, [(file.id, file.data)])


@pytest.mark.usefixtures("_always_deltas")
@settings(deadline=None)
@given(st.data())
def test_a_chain_of_deltas_reads_back_as_it_was(data: st.DataObject) -> None:
    layout = data.draw(layouts())
    file = encode(layout)
    for _ in range(data.draw(st.integers(1, 6))):
        layout = data.draw(edited(layout))
        file = encode(layout, file)
        assert _meaning(_reader(file)(file.id).layout) == _meaning(layout)
        layout = file.layout


@pytest.mark.usefixtures("_always_deltas")
def test_a_chain_ends_at_its_greatest_depth() -> None:
    layout = Layout((), (file_of("a.jsonl", Pieces.of([])),))
    file, depths = encode(layout), [0]
    for number in range(40):
        packs = (*file.layout.packs, *packs_of([1], first=number))
        rows = [*file.layout.files[0].pieces, (len(packs) - 1, 0, 5, 1)]
        layout = Layout(packs, (file_of("a.jsonl", Pieces.of(rows)),))
        file = encode(layout, file)
        depths.append(file.depth)
        assert _meaning(_reader(file)(file.id).layout) == _meaning(layout)
    assert depths == [*range(MAX_DEPTH + 1), *range(9)]


def test_deltas_stop_when_they_outweigh_half_of_their_checkpoint() -> None:
    rng = np.random.default_rng(1)
    (pack,) = packs_of([20_000])
    starts = rng.permutation(20_000)
    rows = [(0, int(start) * 5, 5, 1) for start in starts]
    file = encode(Layout((pack,), (file_of("a.jsonl", Pieces.of(rows)),)))
    depths = []
    for _ in range(12):
        for place in rng.integers(0, len(rows), 300).tolist():
            rows[place] = (0, int(rng.integers(20_000)) * 5, 5, 1)
        file = encode(Layout((pack,), (file_of("a.jsonl", Pieces.of(rows)),)), file)
        depths.append(file.depth)
        *deltas, checkpoint = file.chain()
        assert 2 * sum(len(delta.data) for delta in deltas) <= len(checkpoint.data)
    assert 2 < max(depths) < 12


@pytest.mark.usefixtures("_always_deltas")
def test_a_delta_that_its_base_would_turn_into_something_else_becomes_a_checkpoint() -> None:
    packs = packs_of([4])
    whole = Pieces.of([(0, 0, 20, 4)])
    file = file_of("a.jsonl", whole)
    folded = encode(Layout(packs, (file,), (fold_of("a.jsonl", whole),)))
    assert folded.layout.stored_files() == ["a.jsonl"]
    plain = encode(Layout(packs, (file,)), folded)
    assert plain.layout.stored_files() == [f"{packs[0].id}.jsonl"]
    assert plain.depth == 0


@pytest.mark.usefixtures("_always_deltas")
def test_a_pack_that_comes_back_with_another_origin_has_that_one() -> None:
    (pack,) = packs_of([2])
    again = msgspec.structs.replace(pack, origin=Origin(VersionId("a" * 32), "again"))
    none, some = file_of("a.jsonl", Pieces.of([])), file_of("a.jsonl", Pieces.of([(0, 0, 10, 2)]))
    file = encode(Layout((pack,), (some,)))
    for wanted in (None, again, again, None, pack, again):
        layout = Layout((wanted,), (some,)) if wanted is not None else Layout((), (none,))
        file = encode(layout, file)
        assert file.depth
        assert _meaning(_reader(file)(file.id).layout) == _meaning(encode(layout).layout) == _meaning(layout)
    assert [one.origin for one in file.numbered.packs] == [pack.origin, again.origin]  # each once, however often


def _fixed_layouts() -> tuple[LayoutFile, LayoutFile]:
    origins = [
        Origin(VersionId("0" * 31 + "1"), "书", (Annotator("李"),)),
        Origin(VersionId("0" * 31 + "2"), None, (Annotator("gpt", "model"),)),
    ]
    one, two = Pack(digest("one"), 30, 6, origins[0]), Pack(digest("two"), 5, 1, origins[1])
    rows = [(0, 20, 10, 2), (0, 0, 15, 3)]
    first = encode(Layout((one,), (file_of("data/train.jsonl", Pieces.of(rows), "train"),)))
    files = (
        file_of("data/train.jsonl", Pieces.of([*rows, (1, 0, 4, 1)]), "train"),
        file_of("data/none.jsonl", Pieces.of([]), "none"),
    )
    fold = fold_of("f.jsonl", Pieces.of([(0, 0, 15, 3), (0, 20, 10, 2)]))
    return first, encode(Layout((one, two), files, (fold,)), first)


@pytest.mark.usefixtures("_always_deltas")
def test_the_format_does_not_drift() -> None:
    """The bytes inside the zlib stream (zlib's own output differs between its builds). See docs/format.md."""
    payloads = []
    for file in _fixed_layouts():
        assert file.data.startswith(b"dsvc.layout/1\n")
        payloads.append(zlib.decompress(file.data[14:]))
    header, _, _ = payloads[1].partition(b"\n")
    assert list(json.loads(header)) == ["base", "depth", "origins", "packs", "folds", "files"]
    # The delta names its base by a digest of compressed bytes: leave it out.
    delta = payloads[1].replace(json.loads(header)["base"].encode(), b"?")
    assert [hashlib.sha256(payload).hexdigest()[:16] for payload in (payloads[0], delta)] == PINNED


PINNED = ["4d7eb5f83dbf4282", "d38a7a3bc9c1d774"]


@pytest.mark.usefixtures("_always_deltas")
@given(st.data())
def test_damaged_bytes_are_refused(data: st.DataObject) -> None:
    first, second = _fixed_layouts()
    file = data.draw(st.sampled_from([first, second]))
    damaged = bytearray(file.data)
    what = data.draw(st.sampled_from(["flip", "cut", "more"]))
    if what == "flip":
        damaged[data.draw(st.integers(0, len(damaged) - 1))] ^= data.draw(st.integers(1, 255))
    elif what == "cut":
        del damaged[data.draw(st.integers(0, len(damaged) - 1)) :]
    else:
        damaged += data.draw(st.binary(min_size=1, max_size=9))
    try:
        again = decode(bytes(damaged), _reader(first, second))
    except CorruptError:
        pass
    else:  # a zlib stream may say in its head that it was made with less effort; its content is what it was
        assert what == "flip"
        assert again.layout == file.layout
        assert again.id != file.id


@pytest.mark.usefixtures("_always_deltas")
@given(st.data())
def test_a_file_that_only_looks_right_is_refused(data: st.DataObject) -> None:
    """The stream is sound, what it says is not: never a traceback, never pieces outside their packs."""
    first, second = _fixed_layouts()
    header, _, tables = zlib.decompress(second.data[14:]).partition(b"\n")
    what = json.loads(header)
    if data.draw(st.booleans()):
        raw = bytearray(tables)
        raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
        tables = bytes(raw)
    else:
        key = data.draw(st.sampled_from(list(what)))
        what[key] = data.draw(st.sampled_from([None, 7, -1, [], [[]], ["x"], "x", {}, [{}], [None], 1 << 70]))
    forged = layout_codec.pack_header(b"dsvc.layout/1\n", what, tables)
    try:
        layout = decode(forged, _reader(first, second)).layout
    except CorruptError:
        return
    for file in layout.files:
        for piece in file.pieces:
            assert 0 <= piece.offset < piece.offset + piece.bytes <= layout.packs[piece.pack].bytes


def test_an_unknown_format_is_refused() -> None:
    data = encode(Layout((), ())).data.replace(b"dsvc.layout/1", b"dsvc.layout/2")
    with pytest.raises(CorruptError, match=r"expected format 'dsvc.layout/1', found 'dsvc.layout/2'") as caught:
        decode(data, _no_base)
    assert "newer dsvc" in str(caught.value.hint)


@given(st.lists(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=3, max_size=3), max_size=20))
def test_columns_of_any_integers_come_back(rows: list[list[int]]) -> None:
    columns = [np.array([row[i] for row in rows], dtype=np.int64) for i in range(3)]
    data = columns_to_bytes(columns)
    assert len(data) == 24 * len(rows)
    again, rest = columns_from_bytes(data + b"rest", len(rows), 3)
    assert rest == b"rest"
    assert [column.tolist() for column in again] == [column.tolist() for column in columns]
