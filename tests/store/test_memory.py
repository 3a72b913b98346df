"""The store in memory behaves as the one on disk does."""

from __future__ import annotations

import pytest

from dsvc.errors import CorruptError
from dsvc.store.memory import MemoryObjects
from tests.store.conformance import ObjectStoreConformance


@pytest.fixture
def store() -> MemoryObjects:
    return MemoryObjects()


class TestMemoryObjects(ObjectStoreConformance):
    def test_bytes_handed_out_are_counted(self, store: MemoryObjects) -> None:
        oid = store.put(b"0123456789").oid
        with store.open(oid) as reader:
            reader.read_at(2, 3)
        store.read(oid, 8)
        assert store.reads == 5

    def test_a_flipped_byte_is_found(self, store: MemoryObjects) -> None:
        oid = store.put(b"abc").oid
        listing = store.put_dir({"x": oid})
        store.objects[oid] = b"abd"
        store.objects[listing] = store.objects[listing].replace(b'"x"', b'"y"')
        assert not store.verify(oid)
        with pytest.raises(CorruptError, match="digest"):
            store.read_dir(listing)
