"""Prompts and answers as TRL has them: bare texts, or lists of messages; and answers that judge one conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.formats.alpaca_prompt import MEDIA, given_in
from dsvc.formats.canonical import Answer, Canonical, Turn
from dsvc.formats.chat import read_turns
from dsvc.formats.chat_writing import Writer
from dsvc.formats.definition import AnyOf, Field, ListOf, extra_of, with_extra
from dsvc.formats.dialects import TRL, looks_of
from dsvc.formats.message_shapes import MESSAGE_TRL, TOOL, TOOL_LIST
from dsvc.formats.misfit import Misfit, called

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dsvc.formats.media import Given
    from dsvc.formats.report import Told
    from dsvc.record import Json

SIDE: Final = AnyOf((str, ListOf(MESSAGE_TRL)))
PROMPT: Final = Field("prompt", SIDE, "the question: a bare text, or messages")
TOOLS: Final = Field("tools", ListOf(TOOL), "what may be called", required=False)
IMAGES: Final = MEDIA[0]


def side_looks(value: dict[str, Json], *keys: str) -> float:
    """Whether the sides are all bare texts, or all messages."""
    if all(type(value[key]) is str for key in keys):
        return 1.0
    return (
        1.0
        if all("role" in looks_of(value[key]) for key in keys if isinstance(value[key], list))
        and all(isinstance(value[key], list) for key in keys)
        else 0.0
    )


class Sides:
    """The sides of a record, all texts or all lists of messages."""

    def __init__(self, value: dict[str, Json], keys: Sequence[str], told: Told) -> None:
        self.standard = type(value.get(keys[0])) is str
        self._value = value
        self._told = told
        self.given: Given | None = given_in(value, told)
        for key in keys:
            if key not in value:
                raise Misfit(key, "is missing")
            if type(value[key]) is not (str if self.standard else list):
                wanted = "a text, as the other side" if self.standard else "a list of messages"
                raise Misfit(key, f"expected {wanted}, found {called(value[key])}")

    def turns(self, key: str, role: str) -> list[Turn]:
        """One side as turns."""
        found = self._value[key]
        if type(found) is str:
            return [Turn(role, found)]  # type: ignore[arg-type]  # user or assistant
        turns = read_turns(found, TRL, self._told, key, self.given)
        if not turns:
            raise Misfit(key, "is empty")
        return turns

    def record(self, turns: list[Turn], answers: tuple[Answer, ...], known: frozenset[str]) -> Canonical:
        """The record of these turns."""
        if self.given:
            self.given.finish()
        tools = TOOL_LIST.read(self._value, self._told)
        return Canonical(turns, answers, tools, standard=self.standard, extra=extra_of(self._value, known))


def written_sides(
    canonical: Canonical, sides: dict[str, list[Turn]], known: frozenset[str], told: Told, more: dict[str, Json]
) -> dict[str, Json]:
    """Sides as fields; the first one is the question that the others go on from. ``more``: what stands behind them."""
    made: dict[str, Json] = {}
    writer = Writer(TRL, told)
    for number, (key, turns) in enumerate(sides.items()):
        if canonical.standard:
            made[key] = _bare(turns)
        elif number and len(sides) > 1:
            made[key] = writer.fork().turns(turns)
        else:
            made[key] = writer.turns(turns)
    made.update(more)
    made.update(TOOL_LIST.write(canonical.tools))
    made.update(writer.taken.fields())
    return with_extra(made, canonical.extra, known, told)


def _bare(turns: Sequence[Turn]) -> str:
    assert len(turns) == 1
    assert isinstance(turns[0].content, str)
    return turns[0].content


def parted(turns: list[Turn], field: str) -> tuple[list[Turn], list[Turn]]:
    """A conversation as what comes before its last answer, and that answer. Raises Misfit when it ends otherwise."""
    if not turns or turns[-1].role != "assistant":
        raise Misfit(field, "does not end with an answer")
    return turns[:-1], turns[-1:]


def tell_last(answered: list[Turn], told: Told) -> None:
    """Tell when a completion does not end with an answer: inside of a conversation it will not be read as one again."""
    if answered[-1].role != "assistant":
        told.rewritten("completion", "its last message is not of the assistant")


def common(chosen: list[Turn], rejected: list[Turn]) -> tuple[list[Turn], list[Turn], list[Turn]]:
    """What two conversations have in common at their start, and what is left of each (at least one turn)."""
    most = min(len(chosen), len(rejected)) - 1
    count = 0
    while count < most and chosen[count] == rejected[count]:
        count += 1
    return chosen[:count], chosen[count:], rejected[count:]


def pair_of(canonical: Canonical) -> tuple[Answer, Answer]:
    """The chosen and the rejected answer."""
    chosen, rejected = canonical.answers
    return chosen, rejected


def one_turn(turns: Sequence[Turn], field: str) -> Turn:
    """The only turn of an answer. Raises Misfit when it has several, or is no answer."""
    if len(turns) != 1 or turns[0].role != "assistant":
        raise Misfit(
            field,
            f"has {len(turns)} messages" if len(turns) != 1 else "is not of the assistant",
            "the target takes one message of the assistant",
        )
    return turns[0]


def tell_common(canonical: Canonical, told: Told) -> None:
    """Tell when both answers begin alike: without a field for the prompt, that will be read as part of it."""
    chosen, rejected = pair_of(canonical)
    before, *_ = common(chosen.turns, rejected.turns)
    if before:
        told.rewritten("prompt", "both answers begin alike, which will be taken for the prompt")
