"""Shapes that are a field for the question, one for the answer, and perhaps one for the reasoning between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsvc.formats import thinking
from dsvc.formats.canonical import PLAIN, Canonical, Details, Turn
from dsvc.formats.definition import extra_of, with_extra
from dsvc.formats.exchange import answer_text, answer_turn, question_text, single
from dsvc.formats.misfit import expected, text_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from dsvc.formats.report import Told
    from dsvc.record import Json

    Read = Callable[[dict[str, Json], Told], Canonical]
    Write = Callable[[Canonical, Told], dict[str, Json]]


def pair_reader(question: str, answer: str, known: frozenset[str], reasoning: tuple[str, ...] = ()) -> Read:
    """Reads a pair. ``reasoning``: the names of that field, the usual one first."""

    def read(value: dict[str, Json], told: Told) -> Canonical:
        asked = Turn("user", text_in(value, question))
        text = text_in(value, answer)
        if not reasoning:
            return Canonical([asked, answer_turn(text, told)], extra=extra_of(value, known))
        key = next((key for key in reasoning if key in value), reasoning[0])
        thought = value.get(key)
        if thought is not None and type(thought) is not str:
            expected("a text", thought, key)
        if key in value and thought is None:
            told.rewritten(key, "null becomes absent")
        if key != reasoning[0] and key in value:
            told.rewritten(key, f"is written {reasoning[0]}")
        extra = extra_of(value, known)
        if thought is not None:
            return Canonical([asked, Turn("assistant", text, Details(reasoning=thought))], extra=extra)
        inside, text = thinking.split(text, told, usual=False)
        details = Details(reasoning=inside) if inside is not None else None
        return Canonical([asked, Turn("assistant", text, details)], extra=extra)

    return read


def pair_writer(question: str, answer: str, known: frozenset[str], reasoning: tuple[str, ...] = ()) -> Write:
    """Writes a pair; without a field for it reasoning goes in front of the answer."""

    def write(canonical: Canonical, told: Told) -> dict[str, Json]:
        found = single(canonical, told)
        assert found.answer is not None
        made: dict[str, Json] = {question: question_text(found.prompt, told, question)}
        if reasoning:
            thought = (found.answer.details or PLAIN).reasoning
            if thought is not None:
                made[reasoning[0]] = thinking.as_text(thought, told)
        made[answer] = answer_text(found.answer, told, answer, think=not reasoning)
        return with_extra(made, canonical.extra, known, told) if canonical.extra else made

    return write


def texts_look(*keys: str) -> Callable[[dict[str, Json]], float]:
    """Whether fields are texts."""

    def looks(value: dict[str, Json]) -> float:
        return 1.0 if all(isinstance(value[key], str) for key in keys) else 0.0

    return looks
