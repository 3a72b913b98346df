"""What a split would do, and what its parts would be made of, before it is written."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - pytest reads it
from typing import Any

from dsvc.repository.results import CommitRequest
from dsvc.repository.splits.preview import kept_reading
from dsvc.splitting.rule import Share
from tests.repository.lab import Lab, lines

RECORDS = [
    {"问": f"第{number}个问题{number * 7919}", "label": "费用" if number % 4 else "贷款"} for number in range(80)
]


def test_the_parts_of_a_preview_are_those_that_are_written(tmp_path: Path) -> None:
    lab = Lab.over("git", tmp_path / "work")
    lab.save(lines(*RECORDS))
    asked = lab.repo.propose_split("medical")
    assert asked.output == "data/medical_split"
    rule: dict[str, Any] = {
        "shares": (Share("train", 0.75), Share("test", 0.25)),
        "stratify": ("label",),
        "output": asked.output,
    }
    found = lab.repo.preview_split("medical", **rule)
    assert not lab.exists("data/medical_split")
    assert {name: each.records for name, each in found.parts.items()} == {"train": 60, "test": 20}
    assert found.parts["test"].shares["label"].counts == {"费用": 15, "贷款": 5}
    lab.repo.split("medical", **rule)
    assert len(lab.read("data/medical_split/test.jsonl").splitlines()) == 20
    lab.keep("data/medical_split")
    again = lab.repo.propose_split("medical")
    assert (again.shares, again.stratify, again.output) == (rule["shares"], ("label",), "data/medical_split")
    assert lab.repo.propose_split("medical_split").output is None, "a folder is split in place"
    assert lab.repo.preview_split("medical_split").split.plan.kept == 80


def test_what_is_kept_is_of_the_content_that_is_there(tmp_path: Path) -> None:
    lab = Lab.over("git", tmp_path / "work")
    lab.save(lines(*RECORDS))
    shares, kept = (Share("train", 0.5), Share("test", 0.5)), kept_reading()

    def records(**more: Any) -> list[int]:
        found = lab.repo.preview_split("medical", reading=kept, shares=shares, output="parts", **more)
        return [part.records for part in found.split.plan.parts]

    assert records() == records(stratify=("label",)) == [40, 40]
    lab.write(lines(*RECORDS[:60]))
    assert records() == records(seed="x") == [30, 30]
    lab.repo.split("medical", shares=shares, output="parts")
    lab.write(lines(*RECORDS))
    found = lab.repo.preview_split("medical", reading=kept)
    assert (found.split.plan.kept, sum(records())) == (60, 80), "the parts remember now"


def test_groups_can_be_taken_back(tmp_path: Path) -> None:
    lab = Lab.over("git", tmp_path / "work")
    lab.save(lines(*RECORDS))
    shares = (Share("train", 0.5), Share("test", 0.5))
    lab.repo.split("medical", shares=shares, group_by="label", output="parts")
    lab.repo.commit(CommitRequest(target="parts", reason="parts"))
    assert lab.repo.propose_split("medical").group_by == "label"
    assert lab.repo.preview_split("medical", group_by="").split.plan.rule.group_by is None
