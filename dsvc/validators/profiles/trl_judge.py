"""What TRL's trainers do to a row, and how a row is read: by its columns.

Source: huggingface/trl v1.16.0, trl/data_utils.py (``is_conversational``, ``apply_chat_template``,
``extract_prompt``, ``prepare_multimodal_messages``, ``maybe_convert_to_chatml``), trl/trainer/sft_trainer.py,
dpo_trainer.py, kto_trainer.py (``_prepare_dataset``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from dsvc.validators.profiles.reading import (
    NOT_JSON,
    V1,
    entries,
    functions,
    is_text,
    kind,
    parsed,
    shown,
    told,
    trains_not,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dsvc.textdiff.fields import Steps
    from dsvc.validators.checked import Checked
    from dsvc.validators.profiles.treatment import Told

_ROLES: Final = ("system", "developer", "user", "assistant", "tool")
_TYPES: Final = {
    "language modelling": ("messages",),
    "texts": ("text",),
    "preference": ("prompt", "chosen", "rejected"),
    "implicit preference": ("chosen", "rejected"),
    "unpaired preference": ("prompt", "completion", "label"),
    "prompt-completion": ("prompt", "completion"),
    "stepwise": ("prompt", "completions", "labels"),
}
_CONVERSATIONS: Final = ("messages", "prompt", "completion", "chosen", "rejected")


def columns(value: Mapping[str, Any]) -> tuple[str, tuple[str, ...]] | None:
    """The type of dataset that a row is of, and its columns; None when it is of none."""
    if "conversations" in value and "messages" not in value:
        if "chosen" in value or "rejected" in value:
            return None  # one message each, which is no column of TRL's
        return "language modelling", ("conversations",)
    for name, fields in _TYPES.items():
        if all(field in value for field in fields):
            return name, fields
    return None


def reading(record: Checked) -> str | None:
    """How a row is read, in a word."""
    found = columns(record.fields)
    if found is None or record.shape in V1:
        return None
    form = "conversational" if any(isinstance(record.fields[one], list) for one in found[1]) else "standard"
    return found[0] if found[0] in ("texts", "stepwise", "language modelling") else f"{found[0]} ({form})"


def judge(record: Checked) -> Iterator[Told]:
    """What happens to a row."""
    value = record.fields
    found = columns(value)
    if found is None or record.shape in V1:
        return
    name, fields = found
    if name == "stepwise":
        return
    yield from _two_types(value)
    if name == "texts":
        yield from _text(value)
        return
    if name.endswith("preference") and "label" in fields and not isinstance(value["label"], (bool, int)):
        yield told("label-type", f"'label' is {shown(value['label'])}", ("label",), "make it true or false")
    texts = [field for field in fields if field != "label"]
    forms = {type(value[field]) for field in texts}
    if forms <= {str} and name != "language modelling":
        return
    if forms != {list}:
        kinds = ", ".join([f"'{field}' {kind(value[field])}" for field in texts])
        yield told(
            "mixed-forms", f"not all are lists of messages, or all texts: {kinds}", (texts[0],), "write one form"
        )
        return
    if name == "language modelling":
        yield from _judged(value)
    yield from _kwargs(value)
    yield from _tools(value.get("tools"))
    for field in texts:
        yield from _messages(value[field], (field,))
    yield from _pictures(value, texts)


def _two_types(value: Mapping[str, Any]) -> Iterator[Told]:
    if "messages" in value and "prompt" in value:
        yield told("two-types", "'messages' beside 'prompt' is not read", ("messages",), "leave one of them out")
    elif "messages" in value and "text" in value:
        yield told("two-types", "'text' beside 'messages' is not read", ("text",), "leave one of them out")


def _judged(value: Mapping[str, Any]) -> Iterator[Told]:
    for key in ("label", "kto_tag"):
        if isinstance(value.get(key), bool):
            yield told(
                "label-ignored",
                f"'{key}' beside a whole conversation is not read: good and bad answers are trained alike",
                (key,),
                "dsvc export DATASET --to trl makes prompt, completion and label of it",
            )


def _text(value: Mapping[str, Any]) -> Iterator[Told]:
    if not is_text(value["text"]):
        yield told("mixed-forms", f"'text' is {kind(value['text'])}", ("text",), "write a text")


def _kwargs(value: Mapping[str, Any]) -> Iterator[Told]:
    if "chat_template_kwargs" in value and not isinstance(value["chat_template_kwargs"], dict):
        yield told(
            "chat-template-kwargs",
            f"'chat_template_kwargs' is {kind(value['chat_template_kwargs'])}, not an object",
            ("chat_template_kwargs",),
            "write {} where there are none",
        )


def _tools(tools: object) -> Iterator[Told]:
    found = parsed(tools) if isinstance(tools, str) else tools
    if found is NOT_JSON:
        yield told("tools-list", f"'tools' is no JSON: {shown(tools)}", ("tools",), "write a list of JSON schemas")
    elif found and not (isinstance(found, list) and all(isinstance(tool, dict) for tool in found)):
        yield told("tools-list", "'tools' is no list of objects", ("tools",), "write a list of JSON schemas")


def _messages(messages: Any, steps: Steps) -> Iterator[Told]:
    if not messages or not all(isinstance(message, dict) for message in messages):
        what = "empty" if not messages else "not a list of objects"
        yield told("empty-messages", f"'{steps[0]}' is {what}", steps, "leave the row out")
        return
    sharegpt = steps == ("conversations",) and "from" in messages[0] and "value" in messages[0]
    role_key, content_key = ("from", "value") if sharegpt else ("role", "content")
    for number, message in entries(messages):
        here = (*steps, number)
        role, content = message.get(role_key), message.get(content_key)
        if role not in _ROLES:
            yield told(
                "unknown-role",
                f"role {shown(role)} goes into the chat template as it is",
                (*here, role_key),
                f"use one of {', '.join(_ROLES)}",
            )
        if content is None and not message.get("tool_calls"):
            yield told("no-content", "a message has no content", (*here, content_key), "write a text, or leave it out")
        if (name := trains_not(message)) is not None:
            yield told("weight-ignored", f"'{name}' is not read", (*here, name), "cut the row before that answer")
        for at, function in functions(message, here):
            if isinstance(function.get("arguments"), str):
                yield told(
                    "arguments-text",
                    f"the arguments are a text, which templates put into quotes: {shown(function['arguments'])}",
                    (*at, "arguments"),
                    "make them an object: dsvc export DATASET --to trl",
                )


def _pictures(value: Mapping[str, Any], fields: list[str]) -> Iterator[Told]:
    """Pictures are counted in rows whose content has parts; texts get all of them in front of the first question."""
    for field, mark in (("images", "<image>"), ("videos", "<video>"), ("audios", "<audio>")):
        texts = [message.get("content") for one in fields for _, message in entries(value[one])]
        if value.get(field) and (field != "images" or any(isinstance(text, str) and mark in text for text in texts)):
            what = f"'{mark}' stays in the text" if field == "images" else f"'{field}' is not read"
            yield told("placeholders", what, (field,), "write parts: dsvc export DATASET --to trl")
    pictures = value.get("images", value.get("image"))
    if pictures is None:
        return
    parts = [
        part
        for field in fields[:1]
        for _, message in entries(value[field])
        for _, part in entries(message.get("content"))
        if message.get("role") != "tool"
    ]
    users = [message.get("content") for _, message in entries(value[fields[0]]) if message.get("role") == "user"]
    places = sum(1 for part in parts if part.get("type") == "image" and "image" not in part)
    count = len(pictures) if isinstance(pictures, list) else 1
    if count != places and not any(isinstance(content, str) for content in users):
        yield told(
            "image-count",
            f"{count:,} pictures for {places:,} parts of type image",
            ("images" if "images" in value else "image",),
            "write one part for each of them",
        )
