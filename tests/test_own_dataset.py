"""This repository versions its own example dataset: what a stranger does with a fresh clone, without a network."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

import dsvc
from dsvc.repository.writing.shared_files import attributes, rebuild_script

ROOT = Path(__file__).resolve().parents[1]
VERSIONS = ROOT / "examples" / "finance_qa_versions"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    if not (ROOT / ".git").exists():
        pytest.skip("this is no git checkout")
    subprocess.run(["git", "clone", "-q", "--no-tags", str(ROOT), str(tmp_path / "clone")], check=True)
    return tmp_path / "clone"


def test_every_version_checks_out_of_a_fresh_clone_without_tags(clone: Path) -> None:
    repository = dsvc.open(clone)
    assert [entry.entry.number for entry in repository.log("examples/finance_qa.jsonl")] == ["v1.2", "v1.1", "v1.0"]
    for number in ("v1.0", "v1.1", "v1.2"):
        repository.checkout(f"finance_qa@{number}")
        assert (clone / "examples" / "finance_qa.jsonl").read_bytes() == (VERSIONS / f"{number}.jsonl").read_bytes()


def test_the_corrections_read_as_corrections(clone: Path) -> None:
    counts = dsvc.open(clone).diff("v1.1..v1.2").counts
    assert (counts.added, counts.removed, counts.modified, counts.moved) == (0, 14, 25, 12)


def test_the_script_in_the_repository_is_the_one_in_the_package() -> None:
    assert (ROOT / ".dsvc" / "rebuild.py").read_bytes() == rebuild_script()
    assert (ROOT / ".dsvc" / ".gitattributes").read_bytes() == attributes()
