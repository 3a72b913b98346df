"""Errors that a commit kept for a reason, and rules that ``--changed`` leaves out, are told wherever one looks."""

from __future__ import annotations

import html
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from inline_snapshot import snapshot

import dsvc
from dsvc.repository.found_by_commits import Found, found_between
from dsvc.repository.revisions import resolve
from tests.cli.conftest import Shell, write_records

QUESTIONS = [{"instruction": f"第{n}个问题是什么？", "input": "", "output": f"第{n}个回答。"} for n in range(20)]
LISTS = [{"instruction": f"新的第{n}个问题？", "input": ["a"], "output": "可以。"} for n in range(3)]


@pytest.fixture
def typed(shell: Shell) -> Shell:
    """A dataset whose second version has lists in a field of texts, kept for a reason."""
    shell("init")
    write_records("data/qa.jsonl", *QUESTIONS)
    shell("commit", "data/qa.jsonl", "--source", "s", "-m", "first")
    write_records("data/qa.jsonl", *QUESTIONS, *LISTS)
    shell("commit", "--source", "s", "-m", "lists", "--allow-findings", "医生说的 | on purpose")
    return shell


def add(shell: Shell, *records: object) -> None:
    with Path("data/qa.jsonl").open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    assert "exit" not in shell("commit", "--source", "s", "-m", "more")


def test_what_a_commit_found_by_a_rule_of_all_records_is_looked_for_with_changed(typed: Shell) -> None:
    assert typed("validate", "v1.0..v1.1", "--changed", "--gate") == snapshot("""\
+ E column-type  3  a field is of another type than in other records
    row 21  input  'input' is a list here, a text in 20 records
    row 22  input  'input' is a list here, a text in 20 records
    row 23  input  'input' is a list here, a text in 20 records
    fix: make it a text everywhere, or null where there is none

  gate               measured                                                            bound  verdict
! errors introduced  3 (since qa@v1.0; not by missing-field, group-leakage, split-leak)  ≤ 0    failed
  not measured (only the changed lines were looked at): errors · share of the largest class
  not measured (no reviews with this version): records that a second person looked at ·
      of these found right
  not measured (no agreement kept with this version): agreement of annotators ·
      records people disagree on

qa@v1.1: 23 records; since qa@v1.0 introduced: 3 errors, 0 warnings in 1 rule; solved: 0
not looked for with --changed, as they need all records: missing-field, mixed-shapes,
exact-duplicate, near-duplicate, group-leakage, conflicting-answers, split-leak, number-spelling,
class-share, rare-class, length-outlier, language-mix
kept on purpose in qa@v1.1: column-type 3 (because: 医生说的 | on purpose)
hint: what it means: dsvc validate --rule column-type
exit 1
""")


def test_the_report_of_a_pull_request_tells_it(typed: Shell) -> None:
    report = html.unescape(typed("validate", "v1.0..v1.1", "--changed", "--gate", "--format", "markdown"))
    assert "\nkept on purpose in qa@<!-- -->v1.1: column-type 3 (because: 医生说的 | on purpose)\n" in report
    assert (
        "| errors introduced | 3 (since qa@<!-- -->v1.0; not by missing-field, group-leakage, split-leak) |" in report
    )
    assert "\nnot looked for with --changed, as they need all records: missing-field, mixed-shapes, " in report
    assert "length-outlier, language-mix\n" in report, "a long list is not cut off"


def summary_of(shell: Shell, *arguments: str) -> dict[str, Any]:
    summary: dict[str, Any] = json.loads(shell(*arguments, "--json").splitlines()[-2])
    return summary


def test_so_does_its_json(typed: Shell) -> None:
    summary = summary_of(typed, "validate", "v1.0..v1.1", "--changed")
    assert summary["by_commits"] == [
        {"version": "qa@v1.1", "findings": {"column-type": 3}, "allowed": "医生说的 | on purpose"}
    ]
    assert "missing-field" in summary["left_out"]
    assert "column-type" not in summary["left_out"]
    assert summary["errors"] == 3
    whole = summary_of(typed, "validate", "v1.0..v1.1")
    assert whole["left_out"] == []
    assert whole["by_commits"] == summary["by_commits"]


def test_what_was_mended_in_between_is_not_counted(typed: Shell) -> None:
    write_records("data/qa.jsonl", *QUESTIONS, *({**each, "input": "a"} for each in LISTS))
    typed("commit", "-m", "mended")
    told = typed("validate", "v1.0..v1.2", "--changed", "--gate")
    assert "errors introduced  0 (since qa@v1.0; not by missing-field, " in told
    assert "kept on purpose in qa@v1.1: column-type 3" in told
    assert "exit" not in told


def test_rules_that_did_not_run_are_named(typed: Shell) -> None:
    add(typed, {"instruction": "还有一个问题？", "input": "", "output": "有的。"})
    assert typed("validate", "v1.1..v1.2", "--changed", "--gate") == snapshot("""\
  gate               measured                                                                         bound  verdict
  errors introduced  0 (since qa@v1.1; not by column-type, missing-field, group-leakage, split-leak)  ≤ 0    passed
  not measured (only the changed lines were looked at): errors · share of the largest class
  not measured (no reviews with this version): records that a second person looked at ·
      of these found right
  not measured (no agreement kept with this version): agreement of annotators ·
      records people disagree on

qa@v1.2: 24 records; since qa@v1.1 introduced: no findings; solved: 0
not looked for with --changed, as they need all records: column-type, missing-field, mixed-shapes,
exact-duplicate, near-duplicate, group-leakage, conflicting-answers, split-leak, number-spelling,
class-share, rare-class, length-outlier, language-mix
""")
    assert "not looked for" not in typed("validate", "v1.1..v1.2", "--gate")


def test_a_rule_that_cannot_run_is_refused_when_it_is_asked_for(typed: Shell) -> None:
    add(typed, {"instruction": "还有一个问题？", "input": "", "output": "有的。"})
    told = typed("validate", "v1.1..v1.2", "--changed", "--only", "column-type", "--only", "empty-field")
    assert told == snapshot("""\
! error: column-type needs all records, and --changed reads only lines that differ
! hint: leave --changed out: dsvc validate v1.1..v1.2 --only column-type --only empty-field
exit 2
""")
    assert "exit" not in typed("validate", "v1.1..v1.2", "--only", "column-type", "--only", "empty-field")
    assert "exit" not in typed("validate", "v1.1..v1.2", "--changed", "--only", "empty-field")
    assert "E column-type  3" in typed("validate", "v1.0..v1.1", "--changed", "--only", "column-type")


def test_what_an_older_commit_found_is_not_known_in_a_shallow_clone(typed: Shell, tmp_path: Path) -> None:
    add(typed, {"instruction": "还有一个问题？", "input": "", "output": "有的。"})
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", "--depth=1", f"file://{Path.cwd()}", str(clone)], check=True)

    def found() -> Found:
        ctx = dsvc.open(clone)._context
        return found_between(ctx, resolve(ctx, "qa@v1.0"), resolve(ctx, "qa@v1.2"))

    assert found().unknown == ("qa@v1.1",)
    assert found().by_commits == ()
    subprocess.run(["git", "-C", str(clone), "fetch", "-q", "--depth=1", "--tags"], check=True)
    assert [told.version for told in found().by_commits] == ["qa@v1.1"]
    assert found().unknown == ()


def test_a_gate_on_errors_tells_which_of_them_were_kept_on_purpose(typed: Shell) -> None:
    add(typed, {"instruction": "还有一个问题？", "input": "", "output": "有的。"})
    told = typed("validate", "v1.2", "--gate")
    assert "! errors             3 " in told
    assert "kept on purpose in qa@v1.1: column-type 3 (because: 医生说的 | on purpose)\n" in told
    assert "kept on purpose" not in typed("validate", "v1.0", "--gate")
    assert "kept on purpose" in typed("validate", "--gate"), "of the working file"


def test_the_log_tells_what_was_kept_and_why(typed: Shell) -> None:
    add(typed, {"instruction": "还有一个问题？", "input": "", "output": "有的。"})
    assert typed("log") == snapshot("""\
*  v1.2 (HEAD)  +1  more
|  2025-03-01 09:05 · Ann Otter · from s · 24 records
*  v1.1  +3  lists
|  2025-03-01 09:03 · Ann Otter · from s · 23 records
|  kept on purpose: column-type 3 (because: 医生说的 | on purpose)
*  v1.0  +20  first
   2025-03-01 09:01 · Ann Otter · from s · 20 records
""")
    found = [json.loads(line) for line in typed("log", "--json").splitlines()]
    assert [(each["number"], each["findings"], each["allowed"]) for each in found] == [
        ("v1.2", {}, None),
        ("v1.1", {"column-type": 3}, "医生说的 | on purpose"),
        ("v1.0", {}, None),
    ]


def test_a_commit_tells_what_it_found_as_fields(shell: Shell) -> None:
    shell("init")
    write_records("data/qa.jsonl", *QUESTIONS, *LISTS)
    arguments = ("commit", "data/qa.jsonl", "--source", "s", "-m", "first", "--allow-findings", "so be it", "--json")
    for more in (["--dry-run"], []):
        told = json.loads(shell(*arguments, *more).splitlines()[0])
        assert (told["findings"], told["allowed"]) == ({"column-type": 3}, "so be it")
