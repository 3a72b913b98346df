"""A disk that is full: one clear error, the same repository as before, and everything works once there is room."""

from __future__ import annotations

import resource
import shutil
import subprocess
from functools import partial
from typing import TYPE_CHECKING

import pytest

import dsvc
from dsvc.errors import DsvcError
from tests.faults.inspection import check_settled, check_untorn, following_hints, look, refusal_of
from tests.faults.killing import Kill, in_parallel
from tests.faults.stage import Stage, by_name, killed, mended, spread, step_name
from tests.faults.stories import EDITS, FILE, SECOND, STORIES, Story, commit, empty_git, open_repo, put

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROOM = (0, 4, 12, 24, 48, 96, 160, 240, 300, 400)
"""KiB that are left on the small disk."""


def full_and_mended(stage: Stage, kill: Kill) -> list[str]:
    """Run the verb on a disk that gets full; then there is room again."""
    with killed(stage, kill) as (root, ended):
        told = check_untorn(root, stage.before, stage.after)
        last = ended.error.rstrip().rpartition("\n")[2]
        if ended.error and not last.startswith("dsvc."):
            told.append(f"not an error to tell: {ended.error}")
        if kill.full == "once" and ended.error and look(root).head == stage.before.head:
            told += check_settled(root, stage.before, stage.before)
        told += mended(stage, root)
    return [f"{stage.story.name}, {kill} ({step_name(stage, kill)}): {line}" for line in told]


@pytest.mark.parametrize("story", STORIES, ids=by_name)
def test_a_write_that_fails_changes_nothing(story: Story, tmp_path: Path) -> None:
    stage = Stage(story, tmp_path)
    growing = [n for n, step in enumerate(stage.ended.steps, 1) if step.startswith(("os.write", "open", "os.mkdir"))]
    kills = [Kill(step, full="once") for step in growing]
    kills = [*spread(kills, 3), *spread([Kill(kill.step, full="stays") for kill in kills[1:]], 2)]
    complaints = in_parallel([partial(full_and_mended, stage, kill) for kill in kills], tmp_path)
    assert not complaints, f"{len(complaints)} complaints:\n" + "\n".join(complaints)


@pytest.mark.slow
@pytest.mark.parametrize("story", STORIES, ids=by_name)
def test_any_write_that_fails_changes_nothing(story: Story, tmp_path: Path) -> None:
    stage = Stage(story, tmp_path)
    growing = [n for n, step in enumerate(stage.ended.steps, 1) if step.startswith(("os.write", "open", "os.mkdir"))]
    kills = [Kill(step, full=full) for step in growing for full in ("once", "stays")]
    complaints = in_parallel([partial(full_and_mended, stage, kill) for kill in kills], tmp_path)
    assert not complaints, f"{len(complaints)} complaints:\n" + "\n".join(complaints)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 3 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if (
        shutil.which("mount") is None
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", folder], capture_output=True).returncode
    ):
        pytest.skip("this user may not mount a file system")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def fill(disk: Path, leaving: int) -> Path:
    """Fill a disk but for some bytes."""
    filler = disk / "filler"
    filler.write_bytes(bytes(max(shutil.disk_usage(disk).free - leaving, 0) & ~0xFFF))
    return filler


def test_a_disk_that_is_really_full(small_disk: Path) -> None:
    root = small_disk / "repo"
    empty_git(root)
    dsvc.init(root)
    shutil.rmtree(root / ".git" / "hooks")
    put(root, SECOND)
    commit(root)
    put(root, EDITS.replace(b"\xff", b"").replace(b"not even a record \n", b""))
    refused = 0
    for room in ROOM:
        before = look(root)
        filler = fill(small_disk, room * 1024)
        error = refusal_of(lambda: commit(root))
        filler.unlink()
        if error is None:
            break
        refused += 1
        assert error.hint or "git" in error.message, error.message
        assert (look(root).working, look(root).head) == (before.working, before.head), room
        told = check_settled(root, before, before)
        assert not told, (room, error, told)
    assert refused >= 2
    assert following_hints(lambda: commit(root)) == [] or open_repo(root).version("medical@HEAD").number == "v1.1"


def test_going_back_on_a_full_disk(small_disk: Path) -> None:
    root = small_disk / "repo"
    empty_git(root)
    dsvc.init(root)
    shutil.rmtree(root / ".git" / "hooks")
    put(root, SECOND * 40)
    commit(root)
    put(root, SECOND)
    commit(root)
    put(root, EDITS)
    for room in (0, 4, 40, 120):
        before = look(root)
        filler = fill(small_disk, room * 1024)
        for verb in (lambda: open_repo(root).checkout("medical@v1.0", force=True), lambda: open_repo(root).undo()):
            error = refusal_of(verb)
            assert error is not None
            assert "make room" in (error.hint or ""), error.message
            assert (look(root).working, look(root).head) == (before.working, before.head)
        filler.unlink()
        assert not check_settled(root, before, before)
    open_repo(root).checkout("medical@v1.0", force=True)
    open_repo(root).undo()
    assert (root / FILE).read_bytes() == EDITS


def test_a_limit_on_the_size_of_files(tmp_path: Path) -> None:
    root = tmp_path / "repo"
    empty_git(root)
    dsvc.init(root)
    put(root, SECOND * 100)
    before = look(root)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(DsvcError, match="file too large") as caught:
            commit(root)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert caught.value.hint
    assert not check_settled(root, before, before)
    commit(root)
