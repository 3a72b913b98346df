"""Edits and the power: no accepted edit is lost, the file is the old one or the new one, a full disk is told."""

from __future__ import annotations

import subprocess
from functools import partial
from typing import TYPE_CHECKING

import pytest

from dsvc.errors import DsvcError
from tests.faults.killing import Kill, in_parallel, run_killed
from tests.faults.stage import spread
from tests.faults.stories import FILE, FIRST, commit, empty_git, open_repo, put, records

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dsvc.editing.session import EditSession

LINES = FIRST.splitlines()
NEW = records(500).strip()
EDITS: tuple[Callable[[EditSession], object], ...] = (
    lambda session: session.replace(3, NEW),
    lambda session: session.delete(0),
    lambda session: session.insert(5, NEW),
    lambda session: session.undo(),
    lambda session: session.move(7, 2),
)


def states() -> list[list[bytes]]:
    """The records after none, one, two … edits."""
    found = [[*LINES]]
    found.append([*LINES[:3], NEW, *LINES[4:]])
    found.append(found[-1][1:])
    found.append([*found[-1][:5], NEW, *found[-1][5:]])
    found.append(found[-2])
    moved = [*found[-1]]
    moved.insert(2, moved.pop(7))
    found.append(moved)
    return found


STATES = states()


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with one version."""
    import dsvc

    root = tmp_path_factory.mktemp("editing") / "original"
    empty_git(root)
    dsvc.init(root)
    put(root, FIRST)
    commit(root)
    return root


def copied(original: Path, folder: Path) -> Path:
    folder.mkdir()
    subprocess.run(["cp", "-a", original, folder / "repo"], check=True)
    return folder / "repo"


def edit_all(root: Path) -> None:
    with open_repo(root).edit(FILE) as session:
        for edit in EDITS:
            edit(session)


def save(root: Path) -> None:
    with open_repo(root).edit(FILE) as session:
        session.save()


def edit_and_save(root: Path) -> None:
    with open_repo(root).edit(FILE) as session:
        for edit in EDITS:
            edit(session)
        session.save()
        session.undo()
        session.redo()
        session.delete(0)


def leftovers(root: Path) -> list[str]:
    return [str(path) for path in root.rglob(".dsvc-new-*")]


def text(lines: list[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in lines)


def edits_killed(original: Path, scratch: Path, kill: Kill) -> list[str]:
    """Kill somebody who edits; what was accepted is there, and can be gone on with."""
    root = copied(original, scratch / f"edits {kill}")
    run_killed(lambda: edit_all(root), kill, root.parent)
    if (root / FILE).read_bytes() != FIRST:
        return [f"{kill}: the file was touched"]
    with open_repo(root).edit(FILE) as session:
        if [*session] not in STATES:
            return [f"{kill}: the records are in no state that they were in"]
        session.replace(0, records(777).strip())
        expected = [*session]
        session.save()
    return [] if (root / FILE).read_bytes() == text(expected) and not leftovers(root) else [f"{kill}: not saved"]


def save_killed(original: Path, scratch: Path, kill: Kill, *, edited: bool = False) -> list[str]:
    """Kill somebody who saves: the file is old or new, and no edit is lost; nor when it is edited by another then."""
    root = copied(original, scratch / f"save {kill} {edited}")
    edit_all(root)
    run_killed(lambda: save(root), kill, root.parent)
    content = (root / FILE).read_bytes()
    if content not in (FIRST, text(STATES[-1])):
        return [f"{kill}: the file is torn"]
    if edited:
        put(root, content + records(888))
        kept = open_repo(root).kept_edits(FILE)
        saved = content != FIRST
        if not saved and (kept is None or kept.count != 3 or kept.fits):
            return [f"{kill}: the edits of the other state are not told: {kept}"]
        with open_repo(root).edit(FILE, kept="reapply") as session:
            if [*session] != [*STATES[-1], records(888).strip()]:
                return [f"{kill}: the edits were not made again"]
            if any("found their record changed" in note for note in session.notes):
                return [f"{kill}: {session.notes}"]
        return []
    with open_repo(root).edit(FILE) as session:
        if [*session] != STATES[-1] or session.unsaved != (3 if content == FIRST else 0):
            return [f"{kill}: an edit is lost: {session.unsaved} {session.notes}"]
        for _ in range(3):
            session.undo()
        if [*session] != STATES[0]:
            return [f"{kill}: it cannot be taken back"]
        for _ in range(3):
            session.redo()
        if session.unsaved:
            session.save()
    told = [] if (root / FILE).read_bytes() == text(STATES[-1]) else [f"{kill}: it was not saved afterwards"]
    return [*told, *(f"{kill}: left behind: {name}" for name in leftovers(root) if content == FIRST)]


def disk_full(original: Path, scratch: Path, kill: Kill) -> list[str]:
    """The disk is full at a step: one clear error, nothing lost, and afterwards everything goes on."""
    root = copied(original, scratch / f"full {kill}")
    ended = run_killed(lambda: edit_and_save(root), kill, root.parent)
    last = ended.error.rstrip().rpartition("\n")[2]
    told = [f"{kill}: not an error to tell: {ended.error}"] if ended.error and not last.startswith("dsvc.") else []
    content = (root / FILE).read_bytes()
    if content not in (FIRST, text(STATES[-1])):
        return [*told, f"{kill}: the file is torn"]
    with open_repo(root).edit(FILE) as session:
        if [*session] not in [*STATES, STATES[-1][1:]]:
            told.append(f"{kill}: the records are in no state that they were in")
        session.replace(0, NEW + b" ")
        session.save()
        told += [f"{kill}: left behind: {name}" for name in leftovers(root)]
    return told


def steps(original: Path, scratch: Path, act: Callable[[Path], None], *, edited: bool = False) -> list[str]:
    root = copied(original, scratch / "steps")
    if edited:
        edit_all(root)
    ended = run_killed(lambda: act(root), Kill(0), root.parent)
    assert not ended.error, ended.error
    return [*ended.steps]


def test_killed_while_editing(original: Path, tmp_path: Path) -> None:
    kills = [Kill(step + 1) for step in range(len(steps(original, tmp_path, edit_all)))]
    assert len(kills) > 10
    told = in_parallel([partial(edits_killed, original, tmp_path, kill) for kill in kills], tmp_path)
    assert not told, "\n".join(told)


@pytest.mark.parametrize("edited", [False, True], ids=["left-alone", "edited-by-another"])
def test_killed_while_saving(original: Path, tmp_path: Path, edited: bool) -> None:
    kills = [Kill(step + 1) for step in range(len(steps(original, tmp_path, save, edited=True)))]
    told = in_parallel([partial(save_killed, original, tmp_path, kill, edited=edited) for kill in kills], tmp_path)
    assert not told, "\n".join(told)


def test_on_a_full_disk(original: Path, tmp_path: Path) -> None:
    growing = [
        at
        for at, step in enumerate(steps(original, tmp_path, edit_and_save), 1)
        if step.startswith(("os.write", "open", "os.mkdir"))
    ]
    kills = [Kill(kill.step, full=full) for kill in spread([*map(Kill, growing)], 20) for full in ("once", "stays")]
    told = in_parallel([partial(disk_full, original, tmp_path, kill) for kill in kills], tmp_path)
    assert not told, "\n".join(told)


def test_an_edit_that_is_not_written_down_is_not_made(original: Path, tmp_path: Path) -> None:
    """Inside the same session: the view says what the journal says."""
    import os
    from unittest.mock import patch

    root = copied(original, tmp_path / "same")
    with open_repo(root).edit(FILE) as session:
        session.delete(0)
        write = os.write

        def half(fd: int, data: bytes) -> int:
            if len(data) > 20:
                return write(fd, memoryview(data)[:20])
            raise OSError(28, "No space left on device")

        with patch("os.write", half), pytest.raises(DsvcError, match="no space left"):
            session.delete(0)
        assert [*session] == LINES[1:]
        session.delete(0)
    with open_repo(root).edit(FILE) as session:
        assert [*session] == LINES[2:]
        assert not session.notes
