"""LLaMA-Factory's own converter, processors and template say what becomes of a row; skipped where it is not installed.

``pip install llamafactory==0.9.5``.
"""

from __future__ import annotations

import copy
import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dsvc.validators.checked import Checked
from dsvc.validators.finding import OUTCOMES, Place
from dsvc.validators.profiles.llamafactory import PROFILE
from dsvc.validators.profiles.llamafactory_judge import judge
from dsvc.validators.profiles.llamafactory_reading import Reading, reading

if TYPE_CHECKING:
    from collections.abc import Iterator

OUTCOME = {treatment.name: treatment.outcome for treatment in PROFILE.treatments}
JUDGED = [treatment for treatment in PROFILE.treatments if treatment.check is None]


@pytest.fixture(scope="module", autouse=True)
def factory() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HUB_OFFLINE", "1")
        part("llamafactory.data.template")
        yield


def part(name: str) -> Any:
    """A module of LLaMA-Factory; skips where it, or what it needs, is missing."""
    return pytest.importorskip(name, exc_type=ImportError)


class Letters:
    """A tokenizer that makes a number of each letter."""

    eos_token_id, eos_token, bos_token_id, pad_token_id = 0, "", 1, 0

    def encode(self, text: str, **_: object) -> list[int]:
        return [ord(letter) for letter in text]

    def convert_tokens_to_ids(self, _token: str) -> int:
        return 2

    def __call__(self, texts: list[str], **_: object) -> dict[str, list[list[int]]]:
        return {"input_ids": [self.encode(text) for text in texts]}

    def decode(self, _ids: list[int], **_how: object) -> str:
        return ""


def entry(read: Reading) -> dict[str, Any]:
    """The entry of ``dataset_info.json``."""
    made: dict[str, Any] = {"formatting": read.formatting, "ranking": read.stage == "rm", "columns": read.columns}
    if read.roles:
        made["tags"] = {f"{name}_tag": tag for tag, name in read.roles.items()}
        made["tags"].update(role_tag=read.role, content_tag=read.content)
    return made


def filled(read: Reading, row: dict[str, Any]) -> dict[str, Any]:
    """The row as Arrow gives it: null where other rows have something."""
    made: dict[str, Any] = {column: row.get(column) for column in read.columns.values()}
    messages = made.get(read.columns.get("messages", ""))
    for message in messages if isinstance(messages, list) else []:
        if isinstance(message, dict):
            message.setdefault(read.role, None)
            message.setdefault(read.content, None)
    for side in ("chosen", "rejected"):
        if read.roles and isinstance(made.get(side), dict):
            made[side].setdefault(read.role, None)
            made[side].setdefault(read.content, None)
    return made


def fate(read: Reading, row: dict[str, Any]) -> str | None:
    """What LLaMA-Factory does: aborts, dropped, or None when the row is trained."""
    processors = part("llamafactory.data.processor")
    get_dataset_converter = part("llamafactory.data.converter").get_dataset_converter
    attr_of = part("llamafactory.data.parser").DatasetAttr
    templates = part("llamafactory.data.template").TEMPLATES

    attr = attr_of("file", "x")
    attr.join(entry(read))
    arguments: Any = SimpleNamespace(
        media_dir=".", cutoff_len=1 << 20, mask_history=False, train_on_prompt=False, packing=False, template="qwen"
    )
    kinds = {
        "sft": processors.SupervisedDatasetProcessor,
        "rm": processors.PairwiseDatasetProcessor,
        "kto": processors.FeedbackDatasetProcessor,
        "pt": processors.PretrainDatasetProcessor,
    }
    try:
        example = get_dataset_converter(attr.formatting, attr, arguments)(filled(read, copy.deepcopy(row)))
        template = templates["qwen"]
        tokenizer: Any = Letters()
        made = kinds[read.stage](template, tokenizer, None, arguments).preprocess_dataset(
            {key: [value] for key, value in example.items()}
        )
        if not any(len(ids) for ids in made.values()):
            return "dropped"
        if any(key in row for key in ("images", "videos", "audios")) and read.stage != "pt":
            count_media(example, read)
    except Exception:  # all of them end the run
        return "aborts"
    return None


def count_media(example: dict[str, Any], read: Reading) -> None:
    plugin = part("llamafactory.data.mm_plugin").MMPluginMixin

    files = [example[key] or [] for key in ("_images", "_videos", "_audios")]
    answers = example["_response"] if read.stage == "rm" else [next(a for a in example["_response"] if a["content"])]
    for answer in answers:
        plugin._validate_messages(None, [*example["_prompt"], answer], *files)


def foretold(row: dict[str, Any]) -> tuple[Reading | None, str | None]:
    """How a row is read, and the worst that the profile tells of it, alterations aside."""
    record = Checked(json.dumps(row).encode(), Place("x", 1, 1))
    told = {OUTCOME[name] for name, _ in judge(record)}
    return reading(record), next((one for one in OUTCOMES if one in told and one != "altered"), None)


@pytest.mark.parametrize("treatment", JUDGED, ids=[treatment.name for treatment in JUDGED])
def test_examples_fare_as_the_profile_tells(treatment: Any) -> None:
    for line in (*treatment.example.bad, *treatment.example.good):
        row = json.loads(line)
        if "<image>" in line and "images" in row:
            continue  # the text template refuses pictures before it counts; see the next test
        read, expected = foretold(row)
        assert read is not None
        assert fate(read, row) == expected, line


def test_pictures_are_counted_alike() -> None:
    plugin = part("llamafactory.data.mm_plugin").MMPluginMixin

    for text, files in (("<image>?", 1), ("<image>?", 0), ("?", 1), ("<image><image>", 2)):
        row = {
            "messages": [{"role": "user", "content": text}, {"role": "assistant", "content": "A"}],
            "images": ["1.png"] * files,
        }
        try:
            plugin._validate_messages(None, row["messages"], row["images"], [], [])
            counted = None
        except ValueError:
            counted = "aborts"
        assert foretold(row)[1] == counted


VALUES = st.sampled_from(
    [
        "hi",
        "",
        None,
        "几点了？",
        7,
        "{}",
        '{"name": "f", "arguments": {}}',
        '[{"name": "f"}]',
        "[1]",
        "<think>\nx\n</think>\n\n[]",
    ]
)
ROLES = st.sampled_from(["human", "gpt", "human", "gpt", "system", "observation", "function_call", "user", None])
SHAREGPT = st.lists(st.fixed_dictionaries({"from": ROLES, "value": VALUES}), max_size=5)
SAID = st.fixed_dictionaries({"from": ROLES, "value": VALUES})
TOOLS = st.sampled_from([None, "", "[]", "{}", "[1]", "nothing", '[{"name": "f"}]', '{"name": "f"}', 0, "7"])
CALLS = st.sampled_from(
    [None, [], [{"function": {"name": "f", "arguments": {}}}], [{"function": {"name": "f"}}], [{"name": "f"}], [None]]
)
MESSAGE = st.fixed_dictionaries(
    {
        "role": st.sampled_from(["user", "assistant", "user", "assistant", "tool", "system", "function", "developer"]),
        "content": VALUES,
    },
    optional={"tool_calls": CALLS},
)
ROWS = st.one_of(
    st.fixed_dictionaries({"conversations": SHAREGPT}, optional={"tools": TOOLS, "system": VALUES}),
    st.fixed_dictionaries({"conversations": SHAREGPT, "kto_tag": st.sampled_from([True, False, "true", None, 1])}),
    st.fixed_dictionaries({"conversations": SHAREGPT, "chosen": st.one_of(SAID, VALUES), "rejected": SAID}),
    st.fixed_dictionaries({"messages": st.lists(MESSAGE, max_size=6)}, optional={"tools": TOOLS}),
    st.fixed_dictionaries({"instruction": VALUES, "output": VALUES}, optional={"input": VALUES, "system": VALUES}),
    st.fixed_dictionaries(
        {"instruction": VALUES, "output": VALUES},
        optional={
            "history": st.sampled_from([None, [], [["q", "a"]], [["q"]], [["q", None]], ["never"], "no"]),
            "kto_tag": st.sampled_from([True, False, "true", None]),
        },
    ),
    st.fixed_dictionaries({"instruction": VALUES, "chosen": VALUES, "rejected": VALUES}),
)


@settings(max_examples=1500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ROWS)
def test_any_row_fares_as_the_profile_tells(row: dict[str, Any]) -> None:
    read, expected = foretold(row)
    if read is not None and read.formatting != "v1":
        assert fate(read, row) == expected


def test_text_arguments_are_written_as_json_once_more() -> None:
    formatter_of = part("llamafactory.data.formatter").FunctionFormatter

    formatter = formatter_of(slots=["{{content}}"], tool_format="qwen")
    call = json.dumps([{"name": "now", "arguments": '{"zone": "UTC"}'}])
    assert '"arguments": "{\\"zone\\": \\"UTC\\"}"' in str(formatter.apply(content=call)[0])


def test_formatting_openai_adds_a_sentence() -> None:
    get_dataset_converter = part("llamafactory.data.converter").get_dataset_converter
    attr_of = part("llamafactory.data.parser").DatasetAttr

    example = next(one.example for one in PROFILE.treatments if one.name == "detailed-thinking-off")
    plain, with_calls = [Checked(line.encode(), Place("x", 1, 1)) for line in example.bad]
    read = reading(with_calls)
    assert read is not None
    attr = attr_of("file", "x")
    attr.join(entry(read))
    arguments: Any = SimpleNamespace(media_dir=".")
    made = get_dataset_converter("openai", attr, arguments)(filled(read, plain.fields))
    assert made["_system"] == "detailed thinking off"
    made = get_dataset_converter("openai", attr, arguments)(filled(read, with_calls.fields))
    assert not made["_system"]
