"""ms-swift's own preprocessors and template say what becomes of a row; skipped where it is not installed.

``pip install ms-swift==4.6.0`` and what it imports. Roles of encoded pairs are compared as ``Template._swift_encode``
does, which needs a model's tokenizer for the rest.
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
from dsvc.validators.finding import Place
from dsvc.validators.profiles.ms_swift import PROFILE
from dsvc.validators.profiles.ms_swift_judge import judge, reading

if TYPE_CHECKING:
    from collections.abc import Iterator

OUTCOME = {treatment.name: treatment.outcome for treatment in PROFILE.treatments}
JUDGED = [treatment for treatment in PROFILE.treatments if treatment.check is None]


@pytest.fixture(scope="module", autouse=True)
def swift() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HUB_OFFLINE", "1")
        part("swift.dataset.preprocessor.core")
        yield


def part(name: str) -> Any:
    """A module of ms-swift; skips where it, or what it needs, is missing."""
    return pytest.importorskip(name, exc_type=ImportError)


class Columns:
    """As much of a dataset as is needed to rename columns."""

    def __init__(self, row: dict[str, Any]) -> None:
        self.features = row

    def rename_columns(self, names: dict[str, str]) -> Columns:
        return Columns({names.get(key, key): value for key, value in self.features.items()})


def fate(row: dict[str, Any]) -> str | None:
    """What ms-swift does: dropped, or None when the row is trained."""
    core = part("swift.dataset.preprocessor.core")
    inputs = part("swift.template.template_inputs")
    columns = Columns(copy.deepcopy(row))
    preprocessor = core.AutoPreprocessor()._get_preprocessor(columns)
    renamed = preprocessor.safe_rename_columns(columns, preprocessor.columns).features
    try:
        made = preprocessor.batched_preprocess(
            {key: [value] for key, value in renamed.items()}, strict=True, ignore_max_length_error=True
        )
        if not made["messages"]:
            return "dropped"
        one = {key: value[0] for key, value in made.items() if key in core.RowPreprocessor.standard_keys}
        taken = inputs.TemplateInputs.from_dict(one).chosen
        template = bare_template()
        template._preprocess_tools(taken)
        template._swift_prepare_inputs(taken)
        template._get_std_messages(taken.messages)
        for asked, answered in zip(taken.messages[::2], taken.messages[1::2], strict=False):
            assert asked["role"] in {"user", "tool"}
            assert answered["role"] == "assistant"
    except Exception:  # all of them drop the row
        return "dropped"
    return None


def bare_template() -> Any:
    """A template without a tokenizer."""
    kind = part("swift.template.base").Template
    template = object.__new__(kind)
    template.template_backend = "swift"
    template._agent_template, template._agent_template_cache = "hermes", {}
    template.template_meta = SimpleNamespace(
        prompt=["<|im_start|>user\n{{QUERY}}<|im_end|>\n"], is_thinking=False, chat_sep=["\n"], suffix=[""]
    )
    return template


def foretold(row: dict[str, Any]) -> tuple[str | None, str | None]:
    record = Checked(json.dumps(row).encode(), Place("x", 1, 1))
    told = {OUTCOME[name] for name, _ in judge(record)}
    return reading(record), "dropped" if "dropped" in told else None


@pytest.mark.parametrize("treatment", JUDGED, ids=[treatment.name for treatment in JUDGED])
def test_examples_fare_as_the_profile_tells(treatment: Any) -> None:
    for line in (*treatment.example.bad, *treatment.example.good):
        assert fate(json.loads(line)) == foretold(json.loads(line))[1], line


CALL = '{"name": "f", "arguments": {}}'
VALUES = st.sampled_from(["hi", "", None, "几点了？", CALL, '{"name": "f"}', "[1]"])
ROLES = st.sampled_from(
    ["user", "assistant", "user", "assistant", "system", "tool_call", "tool_response", "tool", "developer", "human"]
)
TOOLS = st.sampled_from([None, "", "[]", "nothing", '[{"name": "f"}]', [{"name": "f"}], '"x"', ["y"]])
CALLS: st.SearchStrategy[Any] = st.sampled_from(
    [None, [], [{"function": {"name": "f", "arguments": "{}"}}], [{"function": {"arguments": {}}}]]
)
MESSAGE = st.fixed_dictionaries({"role": ROLES, "content": VALUES}, optional={"tool_calls": CALLS})
SAID = st.fixed_dictionaries({"from": ROLES, "value": VALUES})
ROWS = st.one_of(
    st.fixed_dictionaries({"messages": st.lists(MESSAGE, max_size=6)}, optional={"tools": TOOLS}),
    st.fixed_dictionaries({"conversations": st.lists(SAID, max_size=5)}, optional={"system": VALUES}),
    st.fixed_dictionaries({"messages": st.lists(MESSAGE, min_size=1, max_size=3), "rejected_response": VALUES}),
    st.fixed_dictionaries({"instruction": VALUES, "input": VALUES, "output": VALUES}),
    st.fixed_dictionaries(
        {"query": VALUES, "response": st.one_of(VALUES, st.just(["a", "b"]))},
        optional={"history": st.sampled_from([None, [], [["q", "a"]], [["q"]], "no"]), "answer": VALUES},
    ),
    st.fixed_dictionaries({}, optional={"Question": VALUES, "answer": VALUES, "solution": VALUES, "prompt": VALUES}),
)


@settings(max_examples=1500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ROWS)
def test_any_row_fares_as_the_profile_tells(row: dict[str, Any]) -> None:
    read, expected = foretold(row)
    if read is not None:
        assert fate(row) == expected
