"""ShareGPT: ``conversations`` of ``from`` and ``value``, with calls of tools as LLaMA-Factory reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.formats.alpaca_prompt import MEDIA, SYSTEM, given_in
from dsvc.formats.canonical import NOTHING, Canonical, Turn
from dsvc.formats.chat import read_turns
from dsvc.formats.chat_writing import Writer, written_plainly
from dsvc.formats.definition import Field, ListOf, Object, Shape, extra_of, known_of, with_extra
from dsvc.formats.dialects import SHAREGPT, looks_of
from dsvc.formats.misfit import Misfit, optional_text
from dsvc.formats.tools import read_tools, write_tools

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dsvc.formats.report import Told
    from dsvc.record import Json

MESSAGE: Final = Object(
    "sharegpt-message",
    (
        Field("from", str, "human, gpt, system, function_call or observation"),
        Field("value", str, "the text; of a function_call JSON text of {name, arguments}, or a list of them"),
    ),
)
TOOLS: Final = Field(
    "tools", str, "the tools as a JSON text: a list of {name, description, parameters}", required=False
)
FIELDS: Final = (Field("conversations", ListOf(MESSAGE), "the messages"), SYSTEM, TOOLS, *MEDIA)
KNOWN: Final = known_of(FIELDS)
COLUMNS: Final[dict[str, Json]] = {
    "messages": "conversations",
    "system": "system",
    "tools": "tools",
    "images": "images",
    "videos": "videos",
    "audios": "audios",
}
TAGS: Final[dict[str, Json]] = {
    "role_tag": "from",
    "content_tag": "value",
    "user_tag": "human",
    "assistant_tag": "gpt",
    "observation_tag": "observation",
    "function_tag": "function_call",
    "system_tag": "system",
}
"""All of them: a block without ``system_tag`` makes LLaMA-Factory drop every record with a system message."""


def read_system(value: dict[str, Json], told: Told) -> list[Turn]:
    """The system prompt in a field of its own, as a turn."""
    if "system" not in value:
        return []
    system = optional_text(value, "system")
    if not system:
        told.rewritten("system", "null becomes absent" if system is None else "an empty text becomes absent")
        return []
    told.rewritten("system", "becomes the first message")
    return [Turn("system", system)]


def in_order(messages: list[Json], *, ends_with_answer: bool) -> list[Json]:
    """The messages, when LLaMA-Factory takes them in this order: sides alternate, perhaps a system message before.

    Raises Misfit for an order in which it would drop the record.
    """
    _require_order(_names(messages), ends_with_answer=ends_with_answer)
    return messages


def tell_order(messages: Json, told: Told, *, ends_with_answer: bool) -> None:
    """Tell when LLaMA-Factory would drop a record that is read: it could not be written so again."""
    assert isinstance(messages, list)
    try:
        _require_order([_USUAL.get(name, name) for name in _names(messages)], ends_with_answer=ends_with_answer)
    except Misfit as misfit:
        told.noticed("conversations", f"LLaMA-Factory would drop it: {misfit.what}")


def _names(messages: list[Json]) -> list[str]:
    return [message["from"] for message in messages]  # type: ignore[index,call-overload,misc]


def _require_order(names: Sequence[str], *, ends_with_answer: bool) -> None:
    start = 1 if names and names[0] == "system" else 0
    asked, answered = names[start::2], names[start + 1 :: 2]
    if asked and _QUESTIONS.issuperset(asked) and _ANSWERS.issuperset(answered):
        if (len(asked) == len(answered)) is ends_with_answer:
            return
        last = "an answer" if ends_with_answer else "a question"
        raise Misfit("conversations", f"the last message is not {last}", _DROPPED)
    for number, name in enumerate(names[start:]):
        if name not in (_ANSWERS if number % 2 else _QUESTIONS):
            wanted = "gpt or function_call" if number % 2 else "human or observation"
            raise Misfit("conversations", f"message {number + start + 1} is of {name}, not {wanted}", _DROPPED)
    raise Misfit("conversations", "has no question", _DROPPED)


_USUAL: Final = {name: SHAREGPT.written[role] for name, role in SHAREGPT.aliases.items()}
_QUESTIONS: Final = frozenset(("human", "observation"))
_ANSWERS: Final = frozenset(("gpt", "function_call"))
_DROPPED: Final = "LLaMA-Factory drops records whose sides do not alternate"


def joined_results(turns: Sequence[Turn], told: Told) -> Sequence[Turn]:
    """Turns in which results of tools that follow each other are one."""
    if "tool" not in [turn.role for turn in turns]:
        return turns
    made: list[Turn] = []
    for turn in turns:
        if turn.role == "tool" and made and made[-1].role == "tool":
            told.rewritten("tool results", "results in a row become one, a line each")
            if turn.details is not None and turn.details.call_id is not None:
                told.lost("tool_call_id", "the target matches calls and results by their order")
            made[-1] = Turn("tool", f"{made[-1].content}\n{turn.content}", made[-1].details)
        else:
            made.append(turn)
    return made


def _read(value: dict[str, Json], told: Told) -> Canonical:
    given = given_in(value, told)
    turns = read_system(value, told) if "system" in value else []
    turns += read_turns(value.get("conversations"), SHAREGPT, told, "conversations", given)
    if not turns:
        raise Misfit("conversations", "is empty")
    tell_order(value["conversations"], told, ends_with_answer=True)
    if given:
        given.finish()
    tools = read_tools(value["tools"], told, as_text=True, wrapped=False) if "tools" in value else None
    return Canonical(turns, tools=tools, extra=extra_of(value, KNOWN))


def _write(canonical: Canonical, told: Told) -> dict[str, Json]:
    messages = written_plainly(canonical.turns, SHAREGPT, told)
    files = NOTHING
    if messages is None:
        writer = Writer(SHAREGPT, told)
        messages = writer.turns(joined_results(canonical.turns, told))
        files = writer.taken.fields()
    made: dict[str, Json] = {"conversations": in_order(messages, ends_with_answer=True)}
    if canonical.tools is not None:
        made["tools"] = write_tools(canonical.tools, as_text=True, wrapped=False)
    made.update(files)
    return with_extra(made, canonical.extra, KNOWN, told)


def _looks(value: dict[str, Json]) -> float:
    seen = looks_of(value["conversations"])
    return 1.0 if "from" in seen and "mixed" not in seen else 0.4 if "from" in seen else 0.0


SHAPE: Final = Shape(
    name="sharegpt",
    kind="conversation",
    title="conversations of from and value, with calls of tools and media",
    fields=FIELDS,
    readers=("LLaMA-Factory", "FastChat", "ms-swift", "axolotl (older)"),
    source="LLaMA-Factory data/README.md, SharegptDatasetConverter; FastChat data/dummy_conversation.json",
    examples=(
        {
            "conversations": [
                {"from": "human", "value": "北京明天的天气怎么样？"},
                {"from": "function_call", "value": '{"name": "weather", "arguments": {"city": "北京", "day": 1}}'},
                {"from": "observation", "value": '{"sky": "晴", "high": 8}'},
                {"from": "gpt", "value": "明天晴，最高八度。"},
            ],
            "tools": '[{"name": "weather", "description": "查天气", "parameters": {"type": "object"}}]',
        },
        {
            "conversations": [
                {"from": "system", "value": "Answer in one sentence."},
                {"from": "human", "value": "<image>Which card is this?"},
                {"from": "gpt", "value": "<think>\nBlue, with a wave: the travel card.\n</think>\n\nThe travel card."},
            ],
            "images": ["cards/7.jpg"],
        },
    ),
    cautions=(
        "Sides alternate: human or observation, then gpt or function_call; LLaMA-Factory drops other records.",
        "The value of a function_call must be JSON: otherwise LLaMA-Factory stops.",
        "In dataset_info.json name all tags: without system_tag records with a system message are dropped.",
    ),
    dataset_info={"formatting": "sharegpt", "columns": COLUMNS, "tags": TAGS},
    looks=_looks,
    read=_read,
    write=_write,
)
