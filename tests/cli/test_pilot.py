"""Pilots on the command line: what is printed, and what is said to those who ask for what cannot be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from inline_snapshot import snapshot

from dsvc.errors import UsageError
from dsvc.repository.pilots.results import metrics_of
from tests.cli.conftest import write_records

if TYPE_CHECKING:
    from tests.cli.conftest import Shell


@pytest.fixture
def cards(shell: Shell) -> Shell:
    """Forty records in two languages and three labels."""
    shell("init")
    records = [
        {
            "instruction": f"第 {n} 个问题：免息期有多长？"
            if n % 2
            else f"Question {n}: how long is the grace period?",
            "output": f"answer {n}" + " again" * (n % 5),
            "label": ("fees", "账单", "cards")[n % 3 if n % 4 else 0],
        }
        for n in range(40)
    ]
    write_records("data/cards.jsonl", *records)
    shell("commit", "data/cards.jsonl", "--source", "manual", "--license", "CC-BY-4.0", "-m", "first version")
    return shell


def test_a_trial_loop(cards: Shell) -> None:
    words = ("--name", "pilot-a", "--size", "12", "--stratify", "label")
    assert cards("pilot", "create", "v1.0", *words) == snapshot("""\
cards@v1.0  pilot pilot-a
records: 12 of 40
rule:    stable, seed 'pilot-a' · in proportion by label

  label                           taken         of    share   in all
  fees                                6         20    50.0%    50.0%
  cards                               3         10    25.0%    25.0%
  账单                                3         10    25.0%    25.0%
tag:     cards_v1.0_pilot-a
""")
    assert cards("pilot", "list") == snapshot(
        "pilot-a  cards@v1.0  12 records  stable, seed 'pilot-a' · in proportion by label\n"
    )
    assert cards(
        "pilot", "result", "pilot-a", "--metric", "accuracy=0.71", "--model", "qwen", "--run", "3", "--note", "首次"
    ) == (snapshot("pilot-a  2025-03-01 09:05  accuracy=0.71 · qwen · run 3 · 首次\n"))
    records = [json.loads(line) for line in Path("data/cards.jsonl").read_bytes().splitlines()]
    records = [{**each, "output": each["output"] + "."} if n % 3 == 0 else each for n, each in enumerate(records)]
    write_records("data/cards.jsonl", *records[2:])
    cards("commit", "-m", "full stops")
    assert cards("pilot", "carry", "pilot-a", "v1.1") == snapshot("""\
cards@v1.1  pilot pilot-a-v1.1  12 records
stayed:   7
changed:  4
left:     1
replaced: 1
tag:      cards_v1.1_pilot-a-v1.1
which:    dsvc diff cards@pilot-a cards@pilot-a-v1.1
""")
    cards("pilot", "result", "pilot-a-v1.1", "--metric", "accuracy=0.78", "--metric", "loss=1.2")
    assert cards("pilot", "compare", "pilot-a", "pilot-a-v1.1") == snapshot("""\
pilot-a (cards@v1.0) .. pilot-a-v1.1 (cards@v1.1)
                                     first      second      change
  accuracy                            0.71        0.78       +0.07
  loss                                   –         1.2

  records in both: 7 of 12, edited between them: 4
  only in pilot-a: 1
  only in pilot-a-v1.1: 1
  between the versions: -2 ~13
  see them: dsvc diff cards@v1.0..v1.1
""")
    assert cards("pilot", "show", "pilot-a-v1.1") == snapshot("""\
pilot-a-v1.1  cards@v1.1
made:    2025-03-01 09:09 by Ann Otter
from:    pilot-a (7 stayed, 4 changed, 1 left, 1 came new)
records: 12 of 38 that can be taken
rule:    stable, seed 'pilot-a' · in proportion by label

  label                           taken         of    share   in all
  fees                                6         19    50.0%    50.0%
  cards                               3         10    25.0%    26.3%
  账单                                3          9    25.0%    23.7%

result:  2025-03-01 09:11  accuracy=0.78, loss=1.2

cards@v1.1 .. pilot-a-v1.1
  records  38 -> 12   bytes  4.34 kB -> 1.39 kB

                          drift
  tokens                  0.241  large  median 19 -> 21
  instruction characters  0.228  large  median 16 -> 16
  output characters       0.189  some   median 21 -> 27
  characters              0.136  some   median 56 -> 53
  sentence (zh)           0.101  some   median 10 -> 6 · in 13 -> 4 records
  language                0.092  some   zh+latin 15.8% -> 25.0% · latin 50.0% -> 41.7% · zh 34.2% -> 33.3%
  label                   0.013  none   账单 23.7% -> 25.0% · cards 26.3% -> 25.0%
  source                  0.000  none

  0: the same, 1: nothing in common; of all records, with a feature or without
""")
    assert cards("pilot", "show", "pilot-a-v1.1", "--verify") == snapshot(
        "'pilot-a-v1.1' is what its rule gives: the same 12 records\n"
    )
    assert cards("undo") == snapshot("""\
file:     'data/cards.jsonl' was not touched
history:  a result of pilot-a-v1.1 was taken out
HEAD:     is where it was before
undid: pilot result pilot-a-v1.1: accuracy=0.78, loss=1.2
""")


def test_a_dry_run_shows_the_sample_and_writes_nothing(cards: Shell) -> None:
    words = ("--name", "x", "--size", "25%", "--where", "label=fees", "--dry-run")
    assert cards("pilot", "create", *words) == snapshot("""\
cards@v1.0  pilot x (nothing was written)
records: 5 of 20 that can be taken, of 40
rule:    stable, seed 'x' · where label=fees

cards@v1.0 .. x
  records  40 -> 5   bytes  4.53 kB -> 560 B

                          drift
  characters              0.600  large  median 55 -> 63
  instruction characters  0.500  large  median 16 -> 42
  language                0.500  large  latin 50.0% -> 100.0% · zh 35.0% -> 0.0% · zh+latin 15.0% -> 0.0%
  label                   0.500  large  fees 50.0% -> 100.0% · cards 25.0% -> 0.0% · 账单 25.0% -> 0.0%
  tokens                  0.425  large  median 19 -> 16
  sentence (zh)           0.350  large  median 6 -> – · in 14 -> 0 records
  output characters       0.200  large  median 21 -> 15
  source                  0.000  none

  0: the same, 1: nothing in common; of all records, with a feature or without
""")
    assert cards("pilot", "list").startswith("no pilot is kept")


def test_an_export_for_a_trainer(cards: Shell) -> None:
    cards("pilot", "create", "v1.0", "--name", "pilot-a", "--size", "12")
    words = ("--to", "llamafactory", "-o", "out", "--validation", "0.25")
    assert cards("pilot", "export", "pilot-a", *words) == snapshot("""\
! 12 records of 'pilot-a of cards@v1.0' (alpaca) as alpaca
! wrote 12 records of pilot-a of cards@v1.0 to 'out'
!   dataset_dir: out
!   dataset: cards-pilot-a_train
!   eval_dataset: cards-pilot-a_validation
""")
    assert cards("export", "cards", "--pilot", "pilot-a", "--to", "jsonl", "-o", "p.jsonl") == snapshot(
        "! wrote 12 records of pilot-a of cards@v1.0 to 'p.jsonl'\n"
    )
    assert cards("cat", "cards@pilot-a") == Path("p.jsonl").read_text("utf-8")


REFUSED = [
    ("create", "v1.0", "--name", "p"),
    ("create", "v1.0", "--name", "p", "--size", "many"),
    ("create", "v1.0", "--name", "p", "--size", "5", "--stratify", "lable"),
    ("create", "v1.0", "--name", "p", "--size", "5", "--where", "label=none"),
    ("create", "v1.0", "--name", "p", "--size", "5", "--exclude", "q"),
    ("create", "v1.0", "--name", "p", "--size", "5", "--from-findings", "near-duplicat"),
    ("create", "v1.0", "--name", "p/q", "--size", "5"),
    ("create", "v1.7", "--name", "p", "--size", "5"),
    ("create", "v1.0", "--name", "taken", "--size", "5"),
    ("show", "q"),
    ("result", "taken", "--metric", "good"),
    ("result", "taken", "--metric", "accuracy=nan"),
    ("carry", "taken", "v1.0"),
    ("compare", "taken", "q"),
]


def test_what_cannot_be_has_one_clear_answer(cards: Shell) -> None:
    cards("pilot", "create", "v1.0", "--name", "taken", "--size", "5")
    said = "".join(f"$ {' '.join(words)}\n{cards('pilot', *words)}" for words in REFUSED)
    assert said == snapshot("""\
$ create v1.0 --name p
! error: a size of 1,000 is more than the 40 records that can be taken
! hint: ask for fewer, or for a share of them: 10%
exit 2
$ create v1.0 --name p --size many
! error: 'many' is not a size
! hint: a number of records (1000), or a share of them (10%)
exit 2
$ create v1.0 --name p --size 5 --stratify lable
! error: no record has the field 'lable'
! hint: name another one (the first record has: instruction, output, label)
exit 2
$ create v1.0 --name p --size 5 --where label=none
! error: no record of 'cards@v1.0' can be taken: nothing meets all that is asked
! hint: ask for less than: label=none
exit 3
$ create v1.0 --name p --size 5 --exclude q
! error: 'cards' has no pilot 'q' (its pilots: taken)
! hint: dsvc pilot list cards
exit 3
$ create v1.0 --name p --size 5 --from-findings near-duplicat
! error: there is no rule 'near-duplicat'
! hint: all rules: dsvc validate --list; did you mean near-duplicate or exact-duplicate?
exit 2
$ create v1.0 --name p/q --size 5
! error: 'p/q' cannot name a pilot
! hint: use letters and digits of any script, with - _ . between them
exit 2
$ create v1.7 --name p --size 5
! error: 'cards' has no version v1.7
! hint: dsvc log cards
exit 3
$ create v1.0 --name taken --size 5
! error: 'cards' has a pilot 'taken' already
! hint: choose another name, or first: dsvc pilot rm taken
exit 2
$ show q
! error: 'cards' has no pilot 'q' (its pilots: taken)
! hint: dsvc pilot list cards
exit 3
$ result taken --metric good
! error: 'good' is no metric
! hint: NAME=NUMBER, like accuracy=0.71
exit 2
$ result taken --metric accuracy=nan
! error: 'accuracy=nan' is no metric
! hint: NAME=NUMBER, like accuracy=0.71
exit 2
$ carry taken v1.0
! error: 'taken' is of v1.0 already
! hint: name another version
exit 2
$ compare taken q
! error: 'cards' has no pilot 'q' (its pilots: taken)
! hint: dsvc pilot list cards
exit 3
""")
    assert cards("pilot", "list").count("\n") == 1


def test_json(cards: Shell) -> None:
    made = json.loads(cards("pilot", "create", "v1.0", "--name", "p", "--size", "5", "--json"))
    assert (made["type"], made["format"], made["tag"]) == ("pilot", "dsvc.pilots/1", "cards_v1.0_p")
    assert len(made["records"]) == made["counts"]["records"] == 5
    result = json.loads(cards("pilot", "result", "p", "--metric", "f1=0.5", "--json"))
    assert (result["type"], result["metrics"]) == ("result", {"f1": 0.5})
    shown = json.loads(cards("pilot", "show", "p", "--json"))
    assert {each["feature"] for each in shown["drift"]} >= {"label", "characters", "language", "source"}
    verified = json.loads(cards("pilot", "show", "p", "--verify", "--json"))
    assert verified["same"] is True
    compared = json.loads(cards("pilot", "compare", "p", "p", "--json"))
    assert (compared["both"], compared["changes"]) == (5, None)


def test_two_datasets_may_have_pilots_of_one_name(cards: Shell) -> None:
    write_records("data/more.jsonl", *({"q": f"{n}"} for n in range(9)))
    cards("commit", "data/more.jsonl", "--source", "manual", "-m", "more")
    for name in ("cards", "more"):
        cards("pilot", "create", name, "--name", "p", "--size", "3")
    assert cards("pilot", "show", "p") == snapshot("""\
! error: several datasets have a pilot 'p': cards, more
! hint: say which: --of DATASET
exit 2
""")
    assert cards("pilot", "show", "p", "--of", "more").startswith("p  more@v1.0")


def test_a_share_may_be_written_in_percent(cards: Shell) -> None:
    cards("pilot", "create", "--name", "p", "--size", "20")
    assert "exit" not in cards("pilot", "export", "p", "--to", "trl", "-o", "trial", "--validation", "10%")
    assert "exit" not in cards("export", "cards", "--pilot", "p", "--to", "trl", "-o", "again", "--validation", "10 %")
    parts = [path.name for path in Path("trial").rglob("*.jsonl")]
    assert len(parts) == 2
    assert "'x' is no share; write 0.1, or 10%" in cards(
        "pilot", "export", "p", "--to", "trl", "-o", "third", "--validation", "x"
    )
    percent = cards("split", "cards", "--train", "80%", "--share", "dev=20%", "--dry-run", "-o", "parts")
    assert "exit" not in percent
    assert percent == cards("split", "cards", "--train", "0.8", "--share", "dev=0.2", "--dry-run", "-o", "parts")


def test_a_metric_has_one_figure(cards: Shell) -> None:
    cards("pilot", "create", "--name", "p", "--size", "20")
    told = cards("pilot", "result", "p", "--metric", "a=1", "--metric", "a=2")
    assert "'a' is given twice" in told
    assert told.endswith("exit 2\n")
    assert "result" not in cards("pilot", "show", "p")


def test_a_condition_on_a_field_that_no_record_has_is_told(cards: Shell) -> None:
    create = ("pilot", "create", "v1.0", "--name", "p", "--size", "5", "--where")
    assert cards(*create, "length>100") == (
        "! error: no record has the field 'length'\n! hint: did you mean '#length', the bytes of a record?\nexit 2\n"
    )
    assert cards(*create, "lable=x") == (
        "! error: no record has the field 'lable'\n"
        "! hint: name another one (the first record has: instruction, output, label)\nexit 2\n"
    )
    assert "nothing meets all that is asked" in cards(*create, "!label")
    assert "exit" not in cards(*create, "!lable")


def test_lists_stand_in_columns_whatever_the_script(cards: Shell) -> None:
    assert cards("pilot", "list") == "no pilot is kept; take one: dsvc pilot create REV --name NAME\n"
    assert cards("review", "list") == "there is no review; begin one: dsvc review start REV --name NAME\n"
    assert cards("review", "list", "--json") == cards("pilot", "list", "--json") == ""
    for name, size in (("领域样本", "5"), ("a", "20")):
        cards("pilot", "create", "--name", name, "--size", size)
        cards("review", "start", "v1.0", "--name", name, "--pilot", name)
    cards("pilot", "result", "a", "--metric", "token accuracy=0.5", "--metric", "loss=1.25")
    assert cards("pilot", "list") == snapshot("""\
a         cards@v1.0  20 records  stable, seed 'a'
    2025-03-01 09:11  token accuracy=0.5, loss=1.25
领域样本  cards@v1.0  5 records   stable, seed '领域样本'
""")
    assert cards("review", "list") == snapshot("""\
a         cards@v1.0  0 of 20 records judged  open
领域样本  cards@v1.0  0 of 5 records judged   open
""")


def test_figures_in_one_line() -> None:
    assert metrics_of(" accuracy=0.71  token accuracy=1e-2, F1 = 0.5 ") == {
        "accuracy": 0.71,
        "token accuracy": 0.01,
        "F1": 0.5,
    }
    assert metrics_of("") == {}
    for text in ("good", "a=1 b", "=1", "a=x", "a=1 a=2", "a=nan"):
        with pytest.raises(UsageError):
            metrics_of(text)
