"""What shapes that are a list of messages and perhaps tools have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.formats.alpaca_prompt import given_in
from dsvc.formats.canonical import NOTHING, Canonical
from dsvc.formats.chat import Dialect, read_turns
from dsvc.formats.chat_writing import Writer, written_plainly
from dsvc.formats.definition import AnyOf, Field, ListOf, Object, extra_of, with_extra
from dsvc.formats.misfit import Misfit
from dsvc.formats.tools import read_tools, write_tools

if TYPE_CHECKING:
    from dsvc.formats.canonical import Turn
    from dsvc.formats.media import Given
    from dsvc.formats.report import Told
    from dsvc.record import Json

TOOL: Final = Object(
    "tool",
    (
        Field("type", str, "function"),
        Field("function", dict, "name, description and parameters (a JSON schema)"),
    ),
)
PART_OPENAI: Final = Object(
    "openai-part",
    (
        Field("type", str, "text, image_url or input_audio"),
        Field("text", str, "of a text", required=False),
        Field("image_url", dict, "of an image: url, perhaps detail", required=False),
        Field("input_audio", dict, "of a sound: data and format", required=False),
    ),
)
CALL_OPENAI: Final = Object(
    "openai-call",
    (
        Field("id", str, "what the result names"),
        Field("type", str, "function"),
        Field(
            "function",
            Object("openai-function", (Field("name", str, "the tool"), Field("arguments", str, "a JSON text"))),
            "what is called",
        ),
    ),
)
MESSAGE_OPENAI: Final = Object(
    "openai-message",
    (
        Field("role", str, "system, developer, user, assistant or tool"),
        Field(
            "content",
            AnyOf((str, ListOf(PART_OPENAI))),
            "a text, or typed parts; null only beside calls",
            required=False,
        ),
        Field("tool_calls", ListOf(CALL_OPENAI), "of an assistant: calls, arguments as JSON text", required=False),
        Field("tool_call_id", str, "of a tool: which call this is the result of", required=False),
        Field("weight", int, "of an assistant: 0 leaves the message out of the training", required=False),
        Field("name", str, "who speaks", required=False),
        Field("reasoning_content", str, "what was thought; also spelled thinking or reasoning", required=False),
    ),
)
CALL_TRL: Final = Object(
    "trl-call",
    (
        Field("type", str, "function", required=False),
        Field(
            "function",
            Object("trl-function", (Field("name", str, "the tool"), Field("arguments", dict, "an object"))),
            "what is called",
        ),
        Field("id", str, "for templates that need one (Mistral)", required=False),
    ),
)
PART_TRL: Final = Object(
    "trl-part",
    (Field("type", str, "text, image, video or audio"), Field("text", str, "of a text", required=False)),
)
MESSAGE_TRL: Final = Object(
    "trl-message",
    (
        Field("role", str, "system, developer, user, assistant or tool"),
        Field(
            "content",
            AnyOf((str, ListOf(PART_TRL))),
            "a text, or typed parts; absent only beside calls",
            required=False,
        ),
        Field("tool_calls", ListOf(CALL_TRL), "of an assistant: calls, arguments as an object", required=False),
        Field("name", str, "of a tool: which tool this is the result of", required=False),
        Field("tool_call_id", str, "of a tool: which call", required=False),
        Field("reasoning_content", str, "what was thought; also spelled thinking or reasoning", required=False),
        Field("weight", int, "0 or 1, read by axolotl", required=False),
    ),
)
MESSAGE_PLAIN: Final = Object(
    "plain-message",
    (Field("role", str, "system, user or assistant"), Field("content", str, "the text")),
)


class ToolForm:
    """How a shape writes its tools."""

    def __init__(self, *, as_text: bool, wrapped: bool = True) -> None:
        self.as_text = as_text
        self.wrapped = wrapped

    def read(self, value: dict[str, Json], told: Told) -> list[Json] | None:
        """The tools of a record."""
        if "tools" not in value:
            return None
        if value["tools"] is None:
            told.rewritten("tools", "null becomes absent")
        return read_tools(value["tools"], told, as_text=self.as_text, wrapped=self.wrapped)

    def write(self, tools: list[Json] | None) -> dict[str, Json]:
        """The field with the tools, where there are any."""
        return {} if tools is None else {"tools": write_tools(tools, as_text=self.as_text, wrapped=self.wrapped)}


TOOL_LIST: Final = ToolForm(as_text=False)
TOOL_TEXT: Final = ToolForm(as_text=True)


def conversation_in(
    value: dict[str, Json], key: str, dialect: Dialect, told: Told, given: Given | None = None
) -> list[Turn]:
    """The turns of a field. Raises Misfit when there are none."""
    if key not in value:
        raise Misfit(key, "is missing")
    turns = read_turns(value[key], dialect, told, key, given)
    if not turns:
        raise Misfit(key, "is empty")
    return turns


def read_messages(
    value: dict[str, Json], key: str, dialect: Dialect, tools: ToolForm | None, known: frozenset[str], told: Told
) -> Canonical:
    """A record that is a conversation."""
    if len(value) == 1:
        return Canonical(conversation_in(value, key, dialect, told))
    given = given_in(value, told) if "images" in known else None
    turns = conversation_in(value, key, dialect, told, given)
    if given:
        given.finish()
    found = tools.read(value, told) if tools is not None else None
    return Canonical(turns, tools=found, extra=extra_of(value, known))


def write_messages(
    canonical: Canonical,
    key: str,
    dialect: Dialect,
    tools: ToolForm | None,
    known: frozenset[str],
    told: Told,
    reasoning: str | None = None,
) -> dict[str, Json]:
    """The same back."""
    made: dict[str, Json]
    messages = written_plainly(canonical.turns, dialect, told)
    if messages is not None:
        made = {key: messages}
        files = NOTHING
    else:
        writer = Writer(dialect, told, reasoning)
        made = {key: writer.turns(canonical.turns)}
        files = writer.taken.fields()
    if canonical.tools is not None:
        if tools is None:
            told.lost("tools", "the target has no place for them")
        else:
            made.update(tools.write(canonical.tools))
    if files:
        made.update(files)
    return with_extra(made, canonical.extra, known, told) if canonical.extra else made
