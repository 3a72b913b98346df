"""``dsvc agreement`` as it is typed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from inline_snapshot import snapshot

from tests.cli.conftest import write_records

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Shell

LABELS = ("金融>银行>逾期", "金融>银行>开户", "生活>缴费")
RECORDS = [{"q": f"第{n}个问题", "label": LABELS[n % 3]} for n in range(12)]


@pytest.fixture
def files(shell: Shell) -> Shell:
    """Two files of which the second has two other labels; no repository."""
    write_records("anna.jsonl", *RECORDS)
    write_records(
        "ben.jsonl", *({**each, "label": LABELS[1]} if n in (0, 2) else each for n, each in enumerate(RECORDS))
    )
    return shell


def test_two_files(files: Shell) -> None:
    assert files("agreement", "anna.jsonl", "ben.jsonl", "--field", "label", "--list") == snapshot("""\
2 annotators: anna, ben
records:       12

label  levels: a label of a hierarchy, its levels with > between them (a>b>c)
  agreement     83.3%  (10 of 12)
  disagreement  16.7%  (above 10%: to be decided)
  kappa         0.750  (0.441 to 1.000, Cohen)
  alpha         0.757  (Krippendorff)

  level                           agree    alpha
  the first                       91.7%    0.807
  the first 2                     91.7%    0.807
  the first 3                     83.3%    0.757

  label                           agree     said
  金融>银行>开户                  80.0%        6
  金融>银行>逾期                  85.7%        4
  生活>缴费                       85.7%        4

  anna                        ben                           records
  金融>银行>逾期              金融>银行>开户                      1
  生活>缴费                   金融>银行>开户                      1

2 records with different answers in 'label'
anna.jsonl:1
  anna                        金融>银行>逾期
  ben                         金融>银行>开户
anna.jsonl:3
  anna                        生活>缴费
  ben                         金融>银行>开户
exit 1
""")


def test_no_more_than_is_allowed(files: Shell) -> None:
    told = files("agreement", "anna.jsonl", "ben.jsonl", "--field", "label", "--threshold", "20%")
    assert "exit" not in told
    assert "to decide them" not in told
    assert "at most 20% is asked" in told


def test_as_markdown(files: Shell) -> None:
    told = files("agreement", "anna.jsonl", "ben.jsonl", "--field", "label", "--format", "markdown")
    assert told == snapshot("""\
## Agreement of anna, ben

| field | records compared | agreement | disagreement | kappa | alpha |
|---|---:|---:|---:|---:|---:|
| label | 12 | 83.3% | **16.7%** (above 10%) | 0.750 | 0.757 |

12 records, 0 with one answer, 0 with none, 0 repeated. Kappa: Cohen (two annotators) or Fleiss; alpha: Krippendorff.

| label of label | agreement | pairs that say it |
|---|---:|---:|
| 金融&gt;银行&gt;开户 | 80.0% | 6 |
| 金融&gt;银行&gt;逾期 | 85.7% | 4 |
| 生活&gt;缴费 | 85.7% | 4 |
exit 1
""")


def test_as_json(files: Shell) -> None:
    told = files("agreement", "anna.jsonl", "ben.jsonl", "--field", "label", "--json")
    found = [json.loads(line) for line in told.splitlines() if line.startswith("{")]
    assert [each["type"] for each in found] == ["agreement", "disagreement", "disagreement"]
    assert found[0]["confusion"][0] == {"answers": [LABELS[1], LABELS[1]], "records": 4}
    assert found[1]["answers"] == [LABELS[0], LABELS[1]]
    assert (found[0]["one_answer"], found[0]["no_answer"], found[0]["repeated"]) == (0, 0, 0)


def test_texts_word_by_word(shell: Shell) -> None:
    write_records("one.jsonl", {"q": "a", "answer": "先还款，再打电话给银行说明情况，并保留好凭证。"})
    write_records("two.jsonl", {"q": "a", "answer": "先还款，再去网点说明情况，并保留好凭证。"})
    told = shell("agreement", "one.jsonl", "two.jsonl", "--field", "answer", "--kind", "text", "--list")
    assert "再[-打电话给银行-]{+去网点+}说明" in told


def test_the_command_that_is_told_works(files: Shell) -> None:
    files("init")
    write_records("qa.jsonl", *({"q": each["q"], "label": None} for each in RECORDS))
    files("commit", "qa.jsonl", "--source", "手册", "-m", "handed out")
    told = files("agreement", "anna.jsonl", "ben.jsonl", "--field", "label")
    command = told.partition("to decide them: dsvc ")[2].splitlines()[0]
    assert command == "agreement anna.jsonl ben.jsonl --field label --review decide"
    assert "2 records to be decided: dsvc review next decide" in files(*command.split())
    assert "1  anna" in files("review", "next", "decide")
    assert "has an agreement 'decide' already" in files(*command.split())
    gates = files("validate", "qa@HEAD", "--gate")
    assert "83.33 % (10 of 12 in 'label')" in gates
    kept = json.loads(Path(".dsvc/qa/agreements/decide.json").read_text("utf-8"))
    assert (kept["agreed"], kept["compared"], len(kept["disagreed"])) == (10, 12, 2)


def test_the_command_that_is_told_says_where_the_answer_goes(shell: Shell) -> None:
    shell("init")
    write_records("qa.jsonl", *({"q": f"q{n}", "la": "x", "lb": "y" if n < 3 else "x"} for n in range(8)))
    shell("commit", "qa.jsonl", "--source", "手册", "-m", "handed out")
    told = shell("agreement", "qa", "--field", "a=la", "--field", "b=lb")
    command = told.partition("to decide them: dsvc ")[2].splitlines()[0]
    assert command == "agreement qa --field a=la --field b=lb --into label --review decide"
    assert "3 records to be decided" in shell(*command.split())


def test_what_is_kept(files: Shell) -> None:
    files("init")
    write_records("qa.jsonl", *({"q": each["q"], "label": None} for each in RECORDS))
    files("commit", "qa.jsonl", "--source", "手册", "-m", "handed out")
    assert "no agreement is kept; keep one: dsvc agreement" in files("agreement", "--kept")
    files("agreement", "anna.jsonl", "ben.jsonl", "--field", "label", "--keep", "第一次")
    assert "\n  kept with it: agreement 第一次\n" in files("status")
    assert '"agreements": ["第一次"]' in files("status", "--json")
    assert files("agreement", "qa", "--kept").startswith("第一次  qa@v1.0  'label'  ")
    assert '"name":"第一次"' in files("agreement", "--kept", "--json").replace('": "', '":"')
    assert "has no agreement '第一次' any more" in files("agreement", "qa", "--forget", "第一次")
    assert "no agreement is kept" in files("agreement", "--kept")
    assert "kept with it" not in files("status")
    assert "whose answers shall be compared?" in files("agreement", "--field", "label")


def test_hostile_answers_do_not_reach_the_terminal(shell: Shell) -> None:
    write_records("one.jsonl", {"q": "a", "label": "\x1b[2Jx|`*"}, {"q": "b", "label": "y"})
    write_records("two.jsonl", {"q": "a", "label": "<img src=x>"}, {"q": "b", "label": "y"})
    for more in (("--list",), ("--format", "markdown")):
        told = shell("agreement", "one.jsonl", "two.jsonl", "--field", "label", *more)
        assert "\x1b" not in told
    assert "<img" not in told


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("anna.jsonl",), "which answers shall be compared?"),
        (("anna.jsonl", "--field", "label"), "one side alone"),
        (
            ("anna.jsonl", "ben.jsonl", "--field", "lable"),
            "no record has the field 'lable'\n! hint: the first record of 'anna.jsonl' has: ",
        ),
        (("anna.jsonl", "ben.jsonl", "--field", "label", "--threshold", "often"), "'often' is no share"),
        (("anna.jsonl", "ben.jsonl", "--field", "label", "--kind", "x"), "'x' is no kind of answers"),
        (("anna.jsonl", "ben.jsonl", "--field", "label", "--annotator", "a"), "2 sides have 1 names"),
        (("anna.jsonl", "ben.jsonl", "--field", "label", "--json", "--format", "markdown"), "leave --format out"),
        (("anna.jsonl", "gone.jsonl", "--field", "label"), "gone.jsonl"),
    ],
)
def test_bad_input(files: Shell, words: tuple[str, ...], told: str) -> None:
    answer = files("agreement", *words)
    assert told in answer
    assert answer.endswith(("exit 2\n", "exit 3\n"))


def test_of_one_import(json_lines: Callable[..., list[dict[str, Any]]]) -> None:
    rows = [{"text": f"{n}", "label": "甲", "annotator": who} for n in range(3) for who in ("a", "b", "c")]
    write_records("tool.jsonl", *rows)
    (told,) = json_lines("agreement", "tool.jsonl", "--by", "annotator", "--field", "label", "--json")
    assert told["annotators"] == ["a", "b", "c"]
    assert (told["agreement"], told["fleiss"], told["alpha"]) == (1.0, None, None), "no other answer was to be expected"


def test_the_sides_say_of_which_dataset_a_version_is(shell: Shell) -> None:
    shell("init")
    for name in ("med", "other"):
        write_records(f"{name}.jsonl", *RECORDS)
        shell("commit", f"{name}.jsonl", "--source", "s", "--license", "MIT", "-m", "one")
    write_records("med.jsonl", {**RECORDS[0], "label": "x>y"}, *RECORDS[1:])
    shell("commit", "med.jsonl", "-m", "two")
    words = ("--field", "label", "--key", "q", "--annotator", "安娜", "--annotator", "ben")
    told = shell("agreement", "med@v1.0", "med@v1.1", *words, "--review", "decide", "--on", "HEAD")
    assert "kept with med v1.1 as 'decide'" in told
    assert "1 record to be decided: dsvc review next decide" in told


def test_a_page_runs_nothing_that_records_say(shell: Shell) -> None:
    for name, label in (("安娜", "<script>alert(1)</script>"), ("ben", "费用\x1b[2J")):
        write_records(f"{name}.jsonl", {"id": 1, "label": label}, {"id": 2, "label": "同"})
    told = shell("agreement", "安娜.jsonl", "ben.jsonl", "--field", "label", "--key", "id", "--format", "html")
    assert told.startswith("<!doctype html>")
    assert "<script" not in told
    assert "\x1b" not in told
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in told
    assert "<td>安娜.jsonl:1</td>" in told
    assert "<th>安娜<th>ben" in told


def test_who_decides_may_be_shared(files: Shell) -> None:
    files("init")
    write_records("qa.jsonl", *({"q": each["q"], "label": None} for each in RECORDS))
    files("commit", "qa.jsonl", "--source", "手册", "-m", "handed out")
    words = ("agreement", "anna.jsonl", "ben.jsonl", "--field", "label")
    assert "hint: add --review NAME" in files(*words, "--reviewers", "陈,李")
    assert "one reviewer has nobody to share with" in files(*words, "--review", "裁决", "--reviewers", "陈")
    assert "no agreement is kept" in files("agreement", "--kept")
    told = files(*words, "--review", "裁决", "--reviewers", "陈,李")
    assert (
        """\
! 2 records to be decided: dsvc review next 裁决
!   陈: 1 record
!   李: 1 record
"""
        in told
    )
    assert "share of 陈: 0 of 1 judged" in files("review", "next", "--reviewer", "陈")
