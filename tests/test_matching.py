"""The commit scan: a file as pieces of the old version and new lines, whatever the lines are."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dsvc import matching
from dsvc.matching import MatchedFile, match_files
from tests.builders import MemorySnapshot, old_files, read_along, snapshot_of

if TYPE_CHECKING:
    import pytest

_LINE = st.sampled_from([b"", b" ", b"\r", b"{}", b"{}\r", b'{"a": 1}', b'{"a": 2}', '{"问": "答"}'.encode()])
_CONTENT = st.lists(_LINE, max_size=14).flatmap(
    lambda lines: st.sampled_from([b"\n".join(lines), b"".join(line + b"\n" for line in lines)])
)
_FILES = st.lists(_CONTENT, min_size=1, max_size=3)


def _named(contents: list[bytes]) -> dict[str, bytes]:
    return {f"qa/{number}.jsonl": content for number, content in enumerate(contents)}


def _matched(old: MemorySnapshot, contents: list[bytes]) -> list[MatchedFile]:
    files = old_files(old)
    along = [number if number < len(files) else None for number in range(len(contents))]
    read = [read_along(content, files, number) for content, number in zip(contents, along, strict=True)]
    return match_files(old.layout, files, old.packs, read)


def _lines(content: bytes) -> list[bytes]:
    return [line for line in content.replace(b"\n", b"\n\0").split(b"\0") if line]


def _reassembled(old: MemorySnapshot, content: bytes, matched: MatchedFile) -> bytes:
    """The file from its pieces, new lines being read from the file itself as a further pack."""
    new = matched.new_lines()
    number = len(old.layout.packs)
    pieces = matched.pieces(np.full(len(new), number), matched.table.starts()[new])
    assert int(pieces.lines.sum()) == matched.table.lines
    packs = [*old.packs.contents, content]
    return b"".join(packs[p.pack][p.offset : p.offset + p.bytes] for p in pieces)


@settings(deadline=None)
@given(_FILES, _FILES)
def test_pieces_and_new_lines_make_the_new_files(before: list[bytes], after: list[bytes]) -> None:
    old = snapshot_of(_named(before))
    matched = _matched(old, after)
    for content, match in zip(after, matched, strict=True):
        assert _reassembled(old, content, match) == content
    partners = [p for match in matched for p in match.partners.tolist() if p >= 0]
    assert len(set(partners)) == len(partners)


@settings(deadline=None)
@given(_FILES, _FILES)
def test_a_line_is_new_only_when_the_old_version_has_no_more_of_its_kind(
    before: list[bytes], after: list[bytes]
) -> None:
    terminated = [content + b"\n" if content and not content.endswith(b"\n") else content for content in before]
    matched = _matched(snapshot_of(_named(terminated)), after)
    had = Counter(line.rstrip(b"\n") for content in terminated for line in _lines(content))
    has = Counter(line.rstrip(b"\n") for content in after for line in _lines(content))
    assert sum(len(match.new_lines()) for match in matched) == sum((has - had).values())


def test_a_last_line_that_gains_a_line_end_is_new_and_one_that_loses_it_is_not() -> None:
    (gained,) = _matched(snapshot_of(b'{"a": 1}'), [b'{"a": 1}\n'])
    assert gained.new_lines().tolist() == [0]
    (lost,) = _matched(snapshot_of(b'{"a": 1}\n'), [b'{"a": 1}'])
    assert lost.new_lines().tolist() == []


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_FILES, _FILES)
def test_bytes_decide_where_digests_collide(
    monkeypatch: pytest.MonkeyPatch, before: list[bytes], after: list[bytes]
) -> None:
    monkeypatch.setattr("xxhash.xxh3_64_intdigest", lambda line: sum(line) % 4)
    old = snapshot_of(_named(before))
    for content, match in zip(after, _matched(old, after), strict=True):
        assert _reassembled(old, content, match) == content


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_FILES, _FILES)
def test_long_files_are_compared_in_parts(
    monkeypatch: pytest.MonkeyPatch, before: list[bytes], after: list[bytes]
) -> None:
    monkeypatch.setattr(matching, "CHUNK_BYTES", 8)
    old = snapshot_of(_named(before))
    for content, match in zip(after, _matched(old, after), strict=True):
        assert _reassembled(old, content, match) == content
