"""What goes wrong is told in one line, with the way out, and an exit status."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from inline_snapshot import snapshot

import dsvc
import dsvc.cli.diagnostics
from dsvc.cli.app import VERBS
from dsvc.cli.other_words import _WORDS
from tests.cli.conftest import Shell, write_records

if TYPE_CHECKING:
    from typing import NoReturn


def test_outside_of_a_repository(shell: Shell) -> None:
    assert shell("status") == snapshot("""\
! error: '<tmp>/work' is not in a git repository
! hint: dsvc init
exit 3
""")


def test_typing_errors(shell: Shell) -> None:
    assert shell("comit") == snapshot("""\
! error: there is no verb 'comit'; did you mean 'commit'?
! hint: dsvc --help
exit 2
""")
    assert shell("frobnicate") == snapshot("""\
! error: there is no verb 'frobnicate'
! hint: dsvc --help
exit 2
""")
    assert shell("pull") == snapshot("""\
! error: there is no verb 'pull': the history comes with git, the data when it is needed
! hint: git pull, then dsvc restore --all
exit 2
""")
    assert shell("ls") == snapshot("""\
! error: there is no verb 'ls'
! hint: the datasets: dsvc status · their versions: dsvc log
exit 2
""")
    assert shell("log", "--frob") == snapshot("""\
! error: no such option '--frob'
! hint: dsvc log --help
exit 2
""")
    assert shell("diff", "a", "b", "c") == snapshot("""\
! error: diff compares two things
! hint: dsvc diff OLD NEW
exit 2
""")
    assert shell("cat", "v1.0", "--range", "x:y") == snapshot("""\
! error: invalid value for '--range': 'x:y' is not a range of rows, like 10:20
! hint: dsvc cat --help
exit 2
""")
    assert shell("cat", "v1.0", "--range", "9:3") == snapshot("""\
! error: invalid value for '--range': '9:3' holds no rows; rows count from 1
! hint: dsvc cat --help
exit 2
""")
    assert shell("commit", "--annotator", ":model") == snapshot("""\
! error: invalid value for '--annotator': an annotator needs a name, like a1 or qwen3:model
! hint: dsvc commit --help
exit 2
""")
    assert shell("commit", "--annotator", "qwen:robot") == snapshot("""\
! error: invalid value for '--annotator': 'robot' is not person, model or script (if it is of the name: \
'qwen:robot:person')
! hint: dsvc commit --help
exit 2
""")
    assert shell("commit", "-dash.jsonl") == snapshot("""\
! error: no such option '-d'
! hint: if '-dash.jsonl' is a file: ./-dash.jsonl
exit 2
""")
    assert shell("export", "v1.0") == snapshot("""\
! error: which format?
! hint: add --to json|jsonl|csv|parquet (or a trainer: dsvc export --help)
exit 2
""")
    assert shell("checkout", "a", "b", "c") == snapshot("""\
! error: checkout takes a dataset and a version
! hint: dsvc checkout data/medical.jsonl v1.0
exit 2
""")
    assert shell("checkout") == snapshot("""\
! error: missing argument '[DATASET] REV'
! hint: dsvc checkout --help
exit 2
""")
    assert shell("-C", "nowhere", "status") == snapshot("""\
! error: invalid value for '-C': Directory 'nowhere' does not exist
! hint: dsvc --help
exit 2
""")


def test_no_terminal_no_questions(bank: Shell) -> None:
    write_records("data/bank.jsonl", {"instruction": "a", "output": "b"})
    assert bank("commit", "--source", "x") == snapshot("""\
! error: a version needs a reason
! hint: add it: dsvc commit bank -m "why"
exit 2
""")
    assert bank("commit", "--no-input", "-m", "why") == snapshot("""\
! error: 1 added record of 'bank' needs a source
! hint: say where they come from: --source 'bank manual 2025' (or --source-field FIELD)
exit 2
""")


def test_data_that_is_no_record(bank: Shell) -> None:
    Path("data/bank.jsonl").write_text('{"a": 1}\n{"a" 2}\n', encoding="utf-8")
    assert bank("commit", "-m", "why", "--source", "x") == snapshot("""\
! error: cannot read record at 'data/bank.jsonl:2': expecting ':' delimiter, column 6
! hint: mend the line (each line must be one complete JSON object) and try again
exit 4
""")


def test_versions_and_files_that_are_not_there(bank: Shell) -> None:
    assert bank("checkout", "v9.9") == snapshot("""\
! error: 'bank' has no version v9.9
! hint: dsvc log bank
exit 3
""")
    assert bank("diff", "v1.0", "nothing.jsonl") == snapshot("""\
! error: 'bank' has no version 'nothing.jsonl', and there is no file of that name (last ones: v1.0)
! hint: dsvc log bank
exit 3
""")
    assert bank("show", "--record", "99") == snapshot("""\
! error: there is no row 99: 'bank@v1.0' has 3 records
exit 3
""")
    assert bank("cat", "v1.0", "--file", "data/other.jsonl") == snapshot("""\
! error: 'bank@v1.0' has no file 'data/other.jsonl'
! hint: its files: data/bank.jsonl
exit 2
""")
    assert bank("status", "other") == snapshot("""\
! error: there is no dataset 'other' (datasets here: bank)
! hint: dsvc status
exit 3
""")


def test_hostile_names_reach_the_terminal_as_marks(bank: Shell) -> None:
    assert bank("checkout", "v1.0\x1b[2J\u202e") == snapshot("""\
! error: 'bank' has no version 'v1.0␛[2J⟨202E⟩' (last ones: v1.0)
! hint: dsvc log bank
exit 3
""")


def test_a_fault_of_ours(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object, **_options: object) -> NoReturn:
        raise RuntimeError("the sky is falling\nlow")

    monkeypatch.setattr(dsvc, "open", broken)
    assert shell("status") == snapshot("""\
! error: unexpected RuntimeError: the sky is falling
! hint: this is a fault in dsvc; run it again with DSVC_DEBUG=1 and report what it prints
exit 70
""")
    monkeypatch.setenv("DSVC_DEBUG", "1")
    assert "Traceback" in shell("status")


@pytest.mark.parametrize("error", [KeyboardInterrupt(), EOFError()])
def test_interrupted(shell: Shell, monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def interrupted(*_args: object, **_options: object) -> NoReturn:
        raise error

    monkeypatch.setattr(dsvc, "open", interrupted)
    assert shell("status") == "! interrupted\nexit 130\n"


def test_interrupted_during_the_imports(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(_arguments: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(dsvc.cli.diagnostics, "run", interrupted)
    with pytest.raises(SystemExit, match="130"):
        dsvc.cli.main()
    assert capsys.readouterr() == ("", "interrupted\n")


def test_a_file_that_may_not_be_read(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_args: object, **_options: object) -> NoReturn:
        raise PermissionError(13, "Permission denied", "data/bank.jsonl")

    monkeypatch.setattr(dsvc, "open", forbidden)
    assert shell("status") == snapshot("""\
! error: cannot use 'data/bank.jsonl': permission denied
exit 5
""")


def test_a_reader_that_has_enough(bank: Shell) -> None:
    write_records("data/big.jsonl", *({"n": number, "text": "x" * 1000} for number in range(2000)))
    command = f"{sys.executable} -c 'from dsvc.cli import main; main()' diff data/bank.jsonl data/big.jsonl"
    done = subprocess.run(
        ["bash", "-c", f"{command} | head -1; exit ${{PIPESTATUS[0]}}"],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(dsvc.__file__).parents[1])},
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "data/bank.jsonl .. data/big.jsonl\n", "")


def test_git_does_not_know_who_commits(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    shell("init")
    write_records("data/bank.jsonl", {"q": "a"})
    write_records("more.jsonl", {"q": "b"})
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)

    def picture() -> list[tuple[str, int]]:
        return sorted((str(path), path.lstat().st_mtime_ns) for path in Path().rglob("*") if path.is_file())

    before = picture()
    unknown = shell("commit", "data/bank.jsonl", "--source", "x", "-m", "why")
    assert unknown == snapshot("""\
! error: git does not know who you are: neither user.name nor user.email is configured
! hint: git config --global user.name 'Your Name' && git config --global user.email 'you@example.com'
! (without --global: for this repository only)
exit 5
""")
    assert shell("import", "more.jsonl", "--as", "data/new.jsonl", "--source", "x") == unknown
    assert [file for file, _ in set(picture()) - set(before)] == [".git/dsvc/lock"]
    subprocess.run(["git", "config", "user.name", "Ann"], check=True)
    assert shell("commit", "data/bank.jsonl", "--source", "x", "-m", "why") == snapshot("""\
! error: git does not know who you are: user.email is not configured
! hint: git config --global user.email 'you@example.com'
! (without --global: for this repository only)
exit 5
""")
    subprocess.run(["git", "config", "user.email", "ann@example.com"], check=True)
    assert shell("commit", "data/bank.jsonl", "--source", "x", "-m", "why").startswith("bank@v1.0")


def test_every_verb_that_words_of_other_tools_lead_to_is_there() -> None:
    ways = " · ".join(way for _, way in _WORDS.values())
    named = {word for word in re.findall(r"dsvc (\w+)", ways) if word.islower()}
    verbs = {verb for section in VERBS.values() for verb in section}
    assert named <= verbs
    assert not verbs & _WORDS.keys()
