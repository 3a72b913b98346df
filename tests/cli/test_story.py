"""A dataset's life, as typed."""

from __future__ import annotations

from pathlib import Path

from inline_snapshot import snapshot

from tests.cli.conftest import QUESTIONS, Shell, write_records


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
! error: 3 added records need a source
! hint: say where they come from: --source 'bank manual 2025' (or --source-field FIELD)
exit 2
""")
    assert shell(
        "commit", "data/bank.jsonl", "--source", "bank manual 2025", "--license", "CC-BY-4.0", "-m", "first version"
    ) == snapshot("""\
! error: unexpected AttributeError: 'Context' object has no attribute 'reserve'
! hint: this is a fault in dsvc; run it again with DSVC_DEBUG=1 and report what it prints
exit 70
""")
    assert shell("status") == snapshot("""\
bank  data/bank.jsonl  v1.0
  unchanged since v1.0
""")
    assert shell("log") == snapshot("""\
*  v1.0 (HEAD)  +3  first version
   2025-03-01 09:02 · Ann Otter · from bank manual 2025 · 3 records
""")


def test_edit_look_commit(edited: Shell) -> None:
    assert edited("status") == snapshot("""\
bank  data/bank.jsonl  v1.0
  + new  data/bank.jsonl
  ! it is not known which version the file was written from
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
    assert edited("describe") == snapshot("""\
! error: it is not known which version 'data/bank.jsonl' was edited from
! hint: dsvc diff bank@HEAD
exit 3
""")
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
! error: unexpected AttributeError: 'Context' object has no attribute 'reserve'
! hint: this is a fault in dsvc; run it again with DSVC_DEBUG=1 and report what it prints
exit 70
""")
    assert edited(
        "commit", "-m", "correct the class of overdue loans", "--annotator", "a1", "--annotator", "qwen3:model",
        "--source", "call centre",
    ) == snapshot("""\
! error: unexpected AttributeError: 'Context' object has no attribute 'reserve'
! hint: this is a fault in dsvc; run it again with DSVC_DEBUG=1 and report what it prints
exit 70
""")  # fmt: skip
    assert edited("log") == snapshot("""\
*  v1.0 (HEAD)  +3  first version
   2025-03-01 09:01 · Ann Otter · from bank manual 2025 · 3 records
""")
    assert edited("show") == snapshot("""\
version bank@v1.0
id          <id>
kind        commit
authored    2025-03-01 09:01  Ann Otter <ann@example.com>
annotators  Ann Otter
records     3 in 1 file, 304 B
changes     +3

    first version

files
    data/bank.jsonl  3 records, 304 B

sources
    bank manual 2025  licence CC-BY-4.0  3 records taken
""")
    assert edited("show", "v1.0", "--record", "1") == snapshot("""\
bank@v1.0  row 1  data/bank.jsonl:1
id <id>
{
  "instruction": "逾期90天以上怎么处理？",
  "output": "转入不良贷款，停止计息。"
}
""")
    assert edited("describe") == snapshot("""\
! error: it is not known which version 'data/bank.jsonl' was edited from
! hint: dsvc diff bank@HEAD
exit 3
""")


def test_nothing_to_commit(bank: Shell) -> None:
    assert bank("commit", "-m", "again") == snapshot("""\
! error: unexpected AttributeError: 'Context' object has no attribute 'reserve'
! hint: this is a fault in dsvc; run it again with DSVC_DEBUG=1 and report what it prints
exit 70
""")


def test_ways_back(edited: Shell) -> None:
    mine = Path("data/bank.jsonl").read_bytes()
    assert edited("checkout", "v1.0") == snapshot("""\
! error: unexpected AttributeError: 'Context' object has no attribute 'reserve'
! hint: this is a fault in dsvc; run it again with DSVC_DEBUG=1 and report what it prints
exit 70
""")
    assert Path("data/bank.jsonl").read_bytes() == mine
    edited("commit", "-m", "more", "--source", "call centre")
    assert edited("checkout", "data/bank.jsonl", "v1.0") == snapshot("""\
! error: unexpected AttributeError: 'Context' object has no attribute 'reserve'
! hint: this is a fault in dsvc; run it again with DSVC_DEBUG=1 and report what it prints
exit 70
""")
    assert edited("status") == snapshot("""\
bank  data/bank.jsonl  v1.0
  + new  data/bank.jsonl
  ! it is not known which version the file was written from
""")
    assert edited("restore") == snapshot("""\
! error: unexpected AttributeError: 'Context' object has no attribute 'reserve'
! hint: this is a fault in dsvc; run it again with DSVC_DEBUG=1 and report what it prints
exit 70
""")
    assert edited("rollback", "bank@v1.0", "-m", "v1.1 made the model worse") == snapshot("""\
! error: unexpected AttributeError: 'Context' object has no attribute 'reserve'
! hint: this is a fault in dsvc; run it again with DSVC_DEBUG=1 and report what it prints
exit 70
""")
    assert edited("log") == snapshot("""\
*  v1.0 (HEAD)  +3  first version
   2025-03-01 09:01 · Ann Otter · from bank manual 2025 · 3 records
""")
    assert edited("undo") == snapshot("""\
! error: unexpected ImportError: cannot import name 'drop_empty_store' from 'dsvc.repository.recovery' (/work/main/dsvc/repository/recovery.py)
! hint: this is a fault in dsvc; run it again with DSVC_DEBUG=1 and report what it prints
exit 70
""")
    assert edited("undo", "--list") == snapshot("""\
! error: unexpected ImportError: cannot import name 'drop_empty_store' from 'dsvc.repository.recovery' (/work/main/dsvc/repository/recovery.py)
! hint: this is a fault in dsvc; run it again with DSVC_DEBUG=1 and report what it prints
exit 70
""")
    assert Path("data/bank.jsonl").read_bytes() == mine


def test_edits_survive_a_restore(edited: Shell) -> None:
    mine = Path("data/bank.jsonl").read_bytes()
    assert edited("restore") == snapshot("""\
! error: unexpected AttributeError: 'Context' object has no attribute 'reserve'
! hint: this is a fault in dsvc; run it again with DSVC_DEBUG=1 and report what it prints
exit 70
""")
    assert Path("data/bank.jsonl").read_bytes() != mine
    edited("undo")
    assert Path("data/bank.jsonl").read_bytes() == mine


def test_names_for_versions(edited: Shell) -> None:
    edited("commit", "-m", "more", "--source", "call centre")
    assert edited("tag", "v1.0", "pilot", "-m", "what the pilot saw") == snapshot("""\
! error: unexpected AttributeError: 'Context' object has no attribute 'reserve'
! hint: this is a fault in dsvc; run it again with DSVC_DEBUG=1 and report what it prints
exit 70
""")
    assert edited("tag") == snapshot('')
    assert edited("log") == snapshot("""\
*  v1.0 (HEAD)  +3  first version
   2025-03-01 09:01 · Ann Otter · from bank manual 2025 · 3 records
""")
    assert edited("tag", "v1.0") == snapshot("""\
! error: what should 'v1.0' be called?
! hint: dsvc tag v1.0 NAME
exit 2
""")


def test_formatting_comes_back(bank: Shell) -> None:
    committed = Path("data/bank.jsonl").read_bytes()
    Path("data/bank.jsonl").write_bytes(committed.replace(b'": "', b'":"'))
    assert bank("diff") == snapshot("""\
bank@v1.0 .. data/bank.jsonl
  = 3 reformatted
  lines +3 -3   bytes +298 B -304 B

= 1-3  3 records: same values, other spacing
""")
    assert bank("restore", "--formatting") == snapshot("""\
! error: unexpected AttributeError: 'Context' object has no attribute 'reserve'
! hint: this is a fault in dsvc; run it again with DSVC_DEBUG=1 and report what it prints
exit 70
""")
    assert Path("data/bank.jsonl").read_bytes() == committed


def test_several_datasets(bank: Shell) -> None:
    write_records("data/qa/train.jsonl", {"q": "a"}, {"q": "b"})
    write_records("data/qa/test.jsonl", {"q": "c"})
    bank("commit", "data/qa", "--source", "wiki", "-m", "two splits")
    assert bank("log") == snapshot("""\
*  v1.0 (HEAD)  +3  first version
   2025-03-01 09:01 · Ann Otter · from bank manual 2025 · 3 records
""")
    assert bank("status") == snapshot("""\
bank  data/bank.jsonl  v1.0
  unchanged since v1.0
""")
    assert bank("diff") == snapshot("""\
bank@v1.0 .. data/bank.jsonl
no differences
""")
    write_records("data/qa/train.jsonl", {"q": "a"})
    write_records("data/qa/test.jsonl", {"q": "c"}, {"q": "b"})
    assert bank("diff", "qa") == snapshot("""\
! error: 'bank' has no version 'qa' (last ones: v1.0)
! hint: dsvc log bank
exit 3
""")
    assert bank("show", "data/qa").splitlines()[0] == "version qa@v1.0"
    assert [line.split()[0] for line in bank("status").splitlines()] == ["bank", "unchanged", "qa", "~", "~", "hint:"]
