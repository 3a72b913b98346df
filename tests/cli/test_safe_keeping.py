"""Is it whole, and is it somewhere else too: ``fsck`` and ``push`` as typed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from inline_snapshot import snapshot

from tests.store.dvc_command import run_dvc

if TYPE_CHECKING:
    from tests.cli.conftest import Shell


def spoil(content: str) -> None:
    """Flip a bit of the stored file that holds ``content``."""
    for path in Path(".dvc/cache/files/md5").rglob("*"):
        if path.is_file() and content.encode() in (data := path.read_bytes()):
            path.chmod(0o644)
            path.write_bytes(bytes([data[0] ^ 4]) + data[1:])


def test_damage_names_the_records(edited: Shell) -> None:
    edited("commit", "-m", "more", "--source", "call centre")
    assert edited("fsck") == snapshot("all data of all versions is whole\n")
    spoil("免息期")
    assert edited("fsck") == snapshot("""\
bank: <id>.jsonl: damaged (needed by v1.0, v1.1)
    records 1-3 of bank@v1.0
    record 2 of bank@v1.1
! error: 1 stored file is missing or damaged
! hint: dsvc fsck --repair
exit 7
""")
    assert edited("fsck", "--repair") == snapshot("""\
bank: <id>.jsonl: damaged (needed by v1.0, v1.1)
    records 1-3 of bank@v1.0
    record 2 of bank@v1.1
! error: 1 stored file is missing or damaged
! hint: no DVC remote to get it from: dvc remote add -d NAME URL, dsvc push where it is whole, dsvc fsck --repair here
exit 7
""")
    (found, *_) = edited("fsck", "--json").splitlines()
    records = [(group["versions"], group["ranges"]) for group in json.loads(found)["records"]]
    assert records == [(["v1.0"], [[1, 3]]), (["v1.1"], [[2, 2]])]


def test_an_undone_version_is_not_sent(edited: Shell, tmp_path: Path) -> None:
    edited("commit", "-m", "more", "--source", "call centre")
    edited("undo")
    run_dvc(Path(), "remote", "add", "--default", "there", str(tmp_path / "remote"))
    assert edited("push") == snapshot("""\
the data of 1 version is on the remote
1 undone or saved version stays here: only local tags (dsvc-keep/…) know them
the history and its tags travel with git, which has no remote yet: git remote add origin URL
! '.dvc/config' is not committed, and clones need its remote: git add .dvc/config && git commit -m remote .dvc/config
""")
    assert json.loads(edited("push", "--json"))["kept"] == 1
    spoil("可疑")
    assert edited("fsck") == snapshot("""\
bank: <id>.jsonl: damaged (needed by dsvc-keep/bank/v1.1-<id>)
    record 1 of bank@dsvc-keep/bank/v1.1-<id>
! error: 1 stored file is missing or damaged
! hint: dsvc fsck --repair
exit 7
""")
    Path("data/bank.jsonl").unlink()  # it still has the record
    assert edited("fsck", "--repair") == snapshot("""\
bank: <id>.jsonl: damaged (needed by dsvc-keep/bank/v1.1-<id>)
    record 1 of bank@dsvc-keep/bank/v1.1-<id>
! error: 1 stored file is missing or damaged
! hint: nobody else has undone versions and saved edits; to give these up: git tag -d dsvc-keep/bank/v1.1-<id>
exit 7
""")


def test_a_clone_that_did_not_fetch_everything_is_whole(edited: Shell, tmp_path: Path) -> None:
    edited("commit", "-m", "more", "--source", "call centre")
    run_dvc(Path(), "remote", "add", "--default", "there", str(tmp_path / "remote"))
    edited("push")
    shutil.rmtree(".dvc/cache")
    run_dvc(Path(), "pull", "-q")
    assert edited("fsck") == snapshot("""\
bank: the list of its files: not fetched (needed by v1.0)
all data that is here is whole; that of 1 version is not fetched (get it: dsvc fsck --repair)
""")
    assert "- repaired" in edited("fsck", "--repair")
    assert edited("fsck") == "all data of all versions is whole\n"
    run_dvc(Path(), "remote", "remove", "there")
    shutil.rmtree(".dvc/cache")
    assert edited("fsck").endswith("2 stored files are missing or damaged\n! hint: dsvc fsck --repair\nexit 7\n")
