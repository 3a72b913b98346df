"""States, versions and records as text."""

from __future__ import annotations

from inline_snapshot import snapshot

from dsvc.record import parse
from dsvc.render.numbers import size
from dsvc.render.status_text import status_lines
from dsvc.render.version_text import pretty_record, version_lines
from dsvc.repository.datasets import Dataset
from dsvc.repository.results import DatasetStatus, FileStatus
from tests.render.test_log_text import version

POEMS = Dataset("poems", "data/poems", "folder")
OLD, NEW = version(0).entry, version(1, 0).entry


def status(**fields: object) -> str:
    state = {"dataset": POEMS, "head": NEW, "base": NEW, "files": (), **fields}
    return "\n".join(status_lines(DatasetStatus(**state)))  # type: ignore[arg-type]


def test_states() -> None:
    files = (
        FileStatus(path="data/poems/train.jsonl", state="changed", lines_added=1200, lines_removed=3),
        FileStatus(path="data/poems/test.jsonl", state="missing"),
        FileStatus(path="data/poems/\x1bnew.jsonl", state="new"),
        FileStatus(path="data/poems/same.jsonl", state="unchanged"),
    )
    assert status(files=files) == snapshot("""\
poems  data/poems  v1.1
  ~ changed  data/poems/train.jsonl  lines +1,200 -3
  - missing  data/poems/test.jsonl
  + new  data/poems/␛new.jsonl
  hint: see what changed: dsvc diff poems · keep it: dsvc commit poems · undo it: dsvc restore poems\
""")
    assert status(files=(files[1], files[1])) == snapshot("""\
poems  data/poems  v1.1
  - missing  data/poems/test.jsonl
  - missing  data/poems/test.jsonl
  hint: put it back: dsvc restore poems · it has another name now, or is not wanted any more: dsvc rm poems\
""")
    assert status(base=OLD, stale=True) == snapshot("""\
poems  data/poems  v1.0
  unchanged since v1.0
  ! the file was written from v1.0, but HEAD has v1.1
  hint: bring the file to v1.1: dsvc restore poems · make v1.0 the newest again: dsvc rollback poems@v1.0\
""")
    assert status(base=OLD, stale=True, files=files[:1], hint="dsvc update") == snapshot("""\
poems  data/poems  v1.0
  ~ changed  data/poems/train.jsonl  lines +1,200 -3
  ! the file was written from v1.0, but HEAD has v1.1
  hint: dsvc update\
""")
    assert status(base=None) == snapshot("""\
poems  data/poems  v1.1
  ! it is not known which version the file was written from\
""")
    assert status(head=None, base=None) == snapshot("poems  data/poems  no version yet")
    assert status(problem="'store.dvc' belongs to v1.0", hint="dsvc restore") == snapshot("""\
poems  data/poems  v1.1
  unchanged since v1.1
  ! 'store.dvc' belongs to v1.0
  hint: dsvc restore\
""")


def test_a_version_of_which_only_the_ledger_knows() -> None:
    assert "\n".join(version_lines("poems", NEW, None, parents=["v1.0"])) == snapshot("""\
version poems@v1.1
id          00000000000000000000000000000001
parents     v1.0
kind        commit
authored    2025-03-02 00:00  Ann
annotators  a1, qwen3 (model)
records     10 in 1 file, 100 B
changes     +12 -3 ~40

    why\
""")


def test_a_record_over_several_lines() -> None:
    value = parse(b'{"text": "a\\nb\\u001b[2J", "n": [1.50, {}], "deep": {"x": [], "y": {"z": null}}}')
    assert "\n".join(pretty_record(value)) == snapshot("""\
{
  "text": "a\\nb\\u001b[2J",
  "n": [
    1.50,
    {}
  ],
  "deep": {
    "x": [],
    "y": {
      "z": null
    }
  }
}\
""")


def test_sizes() -> None:
    assert [size(n) for n in (0, 999, 1000, 10_240, 803_000_000, 8_030_000)] == snapshot(
        ["0 B", "999 B", "1 kB", "10.2 kB", "803 MB", "8.03 MB"]
    )
