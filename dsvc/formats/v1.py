"""Messages of LLaMA-Factory's native format: typed parts with a ``value``, and a ``loss_weight``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.formats import thinking
from dsvc.formats.canonical import NOTHING, PLAIN, Call, Content, Details, Part, Turn
from dsvc.formats.chat_writing import with_input
from dsvc.formats.definition import AnyOf, Field, ListOf, Object
from dsvc.formats.misfit import Misfit, expected
from dsvc.formats.report import with_others
from dsvc.formats.tools import read_call_text, write_call_text
from dsvc.record import Number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dsvc.formats.canonical import Medium, Role
    from dsvc.formats.report import Told
    from dsvc.record import Json

MESSAGE: Final = Object(
    "v1-message",
    (
        Field("role", str, "system, user, assistant or tool"),
        Field(
            "content",
            ListOf(
                Object(
                    "v1-part",
                    (
                        Field("type", str, "text, reasoning, tool_call, image_url, video_url or audio_url"),
                        Field("value", str, "the text, JSON text of a call, or the address"),
                    ),
                )
            ),
            "the parts in their order",
        ),
        Field("loss_weight", AnyOf((int, float)), "0.0 leaves the message out of the training", required=False),
    ),
)
_ROLES: Final[dict[str, Role]] = {role: role for role in ("system", "user", "assistant", "tool")}
_MEDIA: Final[dict[str, Medium]] = {"image_url": "image", "video_url": "video", "audio_url": "audio"}
_TYPES: Final[dict[str, str]] = {medium: name for name, medium in _MEDIA.items()}
_WEIGHTS: Final = {"0.0": 0, "1.0": 1}
_USUAL_WEIGHTS: Final = {written: Details(weight=weight) for written, weight in _WEIGHTS.items()}


def read_v1(found: Json, field: str, told: Told) -> list[Turn]:
    """Messages as turns. Raises Misfit."""
    if type(found) is not list:
        expected("a list of messages", found, field)
    if not found:
        raise Misfit(field, "is empty")
    return [_short(message) or _turn(message, f"{field}[{number}]", told) for number, message in enumerate(found)]


def _short(message: Json) -> Turn | None:
    """The turn of a message that is one text, perhaps with a usual weight; None for any other."""
    if type(message) is not dict or len(message) > 3:
        return None
    role, parts = message.get("role"), message.get("content")
    if type(role) is not str or role not in _ROLES or type(parts) is not list or len(parts) != 1:
        return None
    part = parts[0]
    if type(part) is not dict or len(part) != 2 or part.get("type") != "text":
        return None
    text = part.get("value")
    if type(text) is not str or (role == "assistant" and text.startswith(thinking.OPEN)):
        return None
    if len(message) == 2:
        return Turn(_ROLES[role], text)
    weight = message.get("loss_weight")
    return Turn(_ROLES[role], text, _USUAL_WEIGHTS[weight]) if type(weight) is Number and weight in _WEIGHTS else None


def _turn(message: Json, where: str, told: Told) -> Turn:
    if type(message) is not dict:
        expected("an object", message, where)
    role, parts = message.get("role"), message.get("content")
    if type(role) is not str or role not in _ROLES:
        raise Misfit(f"{where}.role", "is no role here", f"roles are: {', '.join(_ROLES)}")
    if type(parts) is not list:
        expected("a list of parts with type and value", parts, f"{where}.content")
    reasoning: list[str] = []
    calls: list[Call] = []
    content: list[Part] = []
    for number, part in enumerate(parts):
        _part(part, f"{where}.content[{number}]", reasoning, calls, content, told)
    if len(reasoning) > 1:
        told.rewritten("reasoning", "several parts of reasoning become one")
    extra = {key: value for key, value in message.items() if key not in ("role", "content", "loss_weight")}
    weight = _weight(message, where, told)
    thought, text = "\n".join(reasoning) if reasoning else None, _content(content, told, calls=bool(calls))
    if role == "assistant" and thought is None and isinstance(text, str):
        thought, text = thinking.split(text, told, usual=False)
    details = Details(thought, tuple(calls), weight, extra=extra or NOTHING)
    return Turn(_ROLES[role], text, None if details == PLAIN else details)


def _content(content: list[Part], told: Told, *, calls: bool) -> Content:
    if len(content) == 1 and content[0].kind == "text" and not content[0].extra:
        return str(content[0].value)
    if not content:
        if not calls:
            told.rewritten("content of messages", "no part becomes an empty text")
        return None if calls else ""
    return content


def _part(part: Json, where: str, reasoning: list[str], calls: list[Call], content: list[Part], told: Told) -> None:
    if type(part) is not dict or type(part.get("type")) is not str:
        expected("an object with type and value", part, where)
    kind, value = part["type"], part.get("value")
    if type(value) is not str:
        expected("a text", value, f"{where}.value")
    extra = {key: inner for key, inner in part.items() if key not in ("type", "value")} if len(part) > 2 else NOTHING
    if kind in ("reasoning", "tool_call") and extra:
        for key in extra:
            told.lost(f"{key} of parts", f"a part of {kind} has no other keys")
    if kind == "text":
        if calls:
            told.rewritten("content of messages", "a text comes before calls")
        content.append(Part("text", value, extra))
    elif kind == "reasoning":
        if content or calls:
            told.rewritten("reasoning", "comes first in its message")
        reasoning.append(value)
    elif kind == "tool_call":
        found = read_call_text(value, "calls", told)
        if len(found) > 1:
            told.rewritten("calls", "a part for each call")
        calls += found
    elif kind in _MEDIA:
        content.append(Part(_MEDIA[str(kind)], value, extra))
    else:
        raise Misfit(f"{where}.type", "is not text, reasoning, tool_call, image_url, video_url or audio_url")


def _weight(message: dict[str, Json], where: str, told: Told) -> int | Number | None:
    if "loss_weight" not in message:
        return None
    found = message["loss_weight"]
    if type(found) is float:
        found = Number(found)
    if type(found) is Number:
        return _WEIGHTS.get(found, found)
    if type(found) is int:
        told.rewritten("loss_weight", "a whole number gets its point")
        return found if found in (0, 1) else Number(f"{found}.0")
    return expected("a number", found, f"{where}.loss_weight")


def write_v1(turns: Sequence[Turn], told: Told) -> list[Json]:
    """Turns as messages."""
    waiting: list[str] = []
    return [_message(turn, told, waiting) for turn in turns]


def _message(turn: Turn, told: Told, waiting: list[str]) -> Json:
    """A message. ``waiting``: the names of tools that were called and have not answered yet."""
    role, details = turn.role, turn.details
    if role == "developer":
        told.rewritten("role", "developer becomes system")
        role = "system"
    message: dict[str, Json] = {"role": role}
    if details is None and type(turn.content) is str and not turn.input and role != "tool":
        message["content"] = [{"type": "text", "value": turn.content}]
        return message
    details = details or PLAIN
    parts: list[Json] = []
    if details.reasoning is not None:
        parts.append({"type": "reasoning", "value": thinking.as_text(details.reasoning, told)})
    parts += _parts(with_input(turn, told), told)
    waiting += [call.name for call in details.calls]
    for call in details.calls:
        if call.id is not None:
            told.lost("tool_call_id", "the target matches calls and results by their order")
        parts.append({"type": "tool_call", "value": write_call_text([call], told)})
    message["content"] = parts
    if details.weight is not None:
        message["loss_weight"] = Number(f"{details.weight}.0") if type(details.weight) is int else details.weight
    if details.call_id is not None:
        told.lost("tool_call_id", "the target matches calls and results by their order")
    answered = waiting.pop(0) if turn.role == "tool" and waiting else None
    if details.name is not None and details.name != answered:
        field = "name of tool results" if turn.role == "tool" else "name of messages"
        told.lost(field, "the target has no place for it")
    for key, value in details.extra.items():
        if key in ("role", "content", "loss_weight"):
            told.lost(f"{key} of messages", "has another meaning in the target")
        else:
            message[key] = value
    return message


def _parts(content: Content, told: Told) -> list[Json]:
    if content is None:
        return []
    if isinstance(content, str):
        return [{"type": "text", "value": content}]
    if len(content) == 1 and content[0].kind == "text" and not content[0].extra:
        told.rewritten("content of messages", "a list of one text becomes a text")
    made: list[Json] = []
    for part in content:
        if part.kind != "text" and not isinstance(part.value, str):
            raise Misfit(f"{part.kind}s", "is an object, not an address", "the target takes addresses and paths")
        own: dict[str, Json] = {"type": _TYPES.get(part.kind, "text"), "value": part.value}
        made.append(with_others(own, part.extra, told, "content of messages"))
    return made
