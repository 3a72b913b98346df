"""Stored files: their index, reading with verification, counting lines."""

from __future__ import annotations

import hashlib
import itertools
import zlib
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dsvc import pack
from dsvc.errors import CorruptError
from dsvc.pack import Index, IndexBuilder, StoredFile, StoreReader, count_lines, pack_id

if TYPE_CHECKING:
    from dsvc.origin import PackId


@dataclass
class MemoryFile:
    """Bytes that can be read anywhere; remembers where it was read."""

    content: bytes
    reads: list[tuple[int, int]] = field(default_factory=list)

    @property
    def size(self) -> int:
        return len(self.content)

    def read_at(self, offset: int, length: int) -> bytes:
        self.reads.append((offset, length))
        return self.content[offset : offset + length]

    def close(self) -> None:
        pass


def _digest(content: bytes) -> PackId:
    return pack_id(hashlib.sha256(content).hexdigest())


def _index(content: bytes, cuts: list[int] | None = None) -> Index:
    builder = IndexBuilder()
    bounds = [0, *sorted(cuts or []), len(content)]
    for start, end in itertools.pairwise(bounds):
        builder.add(content[start:end])
    return builder.finish(_digest(content))


def _open(content: bytes, *, indexed: bool = True, damaged_at: int | None = None) -> StoredFile:
    stored = bytearray(content)
    if damaged_at is not None:
        stored[damaged_at] ^= 0x40
    return StoredFile("p.jsonl", MemoryFile(bytes(stored)), _digest(content), _index(content) if indexed else None)


@pytest.fixture
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pack, "BLOCK_BYTES", 16)


_CONTENT = st.lists(st.binary(max_size=24).map(lambda b: b.replace(b"\n", b"")), max_size=30).flatmap(
    lambda lines: st.sampled_from([b"".join(line + b"\n" for line in lines), b"\n".join(lines)])
)
_settings = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.usefixtures("_small_blocks")
@_settings
@given(_CONTENT, st.data())
def test_an_index_does_not_depend_on_how_the_bytes_arrived(content: bytes, data: st.DataObject) -> None:
    cuts = data.draw(st.lists(st.integers(0, len(content)), max_size=8))
    assert _index(content, cuts).encode() == _index(content).encode()


@pytest.mark.usefixtures("_small_blocks")
@_settings
@given(_CONTENT)
def test_blocks_end_at_the_first_line_end_behind_their_size(content: bytes) -> None:
    index = Index.decode(_index(content).encode())
    assert (index.size, index.line_count) == (len(content), len(BytesIO(content).readlines()))
    blocks = [content[a:b] for a, b in zip(index.starts.tolist(), index.starts.tolist()[1:], strict=False)]
    assert b"".join(blocks) == content
    for block in blocks[:-1]:
        assert len(block) >= 16
        assert block.endswith(b"\n")
    assert all(b"\n" not in block[15:-1] for block in blocks)


@pytest.mark.usefixtures("_small_blocks")
@_settings
@given(_CONTENT.filter(bool), st.booleans(), st.data())
def test_any_range_reads_back(content: bytes, indexed: bool, data: st.DataObject) -> None:
    file = _open(content, indexed=indexed)
    for _ in range(4):
        start = data.draw(st.integers(0, len(content)))
        end = data.draw(st.integers(start, len(content)))
        assert file.read(start, end - start) == content[start:end]
        assert file.read_unverified(start, end - start) == content[start:end]
    with pytest.raises(CorruptError, match="it ends before byte"):
        file.read(len(content), 1)


@pytest.mark.usefixtures("_small_blocks")
@_settings
@given(_CONTENT.filter(bool), st.data())
def test_a_damaged_byte_is_caught_by_the_read_that_touches_its_block_and_by_no_other(
    content: bytes, data: st.DataObject
) -> None:
    damaged = data.draw(st.integers(0, len(content) - 1))
    file = _open(content, damaged_at=damaged)
    starts = _index(content).starts.tolist()
    for start, end in itertools.pairwise(starts):
        if start <= damaged < end:
            for _ in range(2):  # the second time, too
                with pytest.raises(CorruptError, match=rf"'p.jsonl' is damaged: bytes {start} to {end} "):
                    file.read(start, 1)
        else:
            assert file.read(start, end - start) == content[start:end]


def test_a_damaged_file_without_an_index_is_caught_at_its_first_use() -> None:
    file = _open(b'{"a": 1}\n{"a": 2}\n', indexed=False, damaged_at=3)
    with pytest.raises(CorruptError, match="its bytes do not match its digest"):
        file.read(9, 9)


@pytest.mark.usefixtures("_small_blocks")
@_settings
@given(_CONTENT, st.booleans(), st.data())
def test_lines_are_counted_as_reading_them_would(content: bytes, indexed: bool, data: st.DataObject) -> None:
    ends = np.cumsum([0, *map(len, BytesIO(content))])
    chosen = np.array(sorted(data.draw(st.lists(st.integers(0, len(ends) - 1), min_size=1, max_size=5))))
    offsets = ends[chosen].astype(np.int64)
    assert _open(content, indexed=indexed).lines_before(offsets).tolist() == chosen.tolist()
    assert count_lines(content, offsets).tolist() == chosen.tolist()


def test_a_line_that_is_cut_off_counts() -> None:
    assert count_lines(b"a\nbc", np.array([0, 2, 3, 4])).tolist() == [0, 1, 2, 2]


@pytest.mark.usefixtures("_small_blocks")
def test_counting_lines_reads_only_the_blocks_of_the_offsets() -> None:
    content = b"".join(b"line %04d\n" % number for number in range(1000))
    access = MemoryFile(content)
    file = StoredFile("p.jsonl", access, _digest(content), _index(content))
    assert file.lines_before(np.array([5000, 5010], dtype=np.int64)).tolist() == [500, 501]
    assert sum(length for _, length in access.reads) < 100


@pytest.mark.usefixtures("_small_blocks")
@_settings
@given(st.data())
def test_a_damaged_index_is_refused(data: st.DataObject) -> None:
    index = _index(b'{"a": 1}\n' * 9)
    damaged = bytearray(index.encode())
    if data.draw(st.booleans()):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] ^= data.draw(st.integers(1, 255))
    else:
        del damaged[data.draw(st.integers(0, len(damaged) - 1)) :]
    try:
        again = Index.decode(bytes(damaged))
    except CorruptError:
        return
    assert again.encode() == index.encode()  # only the head of the zlib stream was another one


def test_an_index_of_another_file_is_refused() -> None:
    content = b'{"a": 1}\n'
    with pytest.raises(CorruptError, match="its index belongs to another file"):
        StoredFile("p.jsonl", MemoryFile(content), _digest(content), _index(b'{"a": 2}\n'))


@pytest.mark.usefixtures("_small_blocks")
def test_the_format_of_an_index_does_not_drift() -> None:
    data = _index(b'{"a": 1}\n{"a": 2}\n{"a": 3}').encode()
    assert data.startswith(b"dsvc.index/1\n")
    assert hashlib.sha256(zlib.decompress(data[13:])).hexdigest()[:16] == "51c02696d6bbf214"


def test_a_long_history_does_not_hold_all_its_files_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dsvc.pack.MOST_OPEN", 16)
    contents = {f"{number}.jsonl": b'{"a": %d}\n' % number for number in range(40)}
    held: set[int] = set()

    class Counted(MemoryFile):
        def close(self) -> None:
            held.remove(id(self))
            super().close()

    class Source:
        def open(self, name: str) -> MemoryFile:
            file = Counted(contents[name])
            held.add(id(file))
            return file

        def has(self, name: str) -> bool:
            return name in contents

    reader = StoreReader(Source())
    for _ in range(2):
        for name, content in contents.items():
            assert reader.file(name, _digest(content)).read(0, len(content)) == content
            assert len(held) <= 16
    reader.close()
    assert not held


def test_stored_files_are_opened_once_and_with_their_index() -> None:
    content = b'{"a": 1}\n'
    files = {"p.jsonl": content, f"{_digest(content)}.idx": _index(content).encode()}
    opened: list[str] = []

    class Source:
        def open(self, name: str) -> MemoryFile:
            opened.append(name)
            return MemoryFile(files[name])

        def has(self, name: str) -> bool:
            return name in files

    reader = StoreReader(Source())
    for _ in range(2):
        assert reader.file("p.jsonl", _digest(content)).read(0, len(content)) == content
    assert opened == ["p.jsonl", f"{_digest(content)}.idx"]
    reader.close()
