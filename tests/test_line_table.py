"""Line tables against a plain list of lines."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import xxhash
from hypothesis import given
from hypothesis import strategies as st

from dsvc.line_table import file_chunks, scan_lines

if TYPE_CHECKING:
    from pathlib import Path

CONTENT = st.lists(
    st.sampled_from([b"", b"\n", b"\r\n", b" \t", b'{"a": 1}', "逾期".encode(), b"\x00", b"\x0b\x0c"])
).map(b"".join)


@given(CONTENT, st.data())
def test_a_table_is_what_a_plain_split_says(content: bytes, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(content)), max_size=6)))
    told: list[int] = []
    chunks = [content[a:b] for a, b in zip([0, *cuts], [*cuts, len(content)], strict=True)]
    table = scan_lines(chunks, progress=told.append)
    lines = content.split(b"\n")
    if not lines[-1]:
        lines.pop()
        ends = [sum(len(line) + 1 for line in lines[: n + 1]) for n in range(len(lines))]
    else:
        ends = [min(sum(len(line) + 1 for line in lines[: n + 1]), len(content)) for n in range(len(lines))]
    assert table.ends.tolist() == ends
    assert table.starts().tolist() == [0, *ends][: len(lines)]
    assert table.digests.tolist() == [xxhash.xxh3_64_intdigest(line) for line in lines]
    assert (table.lines, table.size) == (len(lines), len(content))
    assert table.records == sum(bool(line.strip()) for line in lines)
    assert table.unterminated == (bool(content) and not content.endswith(b"\n"))
    assert table.sha256 == hashlib.sha256(content).hexdigest()
    assert sum(told) == len(content)


def test_a_file_is_read_in_chunks(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 10)
    assert [len(chunk) for chunk in file_chunks(str(tmp_path / "a"), 4)] == [4, 4, 2]
