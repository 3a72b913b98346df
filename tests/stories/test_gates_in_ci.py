"""Gates where nobody sits at a terminal: a shallow clone of a pull request, and a git hook."""

from __future__ import annotations

import html
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft7Validator
from ruamel.yaml import YAML

from dsvc.cli.diagnostics import run
from dsvc.errors import HookError
from tests import schemas
from tests.stories.project import Project, lines

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

TOP = Path(__file__).parents[2]
GATE = TOP / "examples" / "ci" / "gate.sh"
RULES = """\
[[rule]]
id = 'no-apology'
severity = 'error'
pattern = '^(Sorry|抱歉)'
message = 'an answer that is an apology'
"""
OLD: Sequence[dict[str, Any]] = [{"问": f"第{n}个问题", "答": "好" * 40} for n in range(200)]


@pytest.fixture
def project(project: Project, tmp_path: Path) -> Project:
    """One dataset on the remote, with a rule of its own and a finding that everybody knows of."""
    project.remote(tmp_path / "remote")
    project.commit("rules", {"dsvc.toml": '[validate]\npatterns = ["rules.toml"]\n', "rules.toml": RULES})
    project.save("data/问答.jsonl", lines(*OLD, {"问": "旧的", "答": "抱歉，我不知道。"}), name="qa")
    return project


def pull_request(project: Project, *added: dict[str, Any]) -> None:
    """A branch with one more version, pushed."""
    project.git("switch", "-q", "-c", "more")
    project.save("data/问答.jsonl", project.read("data/问答.jsonl") + lines(*added))
    assert "pushed" in project.dvc("push", "-A")


def gated(project: Project, tmp_path: Path) -> tuple[int, str, Project]:
    """What the CI job does: a shallow clone of the branch, one commit of main, the script."""
    clone = project.copy(tmp_path / "clone", "--depth", "1", "--branch", "more")
    clone.git("fetch", "-q", "--depth=1", "origin", "+refs/heads/main:refs/remotes/origin/main")
    assert clone.git("rev-parse", "--is-shallow-repository") == "true"
    done = subprocess.run(
        ["sh", str(GATE), "origin/main", "report.md"], cwd=clone.root, capture_output=True, text=True, check=False
    )
    assert "Traceback" not in done.stderr
    assert done.returncode in (0, 1), done.stderr
    return done.returncode, (clone.root / "report.md").read_text("utf-8"), clone


def cached(project: Project) -> set[str]:
    return {path.name for path in project.cache().rglob("*") if path.is_file() and not path.name.endswith(".dir")}


def test_a_pull_request_that_passes_reads_only_what_it_adds(project: Project, tmp_path: Path) -> None:
    pull_request(project, {"问": "新的", "答": "可以。"})
    status, report, clone = gated(project, tmp_path)
    assert status == 0
    assert "qa&#64;<!-- -->v1.1: no gate failed" in report
    assert "records&#58; 201 to 202" in report
    assert "&#43;1" in report
    held = sum(path.stat().st_size for path in clone.cache().rglob("*") if path.is_file())
    assert held < len(lines(*OLD)) / 2, "the lines that are as before were not fetched"
    assert cached(clone) < cached(project)


def test_a_pull_request_that_introduces_an_error_fails(project: Project, tmp_path: Path) -> None:
    pull_request(project, {"问": "新的", "答": "抱歉。"}, {"问": "x", "答": "Sorry"})
    status, report, _ = gated(project, tmp_path)
    assert status == 1
    assert "1 gate failed" in report
    assert "### Findings introduced" in report
    assert "<code>no-apology</code> 2 " in report
    row = next(line for line in report.split("\n") if line.startswith("| errors introduced |"))
    assert row.startswith("| errors introduced | 2 &#40;since qa&#64;<!-- -->v1.0; not by column&#45;type, ")
    assert row.endswith(" | ≤ 0 | ❌ failed |")
    assert "旧的" not in report


def test_what_its_commit_kept_on_purpose_fails_too_and_says_why(project: Project, tmp_path: Path) -> None:
    project.git("switch", "-q", "-c", "more")
    data = project.read("data/问答.jsonl") + lines({"问": "新的", "答": ["可以", "好"]})
    project.save("data/问答.jsonl", data, allow_findings="两种答案 #1")
    assert "pushed" in project.dvc("push", "-A")
    status, report, _ = gated(project, tmp_path)
    told = html.unescape(report)
    assert status == 1
    assert "\nkept on purpose in qa@<!-- -->v1.1: column-type 1 (because: 两种答案 #<!-- -->1)\n" in told
    assert "<code>column-type</code> 1 \n(error)" in told
    assert "| errors introduced | 1 (since qa@<!-- -->v1.0; not by missing-field, " in told


def test_a_pull_request_that_solves_one(project: Project, tmp_path: Path) -> None:
    project.git("switch", "-q", "-c", "more")
    project.save("data/问答.jsonl", lines(*OLD, {"问": "旧的", "答": "现在知道了。"}))
    assert "pushed" in project.dvc("push", "-A")
    status, report, _ = gated(project, tmp_path)
    assert status == 0
    assert "### Findings solved\n\n- `no-apology`: 1\n" in report


def test_a_new_dataset_is_looked_at_whole(project: Project, tmp_path: Path) -> None:
    project.git("switch", "-q", "-c", "more")
    project.save("data/new.jsonl", lines({"答": "Sorry, no."}))
    assert "pushed" in project.dvc("push", "-A")
    status, report, _ = gated(project, tmp_path)
    assert status == 1
    assert "new&#64;<!-- -->v1.0: 1 gate failed" in report
    assert "qa&#64;<!-- -->v1.0: no gate failed" in report


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (["origin/mian", "report.md"], 3, "there is no commit 'origin/mian' here"),
        (["main"], 2, "usage: gate.sh BASE REPORT"),
        (["", "report.md"], 2, "usage: gate.sh BASE REPORT"),
        (["--help", "report.md"], 3, "there is no commit '--help' here"),
    ],
)
def test_a_base_that_is_not_there_makes_no_dataset_a_new_one(
    project: Project, words: list[str], status: int, told: str
) -> None:
    done = subprocess.run(["sh", str(GATE), *words], cwd=project.root, capture_output=True, text=True, check=False)
    assert done.returncode == status
    assert told in done.stderr
    assert not (project.root / "report.md").exists()


def test_a_hook_keeps_a_version_out_whose_gate_fails(project: Project) -> None:
    [hook, _] = YAML(typ="safe").load((TOP / ".pre-commit-hooks.yaml").read_text("utf-8"))
    assert hook["pass_filenames"] is False
    project.write("data/问答.jsonl", lines(*OLD, {"答": "现在知道了。"}))
    project.keep("qa")
    project.hook("pre-commit", f"#!/bin/sh\nexec {hook['entry']} >&2\n")
    project.write("data/问答.jsonl", lines(*OLD, {"答": "Sorry"}))
    with pytest.raises(HookError):
        project.keep("qa")
    project.write("data/问答.jsonl", lines(*OLD, {"答": "Not yet."}))
    assert project.keep("qa").manifest.number == "v1.2"


def test_the_files_for_ci_are_whole() -> None:
    github = YAML(typ="safe").load((TOP / "examples" / "ci" / "github-workflow.yml").read_text("utf-8"))
    steps = github["jobs"]["gate"]["steps"]
    assert any("gate.sh" in step.get("run", "") for step in steps)
    assert github["permissions"] == {"contents": "read", "pull-requests": "write"}
    assert not any("${{" in step.get("run", "") for step in steps), "what a branch is called is never run"
    gitlab = YAML(typ="safe").load((TOP / "examples" / "ci" / "gitlab-ci.yml").read_text("utf-8"))
    assert any("gate.sh" in line for line in gitlab["dataset-gate"]["script"])
    assert os.access(GATE, os.X_OK)
    for entry in YAML(typ="safe").load((TOP / ".pre-commit-hooks.yaml").read_text("utf-8")):
        assert run([*entry["entry"].split()[1:], "--help"]) == 0


@pytest.mark.parametrize(
    ("file", "address"), [("github-workflow.yml", schemas.GITHUB_WORKFLOW), ("gitlab-ci.yml", schemas.GITLAB_CI)]
)
def test_the_files_for_ci_are_as_their_published_schemas_say(
    published: Callable[[str], dict[str, Any]], file: str, address: str
) -> None:
    content = YAML(typ="safe").load((TOP / "examples" / "ci" / file).read_text("utf-8"))
    Draft7Validator(published(address)).validate(content)
