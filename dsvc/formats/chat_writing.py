"""Writing messages in the dialects of :mod:`dsvc.formats.chat`; calls and their results are matched on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from dsvc.formats import thinking
from dsvc.formats.canonical import PLAIN, Call, Details
from dsvc.formats.json_text import text_of
from dsvc.formats.media import Taken, texts_only, write_part
from dsvc.formats.misfit import Misfit, called
from dsvc.formats.report import with_others
from dsvc.formats.tools import write_call_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dsvc.formats.canonical import Content, Role, Turn
    from dsvc.formats.chat import Dialect
    from dsvc.formats.report import Told
    from dsvc.record import Json


def written_plainly(turns: Sequence[Turn], dialect: Dialect, told: Told) -> list[Json] | None:
    """Turns of role and text (and reasoning inside it) as messages; None when one has more, and a Writer is needed."""
    messages: list[Json] = []
    role_key, content_key, names = dialect.role, dialect.content, dialect.plain
    for turn in turns:
        details = turn.details
        if type(turn.content) is not str or turn.role not in names:
            return None
        text = joined_input(turn.content, turn.input, told) if turn.input else turn.content
        if details is None:
            messages.append({role_key: names[turn.role], content_key: text})
        elif dialect.reasoning == "think" and type(details.reasoning) is str and details == Details(details.reasoning):
            messages.append({role_key: names[turn.role], content_key: thinking.joined(details.reasoning, text, told)})
        else:
            return None
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
        self._before: Role | None = None

    def turns(self, turns: Sequence[Turn]) -> list[Json]:
        """Turns as messages. Raises Misfit where the dialect has no way to say them."""
        messages: list[Json] = []
        role_key, content_key, names = self.dialect.role, self.dialect.content, self._names
        for turn in turns:
            content, role = turn.content, turn.role
            if turn.details is None and not turn.input and type(content) is str and role in names and role != "tool":
                if "<" in content:
                    self._note(content)
                messages.append({role_key: names[role], content_key: content})
            elif role == "tool" and "tool" not in names:
                self.told.lost("tool results", "the target has no place for them")
            else:
                messages += self._full(turn)
            self._before = role
        if not messages:
            raise Misfit("messages", "nothing is left of the conversation", "the target has texts only")
        return messages

    def fork(self) -> Writer:
        """A writer that goes on from here; files are collected in the same place."""
        other = Writer(self.dialect, self.told, self.reasoning)
        other.taken, other._waiting = self.taken, [*self._waiting]
        other._made, other._before = self._made, self._before
        return other

    def _full(self, turn: Turn) -> list[Json]:
        details = turn.details or PLAIN
        listed = self.dialect.calls in ("text", "object")
        calls = self._with_ids(details.calls) if listed and details.calls else details.calls
        self._waiting += calls
        message: dict[str, Json] = {self.dialect.role: self._role(turn.role)}
        content = self._content(with_input(turn, self.told), details, calls, turn.role)
        if content is not None or (calls and self.dialect.null_content) or not calls:
            message[self.dialect.content] = "" if content is None and not calls else content
        if details.reasoning is not None and self.reasoning != "think":
            message[self.reasoning] = thinking.as_text(details.reasoning, self.told)
        if calls and listed:
            message["tool_calls"] = [self._call(call) for call in calls]
        self._result(turn, details, message)
        self._weight(details, message)
        for key, value in details.extra.items():
            if key in self.dialect.known:
                self.told.lost(f"{key} of messages", "has another meaning in the target")
            else:
                message[key] = value
        if listed or not calls:
            return [message]
        return self._call_messages(turn, message, calls)

    def _role(self, role: Role) -> str:
        if role in self._names:
            return self._names[role]
        if role == "developer" and "system" in self._names:
            self.told.rewritten("role", "developer becomes system")
            return self._names["system"]
        raise Misfit("role", f"the target has no messages of {'tools' if role == 'tool' else role}")

    def _content(self, content: Content, details: Details, calls: Sequence[Call], role: Role) -> Json:
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
            self._note(content)
        if (
            self.reasoning == "think"
            and details.reasoning is not None
            and not (calls and self.dialect.calls == "message" and content is None)
        ):
            return thinking.joined(details.reasoning, content or "", self.told)
        if isinstance(content, str) and role == "assistant" and content.startswith(thinking.OPEN):
            self.told.rewritten("reasoning", "a text that begins with <think> will be read as reasoning")
        return content

    def _note(self, text: str) -> None:
        """Look at a text that is written as it is: where files are parts, ``<image>`` in it stands for none."""
        if self.dialect.parts != "trl":
            self.taken.note(text)

    def _call(self, call: Call) -> Json:
        arguments = call.arguments
        if self.dialect.calls == "text":
            arguments = arguments if isinstance(arguments, str) else text_of(arguments)
        elif type(arguments) is not dict:
            raise Misfit(
                "arguments", f"expected an object, found {called(arguments)}", "the target wants arguments as an object"
            )
        made: dict[str, Json] = {"id": call.id} if call.id is not None else {}
        made.update({"type": "function", "function": {"name": call.name, "arguments": arguments}})
        return with_others(made, call.extra, self.told, "calls", ("id",))

    def _with_ids(self, calls: Sequence[Call]) -> tuple[Call, ...]:
        """The calls; where the target needs ids and there are none, they are made up in order."""
        if not self.dialect.ids_needed or None not in [call.id for call in calls]:
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
            call_id = self._call_id(details, call)
            if call_id is None and self.dialect.ids_needed:
                raise Misfit(
                    "tool_call_id", "a result without a call before it", "the target names the call of each result"
                )
            if call_id is not None:
                message["tool_call_id"] = call_id
            name = details.name if details.name is not None or call is None else call.name
            if name is not None and not (self.dialect.ids_needed and call is not None and call.name == name):
                message["name"] = name
            return
        if details.call_id is not None:
            self.told.lost("tool_call_id", "the target matches calls and results by their order")
        if details.name is not None and (call is None or call.name != details.name):
            self.told.lost("name of tool results", "the target has no place for it")

    def _call_id(self, details: Details, call: Call | None) -> str | None:
        """The id of the call that a result belongs to."""
        if details.call_id is not None or call is None or call.id is None:
            return details.call_id
        if not self._made:  # else it has been told
            self.told.rewritten("tool_call_id", "a result gets that of its call")
        return call.id

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
        groups = [calls] if self.dialect.call_lists else [[call] for call in calls]
        texts = [write_call_text(group, self.told) for group in groups]
        details = turn.details or PLAIN
        if turn.content is None:
            if self._before == "assistant" and details.reasoning is None:
                self.told.rewritten("calls", "they become part of the answer before them")
            if details.reasoning is not None:
                texts[0] = thinking.joined(details.reasoning, texts[0], self.told)
            for key in details.extra:
                self.told.lost(f"{key} of messages", "calls have no other keys")
        own: list[Json] = []
        for text in texts:
            made: dict[str, Json] = {self.dialect.role: self.dialect.call_role, self.dialect.content: text}
            self._weight(details, made)
            own.append(made)
        return own if turn.content is None else [message, *own]


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
