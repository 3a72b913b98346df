"""A conversation seen as questions and answers, for shapes that have fields for them instead of messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from dsvc.formats import thinking
from dsvc.formats.canonical import Canonical, Details, Turn
from dsvc.formats.chat_writing import with_input
from dsvc.formats.media import Given, Taken, texts_only
from dsvc.formats.misfit import Misfit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dsvc.formats.report import Told


class Exchange(msgspec.Struct, frozen=True):
    """The last question with its answer (None: there is none yet), those before, and the system's text."""

    system: str | None
    history: list[tuple[Turn, Turn]]
    prompt: Turn
    answer: Turn | None


def exchange(turns: Sequence[Turn], told: Told, *, answered: bool = True) -> Exchange:
    """Turns as questions and answers; what is neither is told. Raises Misfit when they do not alternate."""
    system, rest = (turns[0], turns[1:]) if turns and turns[0].role in ("system", "developer") else (None, turns)
    pairs = [turn for turn in rest if (turn.content is not None and turn.role in _SIDES) or _is_text(turn, told)]
    _check_order(pairs, answered=answered)
    if system is not None and system.role == "developer":
        told.rewritten("role", "developer becomes system")
    if system is not None and system.details is not None:
        tell_asked(system.details, told)
    text = texts_only(system.content, told, "system") if system is not None else None
    answer = pairs[-1] if answered else None
    if answer is not None and answer.content is None:
        raise Misfit("answer", "is nothing but calls of tools", "the target has texts only")
    pairs = pairs[:-1] if answered else pairs
    history = [(pairs[number], pairs[number + 1]) for number in range(0, len(pairs) - 1, 2)]
    return Exchange(text, history, pairs[-1], answer)


_SIDES: Final = frozenset(("user", "assistant"))


def _is_text(turn: Turn, told: Told) -> bool:
    """Whether a turn is a question or an answer; else it is told as lost."""
    if turn.role == "tool":
        told.lost("tool results", "the target has no place for them")
        return False
    if turn.role in ("system", "developer"):
        told.lost("system", "a system message inside of the conversation")
        return False
    if turn.content is None:
        told.lost("tool calls", "the target has no place for them")
        if turn.details is not None and turn.details.reasoning is not None:
            told.lost("reasoning", "it belongs to a call of a tool")
        return False
    return True


def _check_order(pairs: Sequence[Turn], *, answered: bool) -> None:
    if len(pairs) == 2 and answered and pairs[0].role == "user" and pairs[1].role == "assistant":
        return
    for number, turn in enumerate(pairs):
        if turn.role != ("assistant" if number % 2 else "user"):
            raise Misfit(
                "messages",
                f"message {number + 1} is of {turn.role}: question and answer do not alternate",
                "the target has pairs of question and answer",
            )
    if len(pairs) % 2 != (0 if answered else 1) or not pairs:
        raise Misfit(
            "messages",
            "the last message is no answer" if answered else "the last message is no question",
            "the target has pairs of question and answer",
        )


def plain_pair(turns: Sequence[Turn]) -> tuple[str, str] | None:
    """The texts of a question and an answer that have nothing else; None for any other conversation."""
    if len(turns) != 2:
        return None
    asked, answered = turns
    if asked.details is not None or answered.details is not None:
        return None
    question, answer = asked.content, answered.content
    if asked.role != "user" or answered.role != "assistant":
        return None
    return (question, answer) if isinstance(question, str) and isinstance(answer, str) else None


def tell_details(details: Details, told: Told) -> None:
    """Tell what a turn has besides its text and its reasoning, and a field has no place for."""
    if details.calls:
        told.lost("tool calls", "the target has no place for them")
    if details.weight is not None:
        told.lost("weight of messages", "the target has no place for it")
    if details.name is not None:
        told.lost("name of messages", "the target has no place for it")
    if details.call_id is not None:
        told.lost("tool_call_id of messages", "the target has no place for it")
    for key in details.extra:
        told.lost(f"{key} of messages", "the target has no place for it")


def tell_asked(details: Details, told: Told) -> None:
    """The same of a turn that is no answer: its reasoning has no place, either."""
    tell_details(details, told)
    if details.reasoning is not None:
        told.lost("reasoning", "the target has a place for that of answers only")


def question_text(turn: Turn, told: Told, where: str, taken: Taken | None = None) -> str:
    """The text of a question, media as placeholders or told as lost."""
    if turn.details is not None:
        tell_asked(turn.details, told)
    return _text(turn, told, where, taken)


def _text(turn: Turn, told: Told, where: str, taken: Taken | None) -> str:
    if type(turn.content) is str and not turn.input:
        if taken is not None and "<" in turn.content:
            taken.note(turn.content)
        return turn.content
    content = with_input(turn, told)
    if taken is not None and isinstance(content, list):
        return taken.joined(content, where)
    if taken is not None and content:
        taken.note(content)  # type: ignore[arg-type]  # a list went the other way
    return texts_only(content, told, where)


def answer_text(turn: Turn, told: Told, where: str, taken: Taken | None = None, *, think: bool = True) -> str:
    """The text of an answer; its reasoning in front of it, unless it has a field of its own (``think`` False)."""
    text = _text(turn, told, where, taken)
    if (details := turn.details) is None:
        return text
    tell_details(details, told)
    return thinking.joined(details.reasoning, text, told) if think and details.reasoning is not None else text


def answer_turn(text: str, told: Told, given: Given | None = None) -> Turn:
    """The turn of an answer whose text may begin with reasoning, and hold placeholders of files."""
    if not text.startswith(thinking.OPEN):
        return Turn("assistant", given.split(text, "answer") if given else text)
    reasoning, answer = thinking.split(text, told)
    content = given.split(answer, "answer") if given else answer
    return Turn("assistant", content, Details(reasoning=reasoning) if reasoning is not None else None)


def single(canonical: Canonical, told: Told, *, system: str | None = None) -> Exchange:
    """One question and one answer, for shapes that have nothing else; the rest is told."""
    found = exchange(canonical.turns, told)
    if found.history:
        told.lost("history", "the target has one question and one answer")
    if found.system is not None and system is None:
        told.lost("system", "the target has no place for it")
    if canonical.tools is not None:
        told.lost("tools", "the target has no place for them")
    return found
