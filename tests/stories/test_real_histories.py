"""Real histories of public datasets, replayed version by version."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import pytest

import dsvc
from dsvc.delta import Modified
from dsvc.errors import NothingToCommitError
from dsvc.importers import InputFile, read
from dsvc.repository.results import CommitRequest
from tests.stories.project import DATA, Project

if TYPE_CHECKING:
    from pathlib import Path

    from dsvc.manifest import Changes

HISTORIES = DATA / "histories"
pytestmark = pytest.mark.skipif(not HISTORIES.is_dir(), reason="the real histories are not on this machine")


class Step(NamedTuple):
    file: Path
    reason: str


def steps(name: str) -> list[Step]:
    folder = HISTORIES / name
    return [Step(folder / step["file"], step["subject"]) for step in json.loads((folder / "history.json").read_bytes())]


class Facts(NamedTuple):
    """What happened between two versions, found out by comparing parsed values at equal places or ids."""

    added: int
    removed: int
    modified: int
    reformatted: int


def facts(old: bytes, new: bytes, key: str | None) -> Facts:
    def by_name(content: bytes) -> dict[object, bytes]:
        records = [line for line in content.splitlines(keepends=True) if line.strip()]
        return {json.loads(line)[key] if key else number: line for number, line in enumerate(records)}

    before, after = by_name(old), by_name(new)
    both = [(before[name], after[name]) for name in before.keys() & after.keys()]
    same_value = Counter(json.loads(a) == json.loads(b) for a, b in both if a != b)
    return Facts(
        len(after.keys() - before.keys()), len(before.keys() - after.keys()), same_value[False], same_value[True]
    )


def said(changes: Changes) -> Facts:
    assert changes.moved == 0
    return Facts(changes.added, changes.removed, changes.modified, changes.reformatted)


def every_version_comes_back(project: Project, path: str, contents: dict[str, bytes]) -> None:
    name = project.repo.dataset(path).name
    repo = project.repo
    for number, content in contents.items():
        snapshot = repo.snapshot(f"{name}@{number}")
        assert b"".join(snapshot.chunks(snapshot.layout.files[0])) == content
    for number in (*list(contents)[:3], *list(contents)[-3:]):
        repo.checkout(f"{name}@{number}")
        assert project.read(path) == contents[number]
    out = project.root.parent / "rebuilt"
    script = project.root / ".dsvc" / "rebuild.py"
    subprocess.run([sys.executable, "-I", str(script), "--all", str(out)], check=True, capture_output=True)
    rebuilt = {file.read_bytes() for file in out.rglob("*.jsonl")}
    assert rebuilt == set(contents.values())


def test_tool_calls_with_a_key(project: Project) -> None:
    """17 versions of one file of tool-call tasks; records are known by their ``id``."""
    contents: dict[str, bytes] = {}
    before = b""
    for step in steps("bfcl_multi_turn_base"):
        content = step.file.read_bytes()
        result = project.save("data/bfcl.jsonl", content, step.reason, "ShishirPatil/gorilla", key=("id",))
        assert said(result.manifest.changes) == facts(before, content, "id")
        contents[result.manifest.number] = before = content
    assert project.dvc("status", "-q") == ""
    assert project.status() == []
    every_version_comes_back(project, "data/bfcl.jsonl", contents)
    log = project.repo.log("bfcl")
    assert [entry.entry.reason for entry in reversed(log)] == [step.reason for step in steps("bfcl_multi_turn_base")]
    assert log[-1].entry.sources == ("ShishirPatil/gorilla",)


def test_tool_calls_read_the_same_without_a_key() -> None:
    """Records pair by where they stand and what they say: nothing is taken for removed and added."""
    files = [step.file for step in steps("bfcl_multi_turn_base")]
    for old, new in pairwise(files):
        counts = dsvc.diff_paths(old, new).counts
        expected = facts(old.read_bytes(), new.read_bytes(), "id")
        assert (counts.added, counts.removed, counts.modified, counts.reformatted) == expected


def test_poems_mended_one_at_a_time(project: Project) -> None:
    """30 versions of a Chinese set without a key; each step mends one poem and should read so."""
    contents: dict[str, bytes] = {}
    before = b""
    for step in steps("tang_poems_zh"):
        content = step.file.read_bytes()
        result = project.save("data/唐诗.jsonl", content, step.reason, "chinese-poetry")
        assert said(result.manifest.changes) == facts(before, content, None)
        contents[result.manifest.number] = before = content
        if step.reason.startswith("Update") and "Add missing content" in step.reason:
            (change,) = project.repo.diff("唐诗@HEAD~1..HEAD")
            assert isinstance(change, Modified)
            old, new = change.old.value, change.new.value
            assert isinstance(old, dict)
            assert isinstance(new, dict)
            assert (old["chapter"], old["author"]) == (new["chapter"], new["author"])
            assert len(str(new["paragraphs"])) > len(str(old["paragraphs"]))
    assert project.status() == []
    assert "up to date" in project.dvc("status")
    every_version_comes_back(project, "data/唐诗.jsonl", contents)
    assert sum(path.stat().st_size for path in project.cache().rglob("*") if path.is_file()) < 3 * len(before)


def test_prompts_imported_from_csv(project: Project) -> None:
    """30 versions of a CSV; in two of them the quotes of a value were not doubled, which the next one mends."""
    contents: dict[str, bytes] = {}
    same = []
    records = 0
    for step in steps("prompts_csv"):
        request = CommitRequest(target="data/prompts.jsonl", reason=step.reason, source="awesome-chatgpt-prompts")
        try:
            result = project.repo.import_(step.file, request)
        except NothingToCommitError:
            same.append(step.file.name)
            continue
        changes = result.manifest.changes
        assert records + changes.added - changes.removed == result.manifest.counts.records
        records = result.manifest.counts.records
        contents[result.manifest.number] = project.read("data/prompts.jsonl")
    assert same == ["04.csv", "13.csv"]  # only a space behind a comma is gone; only quotes are doubled
    assert len(contents) == 28
    assert project.repo.log("prompts")[0].entry.counts.records == 189
    assert project.status() == []
    every_version_comes_back(project, "data/prompts.jsonl", contents)


def test_quotes_that_were_not_doubled_are_read_as_they_were_mended() -> None:
    broken = [step.file for step in steps("prompts_csv") if step.file.name in ("11.csv", "12.csv")]
    mended = next(step.file for step in steps("prompts_csv") if step.file.name == "13.csv")
    for file in broken:
        source = InputFile.of(file, file.name)
        assert {*read(source)} <= {*read(InputFile.of(mended, mended.name))}
        (told,) = source.told
        assert f"'{file.name}' (line 170, column 327, near 't prompt is \"Taco Truck\"\"')" in told
