"""What OpenAI's fine-tuning API, and who reads the same JSONL, would do to each row: it refuses the file."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

import msgspec

from dsvc.validators.finding import Finding
from dsvc.validators.profiles.openai_judge import judge, reading
from dsvc.validators.profiles.shapes import about_files
from dsvc.validators.profiles.treatment import Profile, Treatment
from dsvc.validators.rule import DatasetCheck, Example

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dsvc.validators.checked import Checked
    from dsvc.validators.finding import Place

_LEAST: Final = 10
_NOTEBOOK: Final = "openai/openai-cookbook examples/Chat_finetuning_data_prep.ipynb, format checks"
_SCHEMA: Final = "openai/openai-openapi (2025-07-04) FineTuneChatRequestInput"
_PAIRS: Final = "openai/openai-openapi (2025-07-04) FineTunePreferenceRequestInput"
_GOOD: Final = '{"messages": [{"role": "user", "content": "几点了？"}, {"role": "assistant", "content": "九点。"}]}'
_ASKED: Final = '{"role": "user", "content": "几点了？"}'
_CALLED: Final = (
    '{"messages": [%s, {"role": "assistant", "content": null, "tool_calls": [{"id": "c", "type": "function", '
    '"function": {"name": "now", "arguments": "{}"}}]}, {"role": "tool", "tool_call_id": "c", "content": "9:00"}, '
    '{"role": "assistant", "content": "九点。"}]%s}'
)
_TOOLS: Final = ', "tools": [{"type": "function", "function": {"name": "now", "parameters": {"type": "object"}}}]'
_PAIR: Final = (
    '{"input": {"messages": [{"role": "user", "content": "好吗？"}]}, "preferred_output": '
    '[{"role": "assistant", "content": "好"}], "non_preferred_output": %s}'
)
_GOOD_CALLS: Final = _CALLED % (_ASKED, _TOOLS)
_GOOD_PAIR: Final = _PAIR % '[{"role": "assistant", "content": "不"}]'


def _said(message: str) -> str:
    return f'{{"messages": [{message}, {{"role": "assistant", "content": "A"}}]}}'


class FileSize(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``megabytes``: how large a file may be, in millions of bytes; services that read the same have other limits."""

    megabytes: float = 512


class _Counts:
    """Adds up a number for each file."""

    def __init__(self, told: Callable[[str, int], tuple[str, str] | None]) -> None:
        self._told = told
        self._counts: dict[str, int] = {}

    def take(self, places: Sequence[Place], summary: int) -> None:
        for place in places[:1]:
            self._counts[place.file] = self._counts.get(place.file, 0) + summary

    def finish(self) -> Iterator[Finding]:
        for file, count in self._counts.items():
            if (told := self._told(file, count)) is not None:
                yield Finding("", "error", told[0], fix=told[1], outcome="aborts")


def _few(_options: Any) -> DatasetCheck:
    def told(file: str, count: int) -> tuple[str, str] | None:
        return None if count >= _LEAST else (f"'{file}' has {count} examples, the least are {_LEAST}", "add examples")

    return DatasetCheck(len, partial(_Counts, told))


def _large(options: FileSize) -> DatasetCheck:
    def told(file: str, count: int) -> tuple[str, str] | None:
        if count <= options.megabytes * 1e6:
            return None
        return f"'{file}' has {count / 1e6:,.1f} MB, the most are {options.megabytes:g} MB", "split it into several"

    return DatasetCheck(_bytes, partial(_Counts, told))


def _bytes(records: Sequence[Checked]) -> int:
    return sum(len(record.content) + 1 for record in records)


def _refused(name: str, title: str, why: str, source: str, bad: tuple[str, ...], good: tuple[str, ...]) -> Treatment:
    return Treatment(name, "aborts", title, why, source, Example(bad=bad, good=good))


TREATMENTS: Final = (
    *about_files(
        "openai",
        reading,
        _SCHEMA,
        '{"instruction": "几点了？", "output": "九点。"}',
        Example(bad=(_GOOD, _GOOD_PAIR), good=(_GOOD, _GOOD_CALLS)),
    ),
    _refused(
        "data-type",
        "a row is no JSON object",
        "Each line of the file is an example of its own, in UTF-8.",
        f"{_NOTEBOOK}: data_type",
        (_GOOD, '{"messages": [}'),
        (_GOOD,),
    ),
    _refused(
        "missing-messages-list",
        "there is no list of messages",
        "An example without messages is refused.",
        f"{_NOTEBOOK}: missing_messages_list",
        ('{"messages": []}', '{"messages": null}', "{}"),
        (_GOOD,),
    ),
    _refused(
        "message-missing-key",
        "a message lacks role or content",
        "Content may be missing beside calls only, a role never.",
        f"{_NOTEBOOK}: message_missing_key; {_SCHEMA}",
        (_said('{"role": "user"}'), _said('{"content": "Hi"}')),
        (_GOOD, _GOOD_CALLS),
    ),
    _refused(
        "message-unrecognized-key",
        "a message has a key that is not known",
        "Known are role, content, name, weight, refusal, tool_calls, tool_call_id and function_call.",
        f"{_NOTEBOOK}: message_unrecognized_key; {_SCHEMA}",
        (_said('{"role": "user", "content": "Hi", "reasoning_content": "?"}'),),
        (_said('{"role": "user", "content": "Hi", "name": "Li"}'),),
    ),
    _refused(
        "unrecognized-role",
        "a message has a role that is not known",
        "Known are system, user, assistant, tool and function (old); also developer is refused here.",
        f"{_NOTEBOOK}: unrecognized_role; {_SCHEMA}",
        (_said('{"role": "human", "content": "Hi"}'), _said('{"role": "developer", "content": "Hi"}')),
        (_said('{"role": "system", "content": "Hi"}'),),
    ),
    _refused(
        "missing-content",
        "the content of a message is empty or no text",
        "It may be a list of parts, and of an answer null beside calls.",
        f"{_NOTEBOOK}: missing_content; {_SCHEMA}",
        (_said('{"role": "user", "content": ""}'), _said('{"role": "user", "content": {"a": 1}}')),
        (_said('{"role": "user", "content": [{"type": "text", "text": "Hi"}]}'), _GOOD_CALLS),
    ),
    _refused(
        "content-part",
        "a part of a content is neither text nor picture",
        "Fine-tuning takes text and image_url; sound and what other trainers call a part are refused.",
        _SCHEMA,
        (
            _said('{"role": "user", "content": [{"type": "image"}]}'),
            _said('{"role": "user", "content": [{"type": "input_audio", "input_audio": {}}]}'),
        ),
        (_said('{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://x.org/1.png"}}]}'),),
    ),
    _refused(
        "missing-assistant-message",
        "an example has no message of assistant",
        "There is nothing to learn from it.",
        f"{_NOTEBOOK}: example_missing_assistant_message",
        (f'{{"messages": [{_ASKED}]}}',),
        (_GOOD,),
    ),
    _refused(
        "weight",
        "a weight is not 0 or 1, or stands at another message than an answer",
        "Only answers are trained, wholly or not at all.",
        "openai/openai-openapi (2025-07-04) FineTuneChatCompletionRequestAssistantMessage; openai-cookbook issue 1270",
        (
            '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b", "weight": 0.5}]}',
            _said('{"role": "user", "content": "Hi", "weight": 1}'),
        ),
        ('{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b", "weight": 0}]}',),
    ),
    _refused(
        "call-form",
        "a call is not written as OpenAI does",
        "It has an id, the type function, and a function with a name and arguments as a JSON text.",
        "openai/openai-openapi (2025-07-04) ChatCompletionMessageToolCall",
        (_GOOD_CALLS.replace('"arguments": "{}"', '"arguments": {}'), _GOOD_CALLS.replace('"id": "c", ', "")),
        (_GOOD_CALLS,),
    ),
    _refused(
        "tool-call-id",
        "the result of a call does not say of which",
        "A message of tool needs the tool_call_id of a call before it.",
        "openai/openai-openapi (2025-07-04) ChatCompletionRequestToolMessage; that a call before has it is unverified",
        (
            _GOOD_CALLS.replace('"tool_call_id": "c", ', ""),
            _GOOD_CALLS.replace('"tool_call_id": "c"', '"tool_call_id": "d"'),
        ),
        (_GOOD_CALLS,),
    ),
    _refused(
        "calls-without-tools",
        "an example has calls and no tools",
        "The model would learn calls of tools that it was not told of.",
        "unverified: no published check was found that says so",
        (_CALLED % (_ASKED, ""),),
        (_GOOD_CALLS,),
    ),
    _refused(
        "tools-list",
        "the tools are no list of functions",
        "Each is {type: function, function: {name …}}; a JSON text, as other trainers want, is refused.",
        "openai/openai-openapi (2025-07-04) ChatCompletionTool",
        (_GOOD_CALLS.replace('"tools": [', '"tools": ["now", '), _GOOD.replace("]}", '], "tools": "[]"}')),
        (_GOOD_CALLS,),
    ),
    _refused(
        "parallel-tool-calls",
        "parallel_tool_calls is not true or false",
        "It says whether several tools may be called at once.",
        f"{_SCHEMA}.parallel_tool_calls",
        (_CALLED % (_ASKED, f'{_TOOLS}, "parallel_tool_calls": "no"'),),
        (_CALLED % (_ASKED, f'{_TOOLS}, "parallel_tool_calls": false'),),
    ),
    _refused(
        "preference-form",
        "a pair lacks its question or one of the answers, or has more than one message as an answer",
        "It has input.messages, and preferred_output and non_preferred_output with one message of assistant each.",
        f"{_PAIRS}; guide on direct preference optimization",
        (_PAIR % "[]", _PAIR % '[{"role": "user", "content": "不"}]'),
        (_GOOD_PAIR,),
    ),
    Treatment(
        "too-few-examples",
        "aborts",
        "a file has less than 10 examples",
        "A job is not started with fewer; 50 and more are advised.",
        "OpenAI's guide on supervised fine-tuning: at least 10 examples",
        Example(bad=(_GOOD,) * 9, good=(_GOOD,) * 10),
        _few,
    ),
)

PROFILE: Final = Profile(
    "openai",
    "OpenAI",
    "OpenAI fine-tuning",
    "Together, Fireworks, Azure and others read the same JSONL, each with limits of its own. What is told is what the"
    " published checks and the published schema refuse: one such row, and the file is not taken. The file must be JSONL"
    " in UTF-8.",
    judge,
    (
        *TREATMENTS,
        Treatment(
            "file-size",
            "aborts",
            "a file has more than 512 MB",
            "It cannot be uploaded.",
            "OpenAI's reference of the files API: 512 MB a file",
            Example(bad=(_GOOD,) * 10, good=(_GOOD,), options={"megabytes": 0.0005}),
            _large,
            FileSize,
        ),
    ),
    (
        "what the moderation of the service finds in the texts",
        "keys beside messages and tools; with a label, bad answers are trained like good ones",
    ),
)
RULES: Final = PROFILE.rules()
