"""What ms-swift would do to each row."""

from __future__ import annotations

from typing import Final

from dsvc.validators.profiles.lengths import Length, too_long
from dsvc.validators.profiles.ms_swift_judge import judge, reading
from dsvc.validators.profiles.shapes import about_files
from dsvc.validators.profiles.treatment import Profile, Treatment
from dsvc.validators.rule import Example

_CORE: Final = "swift/dataset/preprocessor/core.py"
_BASE: Final = "swift/template/base.py Template"
_GOOD: Final = '{"messages": [{"role": "user", "content": "几点了？"}, {"role": "assistant", "content": "九点。"}]}'
_SAID: Final = '{"messages": [{"role": "user", "content": "Hi"}, %s]%s}'
_ANSWER: Final = '{"role": "assistant", "content": "A"}'
_CALL: Final = '{"role": "tool_call", "content": "%s"}, {"role": "tool_response", "content": "9:00"}, ' + _ANSWER
_GOOD_CALL: Final = _SAID % (_CALL % '{\\"name\\": \\"now\\", \\"arguments\\": {}}', "")
_PICTURE: Final = (
    '{"messages": [{"role": "user", "content": "%s?"}, {"role": "assistant", "content": "A"}], "images": ["1.png"]}'
)

TREATMENTS: Final = (
    *about_files(
        "ms-swift",
        reading,
        f"{_CORE} AutoPreprocessor._get_preprocessor",
        '{"chosen": "A", "rejected": "B"}',
        Example(bad=(_GOOD, '{"query": "?", "response": "A"}'), good=(_GOOD, _GOOD)),
    ),
    Treatment(
        "too-long",
        "dropped",
        "a row is longer than max_length (give it as the option tokens)",
        "MaxLengthError: the row is left out without a word, unless truncation_strategy says otherwise.",
        f"{_BASE}._encode_truncated; {_CORE} RowPreprocessor.batched_preprocess",
        Example(bad=(_SAID % (_ANSWER.replace("A", "九点。" * 9), ""),), good=(_GOOD,), options={"tokens": 20}),
        too_long("dropped"),
        Length,
    ),
    Treatment(
        "no-messages",
        "dropped",
        "the messages are missing, empty or no objects, or there is neither question nor answer",
        "Without strict a row that cannot be read is deleted; only the first ten such rows are told.",
        f"{_CORE} MessagesPreprocessor.preprocess, RowPreprocessor._check_messages",
        Example(bad=('{"messages": []}', '{"messages": "Hi"}', '{"query": null, "response": null}'), good=(_GOOD,)),
    ),
    Treatment(
        "unknown-role",
        "dropped",
        "a message has a role that is not known",
        "Known are user, assistant, system, tool_call, tool_response, tool, and the names that ShareGPT has for them.",
        f"{_CORE} MessagesPreprocessor.to_std_messages, RowPreprocessor._check_messages",
        Example(
            bad=('{"messages": [{"role": "developer", "content": "x"}, {"role": "user", "content": "Hi"}]}',),
            good=(_GOOD, '{"conversations": [{"from": "human", "value": "?"}, {"from": "bot", "value": "A"}]}'),
        ),
    ),
    Treatment(
        "no-content",
        "dropped",
        "a message or a question has no text",
        "'assert content is not None': the row is deleted. An answer may have calls in place of it.",
        f"{_CORE} RowPreprocessor._check_messages, AlpacaPreprocessor.concat_inst_input",
        Example(
            bad=(
                _SAID % ('{"role": "assistant", "content": null}', ""),
                '{"instruction": null, "input": null, "output": "A"}',
            ),
            good=(
                _SAID % ('{"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": "{}"}}]}', ""),
                '{"instruction": "?", "input": null, "output": "A"}',
            ),
        ),
    ),
    Treatment(
        "history-pair",
        "dropped",
        "an earlier round is not a question and an answer",
        "Rounds are taken apart into two: the row is deleted.",
        "swift/template/utils.py history_to_messages",
        Example(
            bad=('{"query": "?", "response": "A", "history": [["q"]]}',),
            good=('{"query": "?", "response": "A", "history": [["q", "a"]]}',),
        ),
    ),
    Treatment(
        "rejected-response",
        "dropped",
        "the worse answer is missing, is the better one, or has a question in it",
        "ValueError: the row is deleted.",
        f"{_CORE} RowPreprocessor._check_rejected_response; swift/template/template_inputs.py TemplateInputs",
        Example(
            bad=(_SAID % (_ANSWER, ', "rejected_response": null'), _SAID % (_ANSWER, ', "rejected_response": "A"')),
            good=(_SAID % (_ANSWER, ', "rejected_response": "B"'),),
        ),
    ),
    Treatment(
        "turn-order",
        "dropped",
        "messages stand where they cannot be encoded",
        "Questions or results, and answers or calls, take turns; a system message is the first. Others fail to encode.",
        f"{_BASE}._swift_encode, _preprocess_standalone_tools",
        Example(
            bad=(
                _SAID % ('{"role": "system", "content": "x"}, ' + _ANSWER, ""),
                '{"messages": [{"role": "tool", "content": "9:00"}, {"role": "assistant", "content": "A"}]}',
            ),
            good=(_GOOD, _GOOD_CALL, f'{{"messages": [{_ANSWER}]}}'),
        ),
    ),
    Treatment(
        "tool-call-json",
        "dropped",
        "a call is no JSON with name and arguments",
        "It fails to encode: in training another row is taken in its place.",
        "swift/agent_template/base.py BaseAgentTemplate._parse_tool_call; swift/dataset/utils.py LazyLLMDataset",
        Example(
            bad=(_SAID % (_CALL % "now()", ""), _SAID % (_CALL % '{\\"name\\": \\"now\\"}', "")), good=(_GOOD_CALL,)
        ),
    ),
    Treatment(
        "tools-json",
        "dropped",
        "a tool is no object",
        "A text that is no JSON becomes a tool of itself, also an empty one, and fails to encode.",
        f"{_CORE} RowPreprocessor._normalize_tools; swift/agent_template/base.py BaseAgentTemplate.wrap_tool",
        Example(
            bad=(_SAID % (_ANSWER, ', "tools": "now()"'), _SAID % (_ANSWER, ', "tools": ""')),
            good=(
                _SAID % (_ANSWER, ', "tools": "[{\\"name\\": \\"now\\"}]"'),
                _SAID % (_ANSWER, ', "tools": [{"name": "now"}]'),
            ),
        ),
    ),
    Treatment(
        "no-answer",
        "altered",
        "the last message is no answer",
        "It is encoded as if the model had to go on: nothing behind the last question is trained.",
        f"{_BASE}._get_std_messages, _swift_encode",
        Example(bad=('{"messages": [{"role": "user", "content": "Hi"}]}', '{"query": "Hi"}'), good=(_GOOD,)),
    ),
    Treatment(
        "joined-questions",
        "altered",
        "two questions follow each other",
        "They become one text, without a space or a line end between.",
        f"{_BASE}._swift_prepare_inputs",
        Example(bad=(_SAID % ('{"role": "user", "content": "Hi"}, ' + _ANSWER, ""),), good=(_GOOD,)),
    ),
    Treatment(
        "keys-ignored",
        "altered",
        "a message has a weight or reasoning in a key of its own",
        "Of a message role, content, loss and loss_scale stay; everything else is taken away.",
        f"{_CORE} RowPreprocessor._check_messages",
        Example(
            bad=(_SAID % ('{"role": "assistant", "content": "A", "weight": 0}', ""),),
            good=(_SAID % ('{"role": "assistant", "content": "A", "loss": false}', ""),),
        ),
    ),
    Treatment(
        "columns-ignored",
        "altered",
        "several columns may be the question, or the answer",
        "Of query, prompt, input, question … and of response, answer, output, text … at most one may be there.",
        f"{_CORE} RowPreprocessor.safe_rename_columns, ResponsePreprocessor",
        Example(
            bad=('{"question": "?", "answer": "A", "solution": "B"}',),
            good=('{"question": "?", "answer": "A"}', '{"instruction": "?", "input": "", "output": "A"}'),
        ),
    ),
    Treatment(
        "first-answer",
        "altered",
        "there are several answers",
        "The first is trained (or one by chance, with RANDOM_DATASET_RESPONSE).",
        f"{_CORE} ResponsePreprocessor.preprocess",
        Example(bad=('{"query": "?", "response": ["A", "B"]}',), good=('{"query": "?", "response": ["A"]}',)),
    ),
    Treatment(
        "label-text",
        "altered",
        "the label is a text",
        "bool() of a text is true unless it is empty: 'false' counts as a good answer.",
        f"{_BASE}._kto_encode",
        Example(bad=(_SAID % (_ANSWER, ', "label": "false"'),), good=(_SAID % (_ANSWER, ', "label": false'),)),
    ),
    Treatment(
        "media-placement",
        "altered",
        "there are more or fewer files than placeholders",
        "Files without one are put in front of the first message; placeholders without a file stay text.",
        f"{_BASE}._add_default_tags",
        Example(bad=(_PICTURE % "", _PICTURE % "<image><image>"), good=(_PICTURE % "<image>",)),
    ),
)

PROFILE: Final = Profile(
    "ms-swift",
    "ms-swift",
    "modelscope/ms-swift v4.6.0",
    "Read by `AutoPreprocessor`, all options as they are by default: with `strict` each row that is dropped ends the"
    " run. The template is of ms-swift's own and knows the calls and the media that rows have.",
    judge,
    TREATMENTS,
    (
        "columns beside the standard ones are not read",
        "calls in a row become one answer, results in a row one message",
        "columns whose type changes between rows load since `datasets` 4.7, and do not before",
    ),
)
RULES: Final = PROFILE.rules()
