"""Reading past the page cache: the very bytes, or not at all."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from dsvc import direct_read
from dsvc.direct_read import DirectReader, direct_reader
from dsvc.store import object_cache
from dsvc.store.object_cache import CacheReader

if TYPE_CHECKING:
    import mmap
    from collections.abc import Iterator
    from pathlib import Path

BUFFER = 64 * 1024
SIZE = 5 * BUFFER + 4097
DIRECT = getattr(os, "O_DIRECT", 0)
pytestmark = pytest.mark.skipif(not DIRECT, reason="this system reads nothing directly")


@pytest.fixture(autouse=True)
def _small_buffer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(direct_read, "BUFFER_BYTES", BUFFER)


@pytest.fixture
def content() -> bytes:
    """Bytes in which each place can be told from its neighbours."""
    return b"".join(number.to_bytes(4, "big") for number in range(SIZE // 4 + 1))[:SIZE]


@pytest.fixture
def fd(tmp_path: Path, content: bytes) -> Iterator[int]:
    """A file that the page cache does not have."""
    path = tmp_path / "object"
    path.write_bytes(content)
    opened = os.open(path, os.O_RDONLY)
    os.fsync(opened)
    os.posix_fadvise(opened, 0, 0, os.POSIX_FADV_DONTNEED)
    yield opened
    os.close(opened)


@pytest.fixture
def reader(fd: int) -> Iterator[DirectReader]:
    found = direct_reader(fd)
    if found is None:
        pytest.skip("this file system reads nothing directly")
    yield found
    found.close()


@pytest.mark.parametrize("offset", [0, 1, 4095, 4096, BUFFER - 1, BUFFER, 3 * BUFFER + 17])
@pytest.mark.parametrize("size", [1, 511, 4096, BUFFER, BUFFER + 1, 2 * BUFFER + 5000])
def test_any_range_is_read_as_it_is(reader: DirectReader, content: bytes, offset: int, size: int) -> None:
    assert reader.read(offset, size) == content[offset : offset + size]


def test_the_end_of_the_file_ends_a_range(reader: DirectReader, content: bytes) -> None:
    assert reader.read(SIZE - 10, 100) == content[-10:]
    assert reader.read(SIZE, 100) == b""
    assert reader.read(0, 10 * SIZE) == content


def test_what_is_in_memory_already_is_read_from_there(fd: int) -> None:
    os.pread(fd, SIZE, 0)
    assert direct_reader(fd) is None


def test_a_file_system_without_direct_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fd: int) -> None:
    def refuse(*_args: object) -> int:
        raise OSError(22, "Invalid argument")

    monkeypatch.setattr(os, "preadv", refuse)
    assert direct_reader(fd) is None


def test_an_object_reads_the_same_either_way(fd: int, content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(object_cache, "_LARGE", 1)
    monkeypatch.setattr(object_cache, "_STREAMED", BUFFER)
    with CacheReader(os.dup(fd)) as reader:
        assert reader.read_at(3, 2 * BUFFER) == content[3 : 3 + 2 * BUFFER]
        assert reader.read_at(3, 5) == content[3:8]
        assert reader.read_at(SIZE - BUFFER - 7, 2 * BUFFER) == content[-BUFFER - 7 :]


def test_an_object_is_read_on_where_direct_reading_fails(
    fd: int, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(object_cache, "_LARGE", 1)
    monkeypatch.setattr(object_cache, "_STREAMED", BUFFER)

    def refuse(_self: DirectReader, _offset: int, _size: int) -> bytes:
        raise OSError(5, "Input/output error")

    with CacheReader(os.dup(fd)) as reader:
        reader.read_at(0, BUFFER)
        monkeypatch.setattr(DirectReader, "read", refuse)
        assert reader.read_at(3, 2 * BUFFER) == content[3 : 3 + 2 * BUFFER]


def test_readers_share_their_memory(fd: int, content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    buffers: list[mmap.mmap] = []
    monkeypatch.setattr(direct_read, "_free_buffers", buffers)
    readers = [found for _ in range(5) if (found := direct_reader(fd)) is not None]
    if not readers:
        pytest.skip("this file system reads nothing directly")
    for reader in readers:
        assert reader.read(1, BUFFER) == content[1 : BUFFER + 1]
        reader.close()
    assert len(buffers) == 1
