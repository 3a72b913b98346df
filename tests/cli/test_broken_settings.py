"""Settings that cannot be read: those who need none work and say so; those who need them refuse."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from inline_snapshot import snapshot

from tests.cli.conftest import write_records

if TYPE_CHECKING:
    from tests.cli.conftest import Shell

WARNING = """\
! warning: cannot read 'dsvc.toml:2': expected '=' after a key in a key/value pair, column 10
! hint: mend line 2 of 'dsvc.toml'; until then commit, import, adopt, rollback and validate refuse
"""


@pytest.fixture
def broken(shell: Shell) -> Shell:
    """A repository with a dataset, an edit of it, and an unfinished line in its settings."""
    shell("init")
    write_records("data/问答.jsonl", {"q": "为什么?"}, {"q": "how?"})
    shell("commit", "data/问答.jsonl", "--source", "手册", "-m", "first")
    write_records("data/问答.jsonl", {"q": "为什么?"}, {"q": "how so?"})
    shell("commit", "-m", "second")
    write_records("data/问答.jsonl", {"q": "为什么?"}, {"q": "how is that?"})
    Path("dsvc.toml").write_text("tags = 'all'\nvalidate true\n", "utf-8")
    return shell


def picture(shell: Shell) -> tuple[bytes, str, str, str, str]:
    """The working file, all tags (also of edits that were saved), what was done, and what is told."""
    tags = subprocess.check_output(["git", "tag"], text=True)
    return Path("data/问答.jsonl").read_bytes(), tags, shell("undo", "--list"), shell("log"), shell("status")


@pytest.mark.parametrize(
    "command",
    [
        ("status",),
        ("log",),
        ("log", "--record", "1"),
        ("diff",),
        ("diff", "v1.0", "data/问答.jsonl"),
        ("show", "v1.0"),
        ("cat", "v1.0"),
        ("describe",),
        ("blame",),
        ("identify", "data/问答.jsonl"),
        ("restore", "--all"),
        ("checkout", "v1.0", "--force"),
        ("undo", "--list"),
    ],
)
def test_what_needs_no_setting_works_and_warns_once(broken: Shell, command: tuple[str, ...]) -> None:
    told = broken(*command)
    assert told.count("warning:") == 1
    assert WARNING in told
    assert "error:" not in told
    assert "exit" not in told


@pytest.mark.parametrize(
    "command",
    [
        ("commit", "-m", "why"),
        ("validate",),
        ("validate", "--gate"),
        ("rollback", "v1.0", "--force"),
        ("import", "not-there.jsonl", "--as", "data/new.jsonl", "--source", "x", "-m", "why"),
        ("import", "not-there.json", "--into", "问答", "--update", "-m", "why"),
        ("adopt", "data/not-there.jsonl", "--source", "x"),
    ],
)
def test_what_needs_them_refuses_and_changes_nothing(broken: Shell, command: tuple[str, ...]) -> None:
    before = picture(broken)
    assert broken(*command) == snapshot("""\
! error: cannot read 'dsvc.toml:2': expected '=' after a key in a key/value pair, column 10
! hint: mend line 2 of 'dsvc.toml'
exit 2
""")
    assert picture(broken) == before


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"tags = 'all'\n[gates\n", "'dsvc.toml:2': expected ']' at the end of a table declaration, column 7"),
        (b"tags = [1, \n\n", "'dsvc.toml:1': invalid value, column 12"),
        ("# 设置\ntags = '全".encode() + b"\xff'\n", "'dsvc.toml:2': byte 0xff is not UTF-8, column 10"),
    ],
)
def test_the_place_is_told(broken: Shell, content: bytes, told: str) -> None:
    Path("dsvc.toml").write_bytes(content)
    assert f"! warning: cannot read {told}\n" in broken("status")


def test_a_wrong_value_and_a_project_file(broken: Shell) -> None:
    Path("dsvc.toml").write_text("tags = 'some'\n", "utf-8")
    assert "! warning: 'dsvc.toml:1' has a wrong setting: 'tags' is 'some'" in broken("status")
    Path("dsvc.toml").unlink()
    Path("pyproject.toml").write_text("[tool.dsvc]\ntags = \n", "utf-8")
    assert "! warning: cannot read 'pyproject.toml:2': invalid value, column 8" in broken("log")
    assert "! error: cannot read 'pyproject.toml:2'" in broken("commit", "-m", "why")
    Path("pyproject.toml").write_text("[tool.other]\nbroken = \n", "utf-8")
    assert "warning" not in broken("status")
