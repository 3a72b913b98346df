"""A pilot on another machine, on two branches, and through a whole trial loop, with the real git and dvc."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from dsvc.sampling.rule import Rule
from tests.stories.project import DATA, Project, lines

if TYPE_CHECKING:
    from pathlib import Path

ROWS = [{"q": f"问题 {n}: which fee", "label": "费用" if n % 4 else "账单"} for n in range(200)]


def test_a_pilot_is_the_same_on_another_machine(project: Project, tmp_path: Path) -> None:
    project.remote(tmp_path / "remote")
    project.save("m.jsonl", lines(*ROWS))
    made = project.repo.pilots.create("m@v1.0", "试训", Rule(size="40", stratify=("label",)))
    project.dvc("push")
    there = project.copy(tmp_path / "there")
    assert there.repo.pilots.verify("试训").same
    assert [each.id for each in there.repo.snapshot("m@试训")] == list(made.pilot.records)
    assert there.git("tag", "--list", "m_v1.0_*") == "m_v1.0_试训"
    assert there.repo.pilots.create(
        "m@v1.0", "again", Rule(size="40", seed="试训", stratify=("label",))
    ).pilot.records == (made.pilot.records)


def test_results_of_two_people_come_together(project: Project) -> None:
    project.save("m.jsonl", lines(*ROWS))
    project.repo.pilots.create("m@v1.0", "p", Rule(size="40"))
    branch = project.git("branch", "--show-current")
    project.git("switch", "-q", "-c", "theirs")
    project.repo.pilots.result("p", {"accuracy": 0.5}, run="theirs")
    project.git("switch", "-q", branch)
    project.repo.pilots.result("p", {"accuracy": 0.6}, run="ours")
    project.git("merge", "-q", "--no-edit", "theirs")
    assert {each.run for each in project.repo.pilots.list()[0].results} == {"theirs", "ours"}
    assert project.status() == []


def test_git_alone_keeps_pilots_and_dvc_does_not_see_them(project: Project) -> None:
    project.save("m.jsonl", lines(*ROWS))
    project.repo.pilots.create("m@v1.0", "p", Rule(size="40"))
    project.repo.pilots.result("p", {"accuracy": 0.5})
    assert "up to date" in project.dvc("status")
    assert project.status() == []
    assert project.git("log", "-2", "--format=%s").splitlines() == [
        "m p: accuracy=0.5",
        "m p: 40 records of v1.0",
    ]
    assert project.changed() == [".dsvc/m/pilots/p.results.jsonl"]


def test_what_others_staged_stays_staged(project: Project) -> None:
    project.save("m.jsonl", lines(*ROWS))
    project.write("notes.txt", b"mine")
    project.git("add", "notes.txt")
    project.repo.pilots.create("m@v1.0", "p", Rule(size="40"))
    assert project.git("status", "--porcelain") == "A  notes.txt"


def test_an_undone_pilot_stays_away_from_what_was_published(project: Project, tmp_path: Path) -> None:
    project.save("m.jsonl", lines(*ROWS))
    project.repo.pilots.create("m@v1.0", "p", Rule(size="40"))
    project.git("init", "-q", "--bare", str(tmp_path / "hub"))
    project.git("remote", "add", "hub", str(tmp_path / "hub"))
    project.git("push", "-q", "hub", "HEAD")
    project.git("fetch", "-q", "hub")
    (operation, *_) = project.repo.operations()
    assert operation.verb == "pilot create"
    assert operation.obstacle is not None
    assert "git revert --no-edit" in str(operation.hint)


@pytest.mark.skipif(not (DATA / "sets").is_dir(), reason="no real data here")
@pytest.mark.parametrize("name", ["huatuo_medical_zh.json", "gsm8k_train.jsonl"])
def test_real_sets_are_represented_by_a_tenth(project: Project, name: str) -> None:
    source = (DATA / "sets" / name).read_bytes()
    project.save("m.jsonl", b"".join(json.dumps(each).encode() + b"\n" for each in _records(source)))
    draft = project.repo.pilots.draft("m@v1.0")
    for strategy in ("stable", "random"):
        sample = draft.sample(Rule(size="10%", seed="s", strategy=strategy))
        assert all(shift.figure < 0.06 for shift in draft.drift(sample)), strategy


def _records(data: bytes) -> list[object]:
    return [json.loads(line) for line in data.splitlines()]


def test_a_script_without_a_guard_is_run_once(project: Project) -> None:
    project.save("m.jsonl", lines(*ROWS))
    script = f"""
import dsvc, dsvc.processes
from dsvc.sampling.rule import Rule
dsvc.processes.ALONE_BYTES = 0
print("begun")
print(dsvc.open({str(project.root)!r}).pilots.create("m@v1.0", "p", Rule(size="40")).tag)
"""
    project.write("script.py", script.encode())
    done = subprocess.run([sys.executable, "script.py"], cwd=project.root, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("begun\nm_v1.0_p\n", "")
