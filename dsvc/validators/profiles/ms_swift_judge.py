"""What ms-swift does to a row: which columns it reads, what it makes messages of, how it encodes them.

Source: modelscope/ms-swift v4.6.0: swift/dataset/preprocessor/core.py (``AutoPreprocessor``,
``MessagesPreprocessor``, ``AlpacaPreprocessor``, ``ResponsePreprocessor``, ``RowPreprocessor.batched_preprocess``),
swift/template/template_inputs.py, base.py (``_swift_prepare_inputs``, ``_swift_encode``).
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any, Final

from dsvc.validators.profiles.ms_swift_turns import Turn, encode
from dsvc.validators.profiles.reading import NOT_JSON, V1, entries, is_text, kind, parsed, reasoning_of, shown, told

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dsvc.textdiff.fields import Steps
    from dsvc.validators.checked import Checked
    from dsvc.validators.profiles.treatment import Told

_MESSAGES: Final = ("conversation", "conversations", "messages")
_QUERIES: Final = ("query", "prompt", "input", "instruction", "question", "problem")
_RESPONSES: Final = (
    *("response", "answer", "output", "targets", "target", "answer_key", "answers", "solution"),
    *("text", "completion", "content"),
)
_ROLES: Final = {
    **dict.fromkeys(("user", "human"), "user"),
    **dict.fromkeys(("assistant", "gpt", "bot"), "assistant"),
    **dict.fromkeys(("function_call", "function-call", "tool_call"), "tool_call"),
    **dict.fromkeys(("function_response", "function-response", "observation", "observations"), "tool"),
    **dict.fromkeys(("tool_response", "tool"), "tool"),
    "system": "system",
}


def reading(record: Checked) -> str | None:
    """How a row is read, by its columns; None where neither messages, a question nor an answer is found."""
    value = record.fields
    if record.shape in V1 or "kto_tag" in value or ("chosen" in value and "rejected" in value):
        return None
    if any(key in value for key in _MESSAGES):
        return "messages"
    if "instruction" in value and "input" in value:
        return "alpaca"
    names = {key.lower() for key in value}
    return "query and response" if names & {*_QUERIES, *_RESPONSES} else None


def judge(record: Checked) -> Iterator[Told]:
    """What happens to a row."""
    value, how = record.fields, reading(record)
    turns = None
    if how == "messages":
        turns = yield from _messages(value)
    elif how == "alpaca":
        turns = yield from _alpaca(value)
    elif how is not None:
        turns = yield from _response(value)
    if turns is None:
        return
    stays = yield from _rejected(value, turns)
    if not stays:
        return
    if "label" in value and is_text(value["label"]) and "rejected_response" not in value:
        yield told("label-text", f"'label' is {shown(value['label'])}, a text", ("label",), "make it true or false")
    yield from encode(turns, value)


# Messages


def _messages(value: Mapping[str, Any]) -> Any:
    """The turns; None when the row is dropped. A generator that returns them."""
    key = next(key for key in _MESSAGES if key in value)
    messages = _repaired(value[key]) if is_text(value[key]) else value[key]
    if not isinstance(messages, list) or not messages or not all(isinstance(one, dict) for one in messages):
        what = "empty" if messages in ([], "", None) else "no list of objects"
        yield told("no-messages", f"'{key}' is {what}", (key,), "leave the row out")
        return None
    first = messages[0]
    if not any(name in first for name in ("role", "from", "content", "value")):
        return (yield from _rounds(messages, value, key))
    turns: list[Turn] = []
    if is_text(value.get("system")) and first.get("role", first.get("from")) != "system":
        turns.append(Turn("system", value["system"], ("system",)))
    for number, message in enumerate(messages):
        made = yield from _message(message, (key, number))
        if made is None:
            return None
        turns += made
    return turns


def _message(message: Mapping[str, Any], steps: Steps) -> Any:
    """The turns that a message becomes; None when the row is dropped. A generator that returns them."""
    name = message.get("from", message.get("role"))
    role = _ROLES.get(name) if isinstance(name, str) else None
    if role is None:
        yield told("unknown-role", f"role {shown(name)} is not known", (*steps, "role"), "use user or assistant")
        return None
    yield from _ignored(message, steps)
    content = message.get("value", message.get("content"))
    found = message.get("tool_calls") if role == "assistant" else None
    turns = []
    if isinstance(found, list) and found:
        if content:
            turns.append(Turn("assistant", content, (*steps, "content")))
        for number, call in enumerate(found):
            function = call.get("function", call) if isinstance(call, dict) else None
            turns.append(Turn("tool_call", function, (*steps, "tool_calls", number)))
        return turns
    if content is None:
        yield told("no-content", "a message has no content", (*steps, "content"), "write a text")
        return None
    return [Turn(role, content, (*steps, "content"))]


def _ignored(message: Mapping[str, Any], steps: Steps) -> Iterator[Told]:
    if (key := reasoning_of(message)) is not None:
        yield told("keys-ignored", f"'{key}' is not read", (*steps, key), "write it into the text: <think>…</think>")
    if message.get("weight") == 0 and "loss" not in message:
        yield told("keys-ignored", "'weight' is not read", (*steps, "weight"), 'write "loss": false')


def _rounds(messages: list[Any], value: Mapping[str, Any], key: str) -> Any:
    turns = [Turn("system", value["system"], ("system",))] if is_text(value.get("system")) else []
    for number, one in entries(messages):
        asked, answered = one.get("human", one.get("user")), one.get("gpt", one.get("bot", one.get("assistant")))
        if asked is None or answered is None:
            yield told("no-content", "a round lacks its question or its answer", (key, number), "add it")
            return None
        turns += [Turn("user", asked, (key, number)), Turn("assistant", answered, (key, number))]
    return turns


def _repaired(text: str) -> object:
    """Messages that are a text, as ``default_repair_messages`` reads them."""
    found = parsed(text)
    if found is NOT_JSON:
        try:
            found = ast.literal_eval(text)
        except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
            return None
    return found


# Questions and answers


def _alpaca(value: Mapping[str, Any]) -> Any:
    instruction, more = value.get("instruction"), value.get("input")
    for key in ("instruction", "input"):
        if value.get(key) and not is_text(value[key]):
            yield told("no-content", f"'{key}' is {kind(value[key])}, not a text", (key,), "write a text")
            return None
    query = f"{instruction}\n{more}" if instruction and more else instruction or more
    if query is None:
        yield told("no-content", "there is no question", ("instruction",), "write one")
        return None
    answers = [key for key in value if key.lower() in _RESPONSES]
    answer = value["output"] if "output" in value else value[answers[0]] if len(answers) == 1 else None
    return (yield from _talk(value, query, answer, "output" if "output" in value else (answers or ["output"])[0]))


def _response(value: Mapping[str, Any]) -> Any:
    found = {}
    by_name = {key.lower(): key for key in value}  # of names that differ in case the last one is looked at
    for name, aliases in (("query", _QUERIES), ("response", _RESPONSES)):
        keys = [by_name[alias] for alias in aliases if alias in by_name]
        if len(keys) > 1:
            ignored = [key for key in keys if key != name]
            yield told(
                "columns-ignored",
                f"{' and '.join(repr(key) for key in ignored)} may all be the {name}: none of them is read",
                (ignored[0],),
                f"call the one that is meant '{name}', or name it: --columns",
            )
            keys = [key for key in keys if key == name]
        found[name] = keys[0] if keys else None
    query, response = found["query"], found["response"]
    asked = value.get(query) if query is not None else None
    answer = value.get(response) if response is not None else None
    return (yield from _talk(value, asked, answer, response or "response"))


def _talk(value: Mapping[str, Any], query: object, answer: object, key: str) -> Any:
    """The turns of earlier rounds, question and answer; None when the row is dropped. A generator."""
    if isinstance(answer, list) and answer:
        if len(answer) > 1:
            yield told("first-answer", f"of {len(answer)} answers the first is read", (key,), "one row for each answer")
        answer = answer[0]
    history = value.get("history") or []
    history = _repaired(history) if isinstance(history, str) else history
    if not isinstance(history, list) or not all(isinstance(pair, list) and len(pair) > 1 for pair in history):
        yield told("history-pair", "an earlier round is not [question, answer]", ("history",), "make it a list of two")
        return None
    turns = [Turn("system", value["system"], ("system",))] if value.get("system") is not None else []
    for pair, at in [*((pair, "history") for pair in history), ([query, answer], key)]:
        turns += [
            Turn(role, text, (at,)) for role, text in zip(("user", "assistant"), pair, strict=False) if text is not None
        ]
    if not turns:
        yield told("no-messages", "there is neither a question nor an answer", (key,), "leave the row out")
        return None
    return turns


# Pairs


def _rejected(value: Mapping[str, Any], turns: list[Turn]) -> Any:
    """Whether the row stays. A generator that returns it."""
    if "rejected_response" not in value:
        return True
    rejected, problem = value["rejected_response"], ""
    if isinstance(rejected, list):
        if any(message.get("role") == "user" for _, message in entries(rejected)):
            problem = "has a message of user"
    elif not is_text(rejected):
        problem = f"is {kind(rejected)}"
    elif rejected == turns[-1].content:
        problem = "is the same as the answer"
    if problem:
        yield told(
            "rejected-response", f"'rejected_response' {problem}", ("rejected_response",), "write a worse answer"
        )
    return not problem
