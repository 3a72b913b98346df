"""What LLaMA-Factory would do to each row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.validators.profiles.llamafactory_files import column_types, thinking_off
from dsvc.validators.profiles.llamafactory_judge import judge
from dsvc.validators.profiles.llamafactory_reading import reading
from dsvc.validators.profiles.shapes import about_files
from dsvc.validators.profiles.treatment import Profile, Treatment
from dsvc.validators.rule import Example

if TYPE_CHECKING:
    from dsvc.validators.checked import Checked


def _read(record: Checked) -> str | None:
    found = reading(record)
    return None if found is None else found.name


def _talk(*turns: tuple[str, str], more: str = "") -> str:
    """A ShareGPT record: roles, and values as JSON."""
    messages = ", ".join([f'{{"from": "{role}", "value": {value}}}' for role, value in turns])
    return f'{{"conversations": [{messages}]{more}}}'


_ASKED: Final = ("human", '"几点了？"')
_ANSWERED: Final = ("gpt", '"九点。"')
_GOOD: Final = _talk(_ASKED, _ANSWERED)
_CONVERTER: Final = "src/llamafactory/data/converter.py"
_FORMATTER: Final = "src/llamafactory/data/formatter.py"
_SUPERVISED: Final = "src/llamafactory/data/processor/supervised.py SupervisedDatasetProcessor.preprocess_dataset"
_PAIRWISE: Final = "src/llamafactory/data/processor/pairwise.py PairwiseDatasetProcessor.preprocess_dataset"
_FEEDBACK: Final = "src/llamafactory/data/processor/feedback.py FeedbackDatasetProcessor"
_SHAREGPT: Final = f"{_CONVERTER} SharegptDatasetConverter"
_OPENAI: Final = f"{_CONVERTER} OpenAIDatasetConverter"
_CALLS: Final = (
    '{"messages": [{"role": "user", "content": "几点了？"}, {"role": "assistant", "content": %s, "tool_calls": '
    '[{"id": "c", "type": "function", "function": {"name": "now", "arguments": %s}}]}%s]%s}'
)
_TOOLS: Final = ', "tools": [{"type": "function", "function": {"name": "now", "parameters": {}}}]'
_END: Final = ', {"role": "tool", "tool_call_id": "c", "content": "9:00"}, {"role": "assistant", "content": "九点。"}'
_PLAIN: Final = '{"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"%s}]}'
_PAIR: Final = _talk(("human", '"好吗？"'), more=', "chosen": %s, "rejected": {"from": "gpt", "value": "不"}')
_PICTURE: Final = '{"messages": [{"role": "user", "content": "<image>?"}, {"role": "assistant", "content": "A"}], %s}'

TREATMENTS: Final = (
    *about_files(
        "llamafactory",
        _read,
        "src/llamafactory/data/parser.py DatasetAttr; data/README.md",
        '{"Question": "头疼怎么办？", "Complex_CoT": "先问多久了。", "Response": "休息。"}',
        Example(bad=(_GOOD, '{"instruction": "Hi", "output": "Hello"}'), good=(_GOOD, _GOOD)),
    ),
    Treatment(
        "column-types",
        "aborts",
        "a field has one type in some rows and another in others",
        "datasets up to 4.0.0, which LLaMA-Factory 0.9.5 asks for, cannot make a column of it and loads nothing.",
        "pyproject.toml (datasets<=4.0.0); datasets 4.0.0 packaged_modules/json, measured",
        Example(
            bad=('{"instruction": "a", "output": "b", "n": 1}', '{"instruction": "a", "output": "b", "n": "1"}'),
            good=(
                '{"instruction": "a", "output": "b", "n": 1}',
                '{"instruction": "a", "output": "b", "n": 1.5}',
                '{"instruction": "a", "output": "b", "n": null}',
                '{"instruction": "a", "output": "b"}',
            ),
        ),
        column_types,
    ),
    Treatment(
        "no-messages",
        "aborts",
        "the messages are missing, or are no list of objects",
        "The converter takes their length and looks into them, and ends with a TypeError.",
        _SHAREGPT,
        Example(bad=('{"conversations": null}', '{"messages": "Hi"}'), good=(_GOOD,)),
    ),
    Treatment(
        "empty-conversation",
        "dropped",
        "a conversation is empty, or has a system prompt only",
        "There is nothing to train: 'Dropped invalid example'.",
        _SUPERVISED,
        Example(bad=('{"conversations": []}', _talk(("system", '"Be brief."'))), good=(_GOOD,)),
    ),
    Treatment(
        "unknown-role",
        "dropped",
        "a message has a role that no tag names",
        "'Invalid role tag … Skipping this abnormal example': a warning among thousands of lines.",
        _SHAREGPT,
        Example(bad=(_talk(("user", '"Hi"'), _ANSWERED),), good=(_GOOD,)),
    ),
    Treatment(
        "unknown-openai-role",
        "aborts",
        "with formatting openai a message has a role that no tag names",
        "Other than with ShareGPT it is looked up without a check: KeyError.",
        _OPENAI,
        Example(
            bad=('{"messages": [{"role": "developer", "content": "x"}, {"role": "tool", "content": "y"}]}',),
            good=(_CALLS % ("null", '{"zone": "UTC"}', _END, _TOOLS), _PLAIN % ""),
        ),
    ),
    Treatment(
        "system-place",
        "dropped",
        "a system message is not the first",
        "Only the first message is taken for a system prompt; anywhere else the role is invalid.",
        _SHAREGPT,
        Example(
            bad=(_talk(_ASKED, ("system", '"Be brief."'), _ANSWERED),),
            good=(_talk(("system", '"Be brief."'), _ASKED, _ANSWERED),),
        ),
    ),
    Treatment(
        "turn-order",
        "dropped",
        "questions and answers do not take turns",
        "At even places human or observation is expected, at odd ones gpt or function_call.",
        _SHAREGPT,
        Example(
            bad=(_talk(_ASKED, _ASKED, _ANSWERED), _talk(_ANSWERED, _ASKED)),
            good=(_GOOD, _talk(_ASKED, ("function_call", '"{}"'), ("observation", '"9:00"'), _ANSWERED)),
        ),
    ),
    Treatment(
        "odd-turns",
        "dropped",
        "a conversation does not end with an answer, or of a pair not with the question",
        "'Invalid message count': an odd number of messages, or with ranking an even one.",
        _SHAREGPT,
        Example(
            bad=(_talk(_ASKED), _talk(_ASKED, _ANSWERED, _ASKED)),
            good=(_GOOD, _PAIR % '{"from": "gpt", "value": "好"}'),
        ),
    ),
    Treatment(
        "output-not-text",
        "dropped",
        "the answer is no text",
        "An output that is an object, a list, a number or null counts as no answer: 'Dropped invalid example'.",
        f"{_CONVERTER} AlpacaDatasetConverter; {_SUPERVISED}; hiyouga/LLaMA-Factory issue 4249",
        Example(
            bad=('{"instruction": "a", "output": {"b": 1}}', '{"instruction": "a", "output": null}'),
            good=('{"instruction": "a", "output": "{\\"b\\": 1}"}', '{"instruction": "a", "output": ""}'),
        ),
    ),
    Treatment(
        "history-pair",
        "aborts",
        "an earlier round is not a question and an answer",
        "The converter takes each round apart into two: ValueError.",
        f"{_CONVERTER} AlpacaDatasetConverter",
        Example(
            bad=('{"instruction": "a", "output": "b", "history": [["q"]]}',),
            good=('{"instruction": "a", "output": "b", "history": [["q", "r"]]}',),
        ),
    ),
    Treatment(
        "history-trained",
        None,
        "the answers of earlier rounds are trained as well",
        "As the documentation says; with mask_history only the last answer is.",
        "data/README.md; src/llamafactory/data/processor/supervised.py _encode_data_example",
        Example(
            bad=('{"instruction": "a", "output": "b", "history": [["q", "r"]]}',),
            good=('{"instruction": "a", "output": "b", "history": []}',),
        ),
    ),
    Treatment(
        "text-expected",
        "aborts",
        "something else stands where a text is encoded",
        "'Expected a string, got …': RuntimeError while encoding; also of null.",
        f"{_FORMATTER} StringFormatter.apply; src/llamafactory/data/template.py Template._encode",
        Example(
            bad=(_talk(_ASKED, ("gpt", "null")), _talk(("human", "7"), _ANSWERED)), good=(_talk(_ASKED, ("gpt", '""')),)
        ),
    ),
    Treatment(
        "tools-json",
        "aborts",
        "the tools are no JSON text of a list of objects",
        "'Invalid JSON format in tool description': one such row ends the run while encoding.",
        f"{_FORMATTER} ToolFormatter.apply",
        Example(
            bad=(
                _talk(_ASKED, _ANSWERED, more=', "tools": "[{]"'),
                _talk(_ASKED, _ANSWERED, more=', "tools": [{"name": "now"}]'),
            ),
            good=(
                _talk(_ASKED, _ANSWERED, more=', "tools": "[]"'),
                _talk(_ASKED, _ANSWERED, more=', "tools": ""'),
                _CALLS % ("null", '{"zone": "UTC"}', _END, _TOOLS),
            ),
        ),
    ),
    Treatment(
        "function-call-json",
        "aborts",
        "the value of a call is no JSON with name and arguments",
        "'Invalid JSON format in function message', or a KeyError: one such row ends the run while encoding.",
        f"{_FORMATTER} FunctionFormatter.apply",
        Example(
            bad=(
                _talk(_ASKED, ("function_call", '"now()"'), ("observation", '"9:00"'), _ANSWERED),
                _talk(_ASKED, ("function_call", '"{\\"name\\": \\"now\\"}"'), ("observation", '"9:00"'), _ANSWERED),
            ),
            good=(
                _talk(
                    _ASKED,
                    ("function_call", '"{\\"name\\": \\"now\\", \\"arguments\\": {}}"'),
                    ("observation", '"9:00"'),
                    _ANSWERED,
                ),
                _talk(
                    _ASKED,
                    (
                        "function_call",
                        '"<think>\\n想想\\n</think>\\n\\n[{\\"name\\": \\"now\\", \\"arguments\\": {}}]"',
                    ),
                ),
            ),
        ),
    ),
    Treatment(
        "quoted-arguments",
        "altered",
        "the arguments of a call are a text",
        "They are written as JSON once more: the model learns to call with a quoted text in place of an object.",
        f"{_FORMATTER} FunctionFormatter.apply; {_OPENAI}",
        Example(
            bad=(_CALLS % ("null", '"{\\"zone\\": \\"UTC\\"}"', _END, _TOOLS),),
            good=(_CALLS % ("null", '{"zone": "UTC"}', _END, _TOOLS),),
        ),
    ),
    Treatment(
        "call-form",
        "aborts",
        "a call has no function",
        "With formatting openai tool['function'] is taken without a check: KeyError.",
        _OPENAI,
        Example(
            bad=(
                '{"messages": [{"role": "user", "content": "?"}, {"role": "assistant", "content": "", "tool_calls": '
                '[{"name": "now", "arguments": {}}]}]}',
            ),
            good=(_CALLS % ("null", '{"zone": "UTC"}', _END, _TOOLS),),
        ),
    ),
    Treatment(
        "text-beside-calls",
        "altered",
        "an answer has a text and calls",
        "With formatting openai the calls take the place of the text, which is not trained.",
        _OPENAI,
        Example(
            bad=(_CALLS % ('"I look."', '{"zone": "UTC"}', _END, _TOOLS),),
            good=(_CALLS % ('""', '{"zone": "UTC"}', _END, _TOOLS),),
        ),
    ),
    Treatment(
        "lost-results",
        "altered",
        "a conversation ends with the result of a call",
        "With formatting openai results are put before the next message; without one they are left out.",
        _OPENAI,
        Example(
            bad=(_CALLS % ("null", '{"zone": "UTC"}', ', {"role": "tool", "content": "9:00"}', _TOOLS),),
            good=(_CALLS % ("null", '{"zone": "UTC"}', _END, _TOOLS),),
        ),
    ),
    Treatment(
        "detailed-thinking-off",
        "altered",
        "with formatting openai a row has no tools",
        "'detailed thinking off' is added to its system prompt, unless that sentence or its opposite is there already.",
        _OPENAI,
        Example(
            bad=(_PLAIN % "", _CALLS % ("null", '{"zone": "UTC"}', _END, _TOOLS)),
            good=(_PLAIN % "", _PLAIN % ""),
        ),
        thinking_off,
    ),
    Treatment(
        "ranking-sides",
        "dropped",
        "of a pair chosen or rejected is missing or of another type",
        "The row counts as a plain example, of which the training of rewards has no use: 'Dropped invalid example'.",
        f"{_SHAREGPT}; {_PAIRWISE}",
        Example(
            bad=(_PAIR % '"好"', '{"instruction": "a", "chosen": {"b": 1}, "rejected": "c"}'),
            good=(_PAIR % '{"from": "gpt", "value": "好"}', '{"instruction": "a", "chosen": "b", "rejected": "c"}'),
        ),
    ),
    Treatment(
        "ranking-role",
        "altered",
        "chosen or rejected is no answer",
        "It warns of an invalid role tag, and trains the row all the same, as a question.",
        f"{_SHAREGPT}, broken_data is set and not looked at again",
        Example(bad=(_PAIR % '{"from": "human", "value": "好"}',), good=(_PAIR % '{"from": "gpt", "value": "好"}',)),
    ),
    Treatment(
        "unknown-ranking-role",
        "aborts",
        "chosen or rejected has a role that no tag names, or is a system message",
        "It is looked up without a check: KeyError; of a system message NotImplementedError.",
        _SHAREGPT,
        Example(bad=(_PAIR % '{"from": "bot", "value": "好"}',), good=(_PAIR % '{"from": "gpt", "value": "好"}',)),
    ),
    Treatment(
        "kto-tag",
        "dropped",
        "the label is not true or false",
        "A text or a number makes it a plain example, of which the KTO training has no use: 'Dropped invalid example'.",
        f"{_CONVERTER}; {_FEEDBACK}.preprocess_dataset",
        Example(
            bad=(
                '{"instruction": "a", "output": "b", "kto_tag": "true"}',
                _talk(_ASKED, _ANSWERED, more=', "kto_tag": 1'),
            ),
            good=(
                '{"instruction": "a", "output": "b", "kto_tag": true}',
                _talk(_ASKED, _ANSWERED, more=', "kto_tag": false'),
            ),
        ),
    ),
    Treatment(
        "kto-empty-answer",
        "altered",
        "a good answer is empty",
        "Which of the two answers is the real one is told by which is not empty: the label turns around.",
        f"{_FEEDBACK}._encode_data_example",
        Example(
            bad=('{"instruction": "a", "output": "", "kto_tag": true}',),
            good=('{"instruction": "a", "output": "", "kto_tag": false}',),
        ),
    ),
    Treatment(
        "media-count",
        "aborts",
        "there are more or fewer files than placeholders",
        "'The number of images does not match the number of <image> tokens': ValueError.",
        "src/llamafactory/data/mm_plugin.py MMPluginMixin._validate_messages",
        Example(
            bad=(
                _PICTURE % '"images": []',
                '{"instruction": "?", "output": "A", "images": ["1.png"]}',
            ),
            good=(
                _PICTURE % '"images": ["1.png"]',
                '{"instruction": "What does <image> mean?", "output": "A tag."}',
            ),
        ),
    ),
    Treatment(
        "reasoning-ignored",
        "altered",
        "a message has reasoning in a key of its own",
        "Role and content of a message are read, and nothing else: the reasoning is not trained.",
        _CONVERTER,
        Example(
            bad=(_PLAIN % ', "reasoning_content": "A greeting."',),
            good=(_PLAIN % ', "reasoning_content": ""', _talk(_ASKED, ("gpt", '"<think>看表</think>九点。"'))),
        ),
    ),
    Treatment(
        "weight-ignored",
        "altered",
        "an answer must not be trained, and is",
        "Every answer is trained; 'weight', 'loss' and 'train' of a message are not read.",
        f"{_CONVERTER}; src/llamafactory/data/processor/supervised.py _encode_data_example",
        Example(bad=(_PLAIN % ', "weight": 0',), good=(_PLAIN % ', "weight": 1', _PLAIN % "")),
    ),
)

PROFILE: Final = Profile(
    "llamafactory",
    "LLaMA-Factory",
    "hiyouga/LLaMA-Factory v0.9.5",
    "Read by the entry of `dataset_info.json` that `dsvc export --to llamafactory` writes for such rows: all columns"
    " that the file has, all tags. Messages without calls are read with `formatting: sharegpt` and the tags of"
    " OpenAI's roles, those with calls, results or a list of tools with `formatting: openai`. The template is one that"
    " takes what the rows have: pictures, calls. Rows of the native v1 shape are taken by `USE_V1` as they are.",
    judge,
    TREATMENTS,
    (
        "what is longer than `cutoff_len` is cut off",
        "results of calls that follow each other become one message (`formatting: openai`)",
        "a file of `images`, `videos` or `audios` that is not there: a warning, and an error when it is read",
    ),
)
RULES: Final = PROFILE.rules()
