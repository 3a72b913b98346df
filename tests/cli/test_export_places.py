"""Where an export may write, and where it never does."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import write_records

if TYPE_CHECKING:
    from tests.cli.conftest import Shell

VERBS = (
    ("export", "bank@v1.0", "--to", "json"),
    ("convert", "bank@v1.0", "--to", "openai"),
    ("validate", "bank@v1.0", "--format", "json"),
)


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb[0])
def test_pipes_and_devices_are_not_replaced(bank: Shell, verb: tuple[str, ...]) -> None:
    os.mkfifo("pipe")
    Path("null").symlink_to(os.devnull)
    places = ["pipe", "null", "/dev/stdin"]
    if os.geteuid() == 0:
        os.mknod("device", 0o666 | stat.S_IFCHR, os.makedev(1, 3))
        places.append("device")
    before = {place: os.lstat(place).st_mode for place in places}
    for place in places:
        for more in ((), ("--force",)):
            told = bank(*verb, "-o", place, *more)
            assert "exit 5" in told
            assert "--force" not in told
    assert {place: os.lstat(place).st_mode for place in places} == before


def test_a_pipe_is_not_waited_for(bank: Shell) -> None:
    Path("trainer").mkdir()
    os.mkfifo("trainer/dataset_info.json")
    for more in ((), ("--force",)):
        told = bank("export", "bank@v1.0", "--to", "llamafactory", "-o", "trainer", *more)
        assert told.endswith("exit 5\n")
        assert "dataset_info.json" in told
    assert [path.name for path in Path("trainer").iterdir()] == ["dataset_info.json"]


def test_a_link_is_not_written_through_and_not_replaced(bank: Shell) -> None:
    Path("elsewhere.json").write_text("[]\n", "utf-8")
    Path("link.json").symlink_to("elsewhere.json")
    Path("loose.json").symlink_to("nowhere.json")
    for name, target in (("link.json", "elsewhere.json"), ("loose.json", "nowhere.json")):
        for more in ((), ("--force",)):
            told = bank("export", "bank@v1.0", "-o", name, *more)
            assert told == (
                f"! error: '{name}' is a link to '<tmp>/work/{target}', and links are not written through\n"
                f"! hint: name that file: -o <tmp>/work/{target}\nexit 5\n"
            )
        assert Path(name).is_symlink()
    assert Path("elsewhere.json").read_text("utf-8") == "[]\n"
    assert not Path("nowhere.json").exists()
    assert "wrote 3 records" in bank("export", "bank@v1.0", "-o", "elsewhere.json", "--force")


@pytest.mark.parametrize("form", ["json", "label-studio", "llamafactory"])
def test_folders_on_the_way_are_made(bank: Shell, form: str) -> None:
    how = ("export", "bank@v1.0", "--to", form)
    label = ("--label", "output") if form == "label-studio" else ()
    assert "exit" not in bank(*how, *label, "-o", "来/自/out")
    assert Path("来/自/out").exists()
    assert "exit 2" in bank("export", "bank@v1.0", "--to", "label-studio", "-o", "a/b/out")
    assert "exit 2" in bank(*how, "--name", "x/y", "-o", "a/b/out")
    Path("file").touch()
    assert bank(*how, *label, "-o", "file/b/out") == (
        "! error: 'file' is no folder\n! hint: name another place: -o PATH\nexit 3\n"
    )
    assert not Path("a").exists()


def test_a_conversion_that_fails_leaves_no_folder(bank: Shell) -> None:
    assert "exit 4" in bank("export", "bank@v1.0", "--to", "trl", "--shape", "stepwise", "-o", "a/b/out")
    assert "exit 4" in bank("convert", "bank@v1.0", "--to", "kto", "-o", "a/b/out.jsonl")
    Path("bad.jsonl").write_text('{"a": 1}\n', "utf-8")
    assert "exit 4" in bank("convert", "bad.jsonl", "--to", "openai", "-o", "a/b/out.jsonl")
    assert not Path("a").exists()


def test_a_link_in_the_folder_of_a_trainer_stays(bank: Shell) -> None:
    Path("data2").mkdir()
    Path("shared.json").write_text("{}\n", "utf-8")
    Path("data2/dataset_info.json").symlink_to("../shared.json")
    told = bank("export", "bank@v1.0", "--to", "llamafactory", "-o", "data2", "--force")
    assert "'data2/dataset_info.json' is a link" in told
    assert Path("data2/dataset_info.json").is_symlink()
    assert [path.name for path in Path("data2").iterdir()] == ["dataset_info.json"]


def test_formulas_of_full_width_come_back_as_they_were(bank: Shell) -> None:
    texts = ["＝1+1", "＋1", "－1", "＠SUM(1)", "'＝1", "1＝1"]
    write_records("t.jsonl", *({"t": text} for text in texts))
    bank("commit", "t.jsonl", "--source", "x", "-m", "first")
    bank("export", "t@v1.0", "-o", "t.csv")
    assert Path("t.csv").read_text("utf-8").splitlines() == [
        "t", "'＝1+1", "'＋1", "'－1", "'＠SUM(1)", "''＝1", "1＝1"
    ]  # fmt: skip
    bank("import", "t.csv", "--as", "u.jsonl", "--source", "x")
    assert [json.loads(line)["t"] for line in Path("u.jsonl").read_text("utf-8").splitlines()] == texts
