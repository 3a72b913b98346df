"""A dataset's life, as typed."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from inline_snapshot import snapshot

from tests.cli.conftest import QUESTIONS, Shell, write_records

if TYPE_CHECKING:
    import pytest


def test_first_version(shell: Shell) -> None:
    assert shell("init") == snapshot("""\
made a git repository in '<tmp>/work'
made a DVC repository (.dvc/.gitignore, .dvc/config, .dvcignore)
wrote '.dsvc/.gitattributes'
wrote '.dsvc/rebuild.py'
made the git hook 'post-checkout', which keeps unedited files in step
made the git hook 'post-merge', which keeps unedited files in step
""")
    write_records("data/bank.jsonl", *QUESTIONS)
    assert shell("status") == snapshot(
        'no dataset yet; track one: dsvc commit FILE.jsonl --source "where it comes from" -m "first version"\n'
    )
    assert shell("commit", "data/bank.jsonl", "-m", "first version") == snapshot("""\
! error: 3 added records of 'bank' need a source
! hint: say where they come from: --source 'bank manual 2025' (or --source-field FIELD)
exit 2
""")
    assert shell(
        "commit", "data/bank.jsonl", "--source", "bank manual 2025", "--license", "CC-BY-4.0", "-m", "first version"
    ) == snapshot("""\
bank@v1.0  +3  (3 records)
source:     bank manual 2025
annotators: Ann Otter
stored:     304 B of records
! added '/bank.jsonl' to 'data/.gitignore': the data is kept by dsvc, not by git
""")
    assert shell("status") == snapshot("""\
bank  data/bank.jsonl  v1.0
  unchanged since v1.0
""")
    assert shell("log") == snapshot("""\
*  v1.0 (HEAD)  +3  first version
   2025-03-01 09:02 · Ann Otter · from bank manual 2025 (CC-BY-4.0) · 3 records
""")


def test_edit_look_commit(edited: Shell) -> None:
    assert edited("status") == snapshot("""\
bank  data/bank.jsonl  v1.0
  ~ changed  data/bank.jsonl  lines +2 -2
  hint: see what changed: dsvc diff bank · keep it: dsvc commit bank · undo it: dsvc restore bank
""")
    assert edited("diff") == snapshot("""\
bank@v1.0 .. data/bank.jsonl
  + 1 added   - 1 removed   ~ 1 modified
  lines +2 -2   bytes +199 B -204 B
  fields: output 1
  text of the changed records: 24 -> 22 characters on average

~ 1  {"instruction": "逾期90天以上怎么处理？", "output": "转入可疑类贷款，停止计息。"}
      ~ output  转入[-不良-]{+可疑类+}贷款，停止计息。
- 3  {"instruction": "信用卡的免息期有多长？", "output": "最长50天，从账单日算起。"}
+ 3  {"instruction": "如何提前还款？", "output": "在手机银行申请，当天生效。"}
""")
    assert edited("describe") == snapshot("bank@v1.0+1-1~1 <id>\n")
    assert edited(
        "commit",
        "-m",
        "correct the class of overdue loans",
        "--annotator",
        "a1",
        "--dry-run",
        "--source",
        "call centre",
    ) == snapshot("""\
would be bank@v1.1  +1 -1 ~1  (3 records)
source:     call centre
annotators: a1
stored:     199 B of records
""")
    assert edited(
        "commit", "-m", "correct the class of overdue loans", "--annotator", "a1", "--annotator", "qwen3:model",
        "--source", "call centre",
    ) == snapshot("""\
bank@v1.1  +1 -1 ~1  (3 records)
source:     call centre
annotators: a1, qwen3 (model)
stored:     199 B of records
""")  # fmt: skip
    assert edited("log") == snapshot("""\
*  v1.1 (HEAD)  +1 -1 ~1  correct the class of overdue loans
|  2025-03-01 09:04 · a1, qwen3 (model) · from call centre · 3 records
*  v1.0  +3  first version
   2025-03-01 09:01 · Ann Otter · from bank manual 2025 (CC-BY-4.0) · 3 records
""")
    assert edited("show") == snapshot("""\
version bank@v1.1
id          <id>
parents     v1.0
kind        commit
authored    2025-03-01 09:04  Ann Otter <ann@example.com>
annotators  a1, qwen3 (model)
records     3 in 1 file, 299 B
changes     +1 -1 ~1

    correct the class of overdue loans

files
    data/bank.jsonl  3 records, 299 B

sources
    bank manual 2025  licence CC-BY-4.0
    call centre  licence unknown  1 record taken
""")
    assert edited("show", "v1.0", "--record", "1") == snapshot("""\
bank@v1.0  row 1  data/bank.jsonl:1
id <id>
{
  "instruction": "逾期90天以上怎么处理？",
  "output": "转入不良贷款，停止计息。"
}
""")
    assert edited("describe") == snapshot("bank@v1.1 <id>\n")


def test_nothing_to_commit(bank: Shell) -> None:
    assert bank("commit", "-m", "again") == snapshot("""\
! error: nothing to commit: 'data/bank.jsonl' is as in v1.0
! hint: dsvc status
exit 3
""")


def test_ways_back(edited: Shell) -> None:
    mine = Path("data/bank.jsonl").read_bytes()
    assert edited("checkout", "v1.0") == snapshot("""\
! error: 'data/bank.jsonl' was edited since v1.0; checkout bank@v1.0 would overwrite that
! hint: commit the edits first, or let dsvc save them and go on: dsvc checkout bank@v1.0 --force
exit 5
""")
    assert Path("data/bank.jsonl").read_bytes() == mine
    edited("commit", "-m", "more", "--source", "call centre")
    assert edited("checkout", "data/bank.jsonl", "v1.0") == snapshot("""\
file:     'data/bank.jsonl' now has v1.0
history:  unchanged
HEAD:     stays at v1.1
to make v1.0 the newest version again: dsvc rollback bank@v1.0
""")
    assert edited("status") == snapshot("""\
bank  data/bank.jsonl  v1.0
  unchanged since v1.0
  ! the file was written from v1.0, but HEAD has v1.1
  hint: bring the file to v1.1: dsvc restore bank · make v1.0 the newest again: dsvc rollback bank@v1.0
""")
    assert edited("restore") == snapshot("""\
file:     'data/bank.jsonl' is back to v1.1
history:  unchanged
HEAD:     stays at v1.1
""")
    assert edited("rollback", "bank@v1.0", "-m", "v1.1 made the model worse") == snapshot("""\
file:     'data/bank.jsonl' has the content of v1.0
history:  v1.2 was added (v1.1 is still there)
HEAD:     is at v1.2
""")
    assert edited("log") == snapshot("""\
*  v1.2 (HEAD)  +1 -1 ~1  v1.1 made the model worse
|  2025-03-01 09:07 · Ann Otter · rollback · 3 records
*  v1.1  +1 -1 ~1  more
|  2025-03-01 09:03 · Ann Otter · from call centre · 3 records
*  v1.0  +3  first version
   2025-03-01 09:01 · Ann Otter · from bank manual 2025 (CC-BY-4.0) · 3 records
""")
    assert edited("undo") == snapshot("""\
file:     'data/bank.jsonl' is as it was before
history:  v1.2 was taken out
HEAD:     is where it was before
saved:    as 'dsvc-keep/bank/v1.2-<id>'; to get it back: dsvc checkout bank@dsvc-keep/bank/v1.2-<id>
undid: rollback v1.2: v1.1 made the model worse
""")
    assert edited("undo", "--list") == snapshot("""\
2025-03-01 09:08  rollback bank  v1.2: v1.1 made the model worse  (undone)
2025-03-01 09:06  restore bank  v1.1  (can be undone)
2025-03-01 09:05  checkout bank  v1.0  (a later operation must be undone first)
2025-03-01 09:04  commit bank  v1.1: more  (a later operation must be undone first)
2025-03-01 09:02  commit bank  v1.0: first version  (a later operation must be undone first)
""")
    assert Path("data/bank.jsonl").read_bytes() == mine


def test_edits_survive_a_restore(edited: Shell) -> None:
    mine = Path("data/bank.jsonl").read_bytes()
    assert edited("restore") == snapshot("""\
file:     'data/bank.jsonl' is back to v1.0
history:  unchanged
HEAD:     stays at v1.0
saved:    as 'dsvc-keep/bank/20250301T090500-<id>'; to get it back: dsvc undo
""")
    assert Path("data/bank.jsonl").read_bytes() != mine
    edited("undo")
    assert Path("data/bank.jsonl").read_bytes() == mine


def test_names_for_versions(edited: Shell) -> None:
    edited("commit", "-m", "more", "--source", "call centre")
    assert edited("tag", "v1.0", "pilot", "-m", "what the pilot saw") == snapshot("tagged bank@v1.0 as 'bank_pilot'\n")
    assert edited("tag") == snapshot("bank_pilot  bank@v1.0\n")
    assert edited("log") == snapshot("""\
*  v1.1 (HEAD)  +1 -1 ~1  more
|  2025-03-01 09:03 · Ann Otter · from call centre · 3 records
*  v1.0 (tag bank_pilot)  +3  first version
   2025-03-01 09:01 · Ann Otter · from bank manual 2025 (CC-BY-4.0) · 3 records
""")
    assert edited("tag", "v1.0") == snapshot("""\
! error: what should 'v1.0' be called?
! hint: dsvc tag v1.0 NAME
exit 2
""")
    assert edited("tag", "HEAD~1", "first") == "tagged bank@v1.0 as 'bank_first'\n"


def test_formatting_comes_back(bank: Shell) -> None:
    committed = Path("data/bank.jsonl").read_bytes()
    Path("data/bank.jsonl").write_bytes(committed.replace(b'": "', b'":"'))
    assert bank("diff") == snapshot("""\
bank@v1.0 .. data/bank.jsonl
  = 3 reformatted
  lines +3 -3   bytes +298 B -304 B

= 1-3  3 records, same value: spacing
""")
    assert bank("restore", "--formatting") == snapshot("""\
file:     3 records of 'data/bank.jsonl' have their old bytes again
history:  unchanged
HEAD:     unchanged
saved:    as 'dsvc-keep/bank/20250301T090500-<id>'; to get it back: dsvc undo
""")
    assert Path("data/bank.jsonl").read_bytes() == committed


def test_several_datasets(bank: Shell) -> None:
    write_records("data/qa/train.jsonl", {"q": "a"}, {"q": "b"})
    write_records("data/qa/test.jsonl", {"q": "c"})
    bank("commit", "data/qa", "--source", "wiki", "-m", "two splits")
    assert bank("log") == snapshot("""\
bank  data/bank.jsonl
*  v1.0 (HEAD)  +3  first version
   2025-03-01 09:01 · Ann Otter · from bank manual 2025 (CC-BY-4.0) · 3 records

qa  data/qa
*  v1.0 (HEAD)  +3  two splits
   2025-03-01 09:03 · Ann Otter · from wiki · 3 records
""")
    assert bank("status") == snapshot("""\
bank  data/bank.jsonl  v1.0
  unchanged since v1.0
qa  data/qa  v1.0
  unchanged since v1.0
""")
    assert bank("diff") == snapshot("no differences\n")
    write_records("data/qa/train.jsonl", {"q": "a"})
    write_records("data/qa/test.jsonl", {"q": "c"}, {"q": "b"})
    assert bank("diff", "qa") == snapshot("""\
qa@v1.0 .. data/qa
  > 1 moved

> data/qa/train.jsonl:2 -> data/qa/test.jsonl:2  1 record moved: {"q": "b"}
""")
    assert bank("show", "data/qa").splitlines()[0] == "version qa@v1.0"
    assert [line.split()[0] for line in bank("status").splitlines()] == ["bank", "unchanged", "qa", "~", "~", "hint:"]


def test_the_file_follows_git(edited: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    edited("commit", "-m", "more", "--source", "call centre")
    monkeypatch.setenv("PATH", "/usr/bin:/bin")  # git's hook finds no dsvc here: it is called by hand
    subprocess.run(["git", "checkout", "-q", "HEAD~1"], check=True, capture_output=True)
    assert edited("status") == snapshot("""\
bank  data/bank.jsonl  v1.1
  unchanged since v1.1
  ! the file was written from v1.1, but HEAD has v1.0
  hint: bring the file to v1.0: dsvc restore bank · make v1.1 the newest again: dsvc rollback bank@v1.1
""")
    assert edited("hook", "post-checkout", "old", "new", "1") == snapshot("! dsvc: 'data/bank.jsonl' now has v1.0\n")
    assert edited("status") == snapshot("""\
bank  data/bank.jsonl  v1.0
  unchanged since v1.0
""")
    assert edited("install") == snapshot("the hooks are there already\n")
