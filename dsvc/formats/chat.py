"""Messages: lists of objects with a role and a content, in the dialects that trainers read.

What a dialect does not fix is read and written the same for all of them; most messages have a role and a text and
nothing else, and take the short way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import msgspec
from msgspec.structs import force_setattr, replace

from dsvc.formats import thinking
from dsvc.formats.canonical import PLAIN, Call, Details, Turn
from dsvc.formats.definition import extra_of
from dsvc.formats.json_text import inner_object
from dsvc.formats.media import Given, read_parts
from dsvc.formats.misfit import Misfit, called, expected
from dsvc.formats.tools import USUAL_TEXT, read_call_text

if TYPE_CHECKING:
    from dsvc.formats.canonical import Content, Role
    from dsvc.formats.report import Told
    from dsvc.record import Json, Number

SPELLINGS: Final = ("reasoning_content", "thinking", "reasoning")
_OF_CALL: Final = frozenset(("id", "type", "function"))
_OF_FUNCTION: Final = frozenset(("name", "arguments"))


class Dialect(msgspec.Struct, frozen=True, kw_only=True):
    """How one shape writes messages.

    ``roles``: its names of roles; ``aliases``: other names that are understood (told). ``calls``: in a list
    ``tool_calls`` (arguments as text, or as object), or as messages of their own in the role ``call_role``, one for
    each or one with a list of them (``call_lists``). ``parts``: typed parts inside of content, placeholders, or texts
    only. ``reasoning``: the key for it, ``think`` for inside the text. ``weight``: the key for it. ``names``: whether
    messages may have ``name`` and ``tool_call_id``. The rest is derived.
    """

    role: str = "role"
    content: str = "content"
    roles: dict[str, Role]
    aliases: dict[str, Role] = {}
    calls: Literal["text", "object", "message", "none"] = "none"
    call_role: str = ""
    call_lists: bool = False
    parts: Literal["openai", "trl", "placeholders", "none"] = "none"
    reasoning: str = "think"
    weight: str | None = None
    names: bool = False
    ids_needed: bool = False
    null_content: bool = False

    known: frozenset[str] = frozenset()
    written: dict[Role, str] = {}
    short: dict[str, Role] = {}
    plain: dict[Role, str] = {}

    def __post_init__(self) -> None:
        """Derive the keys that mean something, the name of each role, and roles that need no look at other keys."""
        keys = {self.role, self.content, *((self.weight,) if self.weight else ())}
        if self.reasoning != "think":
            keys |= {*SPELLINGS}
        if self.names:
            keys |= {"name", "tool_call_id"}
        if self.calls in ("text", "object"):
            keys |= {"tool_calls"}
        force_setattr(self, "known", frozenset(keys))
        force_setattr(self, "written", {role: name for name, role in self.roles.items()})
        short = {name: role for name, role in self.roles.items() if role != "tool" or not self.names}
        force_setattr(self, "short", short)
        force_setattr(self, "plain", {role: name for role, name in self.written.items() if role != "tool"})


def read_turns(found: Json, dialect: Dialect, told: Told, field: str, given: Given | None = None) -> list[Turn]:
    """Messages as turns. Raises Misfit for what no message of this dialect can be."""
    if type(found) is not list:
        expected("a list of messages", found, field)
    turns: list[Turn] = []
    short, role_key, content_key = dialect.short, dialect.role, dialect.content
    for number, message in enumerate(found):
        if type(message) is dict and len(message) == 2 and given is None:
            name, text = message.get(role_key), message.get(content_key)
            if type(name) is str and type(text) is str:
                role = short.get(name)
                if role is not None and (role != "assistant" or not text.startswith("<think>")):
                    turns.append(Turn(role, text))
                    continue
        _read(message, dialect, told, f"{field}[{number}]", given, turns)
    return turns


def _read(message: Json, dialect: Dialect, told: Told, where: str, given: Given | None, turns: list[Turn]) -> None:
    """Read a message in full, and put it behind the others (or calls into the turn before them)."""
    if type(message) is not dict:
        expected("an object", message, where)
    name = message.get(dialect.role)
    if type(name) is not str:
        expected("a role", name, f"{where}.{dialect.role}")
    if dialect.calls == "message" and name == dialect.call_role:
        _read_call_message(message, dialect, told, where, turns)
        return
    role = dialect.roles.get(name)
    if role is None:
        role = dialect.aliases.get(name)
        if role is None:
            raise Misfit(
                f"{where}.{dialect.role}",
                f"'{name[:40]}' is no role here",
                f"roles are: {', '.join([*dialect.roles, *([dialect.call_role] if dialect.call_role else [])])}",
            )
        told.rewritten(f"{dialect.role} of messages", f"'{name}' is written '{dialect.written[role]}'")
    calls = _read_calls(message, dialect, told, where) if "tool_calls" in message else ()
    content = _read_content(message, dialect, told, where, given, calls=bool(calls))
    reasoning, content = _read_reasoning(message, role, content, dialect, told, where)
    details = Details(
        reasoning=reasoning,
        calls=calls,
        weight=_read_weight(message, dialect, told, where),
        name=_optional(message, "name", where, told) if dialect.names and "name" in message else None,
        call_id=_optional(message, "tool_call_id", where, told)
        if dialect.names and "tool_call_id" in message
        else None,
        extra=extra_of(message, dialect.known),
    )
    if role == "tool" and dialect.names:
        _check_result(details, dialect, told, where)
    turns.append(Turn(role, content, None if details == PLAIN else details))


def _check_result(details: Details, dialect: Dialect, told: Told, where: str) -> None:
    if dialect.ids_needed and details.call_id is None:
        raise Misfit(f"{where}.tool_call_id", "is missing", "it names the call that this is the result of")
    if dialect.ids_needed and details.name is not None:
        told.rewritten("name of tool results", "it is that of the call")
    if not dialect.ids_needed and details.name is None:
        told.rewritten("name of tool results", "it becomes that of the call")


def _optional(message: dict[str, Json], key: str, where: str, told: Told) -> str | None:
    if key not in message:
        return None
    found = message[key]
    if found is None:
        told.rewritten(f"{key} of messages", "null becomes absent")
    elif type(found) is not str:
        expected("a text", found, f"{where}.{key}")
    return found


def _read_content(
    message: dict[str, Json], dialect: Dialect, told: Told, where: str, given: Given | None, *, calls: bool
) -> Content:
    found = message.get(dialect.content)
    if type(found) is str:
        return given.split(found, f"{where}.{dialect.content}") if given and dialect.parts == "placeholders" else found
    if found == [] and dialect.parts in ("openai", "trl"):
        told.rewritten("content of messages", "an empty list becomes an empty text")
        return ""
    if type(found) is list and dialect.parts in ("openai", "trl"):
        return read_parts(found, f"{where}.{dialect.content}", dialect.parts, given, told)
    if found is None and calls:
        if (dialect.content in message) is not dialect.null_content:
            told.rewritten("content beside calls", "null" if dialect.content in message else "absent")
        return None
    if dialect.content not in message:
        raise Misfit(f"{where}.{dialect.content}", "is missing")
    hint = "null is for messages with calls only" if found is None else None
    return expected("a text", found, f"{where}.{dialect.content}", hint)


def _read_reasoning(
    message: dict[str, Json], role: Role, content: Content, dialect: Dialect, told: Told, where: str
) -> tuple[str | None, Content]:
    if dialect.reasoning != "think":
        for key in SPELLINGS:
            if key not in message:
                continue
            found = message[key]
            if found is not None and type(found) is not str:
                expected("a text", found, f"{where}.{key}")
            if found is None:
                told.rewritten("reasoning", f"{key} null becomes absent")
            elif role != "assistant":
                told.rewritten("reasoning", f"in a message of {role}")
            if key != dialect.reasoning:
                told.rewritten("reasoning", f"{key} is written {dialect.reasoning}")
            if sum(other in message for other in SPELLINGS) > 1:
                raise Misfit(f"{where}.{key}", "reasoning stands there under two names", "keep one of them")
            return found, content
    if role == "assistant" and isinstance(content, str):
        return thinking.split(content, told, usual=dialect.reasoning == "think")
    return None, content


def _read_weight(message: dict[str, Json], dialect: Dialect, told: Told, where: str) -> int | Number | None:
    if dialect.weight is None or dialect.weight not in message:
        return None
    found = message[dialect.weight]
    if dialect.weight == "loss":
        if type(found) is not bool:
            expected("true or false", found, f"{where}.loss")
        return int(found)
    if type(found) is int and found in (0, 1):
        return found
    raise Misfit(f"{where}.{dialect.weight}", f"is neither 0 nor 1, but {called(found)}")


def _read_calls(message: dict[str, Json], dialect: Dialect, told: Told, where: str) -> tuple[Call, ...]:
    if dialect.calls not in ("text", "object"):
        return ()
    found = message["tool_calls"]
    if found is None or found == []:
        told.rewritten("tool_calls", "an empty list becomes absent")
        return ()
    if type(found) is not list:
        expected("a list of calls", found, f"{where}.tool_calls")
    return tuple([_read_call(call, dialect, told, f"{where}.tool_calls[{n}]") for n, call in enumerate(found)])


def _read_call(call: Json, dialect: Dialect, told: Told, where: str) -> Call:
    if type(call) is not dict:
        expected("an object", call, where)
    inner = call.get("function")
    if type(inner) is not dict:
        expected("an object with name and arguments", inner, f"{where}.function")
    name, arguments = inner.get("name"), inner.get("arguments")
    if type(name) is not str:
        expected("a text", name, f"{where}.function.name")
    for key in extra_of(inner, _OF_FUNCTION):
        told.lost(f"tool_calls[].function.{key}", "a call has a name and arguments")
    if call.get("type") != "function":
        if "type" in call:
            raise Misfit(f"{where}.type", "is not 'function'")
        told.rewritten("tool_calls[].type", "absent becomes 'function'")
    call_id = _optional(call, "id", where, told)
    if dialect.ids_needed and call_id is None:
        raise Misfit(f"{where}.id", "is missing", "the result of the call names it")
    value = _read_arguments(arguments, inner, dialect, told, f"{where}.function.arguments")
    return Call(name, value, call_id, extra_of(call, _OF_CALL))


def _read_arguments(found: Json, inner: dict[str, Json], dialect: Dialect, told: Told, where: str) -> Json:
    if dialect.calls == "text":
        if type(found) is not str:
            expected("a JSON text", found, where, "OpenAI wants arguments as text; 'trl' is the shape with objects")
        read = inner_object(found)
        if read is None:
            return found
        if not read.usual:
            told.rewritten("arguments", USUAL_TEXT)
        return read.value
    if "arguments" not in inner:
        raise Misfit(where, "is missing")
    if type(found) is not dict:
        expected("an object", found, where, "Hugging Face and TRL want an object; 'openai' is the shape with texts")
    return found


def _read_call_message(message: dict[str, Json], dialect: Dialect, told: Told, where: str, turns: list[Turn]) -> None:
    """Calls in a message of their own belong to the answer before them, where there is one."""
    found = message.get(dialect.content)
    if type(found) is not str:
        expected("a JSON text", found, f"{where}.{dialect.content}")
    reasoning, text = thinking.split(found, told)
    calls = read_call_text(text, f"{where}.{dialect.content}", told)
    if len(calls) > 1 and not dialect.call_lists:
        told.rewritten("calls", "each call gets a message of its own")
    weight = _read_weight(message, dialect, told, where)
    for key in extra_of(message, dialect.known):
        told.lost(f"{key} of calls", "calls have no other keys")
    before = turns[-1] if turns and turns[-1].role == "assistant" else None
    if dialect.call_lists and before is not None and before.details is not None and before.details.calls:
        told.rewritten("calls", "calls in a row become one message")
    if before is None or reasoning is not None:
        turns.append(Turn("assistant", None, Details(calls=tuple(calls), reasoning=reasoning, weight=weight)))
        return
    details = before.details or PLAIN
    if weight != details.weight:
        told.lost(f"{dialect.weight} of calls", "calls and the answer before them become one message")
    turns[-1] = Turn("assistant", before.content, replace(details, calls=(*details.calls, *calls)))
