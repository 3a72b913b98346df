"""``fix``: a change of the working file like any other, which can be taken back, and is written down."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dsvc.errors import NotFoundError, UsageError
from tests.repository.lab import FILE, Lab, lines

if TYPE_CHECKING:
    from dsvc.repository.fixing import Fixed

GOOD = lines({"q": "逾期怎么办？", "a": "尽快还款。"}, {"q": "fees?", "a": "none"})
BAD = lines({"q": "逾期怎么办？ ", "a": "尽快还款。"}, {"q": "fees?", "a": "none"}, {"q": "fees?", "a": "none"})


def made(fixed: Fixed) -> dict[str, int]:
    return {each.repair: each.records for files in fixed.files.values() for each in files if each.records}


def test_the_file_is_mended_and_the_version_stays(lab: Lab) -> None:
    lab.save(BAD)
    fixed = lab.repo.fix("medical")
    assert made(fixed) == {"white-space": 1, "duplicates": 1}
    assert lab.read() == GOOD
    assert lab.content("medical@v1.0") == BAD
    assert lab.numbers() == ["v1.0"]
    assert lab.states() == {FILE: "changed"}


def test_it_can_be_taken_back_also_over_edits(lab: Lab) -> None:
    lab.save(GOOD)
    lab.write(BAD)
    fixed = lab.repo.fix()
    assert fixed.outcome is not None
    assert fixed.outcome.saved_as is not None
    assert lab.read() == GOOD
    lab.repo.undo()
    assert lab.read() == BAD


def test_of_a_file_without_edits_nothing_needs_saving(lab: Lab) -> None:
    lab.save(BAD)
    fixed = lab.repo.fix()
    assert fixed.outcome is not None
    assert fixed.outcome.saved_as is None
    lab.repo.undo()
    assert lab.read() == BAD
    assert lab.states() == {FILE: "unchanged"}


def test_a_dry_run_changes_nothing(lab: Lab) -> None:
    lab.save(BAD)
    before = lab.files()
    assert made(lab.repo.fix(dry_run=True)) == {"white-space": 1, "duplicates": 1}
    assert lab.files() == before
    assert [each.verb for each in lab.repo.operations()] == ["commit"]


def test_nothing_to_mend_is_no_operation(lab: Lab) -> None:
    lab.save(GOOD)
    fixed = lab.repo.fix()
    assert (fixed.records, fixed.outcome) == (0, None)
    assert [each.verb for each in lab.repo.operations()] == ["commit"]


def test_the_next_version_tells_what_was_mended(lab: Lab) -> None:
    lab.save(BAD)
    lab.repo.fix(only=["duplicates"])
    lab.repo.fix(only=["white-space"])
    assert lab.keep().manifest.metadata == {"fixes": ["duplicates in 1 record", "white-space in 1 record"]}
    lab.write(GOOD + lines({"q": "more", "a": "b"}))
    assert lab.keep().manifest.metadata == {}


def test_what_was_taken_back_or_restored_is_not_told(lab: Lab) -> None:
    lab.save(BAD)
    lab.repo.fix()
    lab.repo.undo()
    lab.write(BAD + GOOD)
    assert lab.keep().manifest.metadata == {}
    lab.repo.fix()
    lab.repo.restore("medical")
    lab.write(GOOD)
    assert lab.keep().manifest.metadata == {}


def test_each_file_of_a_folder_by_itself(lab: Lab) -> None:
    lab.write(BAD, "data/split/train.jsonl")
    lab.write(GOOD, "data/split/test.jsonl")
    lab.keep("data/split")
    fixed = lab.repo.fix("split")
    assert {path: sum(each.records for each in files) for path, files in fixed.files.items()} == {
        "data/split/test.jsonl": 0,
        "data/split/train.jsonl": 2,
    }
    assert lab.read("data/split/test.jsonl") == GOOD


def test_what_cannot_be_mended(lab: Lab) -> None:
    with pytest.raises(NotFoundError):
        lab.repo.fix()
    lab.save(BAD)
    with pytest.raises(UsageError, match="there is no repair 'magic'"):
        lab.repo.fix(only=["magic"])
    (lab.root / FILE).unlink()
    with pytest.raises(NotFoundError, match="there is no file"):
        lab.repo.fix()
