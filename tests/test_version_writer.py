"""Versions written to a store in memory come back byte for byte, whatever was edited and however packs were folded."""

from __future__ import annotations

from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dsvc import folding, layout_codec, pack, rebuild
from dsvc.errors import BadDataError
from dsvc.layout import Layout
from dsvc.layout_codec import LayoutFile, decode
from dsvc.line_table import LineTable, scan_lines
from dsvc.matching import match_files
from dsvc.origin import LayoutId, Origin, VersionId
from dsvc.pack import StoreReader
from dsvc.repository.versions import Store
from dsvc.repository.writing import version_writer
from dsvc.repository.writing.version_writer import NewFile, StoredVersion, VersionWriter
from dsvc.snapshot import LayoutPackReader, Snapshot
from dsvc.store.memory import MemoryObjects
from tests.builders import old_files, read_along
from tests.layouts import digest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dsvc.repository.scan import ScannedFile
    from dsvc.repository.stores import Packs
    from dsvc.store.objects import ObjectId

PATH = "data/医疗.jsonl"
DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@dataclass
class WorkingFile:
    """A scanned working file whose bytes are in memory."""

    path: str
    content: bytes
    table: LineTable
    split: str | None = None

    @staticmethod
    def of(path: str, content: bytes) -> WorkingFile:
        return WorkingFile(path, content, scan_lines([content]))

    def read(self, offset: int, size: int) -> bytes:
        return self.content[offset : offset + size]


class RebuildStore(rebuild.Store):
    """The stored files of one version for ``rebuild.py``, from memory."""

    def __init__(self, objects: MemoryObjects, directory: ObjectId) -> None:
        self._objects = objects
        self._entries = objects.read_dir(directory)

    def open(self, name: str) -> BinaryIO:
        return BytesIO(self._objects.read(self._entries[name]))


@dataclass
class History:
    """Versions one after the other in a store in memory."""

    objects: MemoryObjects = field(default_factory=MemoryObjects)
    versions: list[tuple[StoredVersion, dict[str, bytes]]] = field(default_factory=list)

    @property
    def packs(self) -> Packs:
        return cast("Packs", self.objects)

    def snapshot(self, directory: ObjectId, layout_id: LayoutId) -> tuple[LayoutFile, Store, Snapshot]:
        """A version read from nothing but its directory object and its layout's id."""
        store = Store(self.packs, directory)

        def read(wanted: LayoutId) -> LayoutFile:
            return decode(self.objects.read(store.entries[f"{wanted}.layout"]), read)

        file = read(layout_id)
        return file, store, Snapshot("x", file.layout, LayoutPackReader(file.layout, StoreReader(store)))

    def commit(
        self, files: Mapping[str, bytes], *, whole: bool = False, origins: int = 1, check: bool = False
    ) -> StoredVersion:
        scanned = [WorkingFile.of(path, content) for path, content in files.items()]
        old: tuple[LayoutFile, Store] | None = None
        if self.versions:
            last = self.versions[-1][0]
            base, store, snapshot = self.snapshot(last.directory, last.layout.id)
            old = base, store
            paths = [file.path for file in base.layout.files]
            along = [paths.index(file.path) if file.path in paths else None for file in scanned]
            known = old_files(snapshot)
            read = [read_along(file.content, known, at) for file, at in zip(scanned, along, strict=True)]
            matched = match_files(base.layout, known, snapshot.packs, read)
        else:
            read = [read_along(file.content, [], None) for file in scanned]
            matched = match_files(Layout((), ()), [], cast("Any", None), read)
        version = VersionId(digest(str(len(self.versions))))
        new_files = [
            NewFile(cast("ScannedFile", file), match, np.arange(len(match.new_lines())) % origins)
            for file, match in zip(scanned, matched, strict=True)
        ]
        sources = [Origin(version, f"source {number}") for number in range(origins)]
        stored = VersionWriter(self.packs, old).write(new_files, sources, check=check, whole=whole)
        self.versions.append((stored, dict(files)))
        return stored

    def rebuilt(self, stored: StoredVersion) -> dict[str, bytes]:
        """A version as ``rebuild.py`` reads it, which shares no code with dsvc."""
        store = RebuildStore(self.objects, stored.directory)
        layout = rebuild.read_layout(store, stored.layout.id)
        holdings = rebuild.Holdings(layout)
        return {f["path"]: b"".join(rebuild.chunks(store, holdings, f["table"])) for f in layout.files}

    def check_all(self) -> None:
        """Every version is what was committed, and its store holds what it needs and nothing else."""
        for stored, files in self.versions:
            file, store, snapshot = self.snapshot(stored.directory, stored.layout.id)
            assert {f.path: b"".join(snapshot.chunks(f)) for f in file.layout.files} == files
            assert self.rebuilt(stored) == files
            layouts = {f"{part.id}.layout" for part in file.chain()}
            plain = {name for name in store.entries if not name.endswith((".layout", ".idx"))}
            assert {name for name in store.entries if name.endswith(".layout")} == layouts
            assert plain == set(file.layout.stored_files())
            assert stored.bytes == sum(self.objects.size(oid) for oid in store.entries.values())
            assert stored.files == len(store.entries)


@pytest.fixture
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Packs, blocks and limits so small that a few lines are cut, indexed and folded."""
    monkeypatch.setattr(version_writer, "MAX_PACK_BYTES", 64)
    monkeypatch.setattr(version_writer, "CHUNK_BYTES", 16)
    monkeypatch.setattr(version_writer, "INDEXED_BYTES", 20)
    monkeypatch.setattr(pack, "BLOCK_BYTES", 12)
    monkeypatch.setattr(folding, "TINY_PACK_BYTES", 40)
    monkeypatch.setattr(folding, "MAX_TINY_PACKS", 3)
    monkeypatch.setattr(folding, "MAX_LIVE_PACKS", 6)
    monkeypatch.setattr(layout_codec, "_cheap", lambda deltas, checkpoint: True)


_LINES = st.sampled_from([b"", b" ", b"\r", b'{"a":1}', b'{"a":2}\r', b'{"text":"%s"}' % (b"x" * 90)]) | st.integers(
    0, 30
).map(lambda number: b'{"n": %d}' % number)


@st.composite
def _contents(draw: st.DrawFn, lines: list[bytes]) -> bytes:
    content = b"".join(line + b"\n" for line in lines)
    return content[:-1] if draw(st.booleans()) else content


@st.composite
def _edits(draw: st.DrawFn, lines: list[bytes]) -> list[bytes]:
    """Lines deleted, moved, repeated, added."""
    lines = list(lines)
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(lines)))
        block = lines[start : start + draw(st.integers(0, 4))]
        what = draw(st.sampled_from(["delete", "move", "repeat"]))
        if what != "repeat":
            del lines[start : start + len(block)]
        if what != "delete":
            at = draw(st.integers(0, len(lines)))
            lines[at:at] = block
    for line in draw(st.lists(_LINES, max_size=4)):
        lines.insert(draw(st.integers(0, len(lines))), line)
    return lines


@pytest.mark.usefixtures("_small")
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_every_version_of_a_random_history_comes_back(data: st.DataObject) -> None:
    history = History()
    names = ["qa/train.jsonl", "qa/test.jsonl"] if data.draw(st.booleans()) else [PATH]
    lines: dict[str, list[bytes]] = {name: data.draw(st.lists(_LINES, max_size=12)) for name in names}
    for _ in range(data.draw(st.integers(1, 10))):
        files = {name: data.draw(_contents(own)) for name, own in lines.items()}
        history.commit(files, whole=data.draw(st.integers(0, 4)) == 0, origins=data.draw(st.integers(1, 2)))
        lines = {name: data.draw(_edits(own)) for name, own in lines.items()}
        if len(names) == 2 and data.draw(st.booleans()):
            lines[names[1]] += lines[names[0]][:3]  # from one split to the other
    history.check_all()


def test_an_edit_stores_the_new_line_and_nothing_of_the_rest() -> None:
    history = History()
    lines = [b'{"n": %d}\n' % number for number in range(1000)]
    history.commit({PATH: b"".join(lines)})
    before = set(history.objects.objects)
    lines[500] = b'{"n": "edited"}\n'
    stored = history.commit({PATH: b"".join(lines[:700] + lines[710:])})
    assert stored.new_bytes == len(lines[500])
    added = [data for oid, data in history.objects.objects.items() if oid not in before]
    assert [data for data in added if data.startswith(b"{")] == [lines[500]]
    history.check_all()


def test_deleting_sorting_and_repeating_store_no_records() -> None:
    history = History()
    lines = [b'{"n": %d}\n' % number for number in range(100)]
    history.commit({PATH: b"".join(lines)})
    assert history.commit({PATH: b"".join(lines[::-1])}).new_bytes == 0
    assert history.commit({PATH: b"".join(lines[50:])}).new_bytes == 0
    assert history.commit({PATH: b""}).new_bytes == 0
    history.check_all()


def test_lines_that_come_back_exactly_use_the_pack_they_were_born_in() -> None:
    history = History()
    first = history.commit({PATH: b'{"a":1}\n{"a":2}\n'})
    history.commit({PATH: b'{"b":1}\n'})
    back = history.commit({PATH: b'{"b":1}\n{"a":1}\n{"a":2}\n'})
    (born,) = first.layout.layout.packs
    assert born.id in {one.id for one in back.layout.layout.packs}
    history.check_all()


@pytest.mark.parametrize("deltas", [True, False], ids=["deltas", "checkpoints"])
def test_lines_that_come_back_belong_to_the_version_that_brings_them(
    monkeypatch: pytest.MonkeyPatch, deltas: bool
) -> None:
    """Whoever deleted them is not asked: the version before has no such lines, however its layout is stored."""
    monkeypatch.setattr(layout_codec, "_cheap", lambda *_: deltas)
    history = History()
    stays, comes, more = b'{"stays":1}\n', b'{"comes":1}\n', b'{"more":1}\n'
    for content in (stays, stays + comes, stays, stays + comes, comes + more, stays, more + comes):
        history.commit({PATH: content})
    born = []
    for stored, _ in history.versions:
        file, _, _ = history.snapshot(stored.directory, stored.layout.id)
        layout = file.layout
        born.append([layout.packs[piece.pack].origin.version for piece in layout.files[0].pieces])
        assert file.depth == (len(born) - 1 if deltas else 0)
    assert born == [[VersionId(digest(str(n))) for n in row] for row in ([0], [0, 1], [0], [0, 3], [3, 4], [5], [6])]
    history.check_all()


@pytest.mark.usefixtures("_small")
def test_many_small_commits_keep_few_stored_files() -> None:
    history = History()
    content = b""
    for number in range(40):
        content += b'{"n": %d}\n' % number
        stored = history.commit({PATH: content})
        assert len(stored.layout.layout.stored_files()) < 20
        packs = {one.id: one.origin.version for one in stored.layout.layout.packs}
        assert len(set(packs.values())) == number + 1  # each line still knows the version it was born in
    history.check_all()


def test_a_whole_version_is_one_plain_file_under_its_own_name() -> None:
    history = History()
    history.commit({PATH: b'{"a":1}\n{"a":2}'})
    stored = history.commit({PATH: b'{"a":2}\n{"a":1}'}, whole=True)
    assert stored.layout.layout.stored_files() == ["医疗.jsonl"]
    entries = history.objects.read_dir(stored.directory)
    assert history.objects.read(entries["医疗.jsonl"]) == b'{"a":2}\n{"a":1}'
    history.commit({PATH: b'{"a":2}\n{"a":1}\n{"a":3}\n'})
    history.commit({PATH: b'{"a":3}\n{"a":1}\n'}, whole=True)
    history.commit({PATH: b'{"a":3}\n'})
    history.check_all()


def test_whole_files_that_swap_their_lines_are_not_mixed_up() -> None:
    history = History()
    left, right = b'{"l":1}\n{"l":2}\n', b'{"r":1}\n'
    history.commit({"qa/a.jsonl": left, "qa/b.jsonl": right}, whole=True)
    history.commit({"qa/a.jsonl": right, "qa/b.jsonl": left}, whole=True)
    history.commit({"qa/a.jsonl": right + left, "qa/b.jsonl": b""}, whole=True)
    history.check_all()


def test_each_origin_has_a_pack_of_its_own() -> None:
    history = History()
    stored = history.commit({PATH: b"".join(b'{"n": %d}\n' % n for n in range(6))}, origins=2)
    layout = stored.layout.layout
    assert [one.origin.source for one in layout.packs] == ["source 0", "source 1"]
    assert [layout.packs[piece.pack].origin.source for piece in layout.files[0].pieces] == ["source 0", "source 1"] * 3
    history.check_all()


def test_packs_are_cut_between_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(version_writer, "MAX_PACK_BYTES", 40)
    monkeypatch.setattr(version_writer, "CHUNK_BYTES", 10)
    history = History()
    long_line = b'{"long": "%s"}\n' % (b"x" * 100)
    stored = history.commit({PATH: b'{"n": 1}\n' * 3 + long_line + b'{"n": 2}\n' * 6})
    sizes = [one.bytes for one in stored.layout.layout.packs]
    assert [size for size in sizes if size > 40] == [len(long_line)]
    for oid in history.objects.read_dir(stored.directory).values():
        data = history.objects.read(oid)
        assert data.startswith(b"dsvc.") or data.endswith(b"}\n")
    history.check_all()


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_line_that_is_no_record_is_refused_with_its_place(number: int) -> None:
    history = History()
    lines = [b'{"a": 1}\n', b"\n", b'{"a": 2}\n']
    lines[number - 1] = b'{"a": 1,}\n'
    with pytest.raises(BadDataError, match=rf"'{PATH}:{number}': .*column 9"):
        history.commit({PATH: b"".join(lines)}, check=True)


def test_a_file_that_changes_while_it_is_read_is_refused() -> None:
    history = History()
    file = WorkingFile.of(PATH, b'{"a": 1}\n{"a": 2}\n')
    matched = match_files(Layout((), ()), [], cast("Any", None), [read_along(file.content, [], None)])
    file.content = b'{"a": 1}\n{"b": 2}\n'
    new = NewFile(cast("ScannedFile", file), matched[0], np.zeros(2, dtype=np.int64))
    with pytest.raises(BadDataError, match="changed while it was read"):
        VersionWriter(history.packs, None).write([new], [Origin(VersionId("0" * 32))])


@pytest.mark.parametrize("name", ["bfcl_multi_turn_base", "tang_poems_zh"])
def test_a_real_history_comes_back_and_costs_little_more_than_its_new_lines(name: str) -> None:
    files = sorted((DATA / "histories" / name).glob("*.jsonl"))
    if not files:
        pytest.skip(f"the shared histories are not here: {name}")
    history, known, new = History(), set[bytes](), 0
    for file in files:
        content = file.read_bytes()
        history.commit({PATH: content}, check=True)
        lines = set(content.split(b"\n"))
        new += sum(len(line) + 1 for line in lines - known)
        known = lines
    history.check_all()
    stored = sum(version.new_bytes for version, _ in history.versions)
    assert stored <= 1.1 * new
