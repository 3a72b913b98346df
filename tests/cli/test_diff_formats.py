"""``dsvc diff`` of files that are no JSONL: their records are compared, not their lines."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from inline_snapshot import snapshot

from tests.cli.conftest import QUESTIONS, write_records

if TYPE_CHECKING:
    import pytest

    from tests.cli.conftest import Shell

CORRECTED = ({**QUESTIONS[0], "output": "转入可疑类贷款，停止计息。"}, *QUESTIONS[1:])


def write_json(path: str, *records: object, indent: int | None = 2) -> None:
    Path(path).write_text(json.dumps(records, ensure_ascii=False, indent=indent), encoding="utf-8")


def test_two_arrays_outside_any_repository(shell: Shell) -> None:
    write_json("old.json", *QUESTIONS)
    write_json("new.json", *CORRECTED, indent=None)
    assert shell("diff", "old.json", "new.json") == snapshot("""\
old.json .. new.json
  both read as a JSON array
  ~ 1 modified
  lines +1 -1   bytes +105 B -102 B
  fields: output 1
  text of the changed records: 24 -> 25 characters on average

~ 1  {"instruction": "逾期90天以上怎么处理？", "output": "转入可疑类贷款，停止计息。"}
      ~ output  转入[-不良-]{+可疑类+}贷款，停止计息。
""")
    first = json.loads(shell("diff", "old.json", "new.json", "--json").splitlines()[0])
    assert (first["old_read_as"], first["new_read_as"]) == ("json", "json")


def test_tables(shell: Shell) -> None:
    Path("old.csv").write_text('id,text\n1,"two\nlines"\n2,b\n', encoding="utf-8")
    Path("new.tsv").write_text('id\ttext\n2\tb\n1\t"two\nrows"\n', encoding="utf-8")
    assert shell("diff", "old.csv", "new.tsv", "--key", "id", "--stat") == snapshot("""\
old.csv .. new.tsv
  the old one read as CSV, the new one read as TSV
  ~ 1 modified   > 1 moved
  lines +1 -1   bytes +33 B -34 B
  fields: text 1
  text of the changed records: 10 -> 9 characters on average
""")


def test_a_version_and_an_array(bank: Shell) -> None:
    write_json("new.json", *CORRECTED)
    assert bank("diff", "bank@v1.0", "new.json", "--stat") == snapshot("""\
bank@v1.0 .. new.json
  the new one read as a JSON array
  ~ 1 modified
  lines +1 -1   bytes +105 B -102 B
  fields: output 1
  text of the changed records: 24 -> 25 characters on average
""")
    assert "the old one read as a JSON array\n  ~ 1 modified" in bank("diff", "new.json", "bank", "--stat")


def test_what_import_refuses_is_refused_alike(bank: Shell) -> None:
    write_json("good.json", *QUESTIONS)
    Path("cut.json").write_text('[{"a": 1},\n {"b" 2}]', encoding="utf-8")
    Path("short.csv").write_text("a,b\n1,2\n3\n", encoding="utf-8")
    Path("open.json").write_text('{\n  "a": 1\n', encoding="utf-8")
    for name in ("cut.json", "short.csv", "open.json"):
        refused = bank("diff", "good.json", name)
        assert refused == bank("diff", "bank@v1.0", name)
        assert refused == bank("import", name, "--as", "bank", "--source", "x", "--force")
    assert bank("diff", "good.json", "cut.json") == snapshot("""\
! error: cannot read 'cut.json:2': expecting ':' delimiter, column 7
! hint: the file may be cut off or damaged; get it again, or mend it there
exit 4
""")
    Path("notes.txt").write_text("to do\n", encoding="utf-8")
    assert bank("diff", "good.json", "notes.txt") == snapshot("""\
! error: cannot tell the format of 'notes.txt'
! hint: name tables so that their names tell: FILE.csv, FILE.tsv (docs/import.md: all that is read)
exit 4
""")


def test_jsonl_under_another_name_is_jsonl(shell: Shell) -> None:
    write_records("old.json", *QUESTIONS)
    write_records("new.jsonl", *QUESTIONS)
    Path("empty.txt").touch()
    assert shell("diff", "old.json", "new.jsonl") == "old.json .. new.jsonl\nno differences\n"
    assert "+ 3 added" in shell("diff", "empty.txt", "new.jsonl", "--stat")


def test_nothing_is_left_behind(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    write_json("old.json", *QUESTIONS)
    Path("cut.json").write_text('[{"a": 1}', encoding="utf-8")
    shell("diff", "old.json", "old.json")
    shell("diff", "old.json", "cut.json")
    assert not [*(tmp_path / "temporary").iterdir()]
