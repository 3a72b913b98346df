"""What is known of stored lines is found again, of as many stored files as a dataset has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsvc.sampling import identities
from dsvc.sampling.identities import IdentityStore, identified, lines_of

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

PACKS = [f"{number:032x}" for number in range(300)]
"""More than the 256 files that a dataset's records may lie in."""
LINES = lines_of([identified((0, b"".join(b'{"id": %d}\n' % number for number in range(1000))))])


def test_all_files_of_a_dataset_stay_known_by_record_and_by_key(tmp_path: Path) -> None:
    for key in ((), ("id",)):
        store = IdentityStore(tmp_path, key)
        for pack in PACKS:
            store.add(pack, LINES)
        store.save()
    for key in ((), ("id",)):
        again = IdentityStore(tmp_path, key)
        assert all(len(again.known(pack).offsets) == 1000 for pack in PACKS)


def test_what_is_kept_does_not_grow_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identities, "_KEPT_FILES", 10)
    for pack in PACKS[:30]:
        store = IdentityStore(tmp_path)
        store.add(pack, LINES)
        store.save()
    assert len([*tmp_path.iterdir()]) == 10
    assert len(IdentityStore(tmp_path).known(PACKS[29]).offsets) == 1000
