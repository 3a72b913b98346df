"""Whatever is edited: a commit refuses just those errors that the new version would introduce."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from dsvc.errors import FoundErrorsError, NothingToCommitError
from dsvc.repository.results import CommitRequest
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
