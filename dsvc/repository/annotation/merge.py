"""Three ways: a field as it was handed out, as people answered, and as it is now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

from dsvc.conditions.fields import MISSING, field
from dsvc.exporters.annotation.labelled import is_blank_value
from dsvc.record import canonical_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dsvc.exporters.annotation.labelled import Values
    from dsvc.exporters.annotation.ticket import Asked, HandedOut, Kind
    from dsvc.record import Json
    from dsvc.repository.annotation.replies import Reply

Why = Literal["changed", "people", "several", "rewritten", "gone", "no place"]
"""Both sides changed it; people disagree; one of them gave several answers where one was asked; the record is quite
another one now; it is gone; what the field was in is a value of its own now."""


class Answer(msgspec.Struct, frozen=True):
    """What one person answered, as a value. ``several``: it is a list of values, and one was asked for."""

    who: str | None
    value: Any
    base: Any
    several: bool = False
    handed: bool = False
    """It is what was handed out, and the tool cannot tell whether the person looked at it."""
    unoffered: tuple[str, ...] = ()
    """Choices in it that nobody offered."""
    texts: tuple[str, ...] = ()
    """Texts in it that nobody offered, where the field holds no text in any other record."""
    repeated: bool = False
    """It named a choice more than once; here it stands once."""


class Question(msgspec.Struct):
    """One field of one record, with all answers to it. ``line`` as in ``Answered``; ``ours`` is the value now."""

    record: str
    version: HandedOut
    asked: Asked
    line: int | None
    ours: Any
    answers: list[Answer]
    then: Any
    """The whole record as it was handed out."""
    is_edited: bool = False
    """Whether it is another one now."""
    is_rewritten: bool = False
    """Whether it is so much another one that the answers may be about something else."""
    has_place: bool = True
    """Whether the record has the field, or can get it without another value going."""


class Take(msgspec.Struct, frozen=True):
    """A value to take, and whose it is (none: of whoever takes it)."""

    value: Any
    people: tuple[str | None, ...]


class Conflict(msgspec.Struct, frozen=True):
    """What cannot be decided; values are null where the field is not filled. ``file`` and ``row``: where it is now."""

    record: str
    version: HandedOut
    field: str
    line: int | None
    why: Why
    base: Any
    ours: Any
    theirs: tuple[tuple[str | None, Any], ...]
    kind: Kind = "text"
    file: str | None = None
    row: int | None = None


def answer(reply: Reply, asked: Asked, base: Any, values: Values) -> Answer:
    """A reply's texts as a value; ``base`` is the record as it was handed out."""
    found: list[Json] = [values.value_of(text) for text in reply.texts]
    old = field(base, asked.steps)
    is_choice = asked.kind != "text"
    offered = {text.strip() for text in asked.added}
    texts = [each for each in found if type(each) is str and each.strip() not in offered] if values.is_numeric else []
    once = [*{canonical_value(each): each for each in found}.values()]
    repeated = is_choice and len(once) < len(found) and not same(found, old)
    found = once if repeated else found
    strange = [text for text in reply.texts if text.strip() not in offered and not values.has(text)]
    unoffered = tuple(dict.fromkeys(strange)) if is_choice else ()
    value: Any = found
    if asked.kind == "choices":
        value = _in_order_of(found, old)
    elif len(found) == 1:
        value = old if asked.kind == "text" and _trimmed(found[0]) == _trimmed(old) else found[0]
    several = asked.kind != "choices" and len(found) > 1
    handed = not reply.is_voice and same(value, old)
    return Answer(reply.who, value, old, several, handed, unoffered, tuple(texts), repeated)


def decide(question: Question) -> Take | Conflict | None:
    """What becomes of a question: a value to take, a conflict, or None when nothing changes."""
    voices = [each for each in question.answers if not each.handed] or question.answers
    first = voices[0]
    if any(each.several for each in voices):
        return _conflict(question, voices, "several")
    if not all(same(each.value, first.value) for each in voices):
        return _conflict(question, voices, "people")
    bases = [each.base for each in voices]
    if all(same(first.value, base) for base in bases):
        return None
    if question.line is None:
        return _conflict(question, voices, "gone")
    if same(question.ours, first.value):
        return None
    if not question.has_place:
        return _conflict(question, voices, "no place")
    if any(same(question.ours, base) for base in bases):
        if question.is_rewritten:
            return _conflict(question, voices, "rewritten")
        return Take(first.value, tuple(dict.fromkeys(each.who for each in voices)))
    return _conflict(question, voices, "changed")


def _conflict(question: Question, voices: Sequence[Answer], why: Why) -> Conflict:
    theirs = tuple((each.who, each.value) for each in voices)
    base = plain(voices[0].base)
    return Conflict(
        question.record,
        question.version,
        question.asked.field,
        question.line,
        why,
        base,
        plain(question.ours),
        theirs,
        question.asked.kind,
    )


def plain(value: Any) -> Any:
    """The value, null where the field is not filled."""
    return None if is_blank_value(value) else value


def same(one: Any, other: Any) -> bool:
    """Whether two values of a field are the same: of lists the order does not matter, and not filled is not filled."""
    return _form(one) == _form(other)


def _trimmed(value: Any) -> Any:
    """A text as it comes out of a field of a browser that cuts white space and writes line ends its own way."""
    return value.replace("\r\n", "\n").strip() if type(value) is str else value


def _form(value: Any) -> object:
    if is_blank_value(value):
        return MISSING
    if isinstance(value, list):
        return sorted(map(canonical_value, value))
    return canonical_value(value)


def _in_order_of(found: Iterable[Json], old: Any) -> list[Json]:
    """Values as they stand in the old list, those that it does not have behind them."""
    left = [*found]
    ordered: list[Json] = []
    for each in old if isinstance(old, list) else []:
        at = next((at for at, one in enumerate(left) if canonical_value(one) == canonical_value(each)), None)
        if at is not None:
            ordered.append(left.pop(at))
    return [*ordered, *left]
