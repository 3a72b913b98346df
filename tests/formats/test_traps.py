"""Where trainers differ in what looks the same: each trap, and what is told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dsvc.errors import BadDataError, UsageError
from dsvc.formats import Conversion
from dsvc.formats.registry import shape
from dsvc.formats.report import Told
from dsvc.formats.tools import USUAL_TEXT
from tests.formats.records import Value, convert, example, line, told

USER = {"role": "user", "content": "问"}
SAID = {"role": "assistant", "content": "答"}


def calling(arguments: object, **more: Any) -> dict[str, Any]:
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": arguments}}
    result = {"role": "tool", "content": "1", "tool_call_id": "c1"}
    return {"messages": [USER, {"role": "assistant", "content": None, "tool_calls": [call]}, result, SAID], **more}


def test_arguments_are_a_text_for_openai_and_an_object_for_trl() -> None:
    (made,), entries = convert(calling('{"城市": "北京", "n": 1.50}'), "trl", "openai")
    assert made["messages"][1]["tool_calls"][0]["function"]["arguments"] == {"城市": "北京", "n": 1.5}
    assert entries == []
    conversion = Conversion("openai", "trl")
    text = next(conversion.lines([line(made).replace(b"1.5}", b"1.50}")], "x")).decode()
    assert '"arguments":"{\\"城市\\": \\"北京\\", \\"n\\": 1.50}"' in text


def test_arguments_in_another_spacing_are_told() -> None:
    _, entries = convert(calling('{"a":1}'), "trl", "openai")
    assert told(entries) == [("rewritten", "arguments")]


def test_arguments_that_are_no_json() -> None:
    (made,), entries = convert(calling("not json"), "openai", "openai")
    assert made["messages"][1]["tool_calls"][0]["function"]["arguments"] == "not json"
    assert entries == []
    with pytest.raises(BadDataError, match="'arguments' expected an object, found a text"):
        convert(calling("not json"), "trl", "openai")


def test_tools_are_a_json_text_for_llama_factory_and_ms_swift() -> None:
    tools = [{"type": "function", "function": {"name": "f", "description": "查"}}]
    value = {"messages": [USER, SAID], "tools": tools}
    (sharegpt,), _ = convert(value, "sharegpt", "openai")
    (swift,), _ = convert(value, "multimodal", "openai")
    assert sharegpt["tools"] == '[{"name": "f", "description": "查"}]'
    assert json.loads(swift["tools"]) == tools
    assert convert(sharegpt, "openai", "sharegpt")[0] == [value]


def test_parallel_calls() -> None:
    """One message with a list for LLaMA-Factory, a message for each for ms-swift, and their results."""
    calls = [{"type": "function", "function": {"name": name, "arguments": {}}} for name in "ab"]
    results = [{"role": "tool", "content": name, "name": name} for name in "ab"]
    value = {"messages": [USER, {"role": "assistant", "tool_calls": calls}, *results, SAID]}
    (sharegpt,), entries = convert(value, "sharegpt", "trl")
    assert [message["from"] for message in sharegpt["conversations"]] == [
        "human",
        "function_call",
        "observation",
        "gpt",
    ]
    assert sharegpt["conversations"][2]["value"] == "a\nb"
    assert told(entries) == [("rewritten", "tool results")]
    (swift,), entries = convert(value, "multimodal", "trl")
    roles = [message["role"] for message in swift["messages"]]
    assert roles == ["user", "tool_call", "tool_call", "tool_response", "tool_response", "assistant"]
    assert entries == []
    (openai,), entries = convert(value, "openai", "trl")
    assert [message.get("tool_call_id") for message in openai["messages"]] == [None, None, "call_1", "call_2", None]
    assert told(entries) == [("rewritten", "tool_call_id")]


def test_a_system_message_is_no_trap_in_our_entry() -> None:
    (made,), _ = convert({"messages": [{"role": "system", "content": "s"}, USER, SAID]}, "sharegpt")
    assert made["conversations"][0] == {"from": "system", "value": "s"}


def test_the_order_that_llama_factory_drops_is_refused() -> None:
    for messages in ([USER, USER, SAID], [SAID], [USER, SAID, USER]):
        with pytest.raises(BadDataError) as caught:
            convert({"messages": messages}, "sharegpt", "openai")
        assert "LLaMA-Factory drops" in str(caught.value.hint)


@pytest.mark.parametrize("key", ["reasoning_content", "thinking", "reasoning"])
def test_reasoning_in_a_key(key: str) -> None:
    value = {"messages": [USER, {**SAID, key: "想"}]}
    (inline,), entries = convert(value, "sharegpt", "trl")
    assert inline["conversations"][1]["value"] == "<think>\n想\n</think>\n\n答"
    assert told(entries) == ([] if key == "reasoning_content" else [("rewritten", "reasoning")])
    assert convert(inline, "trl", "sharegpt", reasoning=key)[0] == [value]
    (cot,), _ = convert(value, "complex-cot", "trl")
    assert cot == {"Question": "问", "Complex_CoT": "想", "Response": "答"}


def test_reasoning_spelled_anew_in_the_same_shape() -> None:
    (made,), entries = convert({"messages": [USER, {**SAID, "thinking": "想"}]}, "trl", "trl", reasoning="think")
    assert made["messages"][1] == {"role": "assistant", "content": "<think>\n想\n</think>\n\n答"}
    assert told(entries) == [("rewritten", "reasoning")]
    with pytest.raises(UsageError, match="'sharegpt' writes reasoning in one way only"):
        Conversion("sharegpt", reasoning="thinking")


def test_both_spellings_of_complex_cot() -> None:
    value = {"Question": "问", "Complex-CoT": "想", "Response": "答"}
    (made,), entries = convert(value, "distillation")
    assert made == {"input": "问", "reasoning_content": "想", "content": "答"}
    assert told(entries) == [("rewritten", "Complex-CoT")]


def test_steps_of_reasoning() -> None:
    value = {"instruction": "算", "input": "", "chain_of_thought": ["一", "二"], "output": "三"}
    (made,), entries = convert(value, "trl")
    assert made["messages"][1] == {"role": "assistant", "content": "三", "reasoning_content": "一\n二"}
    assert told(entries) == [("rewritten", "reasoning")]


def test_placeholders_and_parts() -> None:
    value = {"messages": [{"role": "user", "content": "<image>甲<image>乙"}, SAID], "images": ["1.png", "2.png"]}
    (openai,), entries = convert(value, "openai")
    assert openai["messages"][0]["content"] == [
        {"type": "image_url", "image_url": {"url": "1.png"}},
        {"type": "text", "text": "甲"},
        {"type": "image_url", "image_url": {"url": "2.png"}},
        {"type": "text", "text": "乙"},
    ]
    assert entries == []
    (trl,), _ = convert(value, "trl")
    assert (trl["images"], trl["messages"][0]["content"][0]) == (["1.png", "2.png"], {"type": "image"})


def test_a_second_image_is_lost_where_there_is_place_for_one() -> None:
    value = {"messages": [{"role": "user", "content": "<image><image>?"}, SAID], "images": ["1.png", "2.png"]}
    (made,), entries = convert(value, "image-caption")
    assert made == {"image_url": "1.png", "text": "?", "caption": "答"}
    assert told(entries) == [("lost", "images")]


def test_a_text_that_looks_like_a_placeholder() -> None:
    parts: list[Value] = [
        {"type": "image_url", "image_url": {"url": "1.png"}},
        {"type": "text", "text": "what is <video>?"},
    ]
    with pytest.raises(BadDataError, match="'videos' a text holds '<video>', which would be taken for a file"):
        convert({"messages": [{"role": "user", "content": parts}, SAID]}, "multimodal")
    parts[1]["text"] = "what is <image>?"
    with pytest.raises(BadDataError, match="a text holds '<image>', which would be taken for a file"):
        convert({"messages": [{"role": "user", "content": parts}, SAID]}, "sharegpt", "openai")
    (made,), entries = convert(
        {"messages": [{"role": "user", "content": "<image> in HTML"}, SAID]}, "sharegpt", "openai"
    )
    assert (made["conversations"][0]["value"], entries) == ("<image> in HTML", [])


def test_history_and_system() -> None:
    value = {"messages": [{"role": "system", "content": "s"}, USER, SAID, USER, SAID]}
    (alpaca,), entries = convert(value, "alpaca")
    assert alpaca == {"instruction": "问", "input": "", "output": "答", "system": "s", "history": [["问", "答"]]}
    assert entries == []
    _, entries = convert(value, "question-answer")
    assert told(entries) == [("lost", "history"), ("lost", "system")]


def test_weights() -> None:
    value = {"messages": [USER, {**SAID, "weight": 0}]}
    (v1,), entries = convert(value, "llamafactory-v1")
    assert (v1["messages"][1]["loss_weight"], type(v1["messages"][1]["loss_weight"]), entries) == (0.0, float, [])
    (swift,), _ = convert(value, "multimodal")
    assert swift["messages"][1]["loss"] is False
    _, entries = convert(value, "sharegpt")
    assert told(entries) == [("lost", "weight of messages")]


def test_pairs() -> None:
    value = example("preference-sharegpt")
    both, entries = convert(value, "kto")
    assert [(one["messages"][-1]["content"], one["label"]) for one in both] == [
        ("带身份证到任一网点办理。", True), ("不能注销。", False)
    ]  # fmt: skip
    assert told(entries) == [("rewritten", "chosen and rejected")]
    _, entries = convert(value, "openai")
    assert told(entries) == [("lost", "rejected")]
    with pytest.raises(UsageError, match="needs a chosen and a rejected answer"):
        Conversion("preference-trl", "openai")
    with pytest.raises(BadDataError, match="of shape 'openai' cannot become 'preference-trl'"):
        convert({"messages": [USER, SAID]}, "preference-trl")


def test_bare_texts_get_no_template() -> None:
    (made,), entries = convert({"prompt": "天", "completion": "空"}, "openai")
    assert [message["content"] for message in made["messages"]] == ["天", "空"]
    assert told(entries) == [("rewritten", "prompt")]
    (made,), entries = convert({"prompt": "a", "chosen": "b", "rejected": "c"}, "unpaired-trl")[0][:1], []
    assert made == {"prompt": "a", "completion": "b", "label": True}


def test_labels() -> None:
    assert convert({"text": "x", "label": "a>b"}, "alpaca")[0][0]["output"] == "a>b"
    (made,), entries = convert({"text": "x", "label": ["a", "b"]}, "alpaca")
    assert (made["output"], told(entries)) == ("a, b", [("rewritten", "label")])
    assert told(convert({"text": "x", "label": 3}, "alpaca")[1]) == [("rewritten", "label")]


def test_a_key_that_means_something_else_in_the_target() -> None:
    (made,), entries = convert({"input": "x", "output": "y", "system": {"os": "linux"}}, "alpaca", "input-output")
    assert made == {"instruction": "x", "input": "", "output": "y"}
    assert told(entries) == [("lost", "system")]


def test_a_key_that_stands_twice() -> None:
    conversion = Conversion("openai")
    records = [
        '{"instruction": "a \\"quoted\\" text", "input": "", "output": "b"}',
        '{"instruction": "a", "input": "", "output": "b", "output": "c"}',
        '{"instruction": "a\\\\", "input": "", "output": "b\\"", "id": {"k" : 1, "k" : 2}}',
    ]
    [*conversion.lines([one.encode() + b"\n" for one in records], "x.jsonl")]
    assert [(entry.loss, entry.field, entry.first) for entry in conversion.told.entries] == [
        ("lost", "k", 3), ("lost", "output", 2)
    ]  # fmt: skip


@pytest.mark.parametrize("number", ["1.50", "1e5", "-0", "123456789012345678901234567890", "1E400", "0", "0.1"])
def test_numbers_stay_as_they_are_written(number: str) -> None:
    content = f'{{"instruction":"a","input":"","output":"b","n":{number}}}\n'
    (made,) = Conversion("openai").lines([content.encode()], "x.jsonl")
    assert f'"n":{number}}}'.encode() in made


def test_half_of_a_surrogate_pair_stays() -> None:
    content = b'{"instruction":"\\ud83d \xe4\xb8\xad","input":"","output":"b"}\n'
    (made,) = Conversion("openai").lines([content], "x.jsonl")
    assert b'"\\ud83d \xe4\xb8\xad"' in made


def test_chinese_stays_unescaped() -> None:
    content = b'{"instruction":"\\u4e2d","input":"","output":"b"}\n'
    (made,) = Conversion("openai").lines([content], "x.jsonl")
    assert '"中"'.encode() in made


def test_records_that_do_not_fit_can_be_left_out() -> None:
    conversion = Conversion("openai", skip=True)
    records = [example("alpaca"), {"a": 1}, {"instruction": 1, "output": "x"}, example("alpaca", 1)]
    assert len([*conversion.lines(map(line, records), "x.jsonl")]) == 2
    assert [error.message.partition(": ")[0] for error in conversion.skipped] == [
        "cannot convert 'x.jsonl:2'", "cannot convert 'x.jsonl:3'"
    ]  # fmt: skip
    assert (conversion.records, conversion.written) == (4, 2)


def test_broken_json_is_never_left_out() -> None:
    with pytest.raises(BadDataError, match=r"cannot read record at 'x\.jsonl:1': expecting ':' delimiter, column 6"):
        [*Conversion("openai", skip=True).lines([b'{"a" 1}\n'], "x.jsonl")]


def test_nested_too_deeply() -> None:
    deep = b'{"instruction":"a","output":"b","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}\n"
    with pytest.raises(BadDataError, match="nested too deeply"):
        [*Conversion("openai").lines([deep], "x.jsonl")]


LOOKING = {
    "role": "assistant",
    "content": "我查一下",
    "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
}


def test_calls_beside_an_earlier_answer_are_told() -> None:
    """The answer before the call stays in the history, the call does not."""
    (made,), entries = convert({"messages": [USER, LOOKING, USER, SAID]}, "alpaca", "openai")
    assert made["history"] == [["问", "我查一下"]]
    assert told(entries) == [("lost", "tool calls")]


@pytest.mark.parametrize("target", ["alpaca", "input-output", "question-answer", "classification", "distillation"])
@pytest.mark.parametrize("number", [0, 1])
def test_calls_are_told_wherever_they_are(target: str, number: int) -> None:
    value: dict[str, list[dict[str, Any]]] = {"messages": [dict(USER), dict(SAID)]}
    value["messages"][number]["tool_calls"] = LOOKING["tool_calls"]
    _, entries = convert(value, target, "openai")
    assert [entry for entry in told(entries) if entry[0] == "lost"] == [("lost", "tool calls")]


def test_calls_in_the_prompt_of_a_pair_are_told() -> None:
    calls = [{"type": "function", "function": {"name": "f", "arguments": {}}}]
    pair = {"prompt": [USER, {**LOOKING, "tool_calls": calls}, USER], "chosen": [SAID], "rejected": [SAID]}
    _, entries = convert(pair, "preference-alpaca", "preference-trl")
    assert ("lost", "tool calls") in told(entries)


@pytest.mark.parametrize(
    "target",
    ["alpaca", "input-output", "question-answer", "complex-cot", "chain-of-thought", "distillation", "classification"],
)
@pytest.mark.parametrize("role", ["user", "system"])
def test_reasoning_of_others_than_the_assistant_is_told(target: str, role: str) -> None:
    thought = {"role": role, "content": "问", "reasoning_content": "想"}
    value = {"messages": [thought, SAID] if role == "user" else [thought, USER, SAID]}
    _, entries = convert(value, target, "trl")
    assert ("lost", "reasoning") in told(entries)


def test_reasoning_in_the_question_of_a_pair_is_told() -> None:
    asked = [{"role": "user", "content": "问", "reasoning_content": "想"}]
    _, entries = convert({"prompt": asked, "chosen": [SAID], "rejected": [SAID]}, "preference-alpaca")
    assert ("lost", "reasoning") in told(entries)
    _, entries = convert({"prompt": asked, "completion": [SAID], "label": True}, "kto-alpaca")
    assert ("lost", "reasoning") in told(entries)


def test_calls_without_content_beside_them_are_seen() -> None:
    """TRL's messages of calls have a role and calls, two keys as a plain message has."""
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": {}}}
    result = {"role": "tool", "content": "1", "tool_call_id": "c1", "name": "f"}
    _, entries = convert({"messages": [USER, {"role": "assistant", "tool_calls": [call]}, result, SAID]}, "trl")
    assert entries == []


def test_an_answer_without_a_question_is_no_prompt_and_completion() -> None:
    with pytest.raises(BadDataError, match="'prompt' there is none"):
        convert({"chosen": "good", "rejected": "bad"}, "prompt-completion")


def test_keys_that_stand_twice_are_told_only_where_one_goes() -> None:
    content = b'{"input":"x","output":"y","k":1,"k":1}\n'
    stays = Conversion("input-output")
    assert [*stays.lines([content], "data.jsonl")] == [content]
    assert stays.told.entries == []
    goes = Conversion("alpaca")
    assert len([*goes.lines([content], "data.jsonl")]) == 1
    assert told(goes.told.entries) == [("lost", "k")]


def test_an_id_that_is_empty_is_kept() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    result = {"role": "tool", "content": "1", "tool_call_id": ""}
    value = {"messages": [USER, {"role": "assistant", "content": None, "tool_calls": [call]}, result, SAID]}
    (made,), entries = convert(value, "trl", "openai")
    assert made["messages"][2]["tool_call_id"] == ""
    assert entries == []
    assert convert(made, "openai", "trl")[0] == [value]


def test_an_id_that_a_result_gets_is_told() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": {}}}
    result = {"role": "tool", "content": "1", "name": "f"}
    value = {"messages": [USER, {"role": "assistant", "tool_calls": [call]}, result, SAID]}
    _, entries = convert(value, "prompt-completion", "trl")
    assert told(entries) == [("rewritten", "tool_call_id")]


def test_tools_whose_type_stands_behind_are_told() -> None:
    value = {"messages": [USER, SAID], "tools": '[{"function": {"name": "f"}, "type": "function"}]'}
    for target in ("trl", "llamafactory-v1"):
        assert told(convert(value, target, "multimodal")[1]) == [("rewritten", "tools")]


def test_a_completion_that_is_no_answer_is_told() -> None:
    for value in ({"prompt": [USER], "completion": [USER]}, {"prompt": [USER], "completion": [USER], "label": True}):
        target = "kto" if "label" in value else "trl"
        assert told(convert(value, target)[1]) == [("rewritten", "completion")]


def test_a_text_with_a_placeholder_is_a_text_where_files_are_parts() -> None:
    asked = {"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "这个"}]}
    value = {"messages": [asked, {"role": "assistant", "content": "写作 <image>"}], "images": ["a.png"]}
    (made,), entries = convert(value, "openai", "trl")
    assert entries == []
    assert convert(made, "trl", "openai")[0] == [value]
    with pytest.raises(BadDataError, match="a text holds '<image>'"):
        convert(value, "multimodal", "trl")


@pytest.mark.parametrize("text", ['"', "\\", '\\"', '\\\\"', '{"a": "\\u5317"}', "a\\"])
def test_quotes_and_backslashes_in_texts_do_not_hide_what_stands_twice(text: str) -> None:
    written = json.dumps(text)
    for repeated, losses in (("", []), (f',"k":{written}', [("lost", "k")])):
        conversion = Conversion("alpaca", "input-output")
        content = f'{{"input":{written},"output":"y","k":{written}{repeated}}}'.encode()
        assert len([*conversion.lines([content], "data.jsonl")]) == 1
        assert told(conversion.told.entries) == losses


def test_tools_that_recur_are_not_shared_between_records() -> None:
    tools = '[{"name": "查", "parameters": {"type": "object", "properties": {}}}]'
    value: dict[str, Any] = {"conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}]}
    value["tools"] = tools
    sharegpt = shape("sharegpt")
    first, second = sharegpt.read(value, Told()), sharegpt.read(value, Told())
    assert first.tools == second.tools == json.loads(tools)
    written = sharegpt.write(first, Told())
    assert first.tools is not None
    first.tools.append("changed")
    second.tools[0]["name"] = "changed"  # type: ignore[index,call-overload]
    assert sharegpt.read(value, Told()).tools == json.loads(tools)
    assert written["tools"] == tools
    assert sharegpt.write(second, Told())["tools"] == tools.replace("查", "changed")


@pytest.mark.parametrize("asked", ["a", '\\"', "\\u0022", "\\\\u0022", "\\u0022\\u0022"])
@pytest.mark.parametrize("spaced", [" ", ""])
def test_keys_of_messages_that_stand_twice_are_told(asked: str, spaced: str) -> None:
    for repeated, losses in (("", []), ('"n":1,', [("lost", "n")]), ('"n":"",', [("lost", "n")])):
        user = f'{{{repeated}"n":{spaced}1,"role":"user","content":"{asked}"}}'
        content = f'{{"messages":[{user},{{"role":"assistant","content":"b"}}]}}\n'.encode()
        conversion = Conversion("trl", "openai")
        assert len([*conversion.lines([content], "x.jsonl")]) == 1
        assert told(conversion.told.entries) == losses


@pytest.mark.parametrize(
    ("text", "usual"),
    [
        ('[{"name": "f", "n": 1}]', True),
        ('[{"name":"f","n":1}]', False),
        ('[{"n": 1, "name": "f"}]', True),
        ('[{"name": "f", "n": true}]', True),
        ('[{"name": "f", "n": 1.0}]', True),
        ('[{"name": "f", "n": 1e0}]', True),
        ('[{"name": "中"}]', True),
        ('[{"name": "\\u4e2d"}]', False),
    ],
)
def test_tools_that_are_nearly_alike_are_told_apart(text: str, *, usual: bool) -> None:
    value = {"conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}], "tools": text}
    for _ in range(2):
        (made,), entries = convert(value, "multimodal", "sharegpt")
        assert json.loads(made["tools"]) == [{"type": "function", "function": tool} for tool in json.loads(text)]
        assert (USUAL_TEXT in [entry.why for entry in entries]) is not usual
