"""Blocks that several processes work on come back in their order, whoever did them."""

from __future__ import annotations

import errno
import hashlib
import operator
import os
import threading
from functools import partial
from typing import TYPE_CHECKING, NoReturn

import pytest

from dsvc import processes
from dsvc.errors import StorageError
from dsvc.processes import working

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import ProcessPoolExecutor

    from dsvc.block_files import BlockFiles


def done(numbers: range, count: int | None = 2) -> list[tuple[int, int]]:
    with working(1 << 30, count) as mapping:
        return list(mapping(iter(numbers), operator.neg))


def _process(block: int) -> int:
    return os.getpid()


def test_results_come_in_the_order_of_the_blocks() -> None:
    assert done(range(500), 3) == [(number, -number) for number in range(500)]


def test_a_thread_leaves_the_work_to_others() -> None:
    found: list[tuple[int, int]] = []
    workers: set[int] = set()

    def in_thread() -> None:
        with working(1 << 30, 2) as mapping:
            found.extend(mapping(iter(range(20)), operator.neg))
            workers.update(result for _, result in mapping(iter(range(20)), _process))

    thread = threading.Thread(target=in_thread)
    thread.start()
    thread.join()
    assert found == [(number, -number) for number in range(20)]
    assert os.getpid() not in workers


def test_others_are_not_started_for_what_is_done_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_may_begin_again", lambda: True)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    monkeypatch.setattr(processes, "ALONE_SECONDS", 60.0)
    monkeypatch.setattr(processes, "LARGE_BYTES", 1 << 40)
    monkeypatch.setattr(processes, "_pool", None)  # starting one would fail
    assert done(range(20), None) == [(number, -number) for number in range(20)]


def test_others_are_started_when_it_takes_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[int] = []
    make = processes._pool

    def started_with(count: int, files: BlockFiles) -> ProcessPoolExecutor:
        started.append(count)
        return make(count, files)

    monkeypatch.setattr(processes, "_may_begin_again", lambda: True)
    monkeypatch.setattr("os.cpu_count", lambda: 3)
    monkeypatch.setattr(processes, "ALONE_SECONDS", 0.0)
    monkeypatch.setattr(processes, "_pool", started_with)
    assert done(range(200), None) == [(number, -number) for number in range(200)]
    assert started == [2], "this process is one of the three"


def test_what_goes_wrong_in_another_process_is_raised_here() -> None:
    with working(1 << 30, 2) as mapping, pytest.raises(ZeroDivisionError):
        list(mapping(iter([1, 0]), partial(operator.floordiv, 1)))


def _told(block: tuple[str, bytes]) -> tuple[str, int, bytes]:
    return block[0], len(block[1]), hashlib.sha256(block[1]).digest()


def blocks() -> Iterator[tuple[str, bytes]]:
    """Small ones, and large ones of every size and content."""
    for number in range(40):
        yield f"块 {number}", os.urandom(1000) * (number * 37 % 400)


def looked_at() -> None:
    given: list[tuple[str, bytes]] = []

    def kept() -> Iterator[tuple[str, bytes]]:
        for block in blocks():
            given.append(block)
            yield block

    with working(1 << 30, 3) as mapping:
        found = [result for _, result in mapping(kept(), _told)]
    assert found == [_told(block) for block in given]


def test_large_blocks_arrive_as_they_were() -> None:
    looked_at()


@pytest.mark.parametrize("fault", ["nowhere", "full"])
def test_blocks_arrive_where_no_file_can_be_made_or_the_disk_is_full(
    monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    def fails(*_: object, **__: object) -> NoReturn:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("dsvc.block_files.TemporaryFile" if fault == "nowhere" else "os.pwrite", fails)
    looked_at()


def _ends(block: int) -> int:
    os._exit(9)


def test_a_process_that_is_killed_is_told() -> None:
    found: list[BaseException] = []

    def in_thread() -> None:
        with working(1 << 30, 2) as mapping:
            try:
                list(mapping(iter(range(9)), _ends))
            except StorageError as error:
                found.append(error)

    thread = threading.Thread(target=in_thread)
    thread.start()
    thread.join()
    assert "was ended from outside" in str(found[0])
