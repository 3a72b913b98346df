"""What axolotl would do to each row."""

from __future__ import annotations

from typing import Final

from dsvc.validators.profiles.axolotl_judge import judge, reading
from dsvc.validators.profiles.lengths import Length, too_long
from dsvc.validators.profiles.shapes import about_files
from dsvc.validators.profiles.treatment import Profile, Treatment
from dsvc.validators.rule import Example

_CHAT: Final = "src/axolotl/prompt_strategies/chat_template.py ChatTemplateStrategy"
_DPO: Final = "src/axolotl/prompt_strategies/dpo/chat_template.py"
_GOOD: Final = '{"messages": [{"role": "user", "content": "几点了？"}, {"role": "assistant", "content": "九点。"}]}'
_SAID: Final = '{"messages": [{"role": "user", "content": "Hi"}, %s]%s}'
_ANSWER: Final = '{"role": "assistant", "content": "A"}'
_CALL: Final = _SAID % ('{"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": %s}}]}', "")
_PAIR: Final = (
    '{"prompt": [{"role": "user", "content": "?"}], "chosen": %s, "rejected": [{"role": "assistant", "content": "B"}]}'
)
_GOOD_PAIR: Final = _PAIR % f"[{_ANSWER}]"
_PARTS: Final = _SAID % (
    '{"role": "assistant", "content": [{"type": "text", "text": "So%s", "weight": 0}, '
    '{"type": "text", "text": "%sA"}]}',
    "",
)

TREATMENTS: Final = (
    *about_files(
        "axolotl",
        reading,
        "docs/dataset-formats; src/axolotl/utils/schemas/datasets.py",
        '{"Question": "?", "Complex_CoT": "…", "Response": "A"}',
        Example(bad=(_GOOD, '{"text": "A text."}'), good=(_GOOD, _GOOD)),
    ),
    Treatment(
        "too-long",
        "dropped",
        "a row is longer than sequence_len (give it as the option tokens)",
        "Unless excess_length_strategy is truncate or raise, such rows are dropped: only their number is told.",
        "src/axolotl/utils/data/utils.py handle_long_seq_in_dataset; utils/trainer.py filter_sequences_by_length",
        Example(bad=(_SAID % (_ANSWER.replace("A", "九点。" * 9), ""),), good=(_GOOD,), options={"tokens": 20}),
        too_long("dropped"),
        Length,
    ),
    Treatment(
        "no-messages",
        "aborts",
        "messages, sides or steps are missing, empty or of another type",
        "'Messages is null', 'Unknown messages format', or an IndexError.",
        f"{_CHAT}._get_messages, get_conversation_thread; {_DPO}",
        Example(bad=('{"messages": null}', '{"messages": []}', _PAIR % "[]"), good=(_GOOD, _GOOD_PAIR)),
    ),
    Treatment(
        "nothing-trained",
        "dropped",
        "a conversation has no answer that is trained",
        "'Dropped … samples with no trainable tokens': no answer, an empty one, or one of weight 0.",
        "src/axolotl/utils/trainer.py drop_no_trainable_tokens",
        Example(
            bad=(
                '{"messages": [{"role": "user", "content": "Hi"}]}',
                _SAID % (_ANSWER.replace("}", ', "weight": 0}'), ""),
            ),
            good=(_GOOD,),
        ),
    ),
    Treatment(
        "unknown-role",
        "altered",
        "a message has a role that is not mapped",
        "It goes into the chat template as it is; many fail, others write it, and none of it is trained.",
        f"{_CHAT}.transform_message",
        Example(
            bad=('{"conversations": [{"from": "function_call", "value": "{}"}, {"from": "gpt", "value": "A"}]}',),
            good=('{"conversations": [{"from": "human", "value": "?"}, {"from": "gpt", "value": "A"}]}',),
        ),
    ),
    Treatment(
        "no-content",
        "aborts",
        "a message has no content, and no calls",
        "It is left away, and templates that add role and content up fail: UndefinedError; of a pair TypeError.",
        f"{_CHAT}.transform_message; {_DPO} transform_fn",
        Example(bad=(_SAID % ('{"role": "assistant", "content": null}', ""),), good=(_GOOD, _CALL % "{}")),
    ),
    Treatment(
        "empty-answer",
        "altered",
        "an answer is empty",
        "Where it begins and ends cannot be found, and it is not trained: 'This is likely an empty turn'.",
        f"{_CHAT}.find_turn",
        Example(bad=(_SAID % ('{"role": "assistant", "content": ""}', ""),), good=(_GOOD,)),
    ),
    Treatment(
        "arguments-json",
        "aborts",
        "the arguments of a call are a text that is no JSON",
        "'Error parsing tool_calls arguments as JSON': one such row ends the run.",
        f"{_CHAT}.transform_message",
        Example(bad=(_CALL % '"now"',), good=(_CALL % '"{}"', _CALL % "{}")),
    ),
    Treatment(
        "tools-list",
        "aborts",
        "the tools are no list, nor a JSON text of one",
        "'Unknown tools format', or 'Error parsing tool parameters as JSON': one such row ends the run.",
        f"{_CHAT}._get_tools",
        Example(
            bad=(_SAID % (_ANSWER, ', "tools": "now()"'), _SAID % (_ANSWER, ', "tools": {"type": "function"}')),
            good=(_SAID % (_ANSWER, ', "tools": "[]"'), _SAID % (_ANSWER, ', "tools": []')),
        ),
    ),
    Treatment(
        "media-ignored",
        "altered",
        "a conversation has pictures, sound or films",
        "Without settings for the model at hand, of which an export writes none, texts only are trained.",
        f"{_CHAT}._convert_content_parts; docs/multimodal.qmd",
        Example(
            bad=(_SAID % (_ANSWER, ', "images": ["1.png"]'),),
            good=(
                _SAID % (_ANSWER, ', "images": []'),
                _SAID % ('{"role": "assistant", "content": [{"type": "text", "text": "A"}]}', ""),
            ),
        ),
    ),
    Treatment(
        "boundary-space",
        "altered",
        "a part ends with a space where training begins or ends",
        "The space becomes one token with the next word, and that word is not trained.",
        f"{_CHAT}._convert_content_parts",
        Example(bad=(_PARTS % (" ", ""),), good=(_PARTS % ("", " "),)),
    ),
    Treatment(
        "unknown-pair-role",
        "aborts",
        "a message of a pair has a role that is not mapped",
        "Other than in plain conversations it is looked up without a check: KeyError.",
        f"{_DPO} transform_fn",
        Example(bad=(_PAIR % '[{"role": "gpt", "content": "A"}]',), good=(_GOOD_PAIR,)),
    ),
    Treatment(
        "pair-ignored",
        "altered",
        "a pair has more than a question and two answers",
        "Role and content are read, of an answer the last message: tools, calls and reasoning are not trained.",
        f"{_DPO} transform_fn",
        Example(bad=(_PAIR % f"[{_ANSWER}, {_ANSWER}]", _GOOD_PAIR[:-1] + ', "tools": [{}]}'), good=(_GOOD_PAIR,)),
    ),
    Treatment(
        "python-text",
        "altered",
        "something else stands where a text is put in",
        "It is written as Python writes it, None, [{'role' …, and trained so.",
        "src/axolotl/prompt_strategies/kto/chatml.py ultra; src/axolotl/prompters.py AlpacaPrompter.build_prompt",
        Example(
            bad=('{"prompt": [{"role": "user", "content": "?"}], "completion": "A", "label": true}',),
            good=('{"prompt": "?", "completion": "A", "label": true}',),
        ),
    ),
    Treatment(
        "alpaca-ignored",
        "altered",
        "a row of type alpaca has earlier rounds or a system prompt",
        "instruction, input and output are read, and nothing else.",
        "src/axolotl/prompt_tokenizers.py AlpacaPromptTokenizingStrategy.parse_instruction_fields",
        Example(
            bad=('{"instruction": "?", "output": "A", "history": [["a", "b"]]}',),
            good=('{"instruction": "?", "output": "A", "history": [], "system": ""}',),
        ),
    ),
    Treatment(
        "step-count",
        "altered",
        "there are more steps than labels, or fewer",
        "They are put together in pairs as long as there are both; the others are left out.",
        "src/axolotl/prompt_strategies/stepwise_supervised.py tokenize_prompt",
        Example(
            bad=('{"prompt": "?", "completions": ["a", "b"], "labels": [true]}',),
            good=('{"prompt": "?", "completions": ["a", "b"], "labels": [true, false]}',),
        ),
    ),
    Treatment(
        "step-label",
        "aborts",
        "the label of a step is no number",
        "int() of a text that is none: ValueError.",
        "src/axolotl/prompt_strategies/stepwise_supervised.py tokenize_prompt",
        Example(
            bad=('{"prompt": "?", "completions": ["a"], "labels": ["good"]}',),
            good=('{"prompt": "?", "completions": ["a"], "labels": [true]}',),
        ),
    ),
    Treatment(
        "empty-text",
        "dropped",
        "a text to pre-train on is empty",
        "'Empty text requested for tokenization': nothing is left of the row.",
        "src/axolotl/prompt_tokenizers.py PromptTokenizingStrategy._tokenize",
        Example(bad=('{"text": ""}', '{"text": null}'), good=('{"text": "A text."}',)),
    ),
)

PROFILE: Final = Profile(
    "axolotl",
    "axolotl",
    "axolotl-ai-cloud/axolotl v0.19.0",
    "Read by the `axolotl.yaml` that `dsvc export --to axolotl` writes for such rows; ShareGPT with"
    " `field_messages: conversations` and from and value mapped, Alpaca with `type: alpaca`. `weight` of a message is"
    " its `message_field_training`. What a chat template makes of a role or of missing content depends on the model.",
    judge,
    TREATMENTS,
    (
        "texts to pre-train on that are too long are split",
        "columns whose type changes between rows load (`datasets` 4.8.4)",
    ),
)
RULES: Final = PROFILE.rules()
