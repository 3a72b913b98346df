"""What TRL would do to each row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from dsvc.validators.finding import Finding
from dsvc.validators.profiles.reading import entries
from dsvc.validators.profiles.shapes import about_files
from dsvc.validators.profiles.treatment import Profile, Treatment
from dsvc.validators.profiles.trl_judge import judge, reading
from dsvc.validators.rule import DatasetCheck, Example, Found, RecordCheck

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsvc.validators.checked import Checked
    from dsvc.validators.finding import Place

_SFT: Final = "trl/trainer/sft_trainer.py SFTTrainer._prepare_dataset"
_DATA: Final = "trl/data_utils.py"
_ANSWER: Final = '{"role": "assistant", "content": "九点。"}'
_GOOD: Final = f'{{"messages": [{{"role": "user", "content": "几点了？"}}, {_ANSWER}]}}'
_CALL: Final = (
    '{"messages": [{"role": "user", "content": "?"}, {"role": "assistant", "tool_calls": [{"type": "function", '
    '"function": {"name": "now", "arguments": %s}}]}]%s}'
)
_PAIR: Final = '{"prompt": [{"role": "user", "content": "?"}], "completion": %s}'
_UNPAIRED: Final = '{"prompt": "?", "completion": "A", "label": %s}'
_PICTURE: Final = (
    '{"messages": [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "?"}]}, '
    '{"role": "assistant", "content": [{"type": "text", "text": "A"}]}], "images": %s}'
)


class AssistantOnly(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``assistant_only_loss``: as in the configuration of the training; without it the rule finds nothing."""

    assistant_only_loss: bool = False


def _no_answer(options: AssistantOnly) -> RecordCheck:
    def look(record: Checked) -> Iterator[Found]:
        messages = record.fields.get("messages")
        if isinstance(messages, list) and not any(one.get("role") == "assistant" for _, one in entries(messages)):
            yield Found("no message is of assistant", ("messages",), "add the answer", outcome="aborts")

    return RecordCheck(look if options.assistant_only_loss else lambda _record: ())


def _some_kwargs(_options: Any) -> DatasetCheck:
    return DatasetCheck(_with_kwargs, _SomeKwargs)


def _with_kwargs(records: Sequence[Checked]) -> tuple[int, int]:
    """How many have them, and the first that has not (-1: all have)."""
    found = ["chat_template_kwargs" in record.fields for record in records]
    return sum(found), next((index for index, one in enumerate(found) if not one), -1)


class _SomeKwargs:
    def __init__(self) -> None:
        self._have: set[str] = set()
        self._without: dict[str, Place] = {}

    def take(self, places: Sequence[Place], summary: tuple[int, int]) -> None:
        count, without = summary
        if count:
            self._have.add(places[0].file)
        if without >= 0:
            self._without.setdefault(places[without].file, places[without])

    def finish(self) -> Iterator[Finding]:
        for file in sorted(self._have & self._without.keys()):
            yield Finding(
                "",
                "error",
                "there are no 'chat_template_kwargs', which other rows have",
                self._without[file],
                path="chat_template_kwargs",
                fix="write {} where there are none",
                outcome="aborts",
            )


TREATMENTS: Final = (
    *about_files(
        "trl",
        reading,
        f"docs/source/dataset_formats.md; {_DATA} is_conversational",
        '{"instruction": "几点了？", "output": "九点。"}',
        Example(bad=(_GOOD, '{"prompt": "?", "completion": "A"}'), good=(_GOOD, _GOOD)),
    ),
    Treatment(
        "empty-messages",
        "aborts",
        "a list of messages is empty, or holds something else",
        "Whether a row is a conversation is told by its first message: IndexError.",
        f"{_DATA} is_conversational",
        Example(bad=('{"messages": []}', '{"messages": ["Hi"]}'), good=(_GOOD,)),
    ),
    Treatment(
        "mixed-forms",
        "aborts",
        "texts and lists of messages in one row, or neither",
        "Prompt and answer are added to each other: TypeError.",
        f"{_SFT}; trl/trainer/dpo_trainer.py DPOTrainer._prepare_dataset",
        Example(
            bad=(_PAIR % '"A"', '{"messages": "Hi"}', '{"text": null}'),
            good=(_PAIR % f"[{_ANSWER}]", '{"prompt": "?", "completion": "A"}'),
        ),
    ),
    Treatment(
        "two-types",
        "altered",
        "a row has the columns of two types of dataset",
        "A prompt is taken before messages, messages before a text; the others are not read.",
        f"{_SFT}; {_DATA} apply_chat_template",
        Example(
            bad=(f'{{"prompt": "?", "completion": "A", "messages": [{_ANSWER}]}}',),
            good=('{"prompt": "?", "completion": "A", "id": 1}',),
        ),
    ),
    Treatment(
        "no-content",
        "aborts",
        "a message has no content, and no calls",
        "Chat templates add role and content up: TypeError or UndefinedError of the template.",
        f"{_DATA} _tokenize; transformers apply_chat_template",
        Example(
            bad=('{"messages": [{"role": "user", "content": null}]}',),
            good=(_GOOD, _CALL % ("{}", "")),
        ),
    ),
    Treatment(
        "unknown-role",
        "altered",
        "a message has a role that chat templates do not know",
        "from and value are renamed, human and gpt are not: they go into the text, or the template fails.",
        f"{_DATA} maybe_convert_to_chatml",
        Example(bad=('{"conversations": [{"from": "human", "value": "Hi"}]}',), good=(_GOOD,)),
    ),
    Treatment(
        "arguments-text",
        "altered",
        "the arguments of a call are a JSON text",
        "Templates write them as JSON once more: the model learns to call with a quoted text.",
        "docs/source/dataset_formats.md, tool calling; transformers docs chat_extras.md",
        Example(bad=(_CALL % ('"{}"', ""),), good=(_CALL % ("{}", ""),)),
    ),
    Treatment(
        "tools-list",
        "aborts",
        "the tools are no list of JSON schemas, nor a JSON text of one",
        "json.loads fails, or the chat template: 'Tools should either be a JSON schema, or a callable function'.",
        f"{_SFT} tokenize_fn; transformers utils/chat_template_utils.py render_jinja_template",
        Example(
            bad=(_CALL % ("{}", ', "tools": "now()"'), _CALL % ("{}", ', "tools": {"type": "function"}')),
            good=(_CALL % ("{}", ', "tools": []'), _CALL % ("{}", ', "tools": "[{\\"type\\": \\"function\\"}]"')),
        ),
    ),
    Treatment(
        "chat-template-kwargs",
        "aborts",
        "chat_template_kwargs is no object",
        "They are handed on with **: TypeError, also of null.",
        f"{_SFT} tokenize_fn",
        Example(
            bad=(_CALL % ("{}", ', "chat_template_kwargs": null'),),
            good=(_CALL % ("{}", ', "chat_template_kwargs": {"enable_thinking": false}'),),
        ),
    ),
    Treatment(
        "some-chat-template-kwargs",
        "aborts",
        "some rows have chat_template_kwargs and others have not",
        "Where a column is missing Arrow has null, and null is handed on with **: TypeError.",
        f"{_SFT} tokenize_fn",
        Example(
            bad=(_GOOD, _CALL % ("{}", ', "chat_template_kwargs": {"enable_thinking": false}')),
            good=(_CALL % ("{}", ', "chat_template_kwargs": {"enable_thinking": false}'),) * 2,
        ),
        _some_kwargs,
    ),
    Treatment(
        "no-assistant",
        "aborts",
        "with assistant_only_loss a conversation has no answer",
        "'at least one example has no assistant tokens': RuntimeError.",
        f"{_SFT} tokenize_fn",
        Example(
            bad=('{"messages": [{"role": "user", "content": "Hi"}]}',),
            good=(_GOOD,),
            options={"assistant_only_loss": True},
        ),
        _no_answer,
        AssistantOnly,
    ),
    Treatment(
        "label-type",
        "aborts",
        "the label is neither true nor false",
        "Labels are added up: TypeError of a text and of null.",
        "trl/trainer/kto_trainer.py KTOTrainer._prepare_dataset",
        Example(bad=(_UNPAIRED % '"true"', _UNPAIRED % "null"), good=(_UNPAIRED % "true",)),
    ),
    Treatment(
        "image-count",
        "aborts",
        "there are more or fewer pictures than parts of type image",
        "'Number of images provided does not match number of image placeholders': ValueError.",
        f"{_DATA} prepare_multimodal_messages",
        Example(bad=(_PICTURE % "[]",), good=(_PICTURE % '["1.png"]',)),
    ),
    Treatment(
        "label-ignored",
        "altered",
        "a whole conversation is labelled good or bad",
        "Messages make a row one for SFT, which trains all of them; for KTO it must be prompt, completion and label.",
        f"{_SFT}; docs/source/dataset_formats.md",
        Example(bad=(_GOOD[:-1] + ', "label": false}',), good=(_GOOD, _UNPAIRED % "false")),
    ),
    Treatment(
        "placeholders",
        "altered",
        "files stand for placeholders in the text",
        "Pictures are put in front of the first question, <image> stays as a text; sound and films are not read.",
        f"{_DATA} prepare_multimodal_messages",
        Example(
            bad=(_GOOD.replace("几点", "<image>几点")[:-1] + ', "images": ["1.png"]}',),
            good=(_GOOD[:-1] + ', "images": ["1.png"]}', _PICTURE % '["1.png"]'),
        ),
    ),
    Treatment(
        "weight-ignored",
        "altered",
        "an answer must not be trained, and is",
        "TRL trains all of a conversation, or with assistant_only_loss each answer; weights are not read.",
        _SFT,
        Example(
            bad=('{"messages": [{"role": "assistant", "content": "A", "weight": 0}]}',),
            good=('{"messages": [{"role": "assistant", "content": "A", "weight": 1}]}',),
        ),
    ),
)

PROFILE: Final = Profile(
    "trl",
    "TRL",
    "huggingface/trl v1.16.0",
    "Read by its columns: the trainer is the one for them (SFT, DPO, reward, KTO), all options as they are by default."
    " What a chat template makes of a role or of missing content depends on the model.",
    judge,
    TREATMENTS,
    (
        "what is longer than `max_length` is cut off, and a row whose question alone is, is dropped",
        "columns whose type changes between rows load since `datasets` 4.7, which TRL asks for",
        "rows of type stepwise: their trainer is not part of v1.16, it was of v1.9",
    ),
)
RULES: Final = PROFILE.rules()
