"""A version's content by file, line and row, against a plain list of lines."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsvc import snapshot as snapshot_module
from dsvc.layout import FileLayout, Layout, Pack, Pieces
from dsvc.origin import Origin, VersionId
from dsvc.pack import BLOCK_BYTES, IndexBuilder, StoreReader, pack_id
from dsvc.snapshot import LayoutPackReader, Snapshot
from tests.builders import edited, snapshot_of
from tests.test_pack import MemoryFile

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

_LINES: SearchStrategy[list[bytes]] = st.lists(
    st.sampled_from([b"", b" ", b'{"a": 1}', b'{"a": 2}\r', '{"问": "答"}'.encode()]), max_size=12
)


@settings(deadline=None)
@given(st.lists(st.lists(_LINES, min_size=2, max_size=2), min_size=1, max_size=3), st.booleans())
def test_rows_and_lines_are_those_of_the_files(versions: list[list[list[bytes]]], terminated: bool) -> None:
    base = snapshot_of(b"")
    for version in versions:
        files = [b"\n".join(lines) + (b"\n" if terminated and lines else b"") for lines in version]
        base = edited(base, {"qa/a.jsonl": files[0], "qa/b.jsonl": files[1]})
    wanted = []
    for file, content in zip(base.layout.files, files, strict=True):
        lines = content.split(b"\n")
        lines = lines if lines[-1] else lines[:-1]
        assert list(base.lines(file)) == lines
        assert [base.line(file, number) for number in range(file.lines)] == lines
        assert b"".join(base.chunks(file)) == b"".join(base.chunks(file, verified=False)) == content
        records = [(line, file.path, number) for number, line in enumerate(lines, 1) if line.strip()]
        wanted += [(*record, row) for row, record in enumerate(records, 1)]
    assert [(r.content, r.file, r.line, r.row) for r in base] == wanted
    assert len(base) == len(wanted)
    for number, (content, path, line, row) in enumerate(wanted, 1):
        record = base.record(number)
        assert (record.content, record.file, record.line, record.row) == (content, path, line, row)
    with pytest.raises(IndexError, match="records"):
        base.record(len(wanted) + 1)
    with pytest.raises(IndexError, match="lines"):
        base.line(base.layout.files[0], base.layout.files[0].lines)


def test_small_chunks_give_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot_module, "CHUNK_BYTES", 16)
    content = b"".join(b'{"n": %d}\n' % number for number in range(50))
    version = edited(snapshot_of(content), content[:200] + b'{"new": 1}\n' + content[200:])
    (file,) = version.layout.files
    chunks = list(version.chunks(file))
    assert b"".join(chunks) == content[:200] + b'{"new": 1}\n' + content[200:]
    assert max(map(len, chunks)) <= 32
    lines = list(version.lines(file))
    assert [version.line(file, number) for number in range(file.lines)] == lines


class _Source:
    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = {name: MemoryFile(content) for name, content in files.items()}

    def open(self, name: str) -> MemoryFile:
        return self.files[name]

    def has(self, name: str) -> bool:
        return name in self.files


def test_one_line_of_a_large_pack_is_found_without_reading_the_pack() -> None:
    lines = [b'{"n": %d, "text": "%s"}' % (number, b"x" * (number % 300)) for number in range(30_000)]
    content = b"\n".join(lines) + b"\n"
    digest = pack_id(hashlib.sha256(content).hexdigest())
    builder = IndexBuilder()
    builder.add(content)
    name = f"{digest}.jsonl"
    source = _Source({name: content, f"{digest}.idx": builder.finish(digest).encode()})
    pack = Pack(digest, len(content), len(lines), Origin(VersionId("0" * 32)))
    pieces = Pieces.of([(0, 0, len(content), len(lines))])
    file = FileLayout("a.jsonl", pieces, len(lines), len(lines), len(content), hashlib.sha256(content).hexdigest())
    layout = Layout((pack,), (file,))
    version = Snapshot("a@v1.0", layout, LayoutPackReader(layout, StoreReader(source)))
    for number in (0, 1, 777, 15_000, 29_998, 29_999):
        source.files[name].reads.clear()
        assert version.record(number + 1).content == lines[number]
        assert sum(length for _, length in source.files[name].reads) < 14 * BLOCK_BYTES < len(content)


def test_a_record_has_its_line_its_value_and_an_id_that_formatting_does_not_change() -> None:
    version = snapshot_of(b'{"a": 1}\n\n{"a": 2}')
    assert [record.value for record in version] == [{"a": 1}, {"a": 2}]
    assert version.record(2).line == 3
    assert version.record(2).id == next(iter(snapshot_of(b'{ "a" : 2 }'))).id
