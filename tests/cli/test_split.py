"""``dsvc split`` as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from inline_snapshot import snapshot

from tests.cli.conftest import Shell, write_records

RULE = ("--train", "0.8", "--validation", "0.1", "--test", "0.1")


@pytest.fixture
def bank(shell: Shell) -> Shell:
    shell("init")
    records = [{"id": n, "label": "费用" if n % 3 else "账单", "who": f"客户{n // 2}"} for n in range(60)]
    write_records("data/bank.jsonl", *records)
    shell("commit", "data/bank.jsonl", "--source", "manual", "--license", "MIT", "-m", "first")
    return shell


def test_parts_of_a_file(bank: Shell) -> None:
    assert bank("split", *RULE, "--stratify", "label", "-o", "data/parts") == snapshot("""\
part        records  share  wanted  new
train            48  80.0%   80.0%   48
validation        6  10.0%   10.0%    6
test              6  10.0%   10.0%    6

label  records  train  validation  test
费用        40     32           4     4
账单        20     16           2     2

held together: 10 clusters of near-duplicates (at most 2 records)
written:       data/parts/train.jsonl, data/parts/validation.jsonl, data/parts/test.jsonl
keep: dsvc commit data/parts -m why · prove: dsvc validate data/parts · take back: dsvc undo
""")
    assert bank("commit", "data/parts", "-m", "parts") == snapshot("""\
parts@v1.0  +60  (60 records)
source:     bank@v1.0
annotators: Ann Otter
stored:     2.91 kB of records
! added '/parts/*.jsonl' to 'data/.gitignore': the data is kept by dsvc, not by git
""")
    assert bank("split", "bank") == snapshot("""\
part        records  share  wanted  new
train            48  80.0%   80.0%    0
validation        6  10.0%   10.0%    0
test              6  10.0%   10.0%    0

label  records  train  validation  test
费用        40     32           4     4
账单        20     16           2     2

held together: 10 clusters of near-duplicates (at most 2 records)
kept:          60 records on the side they were on
nothing to do: every record is on its side
""")


def test_groups_that_stay_whole(bank: Shell) -> None:
    assert bank("split", *RULE, "--group-by", "who", "-o", "data/parts", "--dry-run") == snapshot("""\
part        records  share  wanted  new
train            48  80.0%   80.0%   48
validation        6  10.0%   10.0%    6
test              6  10.0%   10.0%    6

held together: 30 groups, 10 clusters of near-duplicates (at most 2 records)
nothing was changed
""")


def test_what_is_wrong_is_told_in_one_sentence(bank: Shell) -> None:
    assert bank("split") == snapshot("""\
! error: 'bank' is one file; its parts need a folder of their own
! hint: name a new one: -o data/bank_split
exit 2
""")
    assert bank("split", "-o", "data/parts") == snapshot("""\
! error: no rule of a split is known here: how large shall the parts be?
! hint: say it: --train 0.8 --validation 0.1 --test 0.1
exit 2
""")
    assert bank("split", "--train", "0.8", "--test", "0.1", "-o", "data/parts") == snapshot("""\
! error: the shares add up to 0.9, not to 1 (train 0.8 + test 0.1)
! hint: for example: --train 0.8 --validation 0.1 --test 0.1
exit 2
""")
    assert bank("split", "--train", "1", "--test", "0", "-o", "data/parts") == snapshot("""\
! error: the share of 'test' is 0; it must be above 0 and below 1
! hint: leave a part out that shall have no records; else for example: --train 0.8 --validation 0.1 --test 0.1
exit 2
""")
    assert bank("split", "--share", "dev", "-o", "data/parts") == snapshot("""\
! error: 'dev' is not the share of a part
! hint: write it like --share dev=0.1
exit 2
""")
    assert bank("split", *RULE, "--stratify", "lable", "-o", "data/parts") == snapshot("""\
! error: no record has the field 'lable' (the first one has: id, label, who)
! hint: --stratify id
exit 2
""")
    assert bank("split", *RULE, "-o", "data/bank.jsonl") == snapshot("""\
! error: 'data/bank.jsonl' is a file; the parts need a folder
! hint: name a new one: -o data/bank_split
exit 2
""")


def test_for_a_script(bank: Shell) -> None:
    told = [json.loads(line) for line in bank("split", *RULE, "-o", "data/parts", "--json").splitlines()]
    assert [each["type"] for each in told] == ["part", "part", "part", "split"]
    assert [each["records"] for each in told] == [48, 6, 6, 60]
    assert told[-1]["rule"]["shares"] == {"train": 0.8, "validation": 0.1, "test": 0.1}


def test_outside_a_repository(shell: Shell, tmp_path: Path) -> None:
    write_records("a.jsonl", *({"id": number} for number in range(20)))
    assert shell("split", "a.jsonl", "--train", "0.8", "--test", "0.2", "-o", "out") == snapshot("""\
part   records  share  wanted  new
train       16  80.0%   80.0%   16
test         4  20.0%   20.0%    4

held together: nothing needed it
written:       out/train.jsonl, out/test.jsonl
""")
    assert sorted(path.name for path in (tmp_path / "work" / "out").iterdir()) == ["test.jsonl", "train.jsonl"]
    assert shell("split", "a.jsonl", "--train", "0.8", "--test", "0.2", "-o", "out") == snapshot("""\
! error: 'out' exists already
! hint: name a new folder: -o out_new
exit 5
""")
    assert shell("split", "a.jsonl", "--train", "0.8", "--test", "0.2") == snapshot("""\
! error: 'a.jsonl' is in no repository; its parts need a new folder
! hint: name one: -o a_split
exit 2
""")


def test_a_test_set_that_is_given(bank: Shell) -> None:
    write_records("bench.jsonl", {"id": 7, "label": "费用", "who": "客户3"})
    assert bank("validate", "bank", "--only", "leakage", "--against", "bench.jsonl") == snapshot("""\
E leakage  1  a record is (nearly) the same as one of a given test set, or asks the same
    row 8  the same record as row 1 of 'bench.jsonl'
    fix: leave it out of what is trained on

data/bank.jsonl: 60 records, 1 error, 0 warnings in 1 rule
hint: what it means: dsvc validate --rule leakage
exit 1
""")


def test_a_file_without_records(shell: Shell) -> None:
    shell("init")
    Path("empty.jsonl").write_text("")
    assert shell("split", "empty.jsonl", *RULE, "-o", "parts") == (
        "! error: there is no record to put on a side\n! hint: see what the files have: dsvc status\nexit 3\n"
    )
    assert not Path("parts").exists()
