"""Several datasets at once: ``diff`` without arguments, ``commit --all``, ``restore --all``."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from inline_snapshot import snapshot

from tests.cli.conftest import write_records

if TYPE_CHECKING:
    from tests.cli.conftest import Shell


@pytest.fixture
def three(shell: Shell) -> Shell:
    """Three datasets: a and b are edited, c is not."""
    shell("init")
    for name in ("a", "b", "c"):
        write_records(f"data/{name}.jsonl", {"q": f"{name}: 逾期怎么办？"}, {"q": "again"})
        shell("commit", f"data/{name}.jsonl", "--source", "manual", "-m", "first version")
    for name in ("a", "b"):
        write_records(f"data/{name}.jsonl", {"q": f"{name}: 逾期了怎么办？"}, {"q": "again"})
    return shell


def commits() -> list[str]:
    done = subprocess.run(["git", "log", "--format=%s"], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_diff_without_arguments_is_of_all_that_changed(three: Shell) -> None:
    assert three("diff") == snapshot("""\
a@v1.0 .. data/a.jsonl
  ~ 1 modified
  lines +1 -1   bytes +34 B -31 B
  fields: q 1
  text of the changed records: 9 -> 10 characters on average

~ 1  {"q": "a: 逾期了怎么办？"}
      ~ q  a: 逾期{+了+}怎么办？

b@v1.0 .. data/b.jsonl
  ~ 1 modified
  lines +1 -1   bytes +34 B -31 B
  fields: q 1
  text of the changed records: 9 -> 10 characters on average

~ 1  {"q": "b: 逾期了怎么办？"}
      ~ q  b: 逾期{+了+}怎么办？
""")
    assert three("diff", "--exit-code", "--stat").endswith("exit 1\n")
    assert [line.count('"type": "summary"') for line in three("diff", "--json", "--stat").splitlines()] == [0, 1] * 2
    Path("data/b.jsonl").unlink()
    assert three("diff", "--stat") == snapshot("""\
a@v1.0 .. data/a.jsonl
  ~ 1 modified
  lines +1 -1   bytes +34 B -31 B
  fields: q 1
  text of the changed records: 9 -> 10 characters on average
! warning: there is no file 'data/b.jsonl'
! hint: dsvc restore b; if it has another name now, or is not wanted any more: dsvc rm b
""")
    three("restore", "a")
    assert three("diff", "--exit-code").startswith("! warning: there is no file 'data/b.jsonl'")
    assert three("diff", "--exit-code").endswith("exit 1\n")
    three("restore", "--all")
    assert three("diff") == "no differences\n"


def test_all_are_committed_for_one_reason(three: Shell) -> None:
    assert three("commit", "--all", "-m", "mend the question") == snapshot("""\
a@v1.1  ~1  (2 records)
annotators: Ann Otter
stored:     34 B of records
b@v1.1  ~1  (2 records)
annotators: Ann Otter
stored:     34 B of records
! to take them back: dsvc undo, 2 times (once for each dataset)
""")
    assert commits()[:3] == ["b v1.1: mend the question", "a v1.1: mend the question", "c v1.0: first version"]
    assert three("commit", "--all", "-m", "again") == snapshot("""\
! error: nothing to commit: no file was edited since its version
! hint: dsvc status
exit 3
""")


def test_one_undo_takes_back_one_dataset(three: Shell) -> None:
    told = three("commit", "--all", "-m", "why")
    assert told.endswith("! to take them back: dsvc undo, 2 times (once for each dataset)\n")
    assert "undo" not in three("commit", "--all", "--dry-run")
    three("undo")
    three("undo")
    assert commits()[0] == "c v1.0: first version"


def test_hints_name_the_dataset_and_versions_that_it_has(three: Shell) -> None:
    three("commit", "b", "-m", "mend")
    assert three("commit", "a") == snapshot("""\
! error: a version needs a reason
! hint: add it: dsvc commit a -m "why"
exit 2
""")
    assert 'dsvc commit --all -m "why"' in three("commit", "--all")
    assert three("validate", "a", "--baseline", "none.jsonl") == snapshot("""\
! error: there is no baseline 'none.jsonl'
! hint: write it: dsvc validate a --baseline 'none.jsonl' --write-baseline
exit 3
""")
    told = """\
! error: of which dataset? there are 3
! hint: name it: b@v1.0..v1.1
exit 3
"""
    for verb in ("validate", "diff", "stats"):
        assert three(verb, "v1.0..v1.1") == told
    assert three("show", "v1.0") == snapshot("""\
! error: of which dataset? there are 3
! hint: name one of them: a@v1.0, b@v1.0, c@v1.0
exit 3
""")
    assert three("show", "v7.0") == snapshot("""\
! error: none of the 3 datasets has 'v7.0'
! hint: see versions: dsvc log DATASET
exit 3
""")
    assert three("fix", "--only", "duplicates") == snapshot("""\
! error: which dataset? there are 3: a, b, c
! hint: name one of them
exit 3
""")


def test_the_second_version_is_of_the_same_dataset(three: Shell) -> None:
    three("commit", "b", "-m", "mend")
    assert three("diff", "b@v1.0", "v1.1", "--stat") == three("diff", "b@v1.0..v1.1", "--stat")
    assert three("stats", "b@v1.0", "v1.1") == three("stats", "b@v1.0..v1.1")
    assert three("diff", "b@v1.0", "HEAD").startswith("b@v1.0 .. b@v1.1\n")


def test_the_way_back_is_told_once_for_all(three: Shell) -> None:
    told = three("restore", "--all")
    assert told.count("saved:    as 'dsvc-keep/") == 2
    assert told.count("dsvc undo") == 1
    assert told.endswith("! to get back what was saved: dsvc undo, 2 times (once for each dataset)\n")
    for _ in range(2):
        three("undo")
    assert "3 modified" not in three("diff", "--stat")
    assert three("diff", "--stat").count("~ 1 modified") == 2


def test_when_one_is_refused_none_is_committed(three: Shell) -> None:
    Path("data/b.jsonl").write_text('{"q": 1}\n{"q" 2}\n', encoding="utf-8")
    before = commits()
    assert three("commit", "--all", "-m", "why") == snapshot("""\
! error: cannot read record at 'data/b.jsonl:2': expecting ':' delimiter, column 6
! hint: mend the line (each line must be one complete JSON object) and try again
exit 4
""")
    write_records("data/b.jsonl", {"q": "something new entirely"})
    assert three("commit", "--all", "-m", "why").startswith("! error: 1 added record of 'b' needs a source")
    assert commits() == before
    assert "would be a@v1.1" in three("commit", "--all", "--dry-run", "--source", "x")
    assert commits() == before


def test_all_are_restored(three: Shell) -> None:
    told = three("restore", "--all")
    assert told.count("saved:    as 'dsvc-keep/") == 2
    assert "'data/c.jsonl'" not in told
    assert three("restore", "--all") == snapshot("! nothing to restore: all files are as in their versions\n")
    shutil.rmtree("data")
    assert three("restore", "--all").count("is back to v1.0") == 3
    three("undo")
    assert not Path("data/c.jsonl").exists()
    assert Path("data/b.jsonl").exists()


def test_what_is_for_one_dataset_only(three: Shell) -> None:
    assert three("restore", "--all", "--revision", "v1.0") == snapshot("""\
! error: --all and --revision exclude each other
! hint: leave one of them out; --revision is of one dataset
exit 2
""")
    assert three("commit", "a", "--all", "-m", "x") == snapshot("""\
! error: --all and DATASET exclude each other
! hint: leave one of them out; DATASET is of one dataset
exit 2
""")
    assert three("commit", "-m", "x") == snapshot("""\
! error: which dataset? there are 3: a, b, c
! hint: name one of them, or take all that were edited: --all
exit 3
""")
    assert three("restore") == snapshot("""\
! error: which dataset? there are 3: a, b, c
! hint: name one of them, or take all that were edited: --all
exit 3
""")
