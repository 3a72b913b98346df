"""``dsvc fix`` as it is typed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from inline_snapshot import snapshot

from dsvc.cli.diagnostics import run
from tests.repository.lab import FILE, Lab, lines

if TYPE_CHECKING:
    from pathlib import Path

BAD = b'{"q": "a"}\r\n' + lines({"q": " 逾期 "}, {"q": "逾期"}, {"q": ""})


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    made = Lab.over("git", tmp_path)
    made.save(BAD)
    monkeypatch.chdir(tmp_path)
    return made


def test_look_first_then_mend_then_look_again(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fix", "--dry-run"]) == 0
    assert capsys.readouterr().out == snapshot("""\
data/medical.jsonl
  line-ends    1 line  (row 1)
  empty        1 record  (row 4)
  white-space  1 record  (row 2)
  duplicates   1 record  (row 3)
nothing was changed; to mend it: dsvc fix medical
""")
    assert lab.read() == BAD
    assert run(["fix"]) == 0
    assert capsys.readouterr().out == snapshot("""\
data/medical.jsonl
  line-ends    1 line  (row 1)
  empty        1 record  (row 4)
  white-space  1 record  (row 2)
  duplicates   1 record  (row 3)
look: dsvc diff medical · keep: dsvc commit medical -m why · take back: dsvc undo
""")
    assert lab.read() == lines({"q": "a"}, {"q": "逾期"})
    assert run(["fix"]) == 0
    assert capsys.readouterr().out == "nothing to mend in medical\n"


@pytest.mark.usefixtures("lab")
def test_for_a_script(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fix", "--only", "duplicates", "--json"]) == 0
    (told,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert told == {
        "type": "repair",
        "format": "dsvc.fix/1",
        "file": FILE,
        "repair": "duplicates",
        "records": 0,
        "rows": [],
    }


def test_all_repairs_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fix", "--list"]) == 0
    told = capsys.readouterr().out
    assert all(f"\n{name} " in f"\n{told}" for name in ("line-ends", "white-space", "roles", "empty", "duplicates"))
    assert max(map(len, told.splitlines())) <= 100
