"""What every object store does, whatever it stands on: run by each store's tests through a subclass."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dsvc.errors import CorruptError, MissingObjectError
from dsvc.store.objects import ObjectId, ObjectStore

_SHARED_STORE = [HealthCheck.function_scoped_fixture, HealthCheck.differing_executors]
"""One store serves all examples, and each store's class runs the same property: both are meant."""

ABSENT = ObjectId("0" * 32)


def md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


class ObjectStoreConformance:
    """Subclass it in a test module that has a fixture called ``store``."""

    def test_an_object_is_named_by_its_bytes_and_comes_back_unchanged(self, store: ObjectStore) -> None:
        data = '{"问": "利率?"}\r\n\n'.encode()
        stored = store.put(data)
        assert stored.oid == md5(data)
        assert stored.sha256 == hashlib.sha256(data).hexdigest()
        assert stored.size == store.size(stored.oid) == len(data)
        assert store.read(stored.oid) == data
        assert store.has(stored.oid)
        assert store.verify(stored.oid)

    def test_the_empty_object_is_an_object(self, store: ObjectStore) -> None:
        stored = store.put(b"")
        assert store.size(stored.oid) == 0
        assert store.read(stored.oid) == b""
        with store.open(stored.oid) as reader:
            assert reader.read_at(0, 10) == b""

    @settings(max_examples=25, deadline=None, suppress_health_check=_SHARED_STORE)
    @given(parts=st.lists(st.binary(max_size=300), max_size=8))
    def test_it_does_not_matter_how_the_bytes_are_cut(self, store: ObjectStore, parts: list[bytes]) -> None:
        with store.writer() as writer:
            for number, part in enumerate(parts):
                writer.write(memoryview(part) if number % 2 else part)
            stored = writer.finish()
        assert stored == store.put(b"".join(parts))
        assert store.read(stored.oid) == b"".join(parts)

    def test_a_writer_may_reuse_its_buffer(self, store: ObjectStore) -> None:
        buffer = bytearray(2 << 20)
        with store.writer() as writer:
            for value in range(4):
                buffer[:] = bytes([value]) * len(buffer)
                writer.write(memoryview(buffer))
            stored = writer.finish()
        expected = b"".join(bytes([value]) * len(buffer) for value in range(4))
        assert stored.sha256 == hashlib.sha256(expected).hexdigest()
        assert store.verify(stored.oid)

    def test_ranges_are_read_as_slices(self, store: ObjectStore) -> None:
        data = bytes(range(200))
        oid = store.put(data).oid
        with store.open(oid) as reader:
            assert reader.size == 200
            for offset, length in ((0, 0), (0, 200), (7, 11), (190, 50), (500, 3)):
                assert reader.read_at(offset, length) == data[offset : offset + length]
                assert store.read(oid, offset, length) == data[offset : offset + length]
        assert store.read(oid, 150) == data[150:]
        assert store.read(oid, 500) == b""

    def test_one_reader_serves_many_threads(self, store: ObjectStore) -> None:
        data = bytes(i % 251 for i in range(100_000))
        with store.open(store.put(data).oid) as reader, ThreadPoolExecutor(4) as threads:
            offsets = range(0, len(data), 997)
            assert b"".join(threads.map(lambda offset: reader.read_at(offset, 997), offsets)) == data

    def test_a_closed_reader_and_a_finished_writer_say_so(self, store: ObjectStore) -> None:
        reader = store.open(store.put(b"x").oid)
        reader.close()
        reader.close()
        with pytest.raises(ValueError, match="closed"):
            reader.read_at(0, 1)
        with store.writer() as writer:
            writer.finish()
            with pytest.raises(ValueError, match="finished"):
                writer.write(b"more")
            with pytest.raises(ValueError, match="finished"):
                writer.finish()

    def test_an_abandoned_writer_leaves_no_object(self, store: ObjectStore) -> None:
        with store.writer() as writer:
            writer.write(b"half a record")
        assert not store.has(ObjectId(md5(b"half a record")))

    def test_storing_the_same_bytes_again_changes_nothing(self, store: ObjectStore) -> None:
        assert store.put(b"same") == store.put(b"same")

    def test_an_absent_object_is_named_with_a_way_out(self, store: ObjectStore) -> None:
        assert not store.has(ABSENT)
        for ask in (store.size, store.read, store.open, store.verify):
            with pytest.raises(MissingObjectError, match=ABSENT) as caught:
                ask(ABSENT)
            assert caught.value.hint == "dvc fetch"
        with pytest.raises(MissingObjectError):
            store.read_dir(ObjectId(ABSENT + ".dir"))

    def test_a_directory_is_dvcs_listing_in_any_order(self, store: ObjectStore) -> None:
        a, b = store.put(b"a").oid, store.put(b"b").oid
        entries = {"药.jsonl": a, "B.jsonl": b, "a.jsonl": a, "sub/c.jsonl": b}
        oid = store.put_dir(entries)
        assert oid == store.put_dir(dict(reversed(entries.items())))
        assert oid.endswith(".dir")
        assert store.read_dir(oid) == entries
        assert json.loads(store.read(oid)) == [{"md5": entries[name], "relpath": name} for name in sorted(entries)]
        assert store.verify(oid)
        assert store.read_dir(store.put_dir({})) == {}

    @pytest.mark.parametrize("name", ["../x", "/etc/x", "a//b", ".", "", "a/../b", "nul\0"])
    def test_a_directory_never_lists_a_path_outside_itself(self, store: ObjectStore, name: str) -> None:
        with pytest.raises(CorruptError):
            store.put_dir({name: store.put(b"a").oid})
