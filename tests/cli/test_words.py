"""Messages that say what is the matter, and hints that help."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dsvc.errors import storage_error
from tests.cli.conftest import QUESTIONS, write_records

if TYPE_CHECKING:
    from tests.cli.conftest import Shell


def test_an_empty_version(bank: Shell) -> None:
    Path("empty.jsonl").touch()
    told = bank("commit", "empty.jsonl", "-m", "begin")
    assert told.startswith("empty@v1.0  no records  (0 records)\n")
    assert "no records  begin" in bank("log", "empty")
    Path("other.jsonl").touch()
    assert bank("identify", "other.jsonl") == "empty@v1.0  byte for byte\n"


def test_who_may_write_is_asked_of_what_is_there(tmp_path: Path) -> None:
    denied = PermissionError(13, os.strerror(13), str(tmp_path / ".x.jsonl.tmp"))
    assert storage_error(denied).hint == f"see who may write there: ls -ld '{tmp_path}'"


def test_a_folder_that_is_a_link(bank: Shell, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    Path("linked").symlink_to(tmp_path / "elsewhere")
    write_records("linked/train.jsonl", *QUESTIONS)
    told = bank("commit", "linked", "--source", "x", "-m", "first")
    assert "hint: put the folder itself there: cp -rL '<tmp>/work/linked'" in told
    hint = told.partition("there: ")[2].partition("\n")[0].replace("<tmp>", str(tmp_path))
    assert os.system(hint) == 0
    assert "+3" in bank("commit", "linked", "--source", "x", "-m", "first")


def test_a_line_feed_in_a_name_stays_on_the_line(bank: Shell) -> None:
    write_records("q.jsonl", *QUESTIONS)
    told = bank("import", "q.jsonl", "--as", "a\nb", "--source", "x")
    assert [line[:9] for line in told.splitlines()] == ["! error: ", "! hint: -", "exit 2"]
    told = bank("import", "q.jsonl", "--as", "c", "--split", "x\ny", "--split", "x\ny", "--source", "x")
    assert "\n! y" not in told


def test_a_table_of_an_old_mac(bank: Shell) -> None:
    Path("mac.csv").write_bytes(b"a,b\r1,2\r3,4\r")
    assert bank("import", "mac.csv", "--as", "mac", "--source", "x") == (
        "! error: cannot read 'mac.csv:1': its lines end in a carriage return alone, as on old Macs\n"
        "! hint: give them line feeds: tr '\\r' '\\n' < OLD.csv > NEW.csv\nexit 4\n"
    )


@pytest.mark.parametrize("verb", [("import",), ("commit",)])
def test_one_bad_byte_among_text_in_utf_8(bank: Shell, verb: tuple[str, ...]) -> None:
    Path("q.jsonl").write_bytes('{"q": "逾期90天以上怎么处理？"}\n'.encode() * 20 + b'{"q": "caf\xe9"}\n')
    told = bank(*verb, "q.jsonl", "--source", "x", "-m", "first")
    assert "hint: the text around it is UTF-8: that one place was damaged" in told
