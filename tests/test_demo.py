"""``make demo`` on a machine with nothing set up, and on one with a git configuration that would get in its way."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from dsvc.cli.app import VERBS

ROOT = Path(__file__).parents[1]
DEMO = ROOT / "examples" / "demo.py"
HOSTILE = """\
[user]
	useConfigOnly = true
[commit]
	gpgsign = true
[gpg]
	program = false
[core]
	hooksPath = /nowhere
	autocrlf = true
[alias]
	log = false
"""


def demo(folder: Path, home: Path) -> subprocess.CompletedProcess[str]:
    """Run the demo as somebody whose home is ``home``."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(home)}
    command = [sys.executable, str(DEMO), str(folder)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=environment, check=False)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The demo's folder and what it printed; the user's git configuration would refuse every commit."""
    home = tmp_path_factory.mktemp("user")
    (home / ".gitconfig").write_text(HOSTILE)
    folder = home / "demo"
    done = demo(folder, home)
    assert done.returncode == 0, done.stdout + done.stderr
    assert sorted(path.name for path in home.iterdir()) == [".gitconfig", "demo"]
    return folder, done.stdout


def test_it_tells_the_story(played: tuple[Path, str]) -> None:
    _, said = played
    assert "finance_qa@v1.0  +413  (413 records)" in said
    assert "finance_qa@v1.1  +92 ~3  (505 records)" in said
    assert "finance_qa@v1.2  -14 ~25 >12  (491 records)" in said
    assert "日利率[-千-]{+万+}分之五" in said
    assert "history:  v1.3 was added (v1.2 is still there)" in said
    assert "  accuracy                            0.71        0.74       +0.03" in said, "two trials beside each other"
    assert "records in both: 99 of 100, edited between them: 1" in said
    failed, _, passed = said.partition("! errors")
    assert "duplicates   8 records" in passed, "a gate that fails, a fix"
    assert "! errors" not in passed, "and a gate that passes"
    assert "finance_qa@v1.1 .. finance_qa@v1.2" not in failed
    assert "history:  v1.3 was taken out" in said
    assert "Data and pipelines are up to date." in said
    assert "finance_qa@v1.3  byte for byte" in said
    assert "'投诉.csv' is not UTF-8, it was read as GB18030" in said
    assert "您好，{+很高兴为您服务，+}请问有什么可以帮您？" in said
    assert "error: 1 new line has an error: 'data/finance_qa.jsonl:411' empty-field" in said
    assert re.findall("^error:", said, re.MULTILINE) == ["error:"]


def test_it_is_short_and_plain(played: tuple[Path, str]) -> None:
    _, said = played
    assert len(said.splitlines()) <= 295
    assert "\x1b" not in said  # colours are for a terminal


def test_its_verbs_exist(played: tuple[Path, str]) -> None:
    _, said = played
    verbs = {name for section in VERBS.values() for name in section}
    assert set(re.findall(r"^\$ dsvc (\S+)", said, re.MULTILINE)) <= verbs


def test_what_it_leaves_is_in_order(played: tuple[Path, str]) -> None:
    folder, _ = played
    original = (ROOT / "examples" / "finance_qa_versions" / "v1.2.jsonl").read_bytes().splitlines()
    corrected = (folder / "data" / "finance_qa.jsonl").read_bytes().splitlines()
    assert [row for row, pair in enumerate(zip(original, corrected, strict=True), 1) if pair[0] != pair[1]] == [272]
    status = subprocess.run(["git", "status", "--short"], cwd=folder, capture_output=True, text=True, check=True)
    assert status.stdout == ""


def test_it_removes_nothing_but_its_own(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    done = demo(tmp_path, tmp_path)
    assert done.returncode == 5
    assert "was not made by this demo" in done.stderr
    assert (tmp_path / "thesis.txt").exists()
