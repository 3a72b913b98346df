"""The log as a graph of versions."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from inline_snapshot import snapshot

from dsvc.manifest import Changes, Counts, LedgerEntry, Number, Person
from dsvc.origin import Annotator, LayoutId, VersionId
from dsvc.render.log_text import Graph, LogLine, log_lines
from dsvc.render.safe_text import cell_width
from dsvc.render.style import COLOURED


def version(number: int, *parents: int, reason: str = "why", **fields: object) -> LogLine:
    moment = datetime(2025, 3, 1, tzinfo=timezone.utc) + timedelta(days=number)
    entry = LedgerEntry(
        id=VersionId(f"{number:032x}"),
        number=Number(f"v1.{number}"),
        parents=tuple(VersionId(f"{parent:032x}") for parent in parents),
        kind="commit",
        authored_at=moment,
        author=Person(name="Ann"),
        recorded_at=moment,
        recorded_by=Person(name="Ann"),
        annotators=(Annotator("a1"), Annotator("qwen3", "model")),
        sources=("bank manual",),
        reason=reason,
        counts=Counts(files=1, lines=10, records=10, bytes=100),
        changes=Changes(added=12, removed=3, modified=40),
        dir="0" * 32 + ".dir",
        layout=LayoutId("0" * 32),
    )
    return LogLine(entry, **fields)  # type: ignore[arg-type]


def test_one_line_of_versions() -> None:
    lines = log_lines([version(1, 0, current=True, tags=("pilot",)), version(0, reason="first\n\nbody")])
    assert "\n".join(lines) == snapshot("""\
*  v1.1 (HEAD, tag pilot)  +12 -3 ~40  why
|  2025-03-02 00:00 · a1, qwen3 (model) · from bank manual · 10 records
*  v1.0  +12 -3 ~40  first
   2025-03-01 00:00 · a1, qwen3 (model) · from bank manual · 10 records\
""")


def test_a_merge() -> None:
    lines = log_lines([version(4, 3, 2), version(3, 1), version(2, 1), version(1, 0), version(0)])
    assert "\n".join(lines) == snapshot("""\
*  v1.4  +12 -3 ~40  why
|  2025-03-05 00:00 · a1, qwen3 (model) · from bank manual · 10 records
|\\
* |  v1.3  +12 -3 ~40  why
| |  2025-03-04 00:00 · a1, qwen3 (model) · from bank manual · 10 records
| *  v1.2  +12 -3 ~40  why
| |  2025-03-03 00:00 · a1, qwen3 (model) · from bank manual · 10 records
|/
*  v1.1  +12 -3 ~40  why
|  2025-03-02 00:00 · a1, qwen3 (model) · from bank manual · 10 records
*  v1.0  +12 -3 ~40  why
   2025-03-01 00:00 · a1, qwen3 (model) · from bank manual · 10 records\
""")


def test_two_branches_that_never_meet() -> None:
    assert "\n".join(log_lines([version(3, 1), version(2, 0), version(1), version(0)])) == snapshot("""\
*  v1.3  +12 -3 ~40  why
|  2025-03-04 00:00 · a1, qwen3 (model) · from bank manual · 10 records
| *  v1.2  +12 -3 ~40  why
| |  2025-03-03 00:00 · a1, qwen3 (model) · from bank manual · 10 records
* |  v1.1  +12 -3 ~40  why
  |  2025-03-02 00:00 · a1, qwen3 (model) · from bank manual · 10 records
 /
*  v1.0  +12 -3 ~40  why
   2025-03-01 00:00 · a1, qwen3 (model) · from bank manual · 10 records\
""")


def test_three_parents() -> None:
    graph = Graph()
    parents = {5: (4, 3, 2), 4: (1,), 3: (1,), 2: (1,), 1: ()}
    rows = [
        drawing
        for number, above in parents.items()
        for drawing, text in graph.rows(VersionId(str(number)), [VersionId(str(parent)) for parent in above])
        if text != 1
    ]
    assert "\n".join(rows) == snapshot("""\
*
|\\
|\\ |
* | |
| | *
| * |
| |/
|/
*\
""")


def test_a_long_reason_is_cut_to_the_width() -> None:
    lines = list(log_lines([version(0, reason="逾期九十天以上的貸款" * 20)], columns=60))
    assert all(cell_width(line) <= 60 for line in lines)
    assert lines[0].endswith("…")


def test_a_reason_cannot_act() -> None:
    text = "\n".join(log_lines([version(0, reason="\x1b[2J\u202ewipe [/INST]", tags=("\x1bt",))], style=COLOURED))
    assert "␛[2J⟨202E⟩wipe [/INST]" in text
    assert "\x1b[2J" not in text
