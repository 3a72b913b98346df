"""Blame and the history of a record, on both pairs of stores."""

from __future__ import annotations

import json
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from dsvc.errors import NotFoundError, UsageError
from dsvc.origin import Annotator
from dsvc.repository.versions import Versions
from tests.repository.lab import FILE, Lab, lines, numbered

if TYPE_CHECKING:
    from pathlib import Path

    from dsvc.blame import Attribution, BlamedRecord, RecordStep

QUESTION = {"问": "逾期九十天以上的贷款怎么处理？", "答": "转入不良贷款，停止计息。", "label": "overdue"}
OTHER = {"问": "信用卡的免息期有多长？", "答": "最长五十天，从账单日算起。", "label": "billing"}


def called(attribution: Attribution | None) -> str:
    if attribution is None:
        return "-"
    if not attribution.committed:
        return "now"
    return attribution.entry.number if attribution.entry is not None else "unknown"


def blamed(lab: Lab, revision: str | None = None, *, field: str | None = None) -> list[str]:
    """The version of each record."""
    blocks = lab.repo.blame(revision).blocks(field=field)
    return [called(block.attribution) for block in blocks for _ in range(block.records)]


def parts(record: BlamedRecord) -> dict[str, str]:
    return {part.path: called(part.attribution) for part in record.parts}


def told(steps: list[RecordStep]) -> list[tuple[str, str]]:
    return [(step.kind, called(step.attribution)) for step in steps]


def history(lab: Lab, row: int, revision: str | None = None) -> list[tuple[str, str]]:
    return told(list(lab.repo.record_history(revision, row)))


def rewritten(content: bytes) -> bytes:
    """As a script writes it anew."""
    return b"".join(json.dumps(json.loads(line)).encode() + b"\n" for line in content.splitlines())


def test_records_have_the_version_source_and_annotators_that_they_came_with(lab: Lab) -> None:
    qwen = Annotator("qwen3", "model")
    lab.save(numbered(1, 2, 3), source="银行手册")
    lab.save(numbered(1, 2, 3, 4), source="模型生成", annotators=(qwen,), reason="more")
    first, second = lab.repo.blame("medical@HEAD").blocks()
    assert (first.file, first.row, first.line, first.records) == (FILE, 1, 1, 3)
    assert (second.row, second.records) == (4, 1)
    assert first.attribution is not None
    assert second.attribution is not None
    assert (called(first.attribution), first.attribution.source) == ("v1.0", "银行手册")
    assert (second.attribution.source, second.attribution.annotators) == ("模型生成", (qwen,))
    assert second.attribution.entry is not None
    assert second.attribution.entry.reason == "more"


def test_what_is_not_committed_yet(lab: Lab) -> None:
    lab.save(lines(QUESTION, OTHER))
    edited = {**QUESTION, "答": "转入可疑类贷款，停止计息。"}
    lab.write(lines(edited, OTHER, {"问": "新问题"}))
    assert blamed(lab) == ["now", "v1.0", "now"]
    assert blamed(lab, "medical@HEAD") == ["v1.0", "v1.0"]
    assert [parts(record) for record in lab.repo.blame().records()] == [
        {"问": "v1.0", "答": "now", "label": "v1.0"},
        {"$": "v1.0"},
        {"$": "now"},
    ]
    assert history(lab, 1) == [("modified", "now"), ("added", "v1.0")]
    assert history(lab, 3) == [("added", "now")]


def test_rewriting_moving_and_sorting_are_looked_through(lab: Lab) -> None:
    lab.versions(numbered(1, 2, 3), numbered(1, 2, 3, 4))
    lab.save(rewritten(numbered(4, 3, 2, 1)))
    lab.save(rewritten(numbered(1, 4, 2, 3)))
    assert blamed(lab, "v1.3") == ["v1.0", "v1.1", "v1.0", "v1.0"]
    lab.write(numbered(3, 4))  # in the old writing again, not committed
    assert blamed(lab) == ["v1.0", "v1.1"]
    assert history(lab, 1, "v1.3") == [("reformatted", "v1.2"), ("added", "v1.0")]
    assert history(lab, 2) == [("reformatted", "now"), ("reformatted", "v1.2"), ("added", "v1.1")]


def test_many_commits_whose_packs_were_put_together(lab: Lab) -> None:
    content = numbered(0)
    for number in range(1, 40):
        lab.save(content)
        content += numbered(number)
    lab.save(content)
    assert lab.repo.snapshot("medical@HEAD").layout.folds
    assert blamed(lab, "medical@HEAD") == [f"v1.{number}" for number in range(40)]
    assert history(lab, 7, "medical@HEAD") == [("added", "v1.6")]


def test_fields_through_edits_of_others(lab: Lab) -> None:
    talk = {
        "messages": [{"role": "user", "content": "你好"}, {"role": "assistant", "content": "您好，请讲。"}],
        "id": 1,
    }
    lab.save(lines(talk))
    system = {"role": "system", "content": "你是银行客服。"}
    lab.save(lines({**talk, "messages": [system, *talk["messages"]]}))  # type: ignore[misc]
    answer = {"role": "assistant", "content": "您好，请问有什么可以帮您？"}
    lab.save(lines({"messages": [system, talk["messages"][0], answer], "id": 1}))  # type: ignore[index]
    (record,) = lab.repo.blame("v1.2").records()
    assert called(record.attribution) == "v1.2"
    assert parts(record) == {
        "messages[0]": "v1.1",
        "messages[1]": "v1.0",
        "messages[2].role": "v1.0",
        "messages[2].content": "v1.2",
        "id": "v1.0",
    }
    fields = {"messages[1].content": "v1.0", "messages[2].content": "v1.2", "messages": "v1.2", "id": "v1.0", "x": "-"}
    assert {field: blamed(lab, "v1.2", field=field) for field in fields} == {f: [v] for f, v in fields.items()}
    with pytest.raises(UsageError, match="is not the path of a field"):
        blamed(lab, "v1.2", field="messages[")


def test_a_version_that_only_took_something_out_has_no_part(lab: Lab) -> None:
    lab.save(lines(QUESTION))
    lab.save(lines({key: value for key, value in QUESTION.items() if key != "label"}))
    (record,) = lab.repo.blame("v1.1").records()
    assert called(record.attribution) == "v1.1"
    assert parts(record) == {"问": "v1.0", "答": "v1.0"}


def test_a_rollback_brings_back_what_was_there(lab: Lab) -> None:
    lab.save(lines(QUESTION, OTHER))
    lab.save(lines({**QUESTION, "答": "转入可疑类贷款。"}))
    lab.repo.rollback("v1.0")
    assert blamed(lab, "v1.2") == ["v1.0", "v1.0"]
    (record, _) = lab.repo.blame("v1.2").records()
    assert parts(record) == {"$": "v1.0"}
    assert history(lab, 1, "v1.2") == [("modified", "v1.2"), ("modified", "v1.1"), ("added", "v1.0")]
    assert history(lab, 2, "v1.2") == [("added", "v1.2"), ("added", "v1.0")]


def test_a_rollback_to_a_version_that_was_undone(lab: Lab) -> None:
    lab.save(lines(QUESTION))
    edit = lab.save(lines({**QUESTION, "label": "late"})).manifest
    lab.repo.undo()
    lab.repo.rollback(f"medical@{edit.id}", force=True)
    (block,) = lab.repo.blame("medical@HEAD").blocks()
    assert block.attribution is not None
    assert block.attribution.version == edit.id
    (step, first) = lab.repo.record_history("medical@HEAD", 1)
    assert (step.kind, called(step.attribution)) == ("modified", lab.numbers()[0])
    assert (first.kind, called(first.attribution)) == ("added", "v1.0")


def test_a_key_finds_a_record_again_that_was_removed(lab: Lab) -> None:
    def known(number: int, text: str) -> dict[str, object]:
        return {"id": number, "问": text}

    lab.save(lines(known(1, "逾期"), known(2, "利率")), key=("id",))
    lab.save(lines(known(2, "利率")))
    lab.save(lines(known(3, "还款"), known(2, "利率")))
    lab.save(lines(known(2, "利率"), known(1, "完全不同的问题"), known(3, "还款")))
    steps = list(lab.repo.record_history("v1.3", 2))
    assert told(steps) == [("added", "v1.3"), ("removed", "v1.1"), ("added", "v1.0")]
    assert steps[1].record is None
    assert steps[1].before is not None
    assert steps[1].before.content == lines(known(1, "逾期")).strip()
    assert history(lab, 3, "v1.3") == [("added", "v1.2")]


def test_without_a_key_a_record_that_comes_again_is_a_new_one(lab: Lab) -> None:
    lab.versions(lines(QUESTION, OTHER), lines(OTHER), lines(OTHER, QUESTION))
    assert history(lab, 2, "v1.2") == [("added", "v1.2")]
    assert blamed(lab, "v1.2") == ["v1.0", "v1.2"]


def test_records_that_are_written_alike(lab: Lab) -> None:
    lab.save(lines(QUESTION, OTHER, QUESTION))
    lab.save(lines(QUESTION, OTHER, QUESTION, QUESTION, {**QUESTION, "label": "late"}))
    assert blamed(lab, "v1.1")[:3] == ["v1.0", "v1.0", "v1.0"]
    for row, copies in ((1, 2), (2, 0), (4, 2), (5, 0)):
        found = lab.repo.record_history("v1.1", row)
        assert found.copies() == copies
        assert told(list(found))[-1][0] == "added"


def test_rows_do_not_count_blank_lines(lab: Lab) -> None:
    lab.save(b"\n" + numbered(1) + b"\n\n" + numbered(2, 3))
    lab.save(b"\n" + numbered(1) + b"\n\n" + numbered(2, 4, 3))
    blocks = list(lab.repo.blame("v1.1").blocks())
    assert [(b.row, b.line, b.records, called(b.attribution)) for b in blocks] == [
        (1, 2, 2, "v1.0"),
        (3, 6, 1, "v1.1"),
        (4, 7, 1, "v1.0"),
    ]
    assert [(b.row, b.line) for b in lab.repo.blame("v1.1").blocks((3, 3))] == [(3, 6)]
    assert [(r.row, r.line) for r in lab.repo.blame("v1.1").records((2, 3))] == [(2, 5), (3, 6)]
    assert lab.repo.record_history("v1.1", 3).record.content == numbered(4).strip()


def test_a_last_line_that_loses_and_gets_its_line_end(lab: Lab) -> None:
    lab.save(numbered(1, 2))
    lab.save(numbered(1, 3))
    lab.save(numbered(1, 3).rstrip(b"\n"))
    lab.save(numbered(1, 3, 4))
    assert blamed(lab, "v1.3") == ["v1.0", "v1.1", "v1.3"]
    assert blamed(lab, "v1.2", field="id") == ["v1.0", "v1.1"]
    assert history(lab, 2, "v1.2") == [("modified", "v1.1"), ("added", "v1.0")]
    assert history(lab, 2, "v1.3")[-2:] == [("modified", "v1.1"), ("added", "v1.0")]


def test_a_folder_and_one_of_its_files(lab: Lab) -> None:
    lab.write(numbered(1, 2), "data/qa/train.jsonl")
    lab.write(numbered(3), "data/qa/test.jsonl")
    lab.keep("data/qa")
    lab.write(numbered(1), "data/qa/train.jsonl")
    lab.write(numbered(3, 2, 4), "data/qa/test.jsonl")
    lab.keep("data/qa")
    blocks = list(lab.repo.blame("qa@HEAD").blocks())
    assert [(b.file, b.row, b.records, called(b.attribution)) for b in blocks] == [
        ("data/qa/test.jsonl", 1, 2, "v1.0"),
        ("data/qa/test.jsonl", 3, 1, "v1.1"),
        ("data/qa/train.jsonl", 1, 1, "v1.0"),
    ]
    (only,) = lab.repo.blame("data/qa/train.jsonl").blocks()
    assert (only.file, only.row) == ("data/qa/train.jsonl", 1)
    assert history(lab, 2, "data/qa/test.jsonl") == [("added", "v1.0")]
    with pytest.raises(NotFoundError, match=r"no row 2: 'data/qa/train.jsonl' has 1 record$"):
        list(lab.repo.blame("data/qa/train.jsonl").blocks((2, 2)))


def test_what_there_is_no_blame_of(lab: Lab) -> None:
    with pytest.raises(NotFoundError, match="no dataset"):
        lab.repo.blame()
    lab.save(numbered(1, 2))
    lab.write(numbered(1), "data/other.jsonl")
    with pytest.raises(UsageError, match="is no dataset"):
        lab.repo.blame("data/other.jsonl")
    with pytest.raises(NotFoundError, match=r"no row 3"):
        lab.repo.record_history("medical@HEAD", 3)
    (lab.root / FILE).unlink()
    with pytest.raises(NotFoundError, match="there is no file"):
        lab.repo.blame()
    lab.save(b"", allow_findings="emptied on purpose")
    assert list(lab.repo.blame("medical@HEAD").blocks()) == []


def test_whole_records_open_only_versions_that_rewrote_some(
    lab: Lab,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    edited = numbered(1).replace("个".encode(), "道".encode())
    lab.versions(numbered(1, 2), numbered(1, 2, 3), numbered(1, 2, 3, 4), edited + numbered(2, 3, 4))
    opened: list[str] = []
    snapshot = Versions.snapshot

    def noted(self, dataset, entry, known=None):  # type: ignore[no-untyped-def]
        opened.append(entry.number)
        return snapshot(self, dataset, entry, known)

    monkeypatch.setattr(Versions, "snapshot", noted)
    assert blamed(lab, "v1.3") == ["v1.3", "v1.0", "v1.1", "v1.2"]
    assert opened == ["v1.3"]
    assert blamed(lab, "v1.3", field="id") == ["v1.0", "v1.0", "v1.1", "v1.2"]
    assert opened[1:] == ["v1.3", "v1.2"]


def test_a_field_is_looked_for_without_holding_all_records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lab = Lab.over("git", tmp_path / "work")
    monkeypatch.setattr("dsvc.blame.fields._BATCH", 64)
    content = lines(*({"id": number, "text": "x" * 2000} for number in range(4000)))
    lab.save(content)
    opened = lab.repo.blame("v1.0")
    assert len(list(opened.blocks((1, 1), field="id"))) == 1  # what is imported is imported now
    tracemalloc.start()
    try:
        (block,) = opened.blocks(field="id")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (block.records, called(block.attribution)) == (4000, "v1.0")
    assert peak < len(content) / 2
