"""Large files: the very bytes, past the page cache where that is possible, through it where not, or an error."""

from __future__ import annotations

import errno
import fcntl
import mmap
import os
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dsvc import large_file
from dsvc.large_file import LargeFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BUFFER = 64 * 1024
MEMORY_DISK = Path("/dev/shm")
"""A file system that has no direct writing, or not in every kernel."""
DIRECT = getattr(os, "O_DIRECT", 0)
SIZES = [0, 1, BUFFER - 1, BUFFER, BUFFER + 1, 2 * BUFFER, 3 * BUFFER + 4097, 5 * BUFFER - 512]


@pytest.fixture(autouse=True)
def _small_buffer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large_file, "BUFFER_BYTES", BUFFER)


@pytest.fixture
def fd(tmp_path: Path) -> Iterator[int]:
    """An empty file on the disk."""
    opened = os.open(tmp_path / "file", os.O_RDWR | os.O_CREAT)
    yield opened
    os.close(opened)


def some(size: int) -> bytes:
    """Bytes in which each place can be told from its neighbours."""
    return (b"".join(number.to_bytes(4, "big") for number in range(size // 4 + 1)))[:size]


def is_direct(fd: int) -> bool:
    return bool(fcntl.fcntl(fd, fcntl.F_GETFL) & DIRECT)


def content(fd: int) -> bytes:
    fcntl.fcntl(fd, fcntl.F_SETFL, fcntl.fcntl(fd, fcntl.F_GETFL) & ~DIRECT)
    return os.pread(fd, os.fstat(fd).st_size + 1, 0)


def write_all(file: LargeFile, data: bytes, step: int) -> None:
    for start in range(0, len(data), step):
        file.write(data[start : start + step])


@dataclass
class Writes:
    """Stands for ``os.write``; ``answer`` may raise, or say how many bytes are taken."""

    answer: Callable[[int, bool], int | None] = lambda size, direct: None
    calls: list[tuple[int, bool]] = field(default_factory=list)
    _write: Callable[[int, memoryview], int] = os.write

    def __call__(self, fd: int, data: memoryview) -> int:
        direct = is_direct(fd)
        self.calls.append((len(data), direct))
        size = self.answer(len(data), direct)
        return self._write(fd, data[:size])


@pytest.fixture
def writes(monkeypatch: pytest.MonkeyPatch) -> Writes:
    """Notes each write to a file."""
    found = Writes()
    monkeypatch.setattr(os, "write", found)
    return found


@pytest.fixture
def direct(fd: int) -> int:
    """A file that can be written to directly."""
    if not DIRECT:
        pytest.skip("there is no direct writing on this system")
    try:
        fcntl.fcntl(fd, fcntl.F_SETFL, fcntl.fcntl(fd, fcntl.F_GETFL) | DIRECT)
        os.write(fd, memoryview(mmap.mmap(-1, BUFFER)))
    except OSError:
        pytest.skip("this file system has no direct writing")
    fcntl.fcntl(fd, fcntl.F_SETFL, fcntl.fcntl(fd, fcntl.F_GETFL) & ~DIRECT)
    os.ftruncate(fd, 0)
    os.lseek(fd, 0, os.SEEK_SET)
    return fd


@pytest.mark.parametrize("folder", ["disk", "memory"])
@pytest.mark.parametrize("step", [1 << 30, BUFFER, BUFFER // 2 + 1, 4093])
def test_the_very_bytes_come_out(tmp_path: Path, folder: str, step: int) -> None:
    if folder == "memory" and not MEMORY_DISK.is_dir():
        pytest.skip("there is no file system in memory here")
    path = (tmp_path if folder == "disk" else MEMORY_DISK) / f"dsvc-test-{os.getpid()}"
    for size in SIZES:
        opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC)
        try:
            with LargeFile(opened) as file:
                write_all(file, some(size), step)
            assert not is_direct(opened)
            assert content(opened) == some(size)
            os.write(opened, b"behind")  # whoever goes on is at the end
            assert content(opened) == some(size) + b"behind"
        finally:
            os.close(opened)
            path.unlink()


@pytest.mark.parametrize("size", [BUFFER // 4, 3 * BUFFER + 5])
def test_the_callers_buffer_may_be_reused(fd: int, size: int) -> None:
    buffer = bytearray(size)
    with LargeFile(fd) as file:
        for letter in b"abc":
            buffer[:] = bytes([letter]) * size
            file.write(memoryview(buffer))
    assert content(fd) == b"a" * size + b"b" * size + b"c" * size


def test_whole_blocks_are_written_directly_and_the_rest_is_not(direct: int, writes: Writes) -> None:
    with LargeFile(direct) as file:
        file.write(some(3 * BUFFER + 700))
    assert writes.calls == [(BUFFER, True)] * 3 + [(700, False)]
    assert content(direct) == some(3 * BUFFER + 700)


def test_a_small_file_is_not_written_directly(direct: int, writes: Writes) -> None:
    with LargeFile(direct) as file:
        write_all(file, some(BUFFER - 1), 1000)
    assert writes.calls == [(BUFFER - 1, False)]


def test_a_file_system_that_takes_the_flag_and_not_the_deed(direct: int, writes: Writes) -> None:
    def refuse(size: int, direct: bool) -> None:
        if direct:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))

    writes.answer = refuse
    with LargeFile(direct) as file:
        file.write(some(3 * BUFFER + 9))
    assert writes.calls == [(BUFFER, True), *[(BUFFER, False)] * 3, (9, False)]
    assert content(direct) == some(3 * BUFFER + 9)


def test_a_file_system_that_refuses_the_flag(fd: int, writes: Writes, monkeypatch: pytest.MonkeyPatch) -> None:
    real = fcntl.fcntl

    def refuse(fd: int, command: int, argument: int = 0) -> int:
        if command == fcntl.F_SETFL and argument & DIRECT:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        return real(fd, command, argument)

    monkeypatch.setattr(fcntl, "fcntl", refuse)
    with LargeFile(fd) as file:
        file.write(some(2 * BUFFER + 9))
    assert writes.calls == [(BUFFER, False), (BUFFER, False), (9, False)]
    assert content(fd) == some(2 * BUFFER + 9)


def test_a_system_without_direct_writing(fd: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "O_DIRECT", raising=False)
    with LargeFile(fd) as file:
        file.write(some(2 * BUFFER + 9))
    assert content(fd) == some(2 * BUFFER + 9)


@pytest.mark.parametrize("taken", [512, BUFFER - 512])
def test_a_write_that_takes_only_some(direct: int, writes: Writes, taken: int) -> None:
    """No file system must take all at once; what a direct write left goes through the page cache, and all after it."""
    first = iter([BUFFER, taken])
    writes.answer = lambda size, direct: next(first, max(1, size // 2))
    with LargeFile(direct) as file:
        file.write(some(4 * BUFFER + 9))
    assert [direct for _, direct in writes.calls[:3]] == [True, True, False]
    assert not any(direct for _, direct in writes.calls[2:])
    assert content(direct) == some(4 * BUFFER + 9)


@pytest.mark.parametrize("room", [0, 1, 2, 3])
def test_a_disk_that_fills_up_is_an_error_and_the_file_keeps_what_it_has(
    fd: int, writes: Writes, room: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill_up(size: int, direct: bool) -> None:
        if len(writes.calls) > room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    writes.answer = fill_up
    monkeypatch.setattr(large_file, "FLUSH_EVERY", BUFFER)
    monkeypatch.setattr(large_file, "_set_direct", lambda fd, *, wanted: False)
    threads = threading.active_count()
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)), LargeFile(fd) as file:
        write_all(file, some(3 * BUFFER + 9), 5000)
    assert content(fd) == some(room * BUFFER)
    assert threading.active_count() == threads


def test_a_disk_that_fills_up_while_it_is_written_directly(direct: int, writes: Writes) -> None:
    def fill_up(size: int, direct: bool) -> None:
        if len(writes.calls) == 3:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    writes.answer = fill_up
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)), LargeFile(direct) as file:
        file.write(some(6 * BUFFER))
    assert [direct for _, direct in writes.calls] == [True] * 3  # not tried again through the page cache
    assert content(direct) == some(2 * BUFFER)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device here")
@pytest.mark.parametrize("size", [5, 2 * BUFFER])
def test_a_full_device(size: int) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    try:
        with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)), LargeFile(full) as file:
            file.write(some(size))
    finally:
        os.close(full)


@pytest.fixture
def flushes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Notes each flush of a file that cannot be written to directly, each time a buffer was written."""
    noted: list[int] = []
    monkeypatch.setattr(large_file, "FLUSH_EVERY", BUFFER)
    monkeypatch.setattr(large_file, "_set_direct", lambda fd, *, wanted: False)
    monkeypatch.setattr(os, "fsync", noted.append)
    return noted


def test_a_large_file_is_flushed_while_it_is_written(fd: int, flushes: list[int]) -> None:
    with LargeFile(fd) as file:
        file.write(some(4 * BUFFER))
    assert flushes
    assert set(flushes) == {fd}
    assert content(fd) == some(4 * BUFFER)


@pytest.mark.parametrize("size", [BUFFER, 4 * BUFFER + 9])
def test_what_a_flush_reports_is_not_lost(
    fd: int, size: int, flushes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel says once that a page could not be written: the flush of the caller would know nothing of it."""

    def broken(fd: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(OSError, match=os.strerror(errno.EIO)), LargeFile(fd) as file:
        file.write(some(size))


def test_a_file_that_is_given_up_waits_for_its_flush_and_raises_nothing(
    fd: int, flushes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = threading.active_count()
    monkeypatch.setattr(os, "fsync", lambda fd: 1 / 0)
    file = LargeFile(fd)
    file.write(some(BUFFER))
    file.abandon()
    assert threading.active_count() == threads
