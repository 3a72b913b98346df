"""Line tables against a plain list of lines."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from dsvc.line_table import scan_lines

CONTENT = st.lists(
    st.sampled_from([b"", b"\n", b"\r\n", b" \t", b'{"a": 1}', "逾期".encode(), b"\x00", b"\x0b\x0c"])
).map(b"".join)


@given(CONTENT, st.data())
def test_a_table_is_what_a_plain_split_says(content: bytes, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(content)), max_size=6)))
    chunks = [content[a:b] for a, b in zip([0, *cuts], [*cuts, len(content)], strict=True)]
    taken: list[tuple[bytes, list[int]]] = []
    table = scan_lines(chunks, take=lambda data, ends: taken.append((data, ends.tolist())))
    lines = content.split(b"\n")
    if not lines[-1]:
        lines.pop()
        ends = [sum(len(line) + 1 for line in lines[: n + 1]) for n in range(len(lines))]
    else:
        ends = [min(sum(len(line) + 1 for line in lines[: n + 1]), len(content)) for n in range(len(lines))]
    assert table.ends.tolist() == ends
    assert table.starts().tolist() == [0, *ends][: len(lines)]
    assert (table.lines, table.size) == (len(lines), len(content))
    assert table.records == sum(bool(line.strip()) for line in lines)
    assert table.unterminated == (bool(content) and not content.endswith(b"\n"))
    assert table.sha256 == hashlib.sha256(content).hexdigest()
    assert b"".join(part for part, _ in taken) == b"".join(line + b"\n" for line in lines)
    for part, part_ends in taken:
        assert [part[end - 1 : end] for end in part_ends] == [b"\n"] * part.count(b"\n")
    assert scan_lines(chunks, hashed=False).sha256 == ""
