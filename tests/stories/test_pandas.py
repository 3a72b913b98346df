"""A script reads a set with pandas and writes it back: what changed, and what is only written differently?"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import pytest

from dsvc.delta import Modified, Reformatted
from tests.stories.project import DATA, Project

if TYPE_CHECKING:
    from pathlib import Path

PROBLEMS = DATA / "sets" / "gsm8k_test.jsonl"

MIXED = """\
{"id": 1, "q": "逾期90天", "score": 0.5, "when": "2024-01-02", "n": 3}
{"id": 2, "q": "a/b", "score": 1.0, "when": "soon", "n": 4}
{"id": 3, "q": "“引号”", "score": 0.25, "when": "later", "n": null}
""".encode()


def pandas_round_trip(path: Path, change: Any = None) -> None:
    import pandas as pd

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame = pd.read_json(path, lines=True)
        if change is not None:
            change(frame)
        frame.to_json(path, orient="records", lines=True, force_ascii=False)


@pytest.fixture(autouse=True)
def pandas() -> None:
    pytest.importorskip("pandas")


@pytest.mark.skipif(not PROBLEMS.is_file(), reason="the real set is not on this machine")
def test_a_real_set_comes_back_to_its_old_bytes(project: Project) -> None:
    original = PROBLEMS.read_bytes()
    project.save("data/gsm8k.jsonl", original, "as published", "openai/grade-school-math")
    path = project.root / "data" / "gsm8k.jsonl"

    def correct(frame: Any) -> None:
        frame.loc[41, "answer"] = frame.loc[41, "answer"] + " (checked)"

    pandas_round_trip(path, correct)
    assert project.read("data/gsm8k.jsonl") != original
    counts = project.repo.diff("gsm8k").counts
    assert (counts.added, counts.removed, counts.modified, counts.reformatted, counts.moved) == (0, 0, 1, 1318, 0)
    project.repo.restore("gsm8k", formatting=True)
    counts = project.repo.diff("gsm8k").counts
    assert (counts.modified, counts.reformatted) == (1, 0)
    lines = project.read("data/gsm8k.jsonl").split(b"\n")
    before = original.split(b"\n")
    assert [number for number, line in enumerate(lines) if line != before[number]] == [41]
    result = project.keep("gsm8k", "checked", None)
    assert result.new_bytes < 2000


def test_what_pandas_changes_is_told(project: Project) -> None:
    """A column with a hole turns whole numbers into floats; that is another value, and it is said."""
    project.save("data/m.jsonl", MIXED)
    pandas_round_trip(project.root / "data" / "m.jsonl")
    changes = {
        change.new.row: change for change in project.repo.diff("m") if isinstance(change, Modified | Reformatted)
    }
    assert len(changes) == 3
    assert isinstance(changes[1], Modified)
    assert isinstance(changes[1].new.exact, dict)
    assert changes[1].new.exact["n"] == "3.0"
    assert isinstance(changes[3], Reformatted)
    project.repo.restore("m", formatting=True)
    assert project.read("data/m.jsonl").split(b"\n")[2] == MIXED.split(b"\n")[2]


def test_formatting_comes_back_whatever_the_line_ends(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Blank lines are no records and stay as they are in the file; what is left is an edit that nothing overwrites."""
    old = b'{"q": 1}\r\n{"q":  2}\r\n\r\n{"q": 3}'
    project.save("m.jsonl", old)
    project.write("m.jsonl", b'{"q":1}\n{"q":2}\n\n{"q":3}\n')
    monkeypatch.setattr("dsvc.working_copy._RACY_NS", 0)  # a slow machine, where every time stamp is believed
    project.repo.restore("m", formatting=True)
    assert project.read("m.jsonl") == old.replace(b"\n\r\n", b"\n\n")
    counts = project.repo.diff("m").counts
    assert (counts.modified, counts.added, counts.removed, counts.reformatted) == (0, 0, 0, 0)
    assert project.repo.status("m")[0].changed
    project.repo.restore("m")
    assert project.read("m.jsonl") == old
    project.write("m.jsonl", old.replace(b":  2", b":2"))
    project.repo.restore("m", formatting=True)
    assert project.read("m.jsonl") == old


def test_sorting_keys_and_rows_at_once(project: Project) -> None:
    old = b"".join(b'{"id": %d, "b": "%d", "a": 0}\n' % (n, n * 7) for n in range(50))
    project.save("m.jsonl", old, key=("id",))
    new = b"".join(b'{"a":0,"b":"%d","id":%d}\n' % (n * 7, n) for n in reversed(range(50)))
    project.write("m.jsonl", new)
    counts = project.repo.diff("m").counts
    assert (counts.reformatted, counts.modified, counts.added, counts.removed) == (50, 0, 0, 0)
    project.repo.restore("m", formatting=True)
    assert sorted(project.read("m.jsonl").split(b"\n")) == sorted(old.split(b"\n"))
