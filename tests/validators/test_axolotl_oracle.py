"""axolotl's own strategies say what becomes of a row; skipped where it is not installed.

``pip install axolotl==0.19.0`` and what it imports.
"""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dsvc.validators.checked import Checked
from dsvc.validators.finding import OUTCOMES, Place
from dsvc.validators.profiles.axolotl import PROFILE
from dsvc.validators.profiles.axolotl_judge import judge, reading

if TYPE_CHECKING:
    from collections.abc import Iterator

OUTCOME = {treatment.name: treatment.outcome for treatment in PROFILE.treatments}
WITH_CALLS = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' }}"
    "{% if message.tool_calls %}{{ message.tool_calls | tojson }}{% else %}{{ '' + message['content'] }}{% endif %}"
    "{{ '<|im_end|>' + '\n' }}{% endfor %}"
)


@pytest.fixture(scope="module", autouse=True)
def axolotl() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HUB_OFFLINE", "1")
        part("axolotl.prompt_strategies.chat_template")
        yield


def part(name: str) -> Any:
    """A module of axolotl or of what it needs; skips where it is missing."""
    return pytest.importorskip(name, exc_type=ImportError)


def tokenizer() -> Any:
    """A tokenizer that makes a number of each letter."""
    tokenizers = part("tokenizers")
    letters = [chr(number) for number in range(32, 127)] + [*"\n几点了？九。"]
    vocabulary = {"<unk>": 0, "<|im_end|>": 1} | {letter: number for number, letter in enumerate(letters, 2)}
    made = tokenizers.Tokenizer(tokenizers.models.WordLevel(vocabulary, unk_token="<unk>"))
    made.pre_tokenizer = tokenizers.pre_tokenizers.Split(tokenizers.Regex(r"[\s\S]"), "isolated")
    return part("transformers").PreTrainedTokenizerFast(
        tokenizer_object=made, eos_token="<|im_end|>", unk_token="<unk>", clean_up_tokenization_spaces=False
    )


def strategy(row: dict[str, Any], **how: Any) -> Any:
    module = part("axolotl.prompt_strategies.chat_template")
    field = next(key for key in ("messages", "conversations") if key in row)
    mappings = (
        {"role": "from", "content": "value"} if field == "conversations" else {"role": "role", "content": "content"}
    )
    prompter = module.ChatTemplatePrompter(
        how["tokenizer"],
        chat_template=WITH_CALLS,
        message_property_mappings=mappings,
        message_field_training="weight",
        field_messages=field,
    )
    return module.ChatTemplateStrategy(
        prompter, how["tokenizer"], False, 1 << 20, roles_to_train=["assistant"], train_on_eos="turn"
    )


def fate(row: dict[str, Any], letters: Any) -> str | None:
    """What axolotl does with a conversation: aborts, dropped, or None when it is trained."""
    try:
        made = strategy(row, tokenizer=letters)._tokenize_single_prompt(
            part("axolotl.utils.dict").remove_none_values(copy.deepcopy(row))
        )
    except Exception:  # all of them end the run
        return "aborts"
    return None if any(label != -100 for label in made["labels"]) else "dropped"


def foretold(row: dict[str, Any]) -> str | None:
    record = Checked(json.dumps(row).encode(), Place("x", 1, 1))
    assert reading(record) == "chat_template"
    told = {OUTCOME[name] for name, _ in judge(record)}
    return next((one for one in OUTCOMES if one in told and one != "altered"), None)


LETTERS: list[Any] = []
VALUES = st.sampled_from(["hi", "", None, "几点了？", "A", [{"type": "text", "text": "hi"}]])
ROLES = st.sampled_from(["user", "assistant", "user", "assistant", "system", "tool", "human", "gpt", "observer"])
CALLS: st.SearchStrategy[Any] = st.sampled_from(
    [None, [], [{"function": {"name": "f", "arguments": "{}"}}], [{"function": {"name": "f", "arguments": "now"}}]]
)
TOOLS = st.sampled_from([None, "[]", "nothing", [], '{"a": 1}', 7, [{"function": {"parameters": "x"}}]])
MESSAGE = st.fixed_dictionaries(
    {"role": ROLES, "content": VALUES}, optional={"tool_calls": CALLS, "weight": st.sampled_from([0, 1])}
)
ROWS = st.one_of(
    st.fixed_dictionaries({"messages": st.lists(MESSAGE, max_size=4)}, optional={"tools": TOOLS}),
    st.fixed_dictionaries(
        {"conversations": st.lists(st.fixed_dictionaries({"from": ROLES, "value": VALUES}), max_size=4)}
    ),
)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ROWS)
def test_any_conversation_fares_as_the_profile_tells(row: dict[str, Any]) -> None:
    if not LETTERS:
        LETTERS.append(tokenizer())
    assert fate(row, LETTERS[0]) == foretold(row)
