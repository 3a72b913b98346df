"""``dsvc diff`` of versions and working files with files that lie anywhere: the same output in every combination."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from dsvc.errors import NotFoundError, UsageError
from tests.stories.project import Project, lines

if TYPE_CHECKING:
    from pathlib import Path

OLD = lines({"id": 1, "q": "逾期"}, {"id": 2, "q": "还款"}, {"id": 3, "q": "same"})
NEW = lines({"id": 1, "q": "逾期"}, {"id": 2, "q": "还款计划"}, {"id": 3, "q": "same"}, {"id": 4, "q": "new"})


@pytest.fixture
def work(project: Project, tmp_path: Path) -> Project:
    """A dataset of one file, one of a folder, and what they are compared with: untracked files here and elsewhere."""
    project.save("data/m.jsonl", OLD)
    project.write("data/qa/test.jsonl", OLD)
    project.write("data/qa/train.jsonl", OLD)
    project.keep("data/qa")
    project.write("loose/new.jsonl", NEW)
    outside = Project(tmp_path / "outside")
    outside.write("new.jsonl", NEW)
    outside.write("export/train.jsonl", NEW)
    outside.write("export/test.jsonl", OLD)
    return project


def diff(work: Project, *words: str, folder: str = ".") -> str:
    done = subprocess.run(["dsvc", "diff", *words], cwd=work.root / folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def body(text: str) -> list[str]:
    return text.splitlines()[1:]


@pytest.mark.parametrize("plain", ["loose/new.jsonl", "../outside/new.jsonl"], ids=["untracked", "outside"])
@pytest.mark.parametrize("other", ["m@v1.0", "m", "data/m.jsonl", "m@HEAD", "data/qa/train.jsonl@v1.0", "loose"])
def test_versions_and_files_in_both_orders(work: Project, plain: str, other: str) -> None:
    if other == "loose":  # two plain files
        other = work.write("loose/old.jsonl", OLD).relative_to(work.root).as_posix()
    shown = {"m": "data/m.jsonl", "m@HEAD": "m@v1.0"}.get(other, other)
    there, back = diff(work, other, plain), diff(work, plain, other)
    assert there.splitlines()[0] == f"{shown} .. {plain}"
    assert back.splitlines()[0] == f"{plain} .. {shown}"
    assert "+ 1 added   ~ 1 modified" in there
    assert "- 1 removed   ~ 1 modified" in back
    assert "还款{+计划+}" in there
    assert body(there) == body(diff(work, "m@v1.0", "loose/new.jsonl"))
    totals = body(diff(work, other, plain, "--stat"))
    assert totals == body(there)[: len(totals)]
    objects = [json.loads(line) for line in diff(work, other, plain, "--json").splitlines()]
    assert [item["type"] for item in objects] == ["diff", "modified", "added", "summary"]
    assert (objects[0]["old"], objects[0]["new"]) == (shown, plain)


@pytest.mark.parametrize("old", ["m@v1.0", "data/m.jsonl", "loose/new.jsonl"])
def test_what_another_program_writes(work: Project, old: str) -> None:
    """``jq … | dsvc diff OLD -`` and ``dsvc diff OLD <(jq …)``, here too where an array comes out."""
    array = b"[" + b",".join(NEW.splitlines()) + b"]"
    for content in (NEW, array):
        piped = subprocess.run(["dsvc", "diff", old, "-"], cwd=work.root, input=content, capture_output=True)
        assert piped.stdout.decode().splitlines()[0] == f"{old} .. /dev/stdin"
        assert (b"+ 1 added   ~ 1 modified" in piped.stdout) == (old != "loose/new.jsonl")
    fifo = work.root / "fifo"
    os.mkfifo(fifo)
    writer = subprocess.Popen(["sh", "-c", "cat loose/new.jsonl > fifo"], cwd=work.root)
    assert ("+ 1 added   ~ 1 modified" in diff(work, old, "fifo")) == (old != "loose/new.jsonl")
    assert writer.wait(10) == 0
    both = subprocess.run(["dsvc", "diff", "-", "-"], cwd=work.root, input=NEW, capture_output=True)
    assert (both.returncode, both.stderr.decode().splitlines()[0]) == (2, "error: standard input can be one side only")


def test_a_folder_outside_is_compared_file_by_file(work: Project) -> None:
    for other in ("qa@v1.0", "data/qa", "qa"):
        there, back = diff(work, other, "../outside/export"), diff(work, "../outside/export", other)
        assert there.splitlines()[0].endswith(" .. ../outside/export")
        assert "+ 1 added   ~ 1 modified" in there
        assert "- 1 removed   ~ 1 modified" in back
        assert " moved" not in there + back
        assert "~ ../outside/export/train.jsonl:2" in there
        assert "~ data/qa/train.jsonl:2" in back
    one = diff(work, "data/qa/train.jsonl@v1.0", "../outside/export/train.jsonl")
    assert "+ 1 added   ~ 1 modified" in one
    assert diff(work, "qa@v1.0", "data/qa/train.jsonl").splitlines()[0] == "qa@v1.0 .. data/qa/train.jsonl"


def test_from_a_folder_below_and_by_its_whole_name(work: Project, tmp_path: Path) -> None:
    whole = str(tmp_path / "outside" / "new.jsonl")
    shown = min(whole, os.path.relpath(whole, work.root), key=len)
    for name in ("../../outside/new.jsonl", whole):
        assert diff(work, "m@v1.0", name, folder="data").splitlines()[0] == f"m@v1.0 .. {shown}"
    assert "no differences" in diff(work, "new.jsonl", whole, folder="loose")


def test_the_key_of_the_dataset_counts(work: Project) -> None:
    work.keep("m", key=("id",))
    other = lines({"id": 1, "q": "something else"}, {"id": 2, "q": "还款"}, {"id": 3, "q": "same"})
    (work.root / "../outside/new.jsonl").write_bytes(other)
    for name in ("m@HEAD", "m", "data/m.jsonl"):
        assert "~ 1 modified" in diff(work, name, "../outside/new.jsonl", "--stat")
        assert json.loads(diff(work, name, "../outside/new.jsonl", "--json").splitlines()[0])["key"] == ["id"]


def test_what_lies_outside_is_only_read(work: Project, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    (outside / "link.jsonl").symlink_to("new.jsonl")

    def picture() -> list[tuple[str, int]]:
        return [(str(path), path.lstat().st_mtime_ns) for path in [outside, *sorted(outside.rglob("*"))]]

    before = picture()
    for name in ("new.jsonl", "link.jsonl", "export"):
        diff(work, "m@v1.0", str(outside / name))
        diff(work, str(outside / name), "qa")
    assert len(work.repo.snapshot(str(outside / "new.jsonl"))) == 4
    assert picture() == before
    assert work.status() == ["?? loose/new.jsonl"]


def test_a_file_outside_is_no_version(work: Project) -> None:
    for verb in (work.repo.checkout, work.repo.rollback, work.repo.version, work.repo.tag):
        with pytest.raises(UsageError, match="is a file, not a version"):
            verb("../outside/new.jsonl")
    with pytest.raises(UsageError, match="what should it be compared with"):
        work.repo.diff("../outside/new.jsonl")
    with pytest.raises(NotFoundError, match=r"there is no file or (dataset|version) '\.\./outside/none\.jsonl'"):
        work.repo.diff("m@v1.0", "../outside/none.jsonl")


def refused(folder: Path, *words: str) -> tuple[int, str]:
    done = subprocess.run(["dsvc", "diff", *words], cwd=folder, capture_output=True, text=True)
    assert not done.stdout
    return done.returncode, done.stderr


def test_outside_any_repository(work: Project, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    (outside / "old.jsonl").write_bytes(OLD)
    (outside / "nothing").mkdir()
    for words, status, told in (
        (["old.jsonl"], 2, "outside a repository diff compares two files\nhint: dsvc diff 'old.jsonl' OTHER.jsonl"),
        (["old.jsonl", "none.jsonl"], 3, "there is no file 'none.jsonl', and no repository here\nhint: dsvc diff"),
        (["old.jsonl..new.jsonl"], 2, "hint: dsvc diff 'old.jsonl' 'new.jsonl'"),
        (["old.jsonl", "nothing"], 3, "there is no JSONL file in 'nothing'"),
        (["old.jsonl", "/dev/null"], 4, "'/dev/null' is not a regular file\nhint: write what it gives into a file"),
        ([], 3, "is not in a git repository\nhint: dsvc init"),
    ):
        found = refused(outside, *words)
        assert found[0] == status
        assert told in found[1]
    there = subprocess.run(["dsvc", "diff", "old.jsonl", "new.jsonl"], cwd=outside, capture_output=True, text=True)
    assert body(there.stdout) == body(diff(work, "m@v1.0", "loose/new.jsonl"))


def test_what_means_nothing(work: Project) -> None:
    (work.root / "nothing").mkdir()
    for words, status, told in (
        ([""], 2, "an empty text names nothing"),
        (["m@v1.0..loose/new.jsonl"], 2, "hint: dsvc diff 'm@v1.0' 'loose/new.jsonl'"),
        (["m@v1.0", "nothing"], 3, "there is no JSONL file in 'nothing'"),
        (["m@v1.0", "/dev/null"], 4, "'/dev/null' is not a regular file"),
        (["@v1.0", "m"], 3, "there is no file or dataset '@v1.0'"),
    ):
        found = refused(work.root, *words)
        assert (found[0], told in found[1]) == (status, True), found


def test_a_misspelt_key_is_told(work: Project) -> None:
    def told(*words: str) -> str:
        return subprocess.run(["dsvc", "diff", *words], cwd=work.root, capture_output=True, text=True).stderr

    assert "the field 'idd'" in told("m", "../outside/new.jsonl", "--key", "idd")
    assert told("m", "../outside/new.jsonl", "--key", "id") == ""


def test_what_folders_hold_besides_is_told(work: Project) -> None:
    for folder in ("one", "other", "tables", "deep"):
        work.write(f"loose/{folder}/more/c.jsonl", OLD)
        work.write(f"loose/{folder}/t.csv", b"id\n1\n")
    for folder in ("one", "other"):
        work.write(f"loose/{folder}/a.jsonl", OLD)
    (work.root / "loose/tables/more/c.jsonl").unlink()
    (work.root / "loose/deep/t.csv").unlink()
    done = subprocess.run(
        ["dsvc", "diff", "loose/one", "loose/other"], cwd=work.root, capture_output=True, text=True, check=True
    )
    told = "1 file in another format ('t.csv') and 1 JSONL file in sub folders ('more/c.jsonl')"
    assert done.stderr.splitlines() == [f"not compared, of 'loose/{name}': {told}" for name in ("one", "other")]
    assert refused(work.root, "loose/one", "loose/tables") == (
        3,
        "error: there is no JSONL file in 'loose/tables', but 1 file in another format ('t.csv')\n"
        "hint: name the file itself ('loose/tables/t.csv'), or bring it in: dsvc import\n",
    )
    assert (
        "but 1 JSONL file in sub folders ('more/c.jsonl')\nhint: name the folder that they are in: 'loose/deep/more'"
        in (refused(work.root, "loose/one", "loose/deep")[1])
    )


def test_a_folder_that_was_renamed_is_compared_file_by_file(work: Project) -> None:
    work.write("data/qb/train.jsonl", NEW)
    work.write("data/qb/test.jsonl", OLD)
    work.keep("data/qb")
    for old, name in (
        ("qa@v1.0", "qb"),
        ("qa", "qb@v1.0"),
        ("data/qa", "data/qb"),
        ("data/qa/train.jsonl", "data/qb/train.jsonl"),
        ("data/qa/train.jsonl@v1.0", "data/qb/train.jsonl@v1.0"),
    ):
        text = diff(work, old, name)
        assert "+ 1 added   ~ 1 modified" in text
        assert " moved" not in text


def test_each_record_is_told_where_it_lies(work: Project) -> None:
    """Of two folders a removed record is in a file of the old one, an added record in a file of the new one."""
    work.write("data/qb/train.jsonl", NEW)
    work.write("data/qb/test.jsonl", OLD[OLD.index(b"\n") + 1 :])
    assert "+ data/qb/train.jsonl:4" in diff(work, "data/qa", "data/qb")
    assert "- data/qa/test.jsonl:1" in diff(work, "data/qa", "data/qb")
    assert "- data/qb/train.jsonl:4" in diff(work, "data/qb", "data/qa")
    assert "+ data/qa/test.jsonl:1" in diff(work, "data/qb", "data/qa")
    work.keep("data/qb")
    objects = [json.loads(line) for line in diff(work, "qa@v1.0", "qb@v1.0", "--json").splitlines()]
    places = {item["type"]: item.get("file") for item in objects}
    assert (places["added"], places["removed"]) == ("data/qb/train.jsonl", "data/qa/test.jsonl")
    assert "+ ../outside/export/train.jsonl:4" in diff(work, "qa@v1.0", "../outside/export")
