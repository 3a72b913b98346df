"""``dsvc validate``: what it prints, what it accepts, how it ends; and what a commit makes of findings."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
from inline_snapshot import snapshot

import dsvc
from dsvc.cli.diagnostics import run
from dsvc.validators import registry
from dsvc.validators.blocks import chosen_for
from tests.cli.conftest import QUESTIONS, Shell, write_records
from tests.cli.test_terminal import on_terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FIRST, SECOND, THIRD = QUESTIONS
APOLOGIES = """\
[[rule]]
id = "no-apology"
severity = "error"
title = "an answer that is an apology"
field = "output"
pattern = "^(Sorry|抱歉)"
fix = "answer the question"
"""


@pytest.fixture(autouse=True)
def sample_rules(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Just these rules, so that what is shown does not change with every rule that is added."""
    monkeypatch.setattr(registry, "RULE_MODULES", ("syntax", "duplicates", "class_share"))
    monkeypatch.setattr(registry, "PROFILES", ())
    _forget()
    yield
    _forget()


def _forget() -> None:
    registry.all_rules.cache_clear()
    chosen_for.cache_clear()


@pytest.fixture
def ruled(bank: Shell) -> Shell:
    """The bank's dataset, with a rule of its own that errors are told by."""
    Path("rules.toml").write_text(APOLOGIES, "utf-8")
    Path("dsvc.toml").write_text('[validate]\npatterns = ["rules.toml"]\n', "utf-8")
    return bank


def apologise(*more: object) -> None:
    write_records("data/bank.jsonl", FIRST, SECOND, THIRD, {**FIRST, "output": "抱歉，我不清楚。\x1b[2J"}, *more)


def test_findings_by_rule_the_gravest_first(ruled: Shell) -> None:
    assert ruled("validate") == snapshot("data/bank.jsonl: 3 records, no findings\n")
    apologise(SECOND, SECOND)
    assert ruled("validate") == snapshot("""\
E no-apology  1  an answer that is an apology
    row 4  output  an answer that is an apology: '抱歉'
    fix: answer the question

W exact-duplicate  2  a record is there more than once
    row 5  the same record as row 2
    row 6  the same record as row 2
    fix: leave it out

data/bank.jsonl: 6 records, 1 error, 2 warnings in 2 rules
hint: what it means: dsvc validate --rule no-apology
exit 1
""")
    assert ruled("validate", "--limit", "1", "--skip", "no-apology") == snapshot("""\
W exact-duplicate  2  a record is there more than once
    row 5  the same record as row 2
    … and 1 more
    fix: leave it out

data/bank.jsonl: 6 records, 0 errors, 2 warnings in 1 rule
hint: see all of them: dsvc validate --only exact-duplicate --limit 2
""")
    assert ruled("validate", "--only", "exact-duplicate", "--limit", "2").count("row") == 4, "the hint works"
    assert "exit 1" not in ruled("validate", "bank@v1.0")


def test_the_exit_status_goes_by_the_severity_that_was_asked_for(bank: Shell) -> None:
    write_records("data/bank.jsonl", FIRST, FIRST)
    assert "exit" not in bank("validate")
    assert bank("validate", "--severity", "warning").endswith("exit 1\n")
    assert bank("validate", "--severity", "note").endswith("exit 1\n")
    Path("dsvc.toml").write_text('[validate.severity]\nexact-duplicate = "error"\n')
    assert bank("validate").endswith("exit 1\n")
    Path("dsvc.toml").write_text('[validate.datasets.bank]\nignore = ["exact-duplicate"]\n')
    assert "no findings" in bank("validate", "--severity", "note")


def test_a_rule_is_explained_and_all_are_listed(ruled: Shell) -> None:
    assert ruled("validate", "--rule", "class-share") == snapshot("""\
class-share  (warning, content)
one class has most of the records

The model learns to answer with it. Above 80 % practitioners add to the others or take fewer of it. Of \
labels such as a>b each level counts, of lists each label. The gate `class_share` measures the same.

found in:
    {"label": "a"}    … 9 times
    {"label": "b"}

not found in:
    {"label": "a"}    … 8 times
    {"label": "b"}    … 2 times

options:
    field = 'label'
    most = 0.8
""")
    assert "  (error, own)" in ruled("validate", "--rule", "no-apology")
    listed = ruled("validate", "--list", "--only", "syntax", "--only", "no-apology")
    assert listed == snapshot("""\
E syntax      a line is no JSON object
E no-apology  an answer that is an apology

2 rules; what one means: dsvc validate --rule RULE
""")
    found = [json.loads(line) for line in ruled("validate", "--list", "--json").splitlines()]
    assert {rule["type"] for rule in found} == {"rule"}
    assert {"syntax", "exact-duplicate", "no-apology"} <= {rule["id"] for rule in found}


def test_an_unknown_rule_is_answered_with_near_ones(bank: Shell) -> None:
    assert bank("validate", "--only", "exact-duplicates") == snapshot("""\
! error: there is no rule 'exact-duplicates'
! hint: all rules: dsvc validate --list; did you mean exact-duplicate?
exit 2
""")
    assert bank("validate", "--rule", "qqq") == snapshot("""\
! error: there is no rule 'qqq'
! hint: all rules: dsvc validate --list
exit 2
""")


def test_a_file_outside_of_any_repository(shell: Shell) -> None:
    Path("绝句.jsonl").write_text('{"a": 1}\n\n{"a": 1}\n{"a": }\n', "utf-8")
    assert shell("validate", "绝句.jsonl") == snapshot("""\
E syntax  1  a line is no JSON object
    row 3  expecting value, column 7
    fix: mend the line (each line must be one complete JSON object) and try again

W exact-duplicate  1  a record is there more than once
    row 2  the same record as row 1
    fix: leave it out

绝句.jsonl: 3 records, 1 error, 1 warning in 2 rules
hint: what it means: dsvc validate --rule syntax
exit 1
""")
    assert shell("validate", "绝句.jsonl", "--write-baseline", "--baseline", "known").startswith(
        "2 findings are accepted"
    )
    assert "known and accepted: 2 (known)" in shell("validate", "绝句.jsonl", "--baseline", "known")
    assert "exit 3" in shell("validate", "nowhere.jsonl")
    assert "exit 3" in shell("validate", "绝句.jsonl", "--baseline", "nowhere")
    assert "exit 3" in shell("validate")


def test_files_outside_of_a_repository_have_a_baseline_each(shell: Shell) -> None:
    for name in ("绝句.jsonl", "律诗.jsonl"):
        write_records(name, {"q": name, "a": "b"}, {"q": name, "a": "b"})
        assert f"1 finding is accepted in '<tmp>/work/dsvc-baseline-file-{name}'" in shell(
            "validate", name, "--write-baseline"
        )
    for name in ("绝句.jsonl", "律诗.jsonl"):
        assert "no findings" in shell("validate", name)
    Path("known").mkdir()
    for words in (["--write-baseline"], []):
        assert "'known' is a folder, not a baseline" in shell("validate", "绝句.jsonl", "--baseline", "known", *words)


def test_a_baseline_in_a_folder_of_data_is_no_data(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it is called: of `validate .` outside of a repository it lies among the files that are looked at."""
    top = Path.cwd()
    Path("out").mkdir()
    for name in ("a", "b"):
        write_records(f"out/{name}.jsonl", {"q": name, "a": "b"}, {"q": name, "a": "b"})
    monkeypatch.chdir("out")
    assert "dsvc-baseline-folder-out.jsonl" in shell("validate", ".", "--write-baseline")
    shell("validate", ".", "--write-baseline", "--baseline", "known.jsonl")
    assert len([*Path().glob("*.jsonl")]) == 4
    assert ".: 4 records, no findings" in shell("validate", ".")
    assert shell("stats", ".").startswith(".  4 records")
    monkeypatch.chdir(top)
    shell("init", "here")
    monkeypatch.chdir("here")
    told = shell("import", "../out", "--as", "data/set", "--source", "x", "--license", "MIT", "-m", "first")
    assert "'known.jsonl' is a baseline of findings that were accepted, and was not read" in told
    assert sorted(path.name for path in Path("data/set").iterdir()) == ["a.jsonl", "b.jsonl"]
    Path("data/set/known.jsonl").write_bytes(Path("../out/known.jsonl").read_bytes())
    assert "unchanged since v1.0" in shell("status")
    write_records("data/set/c.jsonl", {"format": "dsvc.baseline/1", "q": "what is that?", "a": "a field of a record"})
    assert "+ new  data/set/c.jsonl" in shell("status"), "a record may have such a field"


def test_a_baseline_of_standard_input_is_not_called_after_what_the_shell_reads(shell: Shell) -> None:
    write_records("a.jsonl", {"q": "x"}, {"q": "x"})
    for words in (["--write-baseline"], []):
        with Path("a.jsonl").open("rb") as given:
            subprocess.run(["dsvc", "validate", "-", *words], stdin=given, check=words == [])
    assert [path.name for path in Path().glob("dsvc-*")] == ["dsvc-baseline-standard-input.jsonl"]


def test_what_is_not_there_outside_of_any_repository(shell: Shell) -> None:
    for verb in ("validate", "stats"):
        assert shell(verb, "nope.jsonl") == (
            "! error: there is no file 'nope.jsonl', and no repository here\n! hint: see what is there: ls .\nexit 3\n"
        )
    assert "not in a git repository" in shell("validate")


def test_settings_of_no_dataset_are_told(bank: Shell) -> None:
    Path("dsvc.toml").write_text('[validate.datasets.bnak]\nignore = ["exact-duplicate"]\n[validate.datasets.bank]\n')
    assert bank("validate") == snapshot("""\
data/bank.jsonl: 3 records, no findings
! warning: the settings [validate.datasets.bnak] are of no dataset here
! hint: did you mean 'bank'?
""")


def test_standard_input(shell: Shell) -> None:
    shell("init", "here")
    records = b'{"a": 1}\n{"a": }\n'
    for folder in (".", "here"):
        for verb, status in (("validate", 1), ("stats", 0)):
            done = subprocess.run(["dsvc", verb, "-"], input=records, cwd=folder, capture_output=True, check=False)
            assert (done.returncode, done.stderr) == (status, b"")
            assert b"/dev/stdin" in done.stdout
        done = subprocess.run(["dsvc", "validate", "-", "--gate"], input=records, cwd=folder, check=False)
        assert done.returncode == 1
    Path("test.jsonl").write_bytes(b'{"a": 1}\n')
    words = ["dsvc", "validate", "test.jsonl", "--against", "-"]
    done = subprocess.run(words, input=records, capture_output=True, check=False)
    assert b"the same record as row 1 of '/dev/stdin'" in done.stdout
    assert "exit 2" in shell("validate", "-", "--against", "-")


def test_json(json_lines: Callable[..., list[dict[str, Any]]], ruled: Shell) -> None:
    apologise(SECOND)
    *found, summary = [json.loads(line) for line in ruled("validate", "--json").splitlines()[:-1]]
    assert {(each["type"], each["format"]) for each in found} == {("finding", "dsvc.validate/1")}
    assert [(each["rule"], each["place"]["row"], each["path"]) for each in found] == [
        ("no-apology", 4, "output"),
        ("exact-duplicate", 5, ""),
    ]
    assert (summary["type"], summary["errors"], summary["warnings"], summary["records"]) == ("summary", 1, 1, 5)


@pytest.mark.parametrize("form", ["table", "json", "sarif", "junit", "github", "html", "markdown"])
def test_every_form_into_a_file(ruled: Shell, form: str) -> None:
    apologise()
    told = ruled("validate", "--format", form, "-o", "report")
    assert told.endswith("1 error, 0 warnings in 1 rule: written to 'report'\nexit 1\n")
    assert "no-apology" in Path("report").read_text("utf-8")
    assert "\x1b" not in Path("report").read_text("utf-8")
    assert "'report' exists already" in ruled("validate", "--format", form, "-o", "report")
    assert "exists" not in ruled("validate", "--format", form, "-o", "report", "--force")
    assert "exit 5" in ruled("validate", "--format", form, "-o", "data/bank.jsonl", "--force")


def test_what_is_accepted_is_not_told_again(ruled: Shell) -> None:
    apologise(SECOND)
    assert ruled("validate", "--write-baseline") == snapshot(
        """\
2 findings are accepted in '<tmp>/work/dsvc-baseline-bank.jsonl'
take back: dsvc undo
commit it, for others and CI: git add dsvc-baseline-bank.jsonl && git commit -m accepted dsvc-baseline-bank.jsonl
"""
    )
    assert ruled("validate") == snapshot("""\
data/bank.jsonl: 5 records, no findings
known and accepted: 2 (dsvc-baseline-bank.jsonl)
""")
    apology = {"instruction": "新问题", "output": "Sorry!"}
    write_records("data/bank.jsonl", apology, {**FIRST, "output": "抱歉，我不清楚。\x1b[2J"}, THIRD)
    assert ruled("validate") == snapshot("""\
E no-apology  1  an answer that is an apology
    row 1  output  an answer that is an apology: 'Sorry'
    fix: answer the question

data/bank.jsonl: 3 records, 1 error, 0 warnings in 1 rule
known and accepted: 1 (dsvc-baseline-bank.jsonl); 1 of it found no more
hint: what it means: dsvc validate --rule no-apology
exit 1
""")
    write_records("data/bank.jsonl", THIRD)
    told = ruled("validate")
    assert "hint: take what is gone out of the baseline: dsvc validate --write-baseline\n" in told
    assert ruled("validate", "--write-baseline").startswith("0 findings")
    assert ruled("validate").endswith("known and accepted: 0 (dsvc-baseline-bank.jsonl)\n")


def test_no_data_is_overwritten_by_a_baseline(ruled: Shell) -> None:
    before = Path("data/bank.jsonl").read_bytes()
    Path("notes.txt").write_text("mine")
    assert "exit 4" in ruled("validate", "--write-baseline", "--baseline", "notes.txt")
    assert "exit 4" in ruled("validate", "--write-baseline", "--baseline", "data/bank.jsonl")
    assert (Path("notes.txt").read_text(), Path("data/bank.jsonl").read_bytes()) == ("mine", before)
    Path("data/bank.jsonl").rename("elsewhere.jsonl")
    told = ruled("validate", "bank@v1.0", "--write-baseline", "--baseline", "data/bank.jsonl")
    assert told.endswith("hint: name another file: --baseline FILE\nexit 5\n")
    assert not Path("data/bank.jsonl").exists()


def test_what_a_version_introduced_and_what_it_solved(ruled: Shell) -> None:
    apologise(SECOND)
    ruled("commit", "-m", "worse", "--source", "s")
    assert ruled("validate", "v1.0..v1.1") == snapshot("""\
+ E no-apology  1  an answer that is an apology
    row 4  output  an answer that is an apology: '抱歉'
    fix: answer the question

+ W exact-duplicate  1  a record is there more than once
    row 5  the same record as row 2
    fix: leave it out

bank@v1.1: 5 records; since bank@v1.0 introduced: 1 error, 1 warning in 2 rules; solved: 0
hint: what it means: dsvc validate --rule no-apology
exit 1
""")
    write_records("data/bank.jsonl", SECOND, {**FIRST, "output": "抱歉，我不清楚。\x1b[2J"}, THIRD, FIRST, SECOND)
    assert "introduced: no findings; solved: 0\n" in ruled("validate", "v1.1.."), "everything moved"
    ruled("commit", "-m", "other order")
    write_records("data/bank.jsonl", FIRST, SECOND, THIRD)
    assert ruled("validate", "bank@v1.2..") == snapshot("""\
- E no-apology  1  an answer that is an apology
    row 2  output  an answer that is an apology: '抱歉'

- W exact-duplicate  1  a record is there more than once
    row 5  the same record as row 1

data/bank.jsonl: 3 records; since bank@v1.2 introduced: no findings; solved: 2
""")
    told = ruled("validate", "v1.0..v1.1", "--changed")
    assert "W exact-duplicate" not in told, "it needs all records"
    assert "not looked for with --changed, as they need all records: exact-duplicate, class-share" in told


def test_gates_decide(ruled: Shell) -> None:
    apologise(SECOND)
    assert ruled("validate", "--gate", "--only", "no-apology") == snapshot("""\
E no-apology  1  an answer that is an apology
    row 4  output  an answer that is an apology: '抱歉'
    fix: answer the question

  gate               measured             bound  verdict
! errors             1                    ≤ 0    failed
! errors introduced  1 (since bank@v1.0)  ≤ 0    failed
  not measured (no record has the field 'label'): share of the largest class
  not measured (no reviews with this version): records that a second person looked at ·
      of these found right
  not measured (no agreement kept with this version): agreement of annotators ·
      records people disagree on

data/bank.jsonl: 5 records, 1 error, 0 warnings in 1 rule
hint: what it means: dsvc validate --rule no-apology
exit 1
""")
    write_records("data/bank.jsonl", FIRST, SECOND, THIRD)
    assert "exit" not in ruled("validate", "--gate")
    Path("dsvc.toml").write_text("[gates]\nrequired = true\n")
    assert ruled("validate", "--gate").endswith("exit 1\n")
    Path("dsvc.toml").write_text("[gates]\nwarnings = 0\nerrors = 5\n")
    write_records("data/bank.jsonl", FIRST, FIRST)
    assert ruled("validate", "--gate").endswith("exit 1\n")


def test_errors_of_rules_over_all_records_are_introduced_too(bank: Shell) -> None:
    Path("dsvc.toml").write_text('[validate.severity]\nexact-duplicate = "error"\n[gates]\nerrors = 5\n')
    write_records("data/bank.jsonl", FIRST, SECOND, THIRD, FIRST)
    introduced = "! errors introduced  1 (since bank@v1.0) "
    assert introduced in bank("validate", "--gate")
    bank("commit", "-m", "twice", "--source", "s")
    assert introduced in bank("validate", "bank@v1.1", "--gate")


def test_a_working_file_as_in_heads_version_is_gated_like_that_version(bank: Shell) -> None:
    Path("dsvc.toml").write_text('[validate.severity]\nexact-duplicate = "error"\n[gates]\nerrors = 5\n')
    assert "not measured (there is no version before): errors introduced" in bank("validate", "--gate")
    write_records("data/bank.jsonl", FIRST, SECOND, THIRD, FIRST)
    bank("commit", "-m", "twice", "--source", "s")
    of_version = bank("validate", "bank@v1.1", "--gate")
    assert "! errors introduced  1 (since bank@v1.0) " in of_version
    assert bank("validate", "--gate") == of_version.replace("bank@v1.1:", "data/bank.jsonl:")
    write_records("data/bank.jsonl", FIRST, SECOND, THIRD, FIRST, {**FIRST, "output": "edited"})
    assert "\n  errors introduced  0 (since bank@v1.1) " in bank("validate", "--gate"), "edits since HEAD's version"
    bank("restore", "bank")
    write_records("data/bank.jsonl", FIRST, SECOND, THIRD, FIRST, SECOND)
    bank("commit", "-m", "thrice", "--source", "s")
    assert "! errors introduced  2 (since bank@v1.0) " in bank("validate", "v1.0..v1.2", "--gate")


def test_options_that_contradict_each_other(ruled: Shell) -> None:
    assert "exit 2" in ruled("validate", "--json", "--format", "html")
    assert "exit 2" in ruled("validate", "--force")
    assert "exit 2" in ruled("validate", "--changed")
    assert "exit 2" in ruled("validate", "v1.0..", "--write-baseline")


def test_ctrl_c_tells_what_was_found_until_then(ruled: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    from dsvc.validators.runner import Validation

    apologise()
    looked = Validation.__iter__

    def interrupted(self: Validation) -> Any:
        yield next(looked(self))
        raise KeyboardInterrupt

    monkeypatch.setattr(Validation, "__iter__", interrupted)
    told = ruled("validate")
    assert "an answer that is an apology: '抱歉'" in told
    assert "records, stopped when a part of them was looked at; so far 1 error, 0 warnings in 1 rule\n" in told
    assert told.endswith("! interrupted\nexit 130\n")

    def interrupted_at_once(_: Validation) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Validation, "__iter__", interrupted_at_once)
        assert "stopped when a part of them was looked at; so far no findings\n" in ruled("validate")
    told = ruled("validate", "--json")
    assert told == "! interrupted\nexit 130\n", "half a report would look like a whole one"


def test_on_a_terminal_no_record_controls_it(ruled: Shell) -> None:
    write_records("data/bank.jsonl", {**FIRST, "output": "Sorry\x1b]0;owned\x07\x1b[2J"})
    Path("rules.toml").write_text(APOLOGIES.replace('"^(', "'^(").replace(')"', ")(.|\\n)*'"), "utf-8")
    for form in ("table", "json", "github", "markdown"):
        shown = on_terminal("validate", "--format", form)
        assert "\x1b]" not in shown
        assert "\x1b[2J" not in shown
        assert "\x07" not in shown
        assert shown.endswith("exit 1")


def test_a_commit_keeps_what_it_is_not_told_to_refuse(ruled: Shell) -> None:
    apologise()
    assert "exit" not in ruled("commit", "-m", "kept as it is", "--source", "s")
    manifest = dsvc.open().manifest("bank@v1.1")
    assert manifest is not None
    assert manifest.validation is None, "no rule but those of the store was asked"


def test_a_commit_refuses_what_the_settings_name(ruled: Shell) -> None:
    with Path("dsvc.toml").open("a") as settings:
        settings.write('refuse = ["syntax", "no-apology"]\n')
    write_records("data/bank.jsonl", FIRST, {"output": "Sorry"}, SECOND, THIRD, {"output": "抱歉"}, {"output": "ok"})
    before = Path("data/bank.jsonl").read_bytes()
    assert ruled("commit", "--source", "s", "-m", "more") == snapshot("""\
! error: 2 errors in new lines: 'data/bank.jsonl:2' no-apology: an answer that is an apology: 'Sorry'; 'data/bank.jsonl:5' no-apology: an answer that is an apology: '抱歉'
! hint: mend them; or keep them and say why: --allow-findings 'why'
exit 4
""")  # noqa: E501
    assert "exit 4" in ruled("commit", "--source", "s", "-m", "more", "--dry-run")
    assert "exit 2" in ruled("commit", "--source", "s", "-m", "more", "--allow-findings", " ")
    assert [entry.entry.number for entry in dsvc.open().log()] == ["v1.0"]
    told = ruled("commit", "--source", "s", "-m", "more", "--allow-findings", "the customer wants them")
    assert "! errors in the new lines (no-apology 2) were kept as they are; see them: dsvc validate bank\n" in told
    assert Path("data/bank.jsonl").read_bytes() == before
    manifest = dsvc.open().manifest("bank@v1.1")
    assert manifest is not None
    assert manifest.validation == {
        "format": "dsvc.validation/1",
        "lines": 3,
        "rules": ["no-apology"],
        "findings": {"no-apology": 2},
        "allowed": "the customer wants them",
    }
    write_records("data/bank.jsonl", SECOND, {"output": "抱歉"}, {"output": "Sorry"}, FIRST, THIRD)
    told = ruled("commit", "-m", "known lines are not looked at again")
    assert "exit" not in told
    assert "no-apology" not in told


def test_an_import_is_refused_like_a_commit(ruled: Shell) -> None:
    with Path("dsvc.toml").open("a") as settings:
        settings.write('refuse = ["no-apology"]\n')
    write_records("in.jsonl", FIRST, {"output": "Sorry"})
    assert "exit 4" in ruled("import", "in.jsonl", "--as", "data/new.jsonl", "--source", "s")
    assert not Path("data/new.jsonl").exists()
    assert "exit" not in ruled(
        "import", "in.jsonl", "--as", "data/new.jsonl", "--source", "s", "--allow-findings", "a test of tone"
    )
    manifest = dsvc.open().manifest("new@v1.0")
    assert manifest is not None
    assert manifest.validation is not None
    assert manifest.validation["allowed"] == "a test of tone"


def test_a_refused_line_is_named_by_its_line_in_a_file_with_blank_lines(ruled: Shell) -> None:
    with Path("dsvc.toml").open("a") as settings:
        settings.write('refuse = ["no-apology"]\n')
    Path("data/bank.jsonl").write_bytes(b'\n\n{"a": 1}\n\n{"output": "Sorry"}')
    assert "'data/bank.jsonl:5' no-apology" in ruled("commit", "-m", "x", "--source", "s")
    assert run(["validate", "data/bank.jsonl"]) == 1


def test_own_rules_that_cannot_be_used_here_stand_in_no_commits_way(ruled: Shell) -> None:
    Path("dsvc.toml").write_text('[validate]\nmodel = "of_a_colleague:Model"\nseverity = {model = "note"}\n')
    assert "cannot be imported" in ruled("validate")
    write_records("data/bank.jsonl", FIRST, THIRD)
    assert "exit" not in ruled("commit", "-m", "one less")
    Path("dsvc.toml").write_text('[validate]\nmodel = "of_a_colleague:Model"\nrefuse = ["model"]\n')
    write_records("data/bank.jsonl", {**FIRST, "output": "?"}, THIRD)
    assert "cannot be imported" in ruled("commit", "-m", "what was wanted cannot be looked for")


def test_of_many_new_lines_a_commit_looks_only_for_what_it_refuses(
    ruled: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A structural rule that the settings do not name runs in a small commit only, and that is told."""
    from dsvc.repository.committing import checks
    from tests.validators.made_up import rule

    made_up = ModuleType("made_up")
    made_up.RULES = (rule(),)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "dsvc.validators.rules.made_up", made_up)
    monkeypatch.setattr(registry, "RULE_MODULES", ("syntax", "made_up"))
    _forget()
    write_records("data/bank.jsonl", *QUESTIONS, {**FIRST, "output": "LOUD"})
    told = ruled("commit", "-m", "small", "--source", "s")
    assert "'data/bank.jsonl:4' shouting" in told
    assert "exit 4" in told
    told = ruled("commit", "-m", "small", "--source", "s", "--allow-findings", "a test of tone")
    assert "! errors in the new lines (shouting 1) were kept as they are; see them: dsvc validate bank\n" in told
    manifest = dsvc.open().manifest("bank@v1.1")
    assert manifest is not None
    assert manifest.validation is not None
    assert (manifest.validation["lines"], manifest.validation["findings"]) == (1, {"shouting": 1})
    monkeypatch.setattr(checks, "_MOST_BYTES", 10)
    write_records("data/bank.jsonl", *QUESTIONS, {**FIRST, "output": "LOUDER"})
    told = ruled("commit", "-m", "large", "--source", "s")
    assert "shouting" not in told
    assert "! the new lines are " in told
    assert "too many for a commit to look for errors of structure; see them: dsvc validate bank\n" in told
    Path("dsvc.toml").write_text('[validate]\nrefuse = ["shouting"]\n')
    write_records("data/bank.jsonl", *QUESTIONS, {**FIRST, "output": "LOUDER"}, {"output": "LOUD"})
    assert "exit 4" in ruled("commit", "-m", "large", "--source", "s")


def test_what_cannot_be_read_is_not_allowed_by_a_reason(ruled: Shell) -> None:
    before = Path("data/bank.jsonl").read_bytes()
    for line in (b'{"q": "\xff"}', b'{"q": 1', b'{"q": NaN}'):
        Path("data/bank.jsonl").write_bytes(before + line + b"\n")
        told = ruled("commit", "--source", "s", "-m", "more")
        assert "--allow-findings" not in told
        told = ruled("commit", "--source", "s", "-m", "more", "--allow-findings", "why")
        assert "--allow-findings does not help here" in told
        assert told.endswith("exit 4\n")


def test_a_gate_in_a_hook_tells_what_failed(ruled: Shell) -> None:
    apologise(SECOND)
    hook = Path(".git/hooks/pre-commit")
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexec dsvc validate --gate --limit 1\n")
    hook.chmod(0o755)
    told = ruled("commit", "--source", "s", "-m", "more")
    assert told.startswith("! error: a git hook (pre-commit) refused the commit: ")
    for part in ("no-apology", "    row 4  output  ", "gate"):
        assert part in told, told
    hook.write_text("#!/bin/sh\nprintf 'one\\n\\033[2Jtwo' >&2\nexit 1\n")
    told = ruled("commit", "--source", "s", "-m", "more")
    assert "a git hook (pre-commit) refused the commit: one\n" in told
    assert "\x1b" not in told
    assert "[2Jtwo" in told


def test_a_report_does_not_go_over_a_baseline(ruled: Shell) -> None:
    apologise(SECOND)
    name = "dsvc-baseline-bank.jsonl"
    told = ruled("validate", "-o", name)
    assert f"'{name}' is a baseline" in told, "also before there is one: it would be read as one"
    assert told.endswith("exit 5\n")
    ruled("validate", "--write-baseline", "--baseline", "已知")
    before = Path("已知").read_bytes()
    assert "'已知' is a baseline" in ruled("validate", "-o", "已知", "--force")
    assert Path("已知").read_bytes() == before


def test_a_limit_of_none_counts_only(bank: Shell) -> None:
    write_records("data/bank.jsonl", FIRST, FIRST, FIRST)
    assert bank("validate", "--limit", "0") == snapshot("""\
W exact-duplicate  2  a record is there more than once
    fix: leave it out

data/bank.jsonl: 3 records, 0 errors, 2 warnings in 1 rule
hint: see all of them: dsvc validate --only exact-duplicate --limit 2
""")


def test_a_rule_that_is_named_refuses_whatever_it_finds(bank: Shell) -> None:
    Path("rules.toml").write_text(APOLOGIES.replace('severity = "error"', 'severity = "warning"'), "utf-8")
    settings = 'patterns = ["rules.toml"]\nrefuse = ["no-apology"]\n'
    Path("dsvc.toml").write_text(f"[validate]\n{settings}", "utf-8")
    write_records("data/bank.jsonl", *QUESTIONS, {"output": "Sorry"})
    assert "'data/bank.jsonl:4' no-apology" in bank("commit", "--source", "s", "-m", "more")


def test_a_report_for_a_pull_request_tells_how_the_lines_that_differ_moved(bank: Shell) -> None:
    """Only these are read for it, so that it is told with --changed, too."""
    many = [{"instruction": f"问题{number}", "output": "x", "label": "费用"} for number in range(40)]
    write_records("data/bank.jsonl", *many)
    bank("commit", "--source", "s", "-m", "many")
    write_records("data/bank.jsonl", *many[:10], *({**each, "label": "账单"} for each in many[10:30]), *many[30:])
    bank("commit", "-m", "labels")
    told = bank("validate", "v1.1..v1.2", "--changed", "--format", "markdown")
    assert [line for line in told.splitlines() if "of the lines" in line] == [
        "- of the lines that differ, label&#58; 账单 0.0% &#45;&#62; 100.0% · 费用 100.0% &#45;&#62; 0.0% "
        "&#40;shift 1.00&#41;"
    ]
    write_records("data/bank.jsonl", *many[:29], *({**each, "label": "账单"} for each in many[29:30]), *many[30:])
    assert "of the lines" not in bank("validate", "v1.2..", "--changed", "--format", "markdown")


def test_the_first_finding_of_a_rule_is_told_in_full(bank: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    Path("rules.toml").write_text(APOLOGIES.replace('"^(Sorry|抱歉)"', '"^(Sorry|抱歉).*"'), "utf-8")
    Path("dsvc.toml").write_text('[validate]\npatterns = ["rules.toml"]\n', "utf-8")
    sorry = {"output": "抱歉，这个问题我现在没有办法回答。"}
    write_records("data/bank.jsonl", sorry, {**sorry, "id": 2})
    assert bank("validate", "--only", "no-apology") == snapshot("""\
E no-apology  2  an answer that is an apology
    row 1  output  an answer that is an apology: '抱歉，这个
                   问题我现在没有办法回答。'
    row 2  output  an answer that is an apology: '抱歉，这…
    fix: answer the question

data/bank.jsonl: 2 records, 2 errors, 0 warnings in 1 rule
hint: what it means: dsvc validate --rule no-apology
exit 1
""")


def test_a_record_is_named_by_the_key_of_its_dataset(
    shell: Shell, json_lines: Callable[..., list[dict[str, Any]]]
) -> None:
    shell("init")
    records = [{"id": f"问-{number}", "output": "same"} for number in range(3)]
    write_records("data/bank.jsonl", *records)
    shell("commit", "data/bank.jsonl", "--key", "id", "--source", "s", "-m", "first")
    write_records("data/bank.jsonl", *records, records[1], {"id": "长" * 60}, {"id": "长" * 60})
    told = shell("validate")
    assert "    row 4 (id=问-1)   " in told
    assert f"    row 6 (id={'长' * 60})\n        the same record as row 5\n" in told
    assert [each.get("key") for each in json_lines("validate", "--json")] == ["id=问-1", f"id={'长' * 60}", None]
    assert "row 4 (id=问-1)" in shell("validate", "bank@v1.0..")


@pytest.mark.parametrize("key", ["No.", "a[b", "x]", "m.id", "编号："])
def test_a_key_that_is_no_path_is_that_of_a_field(shell: Shell, key: str) -> None:
    shell("init")
    records = [{key: f"k-{number}", "output": "same"} for number in range(3)]
    write_records("data/k.jsonl", *records)
    shell("commit", "data/k.jsonl", "--key", key, "--source", "s", "-m", "first")
    write_records("data/k.jsonl", *records, records[1])
    assert f"row 4 ({key}=k-1)" in shell("validate", "k")
    assert f"row 4 ({key}=k-1)" in shell("validate", "k@v1.0..")
