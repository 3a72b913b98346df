"""A label that is another one than in any version before: what is told, and what is read for it."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dsvc.repository import earlier_versions
from dsvc.validators import said_facts
from dsvc.validators.selection import Selection
from dsvc.validators.spans import Spans
from tests.stories.project import Project, lines

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import pytest

    from dsvc.validators.said_facts import Rows

ONLY = Selection(only=("label-drift",))
OTHERS = [{"text": f"第{n}个问题：账单什么时候出？", "label": "billing"} for n in range(5)]


def overdue(label: str) -> dict[str, str]:
    return {"text": "逾期怎么办？", "label": label}


def history(project: Project, *versions: Iterable[object]) -> Project:
    """One version after the other."""
    for records in versions:
        project.save("data/x.jsonl", lines(*OTHERS, *records))
    return project


def told(project: Project, old: str, new: str, selection: Selection = ONLY, *, looking_back: bool = True) -> list[str]:
    found = project.repo.compare_findings(old, new, selection, history=looking_back).compare()
    return [finding.message for finding in found.introduced]


def test_a_text_that_comes_back_with_another_label_is_told(tmp_path: Path) -> None:
    project = history(Project.start(tmp_path / "work"), [overdue("overdue")], [], [overdue("billing")])
    message = "'label' is 'billing', in x@v1.0 it was 'overdue' for the same text"
    assert told(project, "x@v1.1", "x@v1.2") == [message]
    assert told(project, "x@v1.0", "x@v1.2") == [message], "compared with that version itself"
    assert told(project, "x@v1.1", "x@v1.2", looking_back=False) == []
    project.write("data/x.jsonl", lines(*OTHERS, overdue("lost"), overdue("billing")))
    assert told(project, "x@HEAD", "x") == ["'label' is 'lost', in x@v1.0 it was 'overdue' for the same text"], (
        "what both sides still have is no earlier version's"
    )


def test_a_text_that_comes_back_as_it_was_is_not_told(tmp_path: Path) -> None:
    project = history(Project.start(tmp_path / "work"), [overdue("a")], [overdue("b")], [], [overdue("b")])
    assert told(project, "x@v1.2", "x@v1.3") == []


def test_a_label_that_goes_back_and_forth_is_told_with_the_versions(tmp_path: Path) -> None:
    steps = [[overdue("a")], [overdue("a"), {"text": "新", "label": "x"}], [overdue("b")], [overdue("a")]]
    project = history(Project.start(tmp_path / "work"), *steps)
    assert told(project, "x@v1.2", "x@v1.3") == [
        "'label' is 'a', in x@v1.2 it was 'b' for the same text; besides 'a' in x@v1.0 to v1.1"
    ]
    project.repo.rollback("x@v1.2", reason="b after all")
    assert told(project, "x@v1.3", "x@v1.4") == [
        "'label' is 'b', in x@v1.3 it was 'a' for the same text; besides 'b' in x@v1.2"
    ]


def test_other_answers_are_notes_and_can_be_left_out(tmp_path: Path) -> None:
    asked = [{"instruction": "怎么还款？", "input": "", "output": text} for text in ("用手机", "去柜台", "用手机")]
    project = history(Project.start(tmp_path / "work"), [asked[0]], [asked[1]], [], [asked[2]])
    assert told(project, "x@v1.2", "x@v1.3") == [
        "the same question had another answer in x@v1.1, and this one in x@v1.0"
    ]
    project.write("dsvc.toml", "[validate]\noptions.label-drift = {answers = false}\n")
    assert told(project, "x@v1.2", "x@v1.3") == []


def test_how_far_back_is_looked_is_a_setting(tmp_path: Path) -> None:
    project = history(Project.start(tmp_path / "work"), [overdue("a")], [], [{"text": "新", "label": "x"}])
    project.write("data/x.jsonl", lines(*OTHERS, overdue("b")))
    for versions, findings in ((0, 0), (1, 0), (2, 1), (100, 1)):
        project.write("dsvc.toml", f"[validate]\noptions.label-drift = {{versions = {versions}}}\n")
        assert len(told(project, "x@HEAD", "x")) == findings, versions


def test_a_gate_tells_drift_from_older_versions(tmp_path: Path) -> None:
    project = history(Project.start(tmp_path / "work"), [overdue("overdue")], [], [overdue("billing")])
    shown = subprocess.run(["dsvc", "validate", "x@v1.2", "--gate"], cwd=project.root, capture_output=True, text=True)
    assert "in x@v1.0 it was 'overdue' for the same text" in shown.stdout


def test_each_line_of_the_history_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    look = earlier_versions.said_in_block

    def counted(block: earlier_versions._Block) -> Rows:
        read.append(block.data.count(b"\n"))
        return look(block)

    monkeypatch.setattr(earlier_versions, "said_in_block", counted)
    kept = [{"text": f"留{n}", "label": "x"} for n in range(40)]
    project = history(Project.start(tmp_path / "work"), [*kept, overdue("a")], kept, *([*kept, n] for n in OTHERS[:3]))
    project.write("data/x.jsonl", lines(*OTHERS, *kept, overdue("b")))
    assert len(told(project, "x@HEAD", "x")) == 1
    assert sum(read) == 3, "one that the first version had, and those of two more: the rest is in both sides"
    read.clear()
    assert len(told(project, "x@HEAD", "x")) == 1
    assert sum(read) == 0, "remembered"
    (cache,) = {path.parent for path in project.root.rglob("*.said")}
    for path in cache.iterdir():
        path.write_bytes(b"damaged")
    assert len(told(project, "x@HEAD", "x")) == 1, "read anew"
    shutil.rmtree(cache)
    assert len(told(project, "x@HEAD", "x")) == 1


def test_versions_whose_data_is_not_here_are_told(tmp_path: Path) -> None:
    project = history(Project.start(tmp_path / "work"), [overdue("a")], [overdue("b")], [])
    lost = lines(overdue("b"))
    gone = [path for path in project.cache().rglob("*") if path.is_file() and path.read_bytes() == lost]
    for path in gone:
        path.unlink()
    assert gone
    project.write("data/x.jsonl", lines(*OTHERS, overdue("c")))
    assert told(project, "x@HEAD", "x") == [
        "'label' is 'c', in x@v1.0 it was 'a' for the same text",
        "earlier labels were not looked for in x@v1.1: what is stored of it is not here",
    ]


def test_nothing_is_fetched_for_it_unless_that_is_asked_for(tmp_path: Path) -> None:
    project = Project.start(tmp_path / "work")
    project.remote(tmp_path / "remote")
    history(project, [overdue("a")], [overdue("b")], [], [{"text": "新", "label": "x"}])
    project.repo.push()
    clone = project.copy(tmp_path / "clone")
    clone.dvc("pull")
    clone.repo.snapshot("x@v1.2")
    clone.write("data/x.jsonl", lines(*OTHERS, overdue("c")))
    before = stored(clone)
    note = "earlier labels were not looked for in x@v1.0 to v1.1, 2 versions: what is stored of it is not here"
    assert told(clone, "x@v1.2", "x") == [note]
    assert stored(clone) == before
    clone.write("dsvc.toml", "[validate]\noptions.label-drift = {fetch = true}\n")
    assert told(clone, "x@v1.2", "x") == [
        "'label' is 'c', in x@v1.1 it was 'b' for the same text; besides 'a' in x@v1.0"
    ]
    assert stored(clone) > before


def test_the_way_out_that_the_note_names_works(tmp_path: Path) -> None:
    project = Project.start(tmp_path / "work")
    project.remote(tmp_path / "remote")
    history(project, [overdue("a")], [])
    project.repo.push()
    clone = project.copy(tmp_path / "clone")
    clone.dvc("pull")
    clone.write("data/x.jsonl", lines(*OTHERS, overdue("b")))
    (note,) = clone.repo.compare_findings("x@v1.1", "x", ONLY).compare().introduced
    command = note.fix.removeprefix("fetch the data: ").partition(",")[0].split()
    assert command[0] == "dvc"
    clone.dvc(*command[1:])
    assert told(clone, "x@v1.1", "x") == ["'label' is 'b', in x@v1.0 it was 'a' for the same text"]


def test_what_would_be_too_much_is_told(tmp_path: Path) -> None:
    large = [{"text": "长" * 400_000, "label": "x"}]
    project = history(Project.start(tmp_path / "work"), [overdue("a")], large, [overdue("b")], [])
    project.write("data/x.jsonl", lines(*OTHERS, overdue("c")))
    newest = "'label' is 'c', in x@v1.2 it was 'b' for the same text"
    assert told(project, "x@HEAD", "x") == [f"{newest}; besides 'a' in x@v1.0"]
    why = "2 versions: more than 1 MB of other lines would have been read"
    for _ in range(2):
        project.write("dsvc.toml", "[validate]\noptions.label-drift = {megabytes = 1}\n")
        note = f"earlier labels were not looked for in x@v1.0 to v1.1, {why}"
        assert told(project, "x@HEAD", "x") == [newest, note], "whatever is remembered"


def test_what_lines_say_is_kept_pack_by_pack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(said_facts, "_MOST_HELD", 10)
    facts = said_facts.SaidFacts(tmp_path)
    for number in range(4):
        rows = np.arange(32, dtype=np.uint64).reshape(8, 4) + np.uint64(number)
        facts.add(f"pack{number}", spans([(0, 100)]), rows)
        assert len([*tmp_path.iterdir()]) == number, "only the last one is held"
    facts.save()
    for number in (0, 3, 1):
        found = said_facts.SaidFacts(tmp_path).of(f"pack{number}")
        assert found.looked.size == 100
        assert found.rows[0].tolist() == [number, number + 1, number + 2, number + 3]


def test_little_memory_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = history(Project.start(tmp_path / "work"), [overdue("a")], [overdue("b")], OTHERS[:1], [])
    project.write("data/x.jsonl", lines(*OTHERS, overdue("c")))
    expected = told(project, "x@HEAD", "x")
    assert len(expected) == 1
    monkeypatch.setattr(said_facts, "_MOST_HELD", 0)
    monkeypatch.setattr(said_facts, "_MOST_ROWS", 0)
    shutil.rmtree(project.root / ".git/dsvc/cache/said")
    assert told(project, "x@HEAD", "x") == expected, "also where nothing can be kept"


def stored(project: Project) -> int:
    """How many objects lie here."""
    return sum(path.is_file() for path in project.cache().rglob("*"))


numbers = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 6)), max_size=8)


def spans(pairs: list[tuple[int, int]]) -> Spans:
    start = np.array([start for start, _ in pairs], dtype=np.int64)
    return Spans.of(start, start + np.array([size for _, size in pairs], dtype=np.int64))


def members(pairs: list[tuple[int, int]]) -> set[int]:
    return {number for start, size in pairs for number in range(start, start + size)}


@given(numbers, numbers)
def test_ranges_are_sets_of_numbers(one: list[tuple[int, int]], other: list[tuple[int, int]]) -> None:
    first, second = spans(one), spans(other)
    for found, expected in (
        (first, members(one)),
        (first.joined(second), members(one) | members(other)),
        (first.without(second), members(one) - members(other)),
        (first.shared(second), members(one) & members(other)),
    ):
        every = np.arange(40, dtype=np.int64)
        assert set(every[found.holds(every)].tolist()) == expected
        assert found.size == len(expected)
        assert all(end < start for (_, end), (start, _) in zip([*found], [*found][1:], strict=False))
