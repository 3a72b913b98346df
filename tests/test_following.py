"""Reading a file along an older one: what is in step has equal bytes, and every line is somewhere."""

from __future__ import annotations

import random
import tracemalloc
from typing import TYPE_CHECKING

import pytest
import xxhash
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dsvc import following
from dsvc.errors import CorruptError
from dsvc.following import NOTHING, Followed, OldFile, follow, rest_of
from dsvc.line_table import scan_lines

if TYPE_CHECKING:
    from collections.abc import Callable

_LINE = st.sampled_from([b"", b" ", b"\r", b"{}", b'{"a": 1}', b'{"a": 2}', b'{"a": 22}', '{"问": "答"}'.encode()])
_CONTENT = st.lists(_LINE, max_size=20).flatmap(
    lambda lines: st.sampled_from([b"\n".join(lines), b"".join(line + b"\n" for line in lines)])
)


def _reader(content: bytes) -> Callable[[int, int], bytes]:
    return lambda offset, size: content[offset : offset + size]


def _old(content: bytes) -> OldFile:
    return OldFile(_reader(content), scan_lines([content]))


def _followed(old: bytes, new: bytes) -> Followed:
    seen: list[bytes] = []
    followed = follow(_reader(new), _old(old), seen=lambda data: seen.append(bytes(data)))
    assert b"".join(seen) == new
    return followed


def _lines(content: bytes) -> list[bytes]:
    """The lines with their ends."""
    return [line for line in content.replace(b"\n", b"\n\0").split(b"\0") if line]


def _check(old: bytes, new: bytes, followed: Followed) -> None:
    table, mine, theirs = scan_lines([new]), _lines(new), _lines(old)
    assert followed.table.ends.tolist() == table.ends.tolist()
    assert (followed.table.blank_lines, followed.table.unterminated) == (table.blank_lines, table.unterminated)
    new_left, old_left = followed.new.lines.tolist(), followed.old.lines.tolist()
    for new_line, old_line, count in followed.runs.tolist():
        assert mine[new_line : new_line + count] == theirs[old_line : old_line + count]
        new_left += range(new_line, new_line + count)
        old_left += range(old_line, old_line + count)
    assert sorted(new_left) == list(range(len(mine)))
    assert sorted(old_left) == list(range(len(theirs)))
    for rest, lines in ((followed.new, mine), (followed.old, theirs)):
        digests = [xxhash.xxh3_64_intdigest(lines[n].removesuffix(b"\n")) for n in rest.lines.tolist()]
        assert rest.digests.tolist() == digests


@given(_CONTENT, _CONTENT)
def test_every_line_is_in_step_or_left_over(old: bytes, new: bytes) -> None:
    _check(old, new, _followed(old, new))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(_CONTENT, _CONTENT, st.integers(1, 40))
def test_blocks_may_be_cut_anywhere(monkeypatch: pytest.MonkeyPatch, old: bytes, new: bytes, block: int) -> None:
    monkeypatch.setattr(following, "BLOCK_BYTES", block)
    monkeypatch.setattr(following, "_FREE_SEARCHES", 2)
    _check(old, new, _followed(old, new))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(_CONTENT, _CONTENT, st.integers(1, 40), st.data())
def test_old_bytes_that_are_damaged_are_refused_or_do_no_harm(
    monkeypatch: pytest.MonkeyPatch, old: bytes, new: bytes, block: int, data: st.DataObject
) -> None:
    """They are not verified before they are compared: a flipped byte may be a line end."""
    monkeypatch.setattr(following, "BLOCK_BYTES", block)
    table = scan_lines([old])
    damaged = bytearray(old)
    if damaged:
        damaged[data.draw(st.integers(0, len(old) - 1))] = data.draw(st.sampled_from(b"\n a"))
    try:
        followed = follow(_reader(new), OldFile(_reader(bytes(damaged)), table))
    except CorruptError:
        return
    assert followed.table.ends.tolist() == scan_lines([new]).ends.tolist()
    assert followed.table.blank_lines == scan_lines([new]).blank_lines or bytes(damaged) != old


def test_damage_is_told_by_who_verifies() -> None:
    def verified(_offset: int, _size: int) -> bytes:
        raise CorruptError("stored file 'p.jsonl' is damaged")

    old = b'{"a": 1}\n{"a": 2}\n'
    with pytest.raises(CorruptError, match=r"'p\.jsonl' is damaged"):
        follow(_reader(b"{}\n"), OldFile(_reader(old.replace(b"2", b"\n")), scan_lines([old]), verified))


def test_searches_look_at_each_byte_a_few_times_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    """New lines after every forty: each is a gap that is wider than the nearest windows."""
    looked: list[int] = []
    before = following._Block.looked_at

    def counted(block: following._Block, most: int) -> list[bytes | memoryview]:
        lines = before(block, most)
        looked.append(sum(map(len, lines)))
        return lines

    monkeypatch.setattr(following._Block, "looked_at", counted)
    old = [b'{"old": %d}\n' % number for number in range(20_000)]
    new = []
    for first in range(0, len(old), 40):
        new += [*old[first : first + 40], *[b'{"new": %d}\n' % (first + number) for number in range(40)]]
    followed = _followed(b"".join(old), b"".join(new))
    _check(b"".join(old), b"".join(new), followed)
    assert sum(looked) < 8 * len(b"".join(old + new))


@pytest.mark.parametrize("old", [b"x", b"y", b""], ids=["the same", "another", "none"])
def test_a_record_longer_than_many_blocks_is_held_few_times(old: bytes) -> None:
    def content(letter: bytes) -> bytes:
        return b'{"a": 1}\n{"a": "%b"}\n{"b": 2}\n' % (letter * size) if letter else b""

    size = 10 * following.BLOCK_BYTES
    before, now = content(old), content(b"x")
    tracemalloc.start()
    try:
        followed = follow(_reader(now), _old(before), seen=lambda _: None)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 3 * size
    _check(before, now, followed)


def test_long_lines_are_found_at_another_place() -> None:
    long = [b'{"a": "%b"}\n' % (letter * 2 * following._LONG_LINE) for letter in (b"a", b"b", b"c")]
    short = [b'{"n": %d}\n' % number for number in range(5)]
    old = b"".join([*short, long[0], long[1], long[2]])
    new = b"".join([*short, b'{"new": 1}\n', *long])
    followed = _followed(old, new)
    _check(old, new, followed)
    assert (followed.new.lines.tolist(), followed.old.lines.tolist()) == ([5], [])


def _records(count: int) -> list[bytes]:
    source = random.Random(1)
    return [b'{"n": %d, "text": "%s"}\n' % (n, b"x" * source.randrange(60)) for n in range(count)]


@pytest.mark.parametrize("block", [1 << 12, 1 << 22])
def test_edits_here_and_there_leave_only_the_edited_lines(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    monkeypatch.setattr(following, "BLOCK_BYTES", block)
    old = _records(5000)
    new = list(old)
    for n in range(0, 5000, 100):
        new[n] = b'{"edited": %d}\n' % n
    del new[2050:2060]
    new[1033:1033] = [b'{"new": %d}\n' % n for n in range(25)]
    followed = _followed(b"".join(old), b"".join(new))
    _check(b"".join(old), b"".join(new), followed)
    assert len(followed.new.lines) == 50 + 25
    assert len(followed.old.lines) == 50 + 10


def test_an_appended_part_is_left_over_and_nothing_else() -> None:
    old = b"".join(_records(1000))
    more = b'{"more": 1}\n' * 70_000
    followed = _followed(old, old + more)
    assert (len(followed.new.lines), len(followed.old.lines)) == (70_000, 0)
    assert followed.runs[:, 2].sum() == 1000


def test_a_line_longer_than_a_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "BLOCK_BYTES", 64)
    long = b'{"text": "' + b"y" * 5000 + b'"}\n'
    old, new = b'{"a": 1}\n' + long + b'{"a": 2}\n', b'{"a": 0}\n' + long + b'{"a": 2}\n'
    followed = _followed(old, new)
    _check(old, new, followed)
    assert followed.new.lines.tolist() == [0]


def test_an_old_file_that_nothing_was_read_along_is_left_over() -> None:
    rest = rest_of(_old(b'{"a": 1}\n{"a": 2}'))
    assert rest.lines.tolist() == [0, 1]
    assert rest_of(NOTHING).lines.tolist() == []


def test_a_line_that_changes_between_two_blocks_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "BLOCK_BYTES", 12)
    versions = iter([b'{"a": 1}\n{"b": 2}\n', b'{"a": 1}\n{"c": 2}\n'])

    def read(offset: int, size: int) -> bytes:
        return next(versions)[offset : offset + size]

    with pytest.raises(ValueError, match="changed"):
        follow(read)
