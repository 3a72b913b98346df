"""Whatever is edited: a commit refuses just those errors that the new version would introduce."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsvc.errors import FoundErrorsError, NothingToCommitError
from dsvc.repository import scan
from dsvc.repository.committing import commit
from dsvc.repository.results import CommitRequest
from dsvc.repository.writing import version_writer
from dsvc.validators.rule import RecordCheck
from dsvc.validators.selection import Selection, choose
from tests.repository.lab import FILE, STORES, Lab

if TYPE_CHECKING:
    from collections.abc import Sequence

QUESTIONS = (
    "How much is the annual fee of a second card?",
    "信用卡逾期九十天以上应该怎么处理才好？",
    "Where do I see the points that are left to me?",
)
ANSWERS = ("It is free in the first year.", "请联系客服热线处理。", "")
ROLES = (("human", "gpt"), ("human", "human"), ("gpt", "human"), ("human", "robot"))

alpaca = st.builds(
    lambda question, answer: {"instruction": question, "input": "", "output": answer},
    st.sampled_from((*QUESTIONS, "")),
    st.sampled_from(ANSWERS),
)
talk = st.builds(
    lambda roles, question, answer: {
        "conversations": [{"from": roles[0], "value": question}, {"from": roles[1], "value": answer}]
    },
    st.sampled_from(ROLES),
    st.sampled_from(QUESTIONS),
    st.sampled_from(ANSWERS),
)
line = st.builds(
    lambda record, spaced: json.dumps(record, ensure_ascii=False, separators=(", ", ": ") if spaced else (",", ":")),
    alpaca | talk,
    st.booleans(),
)
version = st.lists(line, min_size=1, max_size=5)

STRUCTURE = Selection(
    only=tuple(
        each.rule.id
        for each in choose(Selection(topics=("structure",)))
        if each.severity == "error" and isinstance(each.check, RecordCheck)
    )
)


def content(lines: Sequence[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


@settings(max_examples=100, deadline=None)
@given(version, version)
def test_what_is_refused_is_what_the_version_introduces(old: list[str], new: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        lab = Lab.over(STORES[0], Path(folder) / "work")
        lab.save(content(old), allow_findings="as collected")
        lab.write(content(new))
        introduced = lab.repo.compare_findings("medical@HEAD", "medical", STRUCTURE, whole=False).compare().introduced
        try:
            lab.repo.commit(CommitRequest(target=FILE, reason="edited", source="hand", dry_run=True))
            refused = 0
        except FoundErrorsError as error:
            refused = error.errors
        except NothingToCommitError:
            refused = 0
        assert refused == len(introduced)


COMPARED = Selection(only=("column-type", "missing-field"))
told = st.fixed_dictionaries({"output": st.just("是的。")}, optional={"label": st.sampled_from([0, "yes", ["a"]])})
hole = st.fixed_dictionaries({"input": st.just("")}, optional={"label": st.sampled_from([0, "yes"])})


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(told | hole, st.none() | told | hole), min_size=1, max_size=6), st.lists(told | hole, max_size=3)
)
def test_records_that_are_compared_bring_in_what_the_version_introduces(
    kept: list[tuple[dict[str, object], dict[str, object] | None]], added: list[dict[str, object]]
) -> None:
    """Lines that stay or are edited, and lines that come: whatever of them makes another one the odd one out."""

    def asked(number: int, record: dict[str, object]) -> str:
        question = f"{QUESTIONS[number % 3]} It is about the card with the number {number:04}, as in the manual."
        return json.dumps({"instruction": question, **record}, ensure_ascii=False)

    old = [asked(number, record) for number, (record, _) in enumerate(kept)]
    now = [asked(number, record if edit is None else edit) for number, (record, edit) in enumerate(kept)]
    now += [asked(number, record) for number, record in enumerate(added, len(kept))]
    with tempfile.TemporaryDirectory() as folder:
        lab = Lab.over(STORES[0], Path(folder) / "work")
        lab.save(content(old), allow_findings="as collected")
        lab.write(content(now))
        introduced = lab.repo.compare_findings("medical@HEAD", "medical", COMPARED).compare().introduced
        errors = [finding for finding in introduced if finding.severity == "error"]
        try:
            lab.repo.commit(CommitRequest(target=FILE, reason="edited", source="hand", dry_run=True))
            refused = 0
        except FoundErrorsError as error:
            refused = error.errors
        except NothingToCommitError:
            refused = 0
        assert refused == len(errors)


def test_packs_that_are_full_before_the_last_line_was_looked_at_are_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (version_writer, commit):
        monkeypatch.setattr(module, "MAX_PACK_BYTES", 500)
    monkeypatch.setattr(scan, "CHUNK_BYTES", 100)
    lab = Lab.over("git", tmp_path / "work")
    (lab.root / "dsvc.toml").write_text("[validate]\nrefuse = ['structure']\n", "utf-8")
    records = [{"instruction": f"question {number}", "output": "x" * (number < 19)} for number in range(20)]
    lab.write(content([json.dumps(record) for record in records]))
    with pytest.raises(FoundErrorsError, match=r"'data/medical\.jsonl:20' empty-field"):
        lab.repo.commit(CommitRequest(target=FILE, reason="first", source="s"))
    assert not [path for path in (lab.root / ".dvc" / "cache").rglob("*") if path.is_file()]
