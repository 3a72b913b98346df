"""Making an index anew: it tells nothing that the stored file beside it does not tell, too."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from dsvc.errors import DsvcError
from dsvc.pack import IndexBuilder, pack_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dsvc.repository.stores import Packs
    from dsvc.store.objects import ObjectId

_READ_BYTES = 4 << 20
_SUFFIX = ".idx"


def make_index(packs: Packs, oid: ObjectId, listings: Iterable[Mapping[str, ObjectId]]) -> bool:
    """Store the index ``oid`` again, made from the file that it belongs to; whether that could be done.

    ``listings`` are the stored files of versions that have it. It could not where that file is damaged or absent, or
    where another release of zlib packs the same index into other bytes.
    """
    for listed in listings:
        for name in (name for name, listed_oid in listed.items() if listed_oid == oid and name.endswith(_SUFFIX)):
            for owner in _owners(listed, name.removesuffix(_SUFFIX)):
                made = _index_of(packs, owner, name.removesuffix(_SUFFIX))
                if made is not None and hashlib.md5(made, usedforsecurity=False).hexdigest() == oid:
                    packs.put(made)
                    return True
    return False


def _owners(listed: Mapping[str, ObjectId], digest: str) -> list[ObjectId]:
    """The file that is called after the digest; else any other: ``--whole`` stores files under their own names."""
    named = listed.get(f"{digest}.jsonl")
    if named is not None:
        return [named]
    return [oid for name, oid in listed.items() if not name.endswith((_SUFFIX, ".layout"))]


def _index_of(packs: Packs, owner: ObjectId, digest: str) -> bytes | None:
    """The index of a stored file, if it is here and has this digest."""
    sha256, builder = hashlib.sha256(), IndexBuilder()
    try:
        with packs.open(owner) as reader:
            for offset in range(0, reader.size, _READ_BYTES):
                data = reader.read_at(offset, _READ_BYTES)
                sha256.update(data)
                builder.add(data)
    except DsvcError:
        return None
    found = pack_id(sha256.hexdigest())
    return builder.finish(found).encode() if found == digest else None
