"""What holds for every record: no traceback, nothing lost without being told, and back again where nothing was told."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from dsvc.errors import BadDataError
from dsvc.formats import Conversion, detect, shape, targets_of
from dsvc.record import parse
from tests.formats.records import line, mutated, texts

if TYPE_CHECKING:
    from tests.formats.records import Value

MARKS = re.compile(r"\n|<image>|<video>|<audio>|</?think>")
"""What shapes put between texts, or into them."""
MORE = settings(max_examples=400)


def canonical(lines: list[bytes]) -> list[object]:
    """Values with their numbers as written: 1 is not 1.0."""
    return [parse(one.strip()) for one in lines]


@MORE
@given(mutated(), st.data())
def test_a_record_is_converted_or_refused(given_record: tuple[str, Value], data: st.DataObject) -> None:
    """Whatever a record looks like, there is one error that names the line, or a report that tells the truth."""
    name, value = given_record
    target = data.draw(st.sampled_from(targets_of(name) or [name]))
    there = Conversion(target, name)
    content = line(value)
    error = None
    try:
        written = [*there.lines([content], "data.jsonl")]
    except BadDataError as refused:
        error = refused
    if error is not None:
        assert "'data.jsonl:1'" in error.message
        return
    if not there.told.entries:
        back = Conversion(name, target)
        assert canonical([*back.lines(written, "back.jsonl")]) == canonical([content])
    if not there.told.lost_records:
        left = "\n".join(texts(canonical(written)))
        assert [text for text in texts(value) if not all(part.strip() in left for part in MARKS.split(text))] == []


def told_of(conversion: Conversion) -> set[tuple[str, str, str]]:
    return {(entry.loss, entry.field, entry.why) for entry in conversion.told.entries}


@MORE
@given(st.lists(mutated(), min_size=2, max_size=4), st.data())
def test_a_record_is_read_by_itself(given_records: list[tuple[str, Value]], data: st.DataObject) -> None:
    """What stands before a record changes neither what becomes of it, nor what is told: a mask stays a mask."""
    target = data.draw(st.sampled_from(targets_of(given_records[0][0]) or [given_records[0][0]]))
    alone: list[bytes] = []
    taken: list[bytes] = []
    told: set[tuple[str, str, str]] = set()
    for _, value in given_records:
        conversion = Conversion(target)
        try:
            alone += conversion.lines([line(value)], "data.jsonl")
        except BadDataError:
            continue
        taken.append(line(value))
        told |= told_of(conversion)
    together = Conversion(target)
    assert [*together.lines(taken, "data.jsonl")] == alone
    assert told_of(together) == told


@MORE
@given(mutated())
def test_a_shape_is_found_or_not(given_record: tuple[str, Value]) -> None:
    _, value = given_record
    found = detect(json.loads(line(value)))
    assert found.shape is None or (0 < found.confidence <= 1 and found.shape in found.equal)


@MORE
@given(mutated())
def test_the_same_shape_keeps_the_bytes(given_record: tuple[str, Value]) -> None:
    name, value = given_record
    content = line(value)
    conversion = Conversion(name, name)
    try:
        assert [*conversion.lines([content], "data.jsonl")] == [content]
    except BadDataError:
        return
    assert {entry.loss for entry in conversion.told.entries} <= {"noticed"}, "nothing was done to it"


@MORE
@given(mutated())
def test_what_is_read_fits_the_model(given_record: tuple[str, Value]) -> None:
    """The documented model takes what is read without a word; it may take more (it does not count placeholders)."""
    from pydantic import ValidationError

    name, value = given_record
    conversion = Conversion(name, name)
    try:
        read = shape(name).read(json.loads(line(value)), conversion.told)
    except Exception:  # refused, or a float that only the line has as it is written
        return
    if conversion.told.entries or read is None:
        return
    try:
        shape(name).model.model_validate(value)
    except ValidationError as error:
        raise AssertionError(f"{name}: {error}") from None
