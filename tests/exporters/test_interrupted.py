"""Ctrl-C at the worst moment: right after one of the steps that put an export into its place."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dsvc.exporters.merging import put_into
from dsvc.exporters.new_folder import new_folder
from dsvc.exporters.provenance import FORMAT, NOTE, as_bytes, written_files
from dsvc.exporters.unfinished import unfinished
from dsvc.repository.exports.out_file import replacing
from tests.stories.project import lines

if TYPE_CHECKING:
    from tests.stories.project import Project


def interrupted_after(patch: pytest.MonkeyPatch, name: str, step: int) -> None:
    """Let ``Path.name`` be followed by Ctrl-C the ``step``-th time (from 1)."""
    real, calls = getattr(Path, name), [0]

    def stopped(self: Path, target: Path) -> Any:
        done = real(self, target)
        calls[0] += 1
        if calls[0] == step:
            raise KeyboardInterrupt
        return done

    patch.setattr(Path, name, stopped)


def export(place: Path, text: str) -> None:
    with new_folder(place, force=True) as made:
        (made / "train.jsonl").write_text(text)
        (made / NOTE).write_bytes(as_bytes({"format": FORMAT, "files": written_files(made, ["train.jsonl"], {})}))


@pytest.mark.parametrize("step", [1, 2])
def test_an_earlier_export_is_there_or_the_new_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    place = tmp_path / "out"
    export(place, "old")
    with monkeypatch.context() as patch:
        interrupted_after(patch, "rename", step)
        with pytest.raises(KeyboardInterrupt):
            export(place, "new")
    assert (place / "train.jsonl").read_text() == ("old" if step == 1 else "new")
    assert [*tmp_path.iterdir()] == [place]


@pytest.mark.parametrize("step", [1, 2])
def test_files_in_a_shared_folder_are_those_from_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    folder, made = tmp_path / "lf", tmp_path / "made"
    folder.mkdir()
    made.mkdir()
    (folder / "dataset_info.json").write_text("old")
    for name in ("bank.jsonl", "dataset_info.json"):
        (made / name).write_text("new")
    with monkeypatch.context() as patch:
        interrupted_after(patch, "replace", step)
        with pytest.raises(KeyboardInterrupt):
            put_into(folder, made, ("bank.jsonl", "dataset_info.json"), force=True)
    assert {path.name: path.read_text() for path in folder.iterdir()} == {"dataset_info.json": "old"}


KILLED = """
import os, sys
from pathlib import Path
from dsvc.exporters.unfinished import unfinished
with unfinished(Path(sys.argv[1]), is_folder=sys.argv[2] == "folder") as path:
    (path / "half" if path.is_dir() else path).write_text("half")
    os.kill(os.getpid(), 9)
"""


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_what_a_killed_export_left_goes_with_the_next_one(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "输出.csv"
    subprocess.run([sys.executable, "-c", KILLED, str(target), kind], check=False)
    (left,) = tmp_path.iterdir()
    assert left.name.startswith(".dsvc-out-")
    with unfinished(tmp_path / "another.csv"):
        assert left.exists()
    if kind == "file":
        with replacing(target, force=False) as out:
            out.write(b"all")
    else:
        export(target, "all")
    assert [*tmp_path.iterdir()] == [target]


def test_what_is_still_written_stays(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    with unfinished(target) as first, unfinished(target) as second:
        first.write_text("one")
        second.rename(target)
        assert first.read_text() == "one"
    assert [*tmp_path.iterdir()] == [target]


def test_what_a_killed_export_left_beside_a_working_file_stops_nobody(project: Project) -> None:
    project.save("data/q.jsonl", lines({"q": 1}))
    (project.root / "data" / ".dsvc-new-left").mkdir()
    assert project.save("data/q.jsonl", lines({"q": 2})).manifest.number == "v1.1"
