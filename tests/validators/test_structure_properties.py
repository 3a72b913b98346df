"""Structural rules over anything: no traceback, nothing left out for speed, the same as simple readers say."""

from __future__ import annotations

import copy
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dsvc.formats import all_shapes
from dsvc.formats.json_text import line_of
from dsvc.validators.blocks import Block, look
from dsvc.validators.checked import Checked
from dsvc.validators.finding import Place
from dsvc.validators.registry import all_rules
from dsvc.validators.rule import DatasetCheck, RecordCheck
from dsvc.validators.selection import Selection, choose

if TYPE_CHECKING:
    from collections.abc import Sequence

EXAMPLES: list[dict[str, Any]] = [json.loads(line_of(example)) for shape in all_shapes() for example in shape.examples]
BAD = [
    line.encode("utf-8", "surrogatepass")
    for rule in all_rules().values()
    if rule.topic == "structure"
    for line in (*rule.example.bad, *rule.example.good)
    if line.strip()
]
KEYS = sorted(
    {"role", "content", "from", "value", "tool_calls", "function", "name", "arguments", "id", "type", "tools", "text"}
    | {"tool_call_id", "weight", "loss_weight", "label", "labels", "rejected_response", "parameters", "images"}
    | {key for example in EXAMPLES for key in example}
)
WORDS = st.one_of(
    st.sampled_from(
        ["user", "assistant", "system", "tool", "human", "gpt", "function_call", "observation", "tool_call"]
    ),
    st.sampled_from(["", " ", "{}", "[]", '{"name": "f", "arguments": {}}', "<think>", "</think>", "<think>a</think>"]),
    st.sampled_from(
        ["<image>", "\u200b", "\ud83d", "true", "é", "你好", "\x00", "\u202e", '":', "\\", "text", "image_url"]
    ),
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.sampled_from([0, 1, -1, 2**53 + 1, 2**63, 2**70, 0.5, -0.0, 1e308, float("nan"), float("inf")])
    | WORDS
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)
SELECTION = Selection(topics=("structure",))
LOOKED_FOR = msgspec.msgpack.encode(SELECTION)
CHOSEN = choose(SELECTION)
examples_of = settings(deadline=None, suppress_health_check=list(HealthCheck))


def written(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A record as a shape has it, in which a few values were put, taken or exchanged."""
    record = copy.deepcopy(draw(st.sampled_from(EXAMPLES)))
    for _ in range(draw(st.integers(1, 3))):
        place: Any = record
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if isinstance(place[key], (dict, list)) and draw(st.booleans()):
                place = place[key]
                continue
            change = draw(st.sampled_from(["put", "take", "twice"]))
            if change == "put":
                place[key] = draw(VALUES)
            elif change == "take":
                del place[key]
            elif isinstance(place, list):
                place.insert(key, copy.deepcopy(place[key]))
            else:
                place[draw(st.sampled_from(KEYS))] = copy.deepcopy(place[key])
            break
    return written(record)


LINES = st.lists(
    st.one_of(mutated(), VALUES.map(written), st.sampled_from(BAD), st.binary(max_size=40)), min_size=1, max_size=8
)


def one_a_line(lines: Sequence[bytes]) -> list[bytes]:
    return [line for line in (each.replace(b"\n", b" ") for each in lines) if line.strip()]


@given(LINES)
@settings(examples_of, max_examples=400)
def test_what_is_told_of_a_block_is_what_each_check_finds_in_each_record(lines: list[bytes]) -> None:
    lines = one_a_line(lines)
    looked = look(
        Block(b"".join(line + b"\n" for line in lines), "data.jsonl", 1, 1), LOOKED_FOR, records=True, datasets=True
    )
    found = Counter((each.rule, each.place.line if each.place else 0, each.message) for each in looked.findings)
    alone: Counter[tuple[str, int, str]] = Counter()
    for number, line in enumerate(lines, 1):
        for each in CHOSEN:
            if isinstance(each.check, RecordCheck):
                record = Checked(line, Place("data.jsonl", number, number))
                alone.update((each.rule.id, number, one.message) for one in each.check.check(record))
    assert found == alone
    for each, summary in zip(
        [each for each in CHOSEN if isinstance(each.check, DatasetCheck)], looked.summaries, strict=True
    ):
        assert isinstance(each.check, DatasetCheck)
        conclusion = each.check.conclude()
        conclusion.take(looked.places, summary)
        assert all(finding.message for finding in conclusion.finish())


@given(st.lists(st.one_of(mutated(), VALUES.map(written)), min_size=1, max_size=6), st.data())
@settings(examples_of, max_examples=200)
def test_column_types_do_not_depend_on_blocks(lines: list[bytes], data: st.DataObject) -> None:
    check = next(each.check for each in CHOSEN if each.rule.id == "column-type")
    assert isinstance(check, DatasetCheck)
    records = [Checked(line, Place("data.jsonl", n, n)) for n, line in enumerate(one_a_line(lines), 1)]
    cut = data.draw(st.integers(0, len(records)))
    whole, parts = check.conclude(), check.conclude()
    whole.take([record.place for record in records], check.summarise(records))
    for part in (records[:cut], records[cut:]):
        parts.take([record.place for record in part], check.summarise(part))
    assert list(whole.finish()) == list(parts.finish())


OBJECTS = st.recursive(
    st.sampled_from(["1", '"x"', '"a\\\\"', '"\\":"', "null", '" : "', "[]"]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: "[" + ",".join(items) + "]"),
        st.lists(
            st.tuples(
                st.sampled_from(['"a"', '"b"', '"\\u0061"', '"a\\\\"']),
                st.sampled_from([":", ": ", " :", "\t:"]),
                inner,
            ),
            max_size=3,
        ).map(lambda pairs: "{" + ",".join("".join(pair) for pair in pairs) + "}"),
    ),
    max_leaves=8,
)


@given(OBJECTS)
@settings(examples_of, max_examples=400)
def test_a_key_that_is_there_twice_is_found_however_it_is_written(inner: str) -> None:
    line = f'{{"r": {inner}}}'.encode()
    repeated = []

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        repeated.append(len(dict(found)) != len(found))
        return dict(found)

    json.loads(line, object_pairs_hook=pairs)
    looked = look(Block(line + b"\n", "data.jsonl", 1, 1), LOOKED_FOR, records=True, datasets=False)
    assert any(repeated) == any(each.rule == "duplicate-keys" for each in looked.findings)


@pytest.mark.parametrize("beside", [r'{"k\\": 1}', r'{"k\\":1, "a": "\\"}', r'{"k\\\\": 1}', r'{"v": {"k\\": 1}}'])
def test_a_key_that_ends_with_a_backslash_hides_no_repeated_one_beside_it(beside: str) -> None:
    """Taken for an escaped quote it would be one key less, which a key that is there twice makes up for."""
    for lines in ([beside, '{"a": 1, "a": 2}'], ['{"a": 1, "a": 2}', beside]):
        data = "".join(f"{line}\n" for line in lines).encode()
        looked = look(Block(data, "data.jsonl", 1, 1), LOOKED_FOR, records=True, datasets=False)
        found = [each.place.line for each in looked.findings if each.rule == "duplicate-keys" and each.place]
        assert found == [lines.index('{"a": 1, "a": 2}') + 1]
    data = rb'{"k\\": 1, "a": 1, "a": 2}'
    assert [*look(Block(data, "data.jsonl", 1, 1), LOOKED_FOR, records=True, datasets=False).findings]


COLUMN = st.none() | st.booleans() | st.sampled_from([1, 2.5, "a", "b", "c"])
CELL = COLUMN | st.lists(COLUMN, max_size=2) | st.fixed_dictionaries({"x": COLUMN})


@given(st.lists(st.fixed_dictionaries({"c": CELL, "d": COLUMN}), min_size=1, max_size=5))
@settings(examples_of, max_examples=300)
def test_pyarrow_reads_exactly_the_columns_in_which_no_type_differs(table: list[dict[str, Any]]) -> None:
    pyarrow_json = pytest.importorskip("pyarrow.json")
    import io

    data = b"".join(written(row) + b"\n" for row in table)
    try:
        pyarrow_json.read_json(io.BytesIO(data))
        reads = True
    except Exception:  # whatever pyarrow says of it
        reads = False
    check = next(each.check for each in CHOSEN if each.rule.id == "column-type")
    assert isinstance(check, DatasetCheck)
    records = [Checked(line, Place("data.jsonl", n, n)) for n, line in enumerate(data.splitlines(), 1)]
    conclusion = check.conclude()
    conclusion.take([record.place for record in records], check.summarise(records))
    assert reads is not any(True for _ in conclusion.finish())
