"""Whatever a file holds, no rule of any kind ends in a traceback, and what it says can be shown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import dsvc
from dsvc.errors import BadDataError
from dsvc.formats.registry import all_shapes
from dsvc.validators.registry import PROFILES, all_rules
from dsvc.validators.runner import Validation
from dsvc.validators.selection import Selection
from dsvc.validators.settings import ValidateSettings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

KEYS = sorted({field.name for shape in all_shapes() for field in shape.fields} | {"from", "value", "role", "content"})
WORDS = [
    "user",
    "gpt",
    "tool",
    "<image>",
    "<think>",
    "</think>",
    "逾期",
    "",
    " ",
    "{}",
    "[]",
    "a>b",
    "\ud800",
    "\x00",
    "\ufffd",
]
TEXTS = st.sampled_from(WORDS) | st.text(max_size=6)
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS) | TEXTS, inner, max_size=4),
    max_leaves=12,
)
RECORDS = st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=5)
WITH_BOUNDS = ValidateSettings(
    options={"keyword-coverage": {"keywords": ["逾期", "user"]}, "readability": {"grade": 0}}
)
EXAMPLES = [json.loads(json.dumps(example)) for shape in all_shapes() for example in shape.examples]
EVERY_RULE = Selection(WITH_BOUNDS, only=tuple(all_rules()), profiles=PROFILES)
QUICKLY = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def look(folder: Path, lines: Sequence[bytes]) -> list[Any]:
    file = folder / "data.jsonl"
    file.write_bytes(b"".join(line + b"\n" for line in lines))
    try:
        snapshot = dsvc.open_file(file)
    except BadDataError:  # it begins as a JSON array does, and is none: one clear error
        return []
    validation = Validation(snapshot, EVERY_RULE, processes=1)
    validation.before = snapshot
    return list(validation)


@given(st.lists(RECORDS, max_size=4))
@QUICKLY
def test_any_records(tmp_path: Path, records: list[Any]) -> None:
    for finding in look(tmp_path, [json.dumps(record).encode() for record in records]):
        assert finding.rule in all_rules()
        assert finding.message.strip()


@given(st.lists(st.binary(max_size=40).filter(lambda line: b"\n" not in line), max_size=4))
@QUICKLY
def test_any_bytes(tmp_path: Path, lines: list[bytes]) -> None:
    look(tmp_path, lines)


DEEP = st.recursive(
    VALUES,
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3)
        | st.dictionaries(st.sampled_from(KEYS), inner, min_size=1, max_size=3)
        | inner.map(json.dumps)
    ),
    max_leaves=8,
)


@pytest.mark.parametrize("key", KEYS)
@given(data=st.data())
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_anything_in_every_known_field(tmp_path: Path, key: str, data: st.DataObject) -> None:
    """Nested garbage, also as JSON inside of a text, in each field that a shape knows, beside what makes the shape."""
    records = []
    for _ in range(4):
        whole = data.draw(st.sampled_from(EXAMPLES))
        records.append({**whole, key: data.draw(DEEP)} if isinstance(whole, dict) else {key: data.draw(DEEP)})
    look(tmp_path, [json.dumps(record).encode() for record in records])


def _numbered(value: Any) -> list[Any]:
    """The value with one of its parts after the other as a number."""
    if isinstance(value, dict):
        return [1.5, *({**value, key: each} for key, inner in value.items() for each in _numbered(inner))]
    if isinstance(value, list):
        parts = enumerate(value)
        return [1.5, *([*value[:at], each, *value[at + 1 :]] for at, inner in parts for each in _numbered(inner))]
    return [1.5]


@pytest.mark.parametrize("odd", ["\\ud800", "x"])
@pytest.mark.parametrize("shape", all_shapes(), ids=[shape.name for shape in all_shapes()])
def test_a_number_in_each_place_beside_half_a_character(shape: Any, odd: str, tmp_path: Path) -> None:
    """Half of a surrogate pair makes another reader of a line come in, which keeps numbers as they are written."""
    records = [each for example in shape.examples[:2] for each in _numbered(example) if isinstance(each, dict)]
    lines = [json.dumps({**each, "odd": "HERE"}).replace("HERE", odd).encode() for each in records]
    assert look(tmp_path, lines)


@given(st.data())
@QUICKLY
def test_records_of_every_shape_with_something_changed(tmp_path: Path, data: st.DataObject) -> None:
    record = json.loads(json.dumps(data.draw(st.sampled_from(EXAMPLES))))
    for _ in range(data.draw(st.integers(1, 3))):
        _change(record, data)
    look(tmp_path, [json.dumps(record).encode()])


def _change(value: Any, data: st.DataObject) -> None:
    """Another value somewhere inside."""
    while True:
        places = list(value) if isinstance(value, dict) else list(range(len(value)))
        if not places:
            return
        at = data.draw(st.sampled_from(places))
        if isinstance(value[at], (dict, list)) and value[at] and data.draw(st.booleans()):
            value = value[at]
            continue
        value[at] = data.draw(VALUES)
        return


@pytest.mark.parametrize("shape", all_shapes(), ids=[shape.name for shape in all_shapes()])
def test_the_examples_of_a_shape_have_no_errors(shape: Any, tmp_path: Path) -> None:
    """No false alarm on what the documentation of the shapes shows."""
    file = tmp_path / "data.jsonl"
    file.write_bytes(b"".join(json.dumps(example).encode() + b"\n" for example in shape.examples[:1]))
    found = list(Validation(dsvc.open_file(file), Selection(topics=("structure",)), processes=1))
    assert [(each.rule, each.path, each.message) for each in found if each.severity == "error"] == []
