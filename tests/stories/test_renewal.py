"""The files that dsvc puts beside the datasets: a newer dsvc renews them, an older one leaves them, yours are yours."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from dsvc.errors import HookError
from dsvc.repository.writing import shared_files
from dsvc.repository.writing.shared_files import ATTRIBUTES_PATH, REBUILD_PATH, Shared, attributes, rebuild_script
from tests.stories.project import Project, lines

if TYPE_CHECKING:
    from pathlib import Path

V0, V1, V2 = (lines(*({"q": number} for number in range(size))) for size in (3, 4, 5))
RENEWED = f"renewed '{REBUILD_PATH}', which was of an older dsvc"

RELEASED = {
    ("rebuild", 1): "ad70328ffaa388ed",
    ("rebuild", 2): "13527007f2dd7243",
    ("attributes", 1): "5a00e32ac059fdd1",
    ("attributes", 2): "b3238d9cd9e2fcd6",
}
"""What each version is, without its last line. What was released never changes: give a new one the next number."""
FIRST_ATTRIBUTES = b"* -filter text eol=lf\nmanifest.json -merge\nstore.dvc -merge\nversions.jsonl merge=union\n"
"""As they were before there was a last line."""


@pytest.fixture
def newer(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A repository with a version, and a dsvc that has come out since."""
    project.save("m.jsonl", V0)
    monkeypatch.setattr(shared_files, "REBUILD_VERSION", shared_files.REBUILD_VERSION + 1)
    return project


def as_old(project: Project, path: str, data: bytes) -> None:
    project.write(path, data)
    project.git("add", path)
    project.git("commit", "-q", "-m", "as it was", "--", path)


def test_a_change_goes_with_a_new_number() -> None:
    for name, version, data in (
        ("rebuild", shared_files.REBUILD_VERSION, rebuild_script()),
        ("attributes", shared_files.ATTRIBUTES_VERSION, attributes()),
    ):
        body = data[: data.rfind(b"\n", 0, -1) + 1]
        assert hashlib.sha256(body).hexdigest()[:16] == RELEASED[name, version]


def test_the_last_line_tells_version_and_changes() -> None:
    script = rebuild_script()
    assert Shared.read(script) == Shared(shared_files.REBUILD_VERSION, changed=False)
    assert Shared.read(b"# mine\n" + script) == Shared(shared_files.REBUILD_VERSION, changed=True)
    assert Shared.read(FIRST_ATTRIBUTES) == Shared(0, changed=False)
    for strange in (b"", b"\n", b"# dsvc\n", script + b"\n", script[:-1], b"x"):
        assert Shared.read(strange) == Shared(None, changed=True)


def test_a_newer_dsvc_renews_the_script_with_the_next_version(newer: Project) -> None:
    made = newer.save("m.jsonl", V1)
    assert RENEWED in made.notes
    assert newer.read(REBUILD_PATH) == rebuild_script()
    assert REBUILD_PATH in newer.changed()
    assert ATTRIBUTES_PATH not in newer.changed()
    assert newer.status() == []
    assert newer.save("m.jsonl", V2).notes == ()
    newer.repo.undo()
    newer.repo.undo()
    assert newer.read(REBUILD_PATH) != rebuild_script()
    assert newer.status() == []


def test_files_from_before_they_told_their_version_are_renewed(project: Project) -> None:
    project.save("m.jsonl", V0)
    as_old(project, ATTRIBUTES_PATH, FIRST_ATTRIBUTES)
    assert f"renewed '{ATTRIBUTES_PATH}', which was of an older dsvc" in project.save("m.jsonl", V1).notes
    assert project.read(ATTRIBUTES_PATH) == attributes()
    assert project.git("check-attr", "merge", ".dsvc/m/versions.jsonl").endswith("merge: union")


def test_an_older_dsvc_leaves_a_newer_script(newer: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    newer.save("m.jsonl", V1)
    newest = newer.read(REBUILD_PATH)
    monkeypatch.setattr(shared_files, "REBUILD_VERSION", shared_files.REBUILD_VERSION - 1)
    assert newer.save("m.jsonl", V2).notes == ()
    assert newer.repo.rollback("m@v1.0").notes == ()
    assert newer.read(REBUILD_PATH) == newest
    assert newer.status() == []


@pytest.mark.parametrize("committed", [True, False], ids=["committed", "not committed"])
def test_what_somebody_has_changed_stays_and_is_told(newer: Project, *, committed: bool) -> None:
    mine = b"# we run this at night\n" + newer.read(REBUILD_PATH)
    newer.write(REBUILD_PATH, mine)
    if committed:
        as_old(newer, REBUILD_PATH, mine)
    (told,) = newer.save("m.jsonl", V1).notes
    assert told.startswith(f"'{REBUILD_PATH}' is of an older dsvc and was changed here, so it stays")
    assert newer.read(REBUILD_PATH) == mine
    assert newer.git("show", f"HEAD:{REBUILD_PATH}").startswith("# we run") == committed

    newer.git("rm", "-q", "-f", REBUILD_PATH)  # the way out that is told
    newer.git("commit", "-q", "-m", "renew it")
    assert newer.save("m.jsonl", V2).notes == ()
    assert newer.read(REBUILD_PATH) == rebuild_script()
    assert newer.status() == []


def test_a_hook_that_says_no_puts_the_old_script_back(newer: Project) -> None:
    hook: Path = newer.hook("pre-commit", "exit 1")
    newer.write("m.jsonl", V1)
    old = newer.read(REBUILD_PATH)
    with pytest.raises(HookError):
        newer.keep("m")
    assert newer.read(REBUILD_PATH) == old
    assert newer.status() == []
    hook.unlink()
    assert RENEWED in newer.keep("m").notes
