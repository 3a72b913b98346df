"""What axolotl does to a row, and how it is set up to read it.

Source: axolotl-ai-cloud/axolotl v0.19.0: src/axolotl/prompt_strategies/chat_template.py
(``ChatTemplateStrategy``), dpo/chat_template.py, kto/chatml.py, stepwise_supervised.py, utils/trainer.py
(``drop_no_trainable_tokens``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from dsvc.validators.profiles.reading import (
    MEDIA,
    NOT_JSON,
    V1,
    entries,
    functions,
    is_text,
    kind,
    parsed,
    reasoning_of,
    shown,
    told,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dsvc.textdiff.fields import Steps
    from dsvc.validators.checked import Checked
    from dsvc.validators.profiles.treatment import Told

_CHATS: Final = {"messages": ("role", "content"), "conversations": ("from", "value"), "dialogue": ("role", "content")}
_USUAL: Final = {"human": "user", "user": "user", "assistant": "assistant", "gpt": "assistant", "system": "system"}
_ROLES: Final = {**_USUAL, "tool": "tool", "developer": "system"}
_OF_PAIRS: Final = ("user", "assistant", "system", "developer", "tool")


def reading(record: Checked) -> str | None:
    """How a row is read: the type of dataset in axolotl's configuration, None when an export writes none."""
    value = record.fields
    if record.shape in V1 or "kto_tag" in value:
        return None
    if "chosen" in value and "rejected" in value:
        if "prompt" in value:
            return "chat_template.default"
        return "chat_template.argilla_chat" if isinstance(value["chosen"], list) else None
    is_kto = record.shape == "kto" or isinstance(value.get("label"), bool)
    if "messages" in value and not is_kto:
        return "chat_template"
    if "conversations" in value or "dialogue" in value:
        return "chat_template"
    if "prompt" in value and "completion" in value and "label" in value:
        return "chatml.ultra"
    if "prompt" in value and "completions" in value and "labels" in value:
        return "stepwise_supervised"
    if "instruction" in value and "output" in value:
        return "alpaca"
    return "completion" if "text" in value and "label" not in value else None


def judge(record: Checked) -> Iterator[Told]:
    """What happens to a row."""
    value, how = record.fields, reading(record)
    if how == "chat_template":
        yield from _chat(value)
    elif how is not None:
        yield from _OTHERS[how](value)


# Conversations


def _chat(value: Mapping[str, Any]) -> Iterator[Told]:
    key = next(key for key in _CHATS if key in value)
    messages = value[key]
    if is_text(messages):
        messages = parsed(messages)
    if not isinstance(messages, list) or not messages or not all(isinstance(one, dict) for one in messages):
        what = "an empty list" if messages == [] else "no JSON" if messages is NOT_JSON else kind(messages)
        yield told("no-messages", f"'{key}' is {what}, not a list of messages", (key,), "leave the row out")
        return
    names = _CHATS[key] if "from" in messages[0] or key != "conversations" else ("role", "content")
    yield from _tools(value.get("tools"))
    trained = 0
    for number, message in enumerate(messages):
        taken = yield from _message(message, (key, number), names)
        trained += taken
    if not trained:
        yield told("nothing-trained", "no answer is trained", (key,), "leave the row out")
    for field in MEDIA:
        if value.get(field):
            yield told(
                "media-ignored", f"'{field}' is not read", (field,), "set axolotl up for pictures, or leave it out"
            )


def _message(message: Mapping[str, Any], steps: Steps, names: tuple[str, str]) -> Any:
    """Whether a message is trained. A generator that returns it."""
    role, content = message.get(names[0]), message.get(names[1])
    meant = _ROLES.get(role) if isinstance(role, str) else None
    if meant is None:
        yield told(
            "unknown-role",
            f"role {shown(role)} goes into the chat template as it is, and is not trained",
            (*steps, names[0]),
            "use one of user, assistant, system, tool",
        )
    answer, more = meant == "assistant", bool(message.get("tool_calls") or reasoning_of(message))
    if content is None and not message.get("tool_calls"):
        yield told("no-content", "a message has no content", (*steps, names[1]), "write a text, or leave it out")
    elif answer and not content and not more:
        yield told("empty-answer", "an empty answer is not trained", (*steps, names[1]), "leave it out")
    yield from _parts(content, (*steps, names[1]))
    for at, function in functions(message, steps):
        arguments = function.get("arguments")
        if isinstance(arguments, str) and parsed(arguments) is NOT_JSON:
            yield told(
                "arguments-json", f"the arguments are no JSON: {shown(arguments)}", (*at, "arguments"), "write JSON"
            )
    weight = message.get("weight")  # of any message it says whether it is trained
    return (answer if weight is None else bool(weight)) and (bool(content) or more)


def _parts(content: object, steps: Steps) -> Iterator[Told]:
    before: Mapping[str, Any] | None = None
    for number, part in entries(content):
        if part.get("type") not in (None, "text"):
            yield told(
                "media-ignored",
                f"a part of type {shown(part.get('type'))} is left out",
                (*steps, number),
                "set axolotl up for pictures",
            )
        if (
            before is not None
            and _trains(before) != _trains(part)
            and str(before.get("text") or "")[-1:] in (" ", "\t")
        ):
            yield told(
                "boundary-space",
                "a part ends with a space where training begins or ends",
                (*steps, number - 1),
                "put the space at the start of the next part",
            )
        before = part


def _trains(part: Mapping[str, Any]) -> bool:
    return bool(part["train"]) if part.get("train") is not None else part.get("weight") != 0


def _tools(tools: object) -> Iterator[Told]:
    if tools is None:
        return
    found = parsed(tools) if isinstance(tools, str) else tools
    if not isinstance(found, list):
        what = "no JSON" if found is NOT_JSON else kind(found)
        yield told("tools-list", f"'tools' is {what}, not a list", ("tools",), "write a list of functions")
        return
    for number, tool in entries(found):
        function = tool.get("function")
        given = function.get("parameters") if isinstance(function, dict) else None
        if isinstance(given, str) and parsed(given) is NOT_JSON:
            yield told("tools-list", f"parameters are no JSON: {shown(given)}", ("tools", number), "write JSON")


# Pairs


def _default(value: Mapping[str, Any]) -> Iterator[Told]:
    prompt = value["prompt"]
    if isinstance(prompt, list):
        yield from _of_pair(prompt, ("prompt",))
    elif not is_text(prompt):
        yield told("no-messages", f"'prompt' is {kind(prompt)}", ("prompt",), "write a text or messages")
    yield from _sides(value, whole=False)
    if value.get("tools"):
        yield told("pair-ignored", "'tools' is not read", ("tools",), "leave it out")


def _argilla(value: Mapping[str, Any]) -> Iterator[Told]:
    yield from _sides(value, whole=True)


def _sides(value: Mapping[str, Any], *, whole: bool) -> Iterator[Told]:
    for side in ("chosen", "rejected"):
        found = value[side]
        if is_text(found) and not whole:
            continue
        messages = [found] if isinstance(found, dict) and not whole else found
        if not isinstance(messages, list) or not messages:
            what = "an empty list" if messages == [] else kind(messages)
            yield told("no-messages", f"'{side}' is {what}", (side,), "write the answer, or leave the row out")
            continue
        read = messages if whole and side == "chosen" else messages[-1:]
        yield from _of_pair(read, (side,), len(messages) - len(read))
        if not whole and len(messages) > 1:
            yield told(
                "pair-ignored",
                f"of {len(messages)} messages only the last is read",
                (side,),
                "put what comes before into 'prompt'",
            )


def _of_pair(messages: list[Any], steps: Steps, start: int = 0) -> Iterator[Told]:
    for number, message in enumerate(messages, start):
        here = (*steps, number)
        if not isinstance(message, dict):
            yield told("no-messages", f"a message is {kind(message)}", here, "write an object with role and content")
            continue
        if message.get("role") not in _OF_PAIRS:
            yield told(
                "unknown-pair-role",
                f"role {shown(message.get('role'))} is not known",
                (*here, "role"),
                f"use one of {', '.join(_OF_PAIRS)}",
            )
        if message.get("content") is None:
            yield told("no-content", "a message has no content", (*here, "content"), "write a text")
        for key in ("tool_calls", reasoning_of(message) or "tool_calls"):
            if message.get(key):
                yield told("pair-ignored", f"'{key}' is not read", (*here, key), "leave the row out, or train it else")
                break


# Texts


def _as_texts(value: Mapping[str, Any], *fields: str) -> Iterator[Told]:
    for field in fields:
        if not is_text(value[field]):
            yield told(
                "python-text",
                f"{kind(value[field])} is put into the text as Python writes it: {shown(value[field])}",
                (field,),
                "write a text",
            )


def _ultra(value: Mapping[str, Any]) -> Iterator[Told]:
    yield from _as_texts(value, "prompt", "completion")


def _alpaca(value: Mapping[str, Any]) -> Iterator[Told]:
    yield from _as_texts(value, "instruction", "output")
    for field in ("history", "system"):
        if value.get(field):
            yield told("alpaca-ignored", f"'{field}' is not read", (field,), "dsvc export DATASET --to axolotl")


def _stepwise(value: Mapping[str, Any]) -> Iterator[Told]:
    steps, labels = value["completions"], value["labels"]
    if not isinstance(steps, list) or not isinstance(labels, list):
        yield told("no-messages", "steps and labels are not both lists", ("completions",), "write a list of each")
    elif not all(isinstance(label, (bool, int, float)) for label in labels):
        bad = next(label for label in labels if not isinstance(label, (bool, int, float)))
        yield told("step-label", f"a label is {shown(bad)}, not a number", ("labels",), "make it true or false")
    elif len(steps) != len(labels):
        yield told(
            "step-count",
            f"{len(steps)} steps and {len(labels)} labels: what is more is left out",
            ("labels",),
            "write one label for each step",
        )


def _completion(value: Mapping[str, Any]) -> Iterator[Told]:
    text = value["text"]
    if not text:
        yield told("empty-text", "the text is empty", ("text",), "leave the row out")
    elif not is_text(text):
        yield told("no-messages", f"'text' is {kind(text)}, not a text", ("text",), "write a text")


_OTHERS: Final = {
    "chat_template.default": _default,
    "chat_template.argilla_chat": _argilla,
    "chatml.ultra": _ultra,
    "alpaca": _alpaca,
    "stepwise_supervised": _stepwise,
    "completion": _completion,
}
