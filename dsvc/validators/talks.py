"""The turns of a record, whatever they are called: for the rules about roles, tools, reasoning and weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import msgspec

from dsvc.formats.chat import SPELLINGS
from dsvc.formats.dialects import OPENAI, PLACEHOLDERS, SHAREGPT

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence

    from dsvc.textdiff.fields import Steps
    from dsvc.validators.checked import Checked, Records
    from dsvc.validators.rule import Signature

Speaker: TypeAlias = Literal["system", "user", "assistant", "call", "tool"]
"""``call``: a turn that is nothing but calls of tools (ShareGPT's ``function_call``, ms-swift's ``tool_call``)."""

CONVERSATIONS: Final = ("messages", "conversations", "conversation", "dialogue", "dialog")
SIDES: Final = ("prompt", "completion", "chosen", "rejected", "chosen_messages", "rejected_messages")
"""Fields that are turns in some shapes, and texts in others."""
OUTPUTS: Final = ("preferred_output", "non_preferred_output")
FIELDS: Final = (*CONVERSATIONS, *SIDES, *OUTPUTS)
_FIELDS: Final = frozenset(FIELDS)
_INSIDE: Final = ("input", "messages")
"""Where OpenAI's preference pairs have their question."""


def _speakers() -> dict[str, Speaker]:
    found: dict[str, Speaker] = {}
    for dialect in (OPENAI, PLACEHOLDERS, SHAREGPT):
        for name, role in {**dialect.roles, **dialect.aliases}.items():
            found[name] = "system" if role == "developer" else role
        if dialect.call_role:
            found[dialect.call_role] = "call"
    return {**found, "function": "tool"}  # OpenAI's older name


SPEAKERS: Final[Mapping[str, Speaker]] = _speakers()
"""What roles mean, by all their names in the dialects of :mod:`dsvc.formats.dialects`."""


class Turn(msgspec.Struct, frozen=True, gc=False):
    """One turn: where it stands, its role as written and as meant (None: no name that is known), what it is.

    ``text`` is its content where that is a text, None where it is parts, null or absent.
    """

    steps: Steps
    name: str
    speaker: Speaker | None
    text: str | None
    value: dict[str, object]
    key: str
    """Where its content stands, ``content`` or ``value``."""

    @property
    def content(self) -> object:
        """Its content; None where there is none."""
        return self.value.get(self.key)

    @property
    def at(self) -> Steps:
        """The path of its content."""
        return (*self.steps, self.key)

    @property
    def role_at(self) -> Steps:
        """The path of its role."""
        return (*self.steps, "from" if self.key == "value" else "role")


class Talk(msgspec.Struct, frozen=True, gc=False):
    """A list of turns and the path of its field."""

    steps: Steps
    turns: list[Turn]

    @property
    def is_conversation(self) -> bool:
        """Whether it is a whole conversation, not one side of a pair."""
        return self.steps[0] in CONVERSATIONS


def has_turns(signature: Signature) -> bool:
    """Whether records of this signature may have turns."""
    keys, types = signature
    return any(
        (key in _FIELDS and (kind is list or kind is dict)) or (key == "input" and kind is dict)
        for key, kind in zip(keys, types, strict=False)
    )


def raw_turns(fields: Mapping[str, Any]) -> Iterator[Any]:
    """All that may be a turn in a record's fields, as it is; quicker than :func:`talks`."""
    for name, value in fields.items():
        if name in _FIELDS:
            if type(value) is list:
                yield from value
            elif type(value) is dict:
                yield value
        elif name == _INSIDE[0] and type(value) is dict and type(value.get(_INSIDE[1])) is list:
            yield from value[_INSIDE[1]]


def by_roles(records: Records) -> dict[Hashable, list[int]]:
    """The numbers (from 0) of the records of a block that may have turns, by all that rules about roles look at: the
    signature, the roles of all turns in their order, and which of them have calls. One of a group stands for all."""
    return records.once(_by_roles)


def _by_roles(records: Records) -> dict[Hashable, list[int]]:
    found: dict[Hashable, list[int]] = {}
    for signature, rows in records.alike.items():
        if not has_turns(signature):
            continue
        names = [name for name in signature[0] if name in _FIELDS or name == _INSIDE[0]]
        for row in rows:
            record = records[row]
            roles: Hashable = _roles(record, names[0]) if len(names) == 1 else None
            if roles is None:
                roles = tuple([_role(turn) for turn in _marked_turns(record.fields)])
            found.setdefault((signature, roles), []).append(row)
    return found


def _roles(record: Checked, name: str) -> tuple[str, ...] | None:
    """The roles of plain turns in a field, quickly; None: look at each of them."""
    if b'"tool_calls"' in record.content:
        return None
    turns = record.fields[name]
    for key in ("role", "from"):
        try:
            roles = (key, *[turn[key] for turn in turns])  # type: ignore[attr-defined]  # else TypeError
        except (TypeError, KeyError):
            continue
        return roles if {*map(type, roles)} == {str} else None
    return None


def _marked_turns(fields: Mapping[str, Any]) -> Iterator[Any]:
    """The same as :func:`raw_turns`, and None where the next field begins."""
    for name, value in fields.items():
        if name in _FIELDS or name == _INSIDE[0]:
            yield None
            yield from raw_turns({name: value})


def _role(turn: Any) -> Any:
    if type(turn) is not dict:
        return None if turn is None else type(turn)
    role = turn.get("role")
    if type(role) is str:
        return role, bool(turn.get("tool_calls"))
    name = turn.get("from")
    return ("from", name) if type(name) is str else 0


def one_of_each(records: Records, rows: Sequence[int], check: Callable[[Checked], Iterable[Any]]) -> list[int]:
    """The records of those groups (:func:`by_roles`) in whose first one a check finds something."""
    found: list[int] = []
    for alike in by_roles(records).values():
        if any(True for _ in check(records[alike[0]])):
            found += alike
    return sorted(found)


def talks(record: Checked) -> list[Talk]:
    """The lists of turns of a record, in the order of its fields; those that hold other things are left out."""
    return record.once(_talks)


def _talks(record: Checked) -> list[Talk]:
    found = []
    for name, value in record.fields.items():
        steps: Steps = (name,)
        if name == _INSIDE[0] and type(value) is dict:
            steps, value = _INSIDE, value.get(_INSIDE[1])
        elif name not in _FIELDS:
            continue
        if type(value) is dict:
            turns = list(_turns([value], steps, single=True))
        elif type(value) is list:
            turns = list(_turns(value, steps))
        else:
            continue
        if turns:
            found.append(Talk(steps, turns))
    return found


def _turns(values: list[object], steps: Steps, *, single: bool = False) -> Iterator[Turn]:
    """The turns of a list; nothing at all when one of its elements is none."""
    made = []
    for number, value in enumerate(values):
        if type(value) is not dict:
            return
        key = "content"
        name = value.get("role")
        if type(name) is not str:
            name, key = value.get("from"), "value"
            if type(name) is not str:
                return
        text = value.get(key)
        made.append(
            Turn(
                steps if single else (*steps, number),
                name,
                SPEAKERS.get(name),
                text if type(text) is str else None,
                value,
                key,
            )
        )
    yield from made


def calls_in(turn: Turn) -> list[object]:
    """The entries of a turn's ``tool_calls``; none when that is no list."""
    found = turn.value.get("tool_calls")
    return found if type(found) is list else []


def parts_of(turn: Turn, kind: str) -> Iterator[tuple[Steps, str]]:
    """The texts of the parts of a type in a turn, with their paths; that of ``text`` may stand in ``text``."""
    content = turn.content
    for number, part in enumerate(content if type(content) is list else ()):
        if type(part) is dict and part.get("type") == kind:
            for key in ("value", "text"):
                if type(part.get(key)) is str:
                    yield (*turn.at, number, key), part[key]
                    break


def texts_of(turn: Turn) -> Iterator[tuple[Steps, str]]:
    """What a turn says as texts: its content, or its parts of text."""
    if turn.text is not None:
        yield turn.at, turn.text
    else:
        yield from parts_of(turn, "text")


def reasoning_of(turn: Turn) -> Iterator[tuple[Steps, str]]:
    """Reasoning that a turn keeps apart from its text."""
    for key in SPELLINGS:
        found = turn.value.get(key)
        if type(found) is str:
            yield (*turn.steps, key), found
    yield from parts_of(turn, "reasoning")
