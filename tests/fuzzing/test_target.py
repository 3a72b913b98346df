"""The fuzzer's own target, on what it begins with and on some damage of it; the fuzzer itself is ``make fuzz``."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsvc.formats import NAMES, shape
from tests.fuzzing.target import SUFFIXES, nothing_is_lost, run

EXAMPLES = [json.dumps(example, ensure_ascii=False).encode() for name in NAMES for example in shape(name).examples]


@given(
    example=st.sampled_from(EXAMPLES),
    choices=st.binary(min_size=3, max_size=3),
    damage=st.lists(st.tuples(st.integers(0, 400), st.binary(max_size=3)), max_size=3),
)
def test_damaged_examples(
    tmp_path_factory: pytest.TempPathFactory, example: bytes, choices: bytes, damage: list[tuple[int, bytes]]
) -> None:
    content = example
    for at, instead in damage:
        content = content[:at] + instead + content[at + 1 :]
    run(choices + b"[" + content + b"]", tmp_path_factory.mktemp("fuzz"))
    run(choices + content, tmp_path_factory.mktemp("fuzz"))


@given(
    rows=st.lists(st.sampled_from(['"', '""', ",", '",', ',"', ", ", "\n", '"\r\n', "a", "b c", '","', '"\n"'])),
    choices=st.binary(min_size=2, max_size=2),
)
def test_damaged_tables(tmp_path_factory: pytest.TempPathFactory, rows: list[str], choices: bytes) -> None:
    kind = bytes([SUFFIXES.index(".csv")])
    run(kind + choices + "".join(["question,answer\n", *rows]).encode(), tmp_path_factory.mktemp("fuzz"))


def test_it_would_notice() -> None:
    with pytest.raises(AssertionError, match="2 elements became 1 records"):
        nothing_is_lost(b'[{"a": 1}, {"a": 2}]', SUFFIXES[0], [b'{"a": 1}'])
