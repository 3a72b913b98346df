"""The turns of a record, whatever they are called: for the rules about roles, tools, reasoning and media."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import msgspec

from dsvc.conditions.fields import CONVERSATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dsvc.textdiff.fields import Steps

Role: TypeAlias = Literal["system", "user", "assistant", "call", "tool"]
"""``call``: a turn that is nothing but a call of a tool (ShareGPT's ``function_call``)."""

ROLES: Final[Mapping[str, Role]] = {
    "system": "system",
    "developer": "system",
    "human": "user",
    "user": "user",
    "gpt": "assistant",
    "assistant": "assistant",
    "function_call": "call",
    "tool_call": "call",
    "observation": "tool",
    "tool": "tool",
    "tool_response": "tool",
    "function": "tool",
}
IN_TURNS: Final = frozenset(CONVERSATIONS)
"""Fields with turns: what is said of turns concerns only records that have one of them."""
_KEYS: Final = (("role", "content"), ("from", "value"))


class Turn(msgspec.Struct, frozen=True, gc=False):
    """One turn: where it stands, its role as it is written and as it is meant (None: of no known meaning), its text.

    ``text`` is None where the content is no text (parts, null, missing); ``value`` is the turn as it is.
    """

    steps: Steps
    name: str
    role: Role | None
    text: str | None
    value: dict[str, object]

    @property
    def content_steps(self) -> Steps:
        """Where its content stands."""
        return (*self.steps, "value" if "from" in self.value and "role" not in self.value else "content")


def conversations_of(fields: Mapping[str, object]) -> list[tuple[str, list[Turn]]]:
    """The lists of turns in a record (``messages``, ``conversations`` …, not ``chosen`` and ``rejected``)."""
    if IN_TURNS.isdisjoint(fields):
        return []
    return [
        (name, list(_turns(name, value)))
        for name in CONVERSATIONS
        if isinstance(value := fields.get(name), list) and value and all(type(turn) is dict for turn in value)
    ]


def _turns(name: str, turns: list[dict[str, object]]) -> Iterator[Turn]:
    for number, turn in enumerate(turns):
        for key, content in _KEYS:
            written = turn.get(key)
            if isinstance(written, str):
                text = turn.get(content)
                yield Turn(
                    (name, number),
                    written,
                    ROLES.get(written),
                    text if isinstance(text, str) else None,
                    turn,
                )
                break


def calls_of(turn: Turn) -> list[tuple[Steps, dict[str, object]]]:
    """The entries of a turn's ``tool_calls`` with where they stand."""
    calls = turn.value.get("tool_calls")
    if not isinstance(calls, list):
        return []
    return [((*turn.steps, "tool_calls", n), call) for n, call in enumerate(calls) if isinstance(call, dict)]
