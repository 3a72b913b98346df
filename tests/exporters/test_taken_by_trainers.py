"""Whatever an export writes for a trainer, the trainer's own profile finds nothing in it that ends the run.

Each file holds the examples of a shape as most write them, beside careless ones: mutated, with fields as JSON texts
where others have objects and the other way round, and with an ``id`` of any type.
"""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import dsvc
from dsvc.errors import BadDataError
from dsvc.exporters.registry import TRAINERS
from dsvc.exporters.trainers import trainer as trainer_of
from dsvc.exporters.trainers.handing_over import How, hand_over
from dsvc.formats import NAMES
from dsvc.validators.runner import Validation
from dsvc.validators.selection import Selection
from tests.formats.records import EXAMPLES, Value, example, line, mutated

if TYPE_CHECKING:
    from collections.abc import Sequence

NOT_OF_ROWS = {"openai/too-few-examples"}
"""Told of files, however good their rows: it is said when they are written."""
IDS = st.sampled_from([1, "1", None, [1], {"a": 1}, {"a": ["x", 1]}])
ASKED = {"from": "human", "value": "几点了？"}
ANSWERED = {"from": "gpt", "value": "九点。"}
TOOLS = [{"name": "now", "description": "", "parameters": {}}]


def aborts(trainer: str, values: Sequence[Value], *, skip: bool = True) -> list[str]:
    """What the profile of a trainer tells of runs that end, in what is written of these records for it."""
    with TemporaryDirectory() as place:
        source, folder = Path(place, "data.jsonl"), Path(place, "out")
        source.write_bytes(b"".join(map(line, values)))
        folder.mkdir()
        with dsvc.open_file(source) as snapshot:
            try:
                done = hand_over(
                    snapshot, trainer_of(trainer), folder, dataset="data", called="out", how=How(skip_unfit=skip)
                )
            except BadDataError:
                return []  # refused as a whole: of two kinds, of none that the trainer reads, or no record is left
        with dsvc.open_file(folder / done.train.name) as written:
            found = [*Validation(written, Selection(profiles=(trainer,), topics=("profile",)), processes=1)]
    ends = [one for one in found if one.outcome == "aborts" and one.rule not in NOT_OF_ROWS]
    return [f"{one.rule} {one.path}: {one.message}" for one in ends]


@st.composite
def swapped(draw: st.DrawFn, name: str) -> Value:
    """An example in which some fields are JSON texts that were values, or values that were texts."""
    value = draw(st.sampled_from(examples(name)))
    made = {key: _other(inner) if draw(st.integers(0, 3)) == 0 else inner for key, inner in value.items()}
    return {**made, "id": draw(IDS)}


def _other(value: Any) -> Any:
    if not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    try:
        return json.loads(value)
    except ValueError:
        return [{"type": "text", "text": value}]


def examples(name: str) -> list[Value]:
    return [example(name, number) for of, number in EXAMPLES if of == name]


@st.composite
def files(draw: st.DrawFn) -> list[Value]:
    name = draw(st.sampled_from(NAMES))
    some = draw(st.lists(st.sampled_from(examples(name)), min_size=1, max_size=3))
    careless = st.one_of(mutated([name]).map(lambda made: made[1]), swapped(name))
    return draw(st.permutations([*some, *draw(st.lists(careless, max_size=3))]))


@pytest.mark.parametrize("trainer", TRAINERS)
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(files())
def test_what_is_written_ends_no_run(trainer: str, values: list[Value]) -> None:
    assert aborts(trainer, values) == []


@pytest.mark.parametrize("trainer", TRAINERS)
@pytest.mark.parametrize(
    "more",
    [
        [{"tools": TOOLS}, {"tools": json.dumps(TOOLS)}],
        [{"tools": json.dumps(TOOLS)}, {"tools": TOOLS}, {"tools": "\n"}, {"tools": None}, {}],
        [{"id": 1}, {"id": "1"}, {"id": None}],
        [{"meta": {"tags": ["a"]}}, {"meta": {"tags": ["a", 1]}}, {"meta": []}],
        [{"images": []}, {"images": None}],
    ],
)
def test_fields_of_two_types(trainer: str, more: list[Value]) -> None:
    """None of these records is refused."""
    turns = {"conversations": [ASKED, ANSWERED]}
    assert aborts(trainer, [{**turns, **fields} for fields in more], skip=False) == []


@pytest.mark.parametrize("trainer", TRAINERS)
@pytest.mark.parametrize("name", NAMES)
def test_examples_of_a_shape_in_one_file(trainer: str, name: str) -> None:
    for values in (examples(name), examples(name)[::-1]):
        assert aborts(trainer, values) == []
