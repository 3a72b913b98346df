"""What an export plans is what it writes: files, losses, refusals."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

import dsvc
from dsvc.errors import DsvcError, NotFoundError, ProtectedError, UsageError
from dsvc.exporters.registry import ANNOTATION_TOOLS, FILES, FORMATS, TRAINERS
from tests.repository.lab import Lab, lines

if TYPE_CHECKING:
    from pathlib import Path

QA = (
    {"instruction": "怎么还款？", "input": "", "output": "在手机银行。", "topic": "pay"},
    {"instruction": "And a PIN?", "input": "lost", "output": "In the app.", "topic": "pin"},
)
FOLDER_ONLY: dict[str, dict[str, Any]] = {"datasets": {"card": True}, "llamafactory": {"card": True}}


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    lab = Lab.over("git", tmp_path / "work")
    lab.write(lines(*QA), "data/qa/train.jsonl")
    lab.write(lines(QA[0]), "data/qa/test.jsonl")
    lab.keep("data/qa")
    return lab


@pytest.mark.parametrize("to", [to for to in FORMATS if to not in ANNOTATION_TOOLS])
def test_planned_files_are_those_that_are_written(lab: Lab, tmp_path: Path, to: str) -> None:
    place = tmp_path / (f"out.{to}" if to in FILES else "out")
    how = FOLDER_ONLY.get(to, {})
    plan = lab.repo.plan_export("v1.0", to, place, **how)
    assert plan.refusal is None
    assert not place.exists()
    made = lab.repo.export("v1.0", to, place, **how)
    if to != "datasets":  # of its splits only the folders are named
        written = {place} if place.is_file() else {path for path in place.rglob("*") if path.is_file()}
        assert {*plan.files} == written
    assert all(path.exists() for path in plan.files)
    assert plan.records == 3
    assert sorted(example.before for example in plan.examples) == sorted(lines(QA[0], *QA).splitlines())
    if to in TRAINERS:
        assert plan.conversion is not None
        assert made.conversion is not None
        assert plan.conversion.told.entries == made.conversion.told.entries
        assert plan.conversion.written == made.records


@pytest.mark.parametrize("to", [to for to in FORMATS if to not in ("datasets", *ANNOTATION_TOOLS)])
def test_a_refusal_is_known_before(lab: Lab, tmp_path: Path, to: str) -> None:
    place = tmp_path / "out"
    lab.repo.export("v1.0", to, place)
    if to in TRAINERS:
        for path in place.glob("*.json*"):
            path.write_bytes(path.read_bytes() + b"\n")
    plan = lab.repo.plan_export("v1.0", to, place)
    with pytest.raises(DsvcError) as refused:
        lab.repo.export("v1.0", to, place)
    assert plan.refusal is not None
    assert str(plan.refusal) == str(refused.value)


ASKED = (
    {"text": "怎么还款？", "label": "还款", "lang": "zh"},
    {"text": "How do I pay?", "label": "还款", "lang": "en"},
    {"text": "My card is gone", "label": "挂失", "lang": "en"},
)


@pytest.fixture
def calls(tmp_path: Path) -> Lab:
    lab = Lab.over("git", tmp_path / "work")
    lab.write(lines(*ASKED), "calls.jsonl")
    lab.keep("calls.jsonl")
    return lab


@pytest.mark.parametrize("to", ANNOTATION_TOOLS)
def test_planned_tasks_are_those_that_are_handed_out(calls: Lab, tmp_path: Path, to: str) -> None:
    place = tmp_path / "round-1"
    how = {"where": ("lang=en",)}
    plan = calls.repo.plan_export("v1.0", to, place, **how)
    assert plan.refusal is None
    assert plan.asked == ("people see text", "they fill in label: 2 choices: 挂失, 还款")
    assert not place.exists()
    made = calls.repo.export("v1.0", to, place, **how)
    assert {*plan.files} == ({place} if place.is_file() else {*place.iterdir()})
    assert plan.records == made.records == 2
    assert [example.before for example in plan.examples] == lines(*ASKED[1:]).splitlines()
    tasks = [json.loads(task) for example in plan.examples for task in example.after]
    written = place.read_bytes() if place.is_file() else (place / "tasks.json").read_bytes()
    assert tasks == (
        json.loads(written) if to == "label-studio" else [json.loads(line) for line in written.splitlines()]
    )
    if place.is_dir():
        (place / "mine.txt").touch()
    again = calls.repo.plan_export("v1.0", to, place, **how)
    with pytest.raises(DsvcError) as refused:
        calls.repo.export("v1.0", to, place, **how)
    assert str(again.refusal) == str(refused.value)


def test_what_nobody_can_be_asked_is_told_before(calls: Lab) -> None:
    with pytest.raises(NotFoundError, match="has no record that is picked"):
        calls.repo.plan_export("v1.0", "doccano", where=("lang=fr",))
    with pytest.raises(UsageError, match="Doccano asks for one field"):
        calls.repo.plan_export("v1.0", "doccano", labels=("label", "lang"))
    calls.write(lines(*ASKED[1:]), "calls.jsonl")
    with pytest.raises(ProtectedError, match=r"was edited since v1\.0"):
        calls.repo.plan_export("calls", "label-studio")


def test_fields_that_could_be_asked_for(calls: Lab) -> None:
    found = [(each.asked.asked.field, each.asked.asked.kind, each.is_label) for each in calls.repo.askable("v1.0")]
    assert found == [("label", "choice", True), ("text", "text", False), ("lang", "text", False)]
    calls.write(lines(*ASKED, {**ASKED[0], "lang": "zh"}, {"text": {"odd": 1}, "a.b": 1}), "calls.jsonl")
    calls.keep("calls.jsonl", allow_findings="as collected")
    found = [(each.asked.asked.field, each.asked.asked.kind, each.is_label) for each in calls.repo.askable("v1.1")]
    assert found == [("label", "choice", True), ("lang", "choice", False)]


def test_working_files_and_records_that_do_not_fit(lab: Lab, tmp_path: Path) -> None:
    plan = lab.repo.plan_export("v1.0", "trl", lab.root / "data/qa")
    assert "is in the folder of 'qa'; export does not write there" in str(plan.refusal)
    lab.write(lines(*QA, {"instruction": "x", "output": 3}), "data/qa/train.jsonl")
    plan = lab.repo.plan_export("qa", "openai", tmp_path / "up")
    assert plan.conversion is not None
    assert plan.conversion.left_out == 1
    assert "data/qa/train.jsonl:3" in str(plan.refusal)
    assert plan.examples[-1].problem is not None
    assert lab.repo.plan_export("qa", "openai", tmp_path / "up", skip_unfit=True).refusal is None
    strict = lab.repo.plan_export("v1.0", "axolotl", None, strict=True)
    assert strict.files == ()
    with pytest.raises(UsageError, match="--raw concerns CSV only"):
        lab.repo.plan_export("v1.0", "openai", None, raw=True)


@pytest.mark.parametrize("to", ["parquet", "datasets"])
@pytest.mark.parametrize("at", [1, 4])
def test_typed_exports_are_stopped_and_leave_nothing(lab: Lab, tmp_path: Path, to: str, at: int) -> None:
    pytest.importorskip("pyarrow" if to == "parquet" else "datasets")
    told: list[int] = []

    def stop(count: int) -> None:
        told.append(count)
        if len(told) == at:  # in the first pass, and in the second
            raise KeyboardInterrupt

    (tmp_path / "out").mkdir()
    with pytest.raises(KeyboardInterrupt):
        dsvc.open(lab.root, progress=stop).export("v1.0", to, tmp_path / "out" / "it")
    assert [*(tmp_path / "out").iterdir()] == []
    told.clear()
    done = dsvc.open(lab.root, progress=told.append).export("v1.0", to, tmp_path / "out" / "it")
    assert done.records == 3
    assert sum(told) == 2 * len(lines(QA[0], *QA))


def test_a_card_says_how_to_set_a_licence_that_is_unknown(lab: Lab) -> None:
    card = lab.repo.describe_export("v1.0", "card").decode()
    assert "license: unknown" in card
    assert "dsvc commit --license NAME" in card
    other = Lab.over("git", lab.root.parent / "other")
    other.write(lines(*QA), "qa.jsonl")
    other.keep("qa.jsonl", licence="MIT")
    assert "--license" not in other.repo.describe_export("v1.0", "card").decode()
