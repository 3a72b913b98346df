"""Messages: lists of objects with a role and a content, in the dialects that trainers read.

What a dialect does not fix is read and written the same for all of them; most messages have a role and a text and
nothing else, and take the short way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import msgspec
from msgspec.structs import force_setattr, replace

from dsvc.formats import thinking
from dsvc.formats.canonical import NOTHING, PLAIN, Call, Details, Turn
from dsvc.formats.json_text import is_object, text_of
from dsvc.formats.media import Given, Taken, read_parts, texts_only, write_part
from dsvc.formats.misfit import Misfit, called, expected
from dsvc.formats.tools import read_call_text, value_in_text, write_call_text
from dsvc.record import Number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dsvc.formats.canonical import Content, Role
    from dsvc.formats.report import Told
    from dsvc.record import Json

SPELLINGS: Final = ("reasoning_content", "thinking", "reasoning")


class Dialect(msgspec.Struct, frozen=True, kw_only=True):
    """How one shape writes messages.

    ``roles``: its names of roles; ``aliases``: other names that are understood (told). ``calls``: in a list
    ``tool_calls`` (arguments as text, or as object), or as a message of their own in the role ``call_role``. ``parts``:
    typed parts inside of content, or placeholders, or texts only. ``reasoning``: the key for it, ``think`` for inside
    the text. ``weight``: the key for it. ``names``: whether messages may have ``name`` and ``tool_call_id``.
    """

    role: str = "role"
    content: str = "content"
    roles: dict[str, Role]
    aliases: dict[str, Role] = {}
    calls: Literal["text", "object", "message", "none"] = "none"
    call_role: str = ""
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
    calls = _read_calls(message, dialect, told, where)
    content = _read_content(message, dialect, told, where, given, calls=bool(calls))
    reasoning, content = _read_reasoning(message, role, content, dialect, told, where)
    extra = {key: value for key, value in message.items() if key not in dialect.known}
    details = Details(
        reasoning=reasoning,
        calls=calls,
        weight=_read_weight(message, dialect, told, where),
        name=_optional(message, "name", where) if dialect.names else None,
        call_id=_optional(message, "tool_call_id", where) if dialect.names else None,
        extra=extra or NOTHING,
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


def _optional(message: dict[str, Json], key: str, where: str) -> str | None:
    found = message.get(key)
    if found is not None and type(found) is not str:
        expected("a text", found, f"{where}.{key}")
    return found


def _read_content(
    message: dict[str, Json], dialect: Dialect, told: Told, where: str, given: Given | None, *, calls: bool
) -> Content:
    found = message.get(dialect.content)
    if type(found) is str:
        return given.split(found, f"{where}.{dialect.content}") if given and dialect.parts == "placeholders" else found
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
            found = message.get(key)
            if key not in message:
                continue
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
    if dialect.calls not in ("text", "object") or "tool_calls" not in message:
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
    for key in inner.keys() - {"name", "arguments"}:
        told.lost(f"tool_calls[].function.{key}", "a call has a name and arguments")
    if call.get("type") != "function":
        if "type" in call:
            raise Misfit(f"{where}.type", "is not 'function'")
        told.rewritten("tool_calls[].type", "absent becomes 'function'")
    call_id = _optional(call, "id", where)
    if dialect.ids_needed and call_id is None:
        raise Misfit(f"{where}.id", "is missing", "the result of the call names it")
    if "id" in call and call_id is None:
        told.rewritten("tool_calls[].id", "null becomes absent")
    extra = {key: value for key, value in call.items() if key not in ("id", "type", "function")}
    return Call(
        name, _read_arguments(arguments, inner, dialect, told, f"{where}.function.arguments"), call_id, extra or NOTHING
    )


def _read_arguments(found: Json, inner: dict[str, Json], dialect: Dialect, told: Told, where: str) -> Json:
    if dialect.calls == "text":
        if type(found) is not str:
            expected("a JSON text", found, where, "OpenAI wants arguments as text; 'trl' is the shape with objects")
        return value_in_text(found, where, told, "arguments") if is_object(found) else found
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
    weight = _read_weight(message, dialect, told, where)
    for key in message.keys() - dialect.known:
        told.lost(f"{key} of calls", "calls have no other keys")
    before = turns[-1] if turns and turns[-1].role == "assistant" else None
    if before is None or reasoning is not None:
        turns.append(Turn("assistant", None, Details(calls=tuple(calls), reasoning=reasoning, weight=weight)))
        return
    details = before.details or PLAIN
    if weight != details.weight:
        told.lost(f"{dialect.weight} of calls", "calls and the answer before them become one message")
    turns[-1] = Turn("assistant", before.content, replace(details, calls=(*details.calls, *calls)))


def written_plainly(turns: Sequence[Turn], dialect: Dialect, told: Told) -> list[Json] | None:
    """Turns of role and text alone as messages; None when one of them has more, and a Writer is needed."""
    messages: list[Json] = []
    role_key, content_key, names = dialect.role, dialect.content, dialect.plain
    for turn in turns:
        if turn.details is not None or type(turn.content) is not str or turn.role not in names:
            return None
        text = joined_input(turn.content, turn.input, told) if turn.input else turn.content
        messages.append({role_key: names[turn.role], content_key: text})
    return messages


class Writer:
    """Writes the turns of one record in a dialect; calls and their results are matched on the way."""

    def __init__(self, dialect: Dialect, told: Told, reasoning: str | None = None) -> None:
        self.dialect = dialect
        self.told = told
        self.taken = Taken(told)
        self.reasoning = reasoning or dialect.reasoning
        self._names = dialect.written
        self._waiting: list[Call] = []
        self._made = 0

    def turns(self, turns: Sequence[Turn]) -> list[Json]:
        """Turns as messages. Raises Misfit where the dialect has no way to say them."""
        messages: list[Json] = []
        role_key, content_key, names = self.dialect.role, self.dialect.content, self._names
        for turn in turns:
            content, role = turn.content, turn.role
            if turn.details is None and not turn.input and type(content) is str and role in names and role != "tool":
                if "<" in content:
                    self.taken.note(content)
                messages.append({role_key: names[role], content_key: content})
            elif role == "tool" and "tool" not in names:
                self.told.lost("tool results", "the target has no place for them")
            else:
                messages += self._full(turn)
        if not messages:
            raise Misfit("messages", "nothing is left of the conversation", "the target has texts only")
        return messages

    def fork(self) -> Writer:
        """A writer that goes on from here; files are collected in the same place."""
        other = Writer(self.dialect, self.told, self.reasoning)
        other.taken, other._waiting, other._made = self.taken, [*self._waiting], self._made
        return other

    def _full(self, turn: Turn) -> list[Json]:
        details = turn.details or PLAIN
        calls = self._with_ids(details.calls) if self.dialect.calls in ("text", "object") else details.calls
        self._waiting += calls
        message: dict[str, Json] = {self.dialect.role: self._role(turn.role)}
        content = self._content(with_input(turn, self.told), details, calls)
        if content is not None or (calls and self.dialect.null_content) or not calls:
            message[self.dialect.content] = "" if content is None and not calls else content
        if details.reasoning is not None and self.reasoning != "think":
            message[self.reasoning] = thinking.as_text(details.reasoning, self.told)
        if calls and self.dialect.calls in ("text", "object"):
            message["tool_calls"] = [self._call(call) for call in calls]
        self._result(turn, details, message)
        self._weight(details, message)
        for key, value in details.extra.items():
            if key in self.dialect.known:
                self.told.lost(f"{key} of messages", "has another meaning in the target")
            else:
                message[key] = value
        if not calls or self.dialect.calls in ("text", "object"):
            return [message]
        return self._call_messages(turn, message, calls)

    def _role(self, role: Role) -> str:
        if role in self._names:
            return self._names[role]
        if role == "developer" and "system" in self._names:
            self.told.rewritten("role", "developer becomes system")
            return self._names["system"]
        raise Misfit("role", f"the target has no messages of {'tools' if role == 'tool' else role}")

    def _content(self, content: Content, details: Details, calls: Sequence[Call]) -> Json:
        if isinstance(content, list):
            if self.dialect.parts in ("openai", "trl"):
                written = [write_part(part, self.dialect.parts, self.taken, self.told) for part in content]
                kept: Json = [part for part in written if part is not None]
                if details.reasoning is not None and self.reasoning == "think":
                    self.told.lost("reasoning", "the target writes it into a text, and this content has parts")
                return kept
            if self.dialect.parts == "placeholders":
                content = self.taken.joined(content, "content of messages")
            else:
                content = texts_only(content, self.told, "content of messages")
        elif isinstance(content, str):
            self.taken.note(content)
        if (
            self.reasoning == "think"
            and details.reasoning is not None
            and not (calls and self.dialect.calls == "message" and content is None)
        ):
            return thinking.joined(details.reasoning, content or "", self.told)
        return content

    def _call(self, call: Call) -> Json:
        arguments = call.arguments
        if self.dialect.calls == "text":
            arguments = arguments if isinstance(arguments, str) else text_of(arguments)
        elif type(arguments) is not dict:
            raise Misfit(
                "arguments", f"expected an object, found {called(arguments)}", "the target wants arguments as an object"
            )
        made: dict[str, Json] = {"id": call.id} if call.id is not None else {}
        return {**made, "type": "function", "function": {"name": call.name, "arguments": arguments}, **call.extra}

    def _with_ids(self, calls: Sequence[Call]) -> tuple[Call, ...]:
        """The calls; where the target needs ids and there are none, they are made up in order."""
        if not self.dialect.ids_needed or all(call.id is not None for call in calls):
            return tuple(calls)
        self.told.rewritten("tool_call_id", "made up, in the order of the calls")
        made = []
        for call in calls:
            self._made += 1
            made.append(call if call.id is not None else replace(call, id=f"call_{self._made}"))
        return tuple(made)

    def _result(self, turn: Turn, details: Details, message: dict[str, Json]) -> None:
        """The name and the id of a message; those of a tool's result are those of its call."""
        if turn.role != "tool":
            for key, value in (("name", details.name), ("tool_call_id", details.call_id)):
                if value is not None and self.dialect.names:
                    message[key] = value
                elif value is not None:
                    self.told.lost(f"{key} of messages", "the target has no place for it")
            return
        call = self._answered(details.call_id)
        if self.dialect.names:
            call_id = details.call_id or (call.id if call is not None else None)
            if call_id is None and self.dialect.ids_needed:
                raise Misfit(
                    "tool_call_id", "a result without a call before it", "the target names the call of each result"
                )
            if call_id is not None:
                message["tool_call_id"] = call_id
            name = details.name or (call.name if call is not None else None)
            if name is not None and not (self.dialect.ids_needed and call is not None and call.name == name):
                message["name"] = name
            return
        if details.call_id is not None:
            self.told.lost("tool_call_id", "the target matches calls and results by their order")
        if details.name is not None and (call is None or call.name != details.name):
            self.told.lost("name of tool results", "the target has no place for it")

    def _answered(self, call_id: str | None) -> Call | None:
        """The call that a result belongs to: by its id, else the first that has none yet."""
        for number, call in enumerate(self._waiting):
            if call_id is None or call.id == call_id:
                return self._waiting.pop(number)
        return None

    def _weight(self, details: Details, message: dict[str, Json]) -> None:
        if details.weight is None:
            return
        if self.dialect.weight is None:
            self.told.lost("weight of messages", "the target has no place for it")
        elif type(details.weight) is not int:
            self.told.lost("weight of messages", "the target takes 0 and 1 only")
        else:
            message[self.dialect.weight] = bool(details.weight) if self.dialect.weight == "loss" else details.weight

    def _call_messages(self, turn: Turn, message: dict[str, Json], calls: Sequence[Call]) -> list[Json]:
        if self.dialect.calls == "none":
            self.told.lost("tool calls", "the target has no place for them")
            return [message] if turn.content is not None else []
        for call in calls:
            if call.id is not None:
                self.told.lost("tool_call_id", "the target matches calls and results by their order")
        bare = [Call(call.name, call.arguments, None, call.extra) for call in calls]
        text = write_call_text(bare)
        details = turn.details or PLAIN
        made: list[Json] = []
        if turn.content is not None:
            made.append(message)
        elif details.reasoning is not None:
            text = thinking.joined(details.reasoning, text, self.told)
        own: dict[str, Json] = {self.dialect.role: self.dialect.call_role, self.dialect.content: text}
        self._weight(details, own)
        if turn.content is None and details.extra:
            for key in details.extra:
                self.told.lost(f"{key} of messages", "calls have no other keys")
        return [*made, own]


def with_input(turn: Turn, told: Told) -> Content:
    """The content of a turn, with what Alpaca keeps apart behind it on a line of its own."""
    if not turn.input:
        return turn.content
    if isinstance(turn.content, list):
        raise Misfit("input", "an instruction with media has an input, too", "put the input into the instruction")
    return joined_input(turn.content or "", turn.input, told)


def joined_input(instruction: str, more: str, told: Told) -> str:
    """An instruction with its input on a line of its own, as LLaMA-Factory joins them."""
    told.rewritten("input", "follows the instruction on a line of its own")
    return f"{instruction}\n{more}" if instruction else more
