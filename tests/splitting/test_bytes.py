"""Records in are records out: every line with its bytes, in its order, on one side."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dsvc.errors import NotFoundError, UsageError
from dsvc.repository.splits.plain import split_path
from dsvc.repository.splits.target import SplitRequest
from dsvc.splitting.rule import Share

TWO = (Share("train", 0.6), Share("test", 0.4))
LINES = st.one_of(
    st.integers(0, 50).map(lambda number: b'{"id": %d}' % number),
    st.integers(0, 50).map(lambda number: b'{ "id" :%d,  "q":"\xe9\x80\xbe"}\r' % number),
    st.sampled_from([b"", b"  ", b"\t\r", b'{"a": 1, "a": 2}', b'{"s": "\\ud800"}', b'{"n": 1.50}', b"{}"]),
)


@given(st.lists(LINES, min_size=4, max_size=80), st.booleans(), st.booleans())
@settings(max_examples=80, deadline=None)
def test_each_line_is_written_once_as_it_was(lines: list[bytes], has_mark: bool, ends: bool) -> None:
    assume(lines[0].strip() or not has_mark)  # a mark on a blank line is no record, for a commit neither
    content = (b"\xef\xbb\xbf" if has_mark else b"") + b"\n".join(lines) + (b"\n" if ends else b"")
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "a.jsonl"
        source.write_bytes(content)
        try:
            made = split_path(source, Path(folder) / "out", SplitRequest(shares=TWO))
        except (NotFoundError, UsageError):  # no record, or too few for two parts
            return
        written = [Path(folder, "out", f"{part}.jsonl").read_bytes() for part in ("train", "test")]
    assert Counter(_lines(content)) == Counter(line for part in written for line in _lines(part))
    for part in written:
        rest = iter(_lines(content))
        assert all(line in rest for line in _lines(part)), "out of order"
    assert made.plan.records == sum(bool(line.strip()) for line in lines)


def _lines(content: bytes) -> list[bytes]:
    """The lines without their ends; the mark that begins a file is part of its first line."""
    return content.removesuffix(b"\n").split(b"\n") if content else []
