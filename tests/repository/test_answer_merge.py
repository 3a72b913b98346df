"""Three ways: what was handed out, what people answered, what is there now."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dsvc.conditions.fields import MISSING
from dsvc.exporters.annotation.labelled import Values
from dsvc.exporters.annotation.ticket import Asked, HandedOut
from dsvc.origin import VersionId
from dsvc.record import Number
from dsvc.repository.annotation.merge import Answer, Conflict, Question, Take, answer, decide, same
from dsvc.repository.annotation.replies import Reply

VERSION = HandedOut("calls", "v1.0", VersionId("0" * 32))
VALUES = st.one_of(
    st.sampled_from(
        [MISSING, None, "", [], "费用", "还款", "1", 1, True, Number("1.50"), ["a"], ["a", "b"], ["b", "a"]]
    )
)


def asked(kind: Any = "choice") -> Asked:
    return Asked("label", "label", kind)


def question(ours: Any, *answers: tuple[str, Any, Any], line: int | None = 3) -> Question:
    given = [Answer(who, value, base) for who, value, base in answers]
    return Question("3f9a", VERSION, asked(), line, ours, given, {})


@given(VALUES, VALUES, VALUES)
def test_one_answer(base: Any, theirs: Any, ours: Any) -> None:
    outcome = decide(question(ours, ("li", theirs, base)))
    if same(theirs, base) or same(theirs, ours):
        assert outcome is None
    elif same(ours, base):
        assert outcome == Take(theirs, ("li",))
    else:
        assert isinstance(outcome, Conflict)
        assert outcome.why == "changed"


@given(VALUES, VALUES, VALUES, VALUES)
def test_two_people(base: Any, one: Any, other: Any, ours: Any) -> None:
    outcome = decide(question(ours, ("li", one, base), ("wang", other, base)))
    turned = decide(question(ours, ("wang", other, base), ("li", one, base)))
    if same(one, other):
        assert type(outcome) is type(decide(question(ours, ("li", one, base))))
        assert not isinstance(outcome, Take) or outcome.people == ("li", "wang")
    else:
        assert isinstance(outcome, Conflict)
        assert outcome.why == "people"
    assert type(turned) is type(outcome)


@given(VALUES, VALUES)
def test_a_record_that_is_gone(base: Any, theirs: Any) -> None:
    outcome = decide(question(MISSING, ("li", theirs, base), line=None))
    assert outcome is None if same(theirs, base) else isinstance(outcome, Conflict)


def test_sameness_is_that_of_records() -> None:
    assert same(["a", "b"], ["b", "a"])
    assert same(MISSING, None)
    assert not same("1", 1)
    assert not same(1, True)
    assert not same(1, Number("1.0"))
    assert not same(["a"], "a")


def test_what_an_answer_means() -> None:
    values = Values("label")
    for line, value in enumerate((1, 2.5, True, None), 1):
        values.add({"label": value}, "calls.jsonl", line)

    def meant(*texts: str, kind: Any = "choice", base: Any = None) -> Any:
        return answer(Reply("li", texts, True), asked(kind), {"label": base}, values).value

    assert meant("1") == 1
    assert meant("true") is True
    assert meant("7") == 7  # all others are numbers and truth values
    assert meant("sieben") == "sieben"
    assert meant("2.5", "1", kind="choices", base=[1, 2.5]) == [1, 2.5]
    assert meant("1", "7", kind="choices", base=[7, 2.5, 1]) == [7, 1]
    assert answer(Reply("li", ("1", "2.5"), True), asked(), {}, values).several
