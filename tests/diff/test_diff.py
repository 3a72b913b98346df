"""What a user is told about two versions."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsvc.delta import Added, Delta, Modified, MovedBlock, Reformatted, Removed
from dsvc.diff import diff
from dsvc.diff.summary import SameChange, Summary
from tests.builders import MemorySnapshot, content_of, edited, snapshot_of
from tests.delta_oracle import apply

QUESTIONS = [
    "What should I eat when I have a cold and no appetite at all?",
    "How many hours of sleep does a child of six need each night?",
    "Can I take ibuprofen together with the blood thinner I am on?",
    "Why does my left knee hurt whenever I walk down the stairs?",
    "得了急性胃肠炎以后，饮食上需要注意什么？",
    "高血压患者早上起床时为什么容易头晕？",
    "Is it dangerous to swim right after a heavy lunch in summer?",
    "Which vaccines are recommended before a journey to Vietnam?",
    "孩子发烧三十九度，应该马上去医院吗？",
    "Does reading in bad light really damage the eyes of students?",
]


def record(number: int, **fields: Any) -> bytes:
    value = {"question": QUESTIONS[number], "answer": f"Answer {number}: please see a doctor.", **fields}
    return json.dumps(value, ensure_ascii=False).encode()


RECORDS = [record(number) for number in range(len(QUESTIONS))]


def told(old: MemorySnapshot, new: MemorySnapshot, *, key: tuple[str, ...] = ()) -> list[Delta]:
    return list(diff(old, new, key=key))


def kinds(summary: Summary) -> tuple[int, int, int, int, int]:
    return summary.added, summary.removed, summary.modified, summary.reformatted, summary.moved


def test_one_edited_record_reads_as_modified() -> None:
    old = snapshot_of(RECORDS)
    new = edited(old, [*RECORDS[:4], record(4, label="diet"), *RECORDS[5:]])
    (delta,) = told(old, new)
    assert isinstance(delta, Modified)
    assert (delta.old.row, delta.new.row, delta.moved) == (5, 5, False)
    assert (delta.old.content, delta.new.content) == (RECORDS[4], record(4, label="diet"))


def test_removed_records_are_told_where_they_stood() -> None:
    old = snapshot_of(RECORDS)
    new = edited(old, [RECORDS[0], record(1, label="sleep"), RECORDS[3], *RECORDS[5:], b'{"question": "new"}'])
    deltas = told(old, new)
    assert [type(delta) for delta in deltas] == [Modified, Removed, Removed, Added]
    assert [delta.record.row for delta in deltas if isinstance(delta, Removed)] == [3, 5]


def test_an_edited_record_reads_as_edited_wherever_it_went() -> None:
    old = snapshot_of(RECORDS)
    new = edited(old, [*RECORDS[:1], *RECORDS[2:], RECORDS[1].replace(b"six", b"seven")])
    (delta,) = told(old, new)
    assert isinstance(delta, Modified)
    assert delta.moved
    assert (delta.old.row, delta.new.row) == (2, 10)


def test_another_record_at_the_same_place_is_not_a_modified_one() -> None:
    old = snapshot_of(RECORDS[:5])
    new = edited(old, [*RECORDS[:2], RECORDS[7], *RECORDS[3:5]])
    assert [type(delta) for delta in told(old, new)] == [Removed, Added]


def test_moved_records_are_told_as_a_block() -> None:
    old = snapshot_of(RECORDS)
    new = edited(old, RECORDS[3:8] + RECORDS[:3] + RECORDS[8:])
    (block,) = told(old, new)
    path = old.layout.files[0].path
    assert block == MovedBlock(path, 1, path, 6, 3, 3)
    assert ~block == told(new, old)[0]


def test_records_that_went_to_another_split() -> None:
    old = snapshot_of({"d/test.jsonl": content_of(RECORDS[:2]), "d/train.jsonl": content_of(RECORDS[2:])})
    new = edited(old, {"d/test.jsonl": content_of(RECORDS[:4]), "d/train.jsonl": content_of(RECORDS[4:])})
    assert told(old, new) == [MovedBlock("d/train.jsonl", 1, "d/test.jsonl", 3, 2, 2)]


def test_a_comparison_of_two_files_with_different_names_is_of_their_records() -> None:
    old = snapshot_of({"a.jsonl": content_of(RECORDS)})
    new = snapshot_of({"b.jsonl": content_of([RECORDS[0], *RECORDS[2:]])})
    assert [type(delta) for delta in told(old, new)] == [Removed]


def test_other_bytes_with_the_same_value_are_reformatted() -> None:
    old = snapshot_of(RECORDS)
    new = edited(old, [json.dumps(json.loads(line), sort_keys=True).encode() for line in RECORDS])
    summary = diff(old, new).summary()
    assert kinds(summary) == (0, 0, 0, 10, 0)


def test_other_line_ends_are_reformatted() -> None:
    old = snapshot_of(RECORDS)
    dos = edited(old, b"".join(line + b"\r\n" for line in RECORDS))
    assert kinds(diff(old, dos).summary()) == (0, 0, 0, 10, 0)
    cut = edited(old, content_of(RECORDS)[:-1])
    (delta,) = told(old, cut)
    assert isinstance(delta, Reformatted)
    assert delta.old.content == delta.new.content == RECORDS[-1]


def test_what_moved_and_was_reformatted_counts_once_and_is_told_as_both() -> None:
    old = snapshot_of(RECORDS)
    moved = json.dumps(json.loads(RECORDS[9]), separators=(",", ":")).encode()
    new = edited(old, [moved, *RECORDS[:9]])
    summary = diff(old, new).summary()
    assert kinds(summary) == (0, 0, 0, 1, 0)
    assert (summary.reformatted_moved, summary.modified_moved) == (1, 0)
    (delta,) = told(old, new)
    assert isinstance(delta, Reformatted)
    assert delta.moved
    both = diff(old, edited(old, [RECORDS[8], record(9, label="x"), *RECORDS[:8]])).summary()
    assert kinds(both) == (0, 0, 1, 0, 1)
    assert both.modified_moved == 1


@pytest.mark.parametrize(("old", "new"), [(b"1", b"1.0"), (b'"10"', b"10"), (b"null", b'""'), (b"1.5", b"1.50")])
def test_values_compare_by_type_and_as_written(old: bytes, new: bytes) -> None:
    line = b'{"question": "how many pills are in the box?", "n": %s}'
    before = snapshot_of([line % old])
    assert [type(delta) for delta in told(before, edited(before, [line % new]))] == [Modified]


def test_the_same_line_brought_in_twice_is_no_change() -> None:
    base = snapshot_of(RECORDS[:3])
    ours, theirs = edited(base, RECORDS[:5]), edited(base, [*RECORDS[:3], RECORDS[3], RECORDS[6]])
    assert ours.layout.packs[1].id != theirs.layout.packs[1].id
    found = diff(ours, theirs)
    assert found.totals.lines_added == 2
    assert kinds(found.summary()) == (1, 1, 0, 0, 0)
    assert found.counts.totals.lines_added == 1
    assert found.counts.totals.bytes_added == len(RECORDS[6]) + 1


def test_duplicates_are_neither_merged_nor_mixed_up() -> None:
    old = snapshot_of([RECORDS[0], RECORDS[0], RECORDS[1]])
    new = edited(old, [RECORDS[0], RECORDS[1], RECORDS[1], RECORDS[1]])
    assert kinds(diff(old, new).summary()) == (2, 1, 0, 0, 0)


def test_blank_lines_are_counted_and_are_no_records() -> None:
    old = snapshot_of([b"", RECORDS[0], b"  ", RECORDS[1], RECORDS[2]])
    new = edited(old, [RECORDS[0], RECORDS[1], b"", b"", b"\t", record(2, label="x")])
    found = diff(old, new)
    summary = found.summary()
    assert kinds(summary) == (0, 0, 1, 0, 0)
    assert summary.blank_lines_added - summary.blank_lines_removed == 1
    (delta,) = found
    assert isinstance(delta, Modified)
    assert (delta.old.line, delta.old.row, delta.new.line, delta.new.row) == (5, 3, 6, 3)
    assert not summary.is_empty


def test_keys_say_which_record_is_which() -> None:
    old = snapshot_of([b'{"id": 1, "t": "red apples"}', b'{"id": 2, "t": "green pears"}', b'{"t": "no key at all"}'])
    new = edited(old, [b'{"t": "yes", "id": 2}', b'{"id": 1, "t": "something else"}', b'{"t": "no key at all now"}'])
    deltas = told(old, new, key=("id",))
    assert [type(delta) for delta in deltas] == [Modified, Modified, Modified]
    pairs = [(json.loads(d.old.content).get("id"), d.new.row) for d in deltas if isinstance(d, Modified)]
    assert sorted(pairs, key=str) == [(1, 2), (2, 1), (None, 3)]


def test_another_key_is_another_record_unless_all_else_is_the_same() -> None:
    text = "the patient has had a fever for three days and does not want to drink"
    old = snapshot_of([b'{"meta": {"id": "a"}, "t": "%s"}' % text.encode()])
    other = edited(old, [b'{"meta": {"id": "b"}, "t": "%s"}' % text.replace("fever", "headache now").encode()])
    renamed = edited(old, [b'{"meta": {"id": "b"}, "t": "%s"}' % text.encode()])
    assert [type(delta) for delta in told(old, other)] == [Modified]
    assert [type(delta) for delta in told(old, other, key=("meta.id",))] == [Removed, Added]
    assert [type(delta) for delta in told(old, renamed, key=("meta.id",))] == [Modified]


def test_repeated_keys_are_matched_in_turn() -> None:
    old = snapshot_of([b'{"id": 1, "n": 1}', b'{"id": 1, "n": 2}'])
    new = edited(old, [b'{"id": 1, "n": 10}', b'{"id": 1, "n": 20}', b'{"id": 1, "n": 30}'])
    deltas = told(old, new, key=("id",))
    assert [type(delta) for delta in deltas] == [Modified, Modified, Added]


def test_lines_that_are_not_json_are_compared_as_they_are() -> None:
    old = snapshot_of([b"not json at all", b"{broken", b'{"a": 1}', b"\xff\xfe"])
    new = edited(old, [b"not json at all", b"{broken too", b'{"a":1}'])
    summary = diff(old, new).summary()
    assert summary.reformatted == 1
    assert summary.removed - summary.added == 1


def test_the_same_change_is_told_once() -> None:
    old = snapshot_of(RECORDS)
    new = edited(old, [record(i, history=None, label="safe" if i < 7 else "risk") for i in range(10)])
    summary = diff(old, new).summary()
    assert summary.modified == 10
    assert summary.same_changes == (
        SameChange("history", "added", None, "null", 10),
        SameChange("label", "added", None, '"safe"', 7),
        SameChange("label", "added", None, '"risk"', 3),
    )
    assert summary.fields == (("history", 10), ("label", 10))
    (shift,) = summary.shifts
    assert (shift.field, shift.counts) == ("label", (("safe", 0, 7), ("risk", 0, 3)))
    assert summary.text_length_old is not None
    assert summary.text_length_new is not None
    assert summary.text_length_new - summary.text_length_old == pytest.approx(4)


def test_list_indexes_are_generalised_in_the_summary() -> None:
    chat = '{"messages": [{"role": "user", "content": "%s"}, {"role": "assistant", "content": "%s"}]}'
    old = snapshot_of([(chat % (q, "I do not know.")).encode() for q in QUESTIONS])
    new = edited(old, [(chat % (q, "Ask a doctor.")).encode() for q in QUESTIONS])
    summary = diff(old, new).summary()
    assert summary.fields == (("messages[].content", 10),)
    assert summary.same_changes[0].new == '"Ask a doctor."'


def test_iterating_twice_tells_the_same() -> None:
    old = snapshot_of(RECORDS)
    found = diff(old, edited(old, [record(3), record(2, label="x"), *RECORDS[4:]]))
    assert list(found) == list(found)
    assert found.summary() == found.summary()


# Few different texts, so that equal, similar and reformatted records meet in all ways.
LINES = st.lists(
    st.sampled_from(
        [
            *RECORDS[:4],
            record(0, label="x"),
            record(1, label="y"),
            b'{"answer": "a", "question": "b"}',
            b'{"question":"b","answer":"a"}',
            b'{"n":1}',
            b'{"n":1.0}',
            b"broken",
        ]
    ),
    max_size=14,
)


@settings(deadline=None)
@given(LINES, LINES, st.booleans())
def test_a_diff_makes_the_new_version_of_the_old_one(a: list[bytes], b: list[bytes], keyed: bool) -> None:
    key = ("n",) if keyed else ()
    old = snapshot_of(a)
    new = edited(old, b)
    deltas = told(old, new, key=key)
    assert apply(a, deltas, len(b)) == b
    assert apply(b, [~delta for delta in deltas], len(a)) == a
    assert [~~delta for delta in deltas] == deltas
    summary = diff(old, new, key=key).summary()
    assert len(new) == len(old) + summary.added - summary.removed
    assert told(new, new) == []
    if not deltas:
        assert a == b
    back = diff(new, old, key=key).counts
    assert back.added - back.removed == summary.removed - summary.added
    if not summary.moved:  # of two orders that are equally long the first is kept: what moved depends on the direction
        assert (back.added, back.removed, back.reformatted) == (summary.removed, summary.added, summary.reformatted)


@settings(deadline=None)
@given(LINES, LINES, LINES, LINES)
def test_folders_too(a: list[bytes], b: list[bytes], c: list[bytes], d: list[bytes]) -> None:
    old = snapshot_of({"x/test.jsonl": content_of(a), "x/train.jsonl": content_of(b)})
    new = edited(old, {"x/dev.jsonl": content_of(c), "x/train.jsonl": content_of(d)})
    summary = diff(old, new).summary()
    assert len(new) == len(old) + summary.added - summary.removed
    assert told(new, new) == []


def test_a_diff_without_leftovers_on_both_sides_needs_no_rapidfuzz() -> None:
    script = (
        "import sys; from tests.builders import edited, snapshot_of; from dsvc.diff import diff\n"
        "old = snapshot_of([b'{\"a\": 1}', b'{\"a\": 2}']); new = edited(old, [b'{\"a\": 2}', b'{ \"a\": 2}'])\n"
        "diff(old, edited(old, [b'{\"a\": 2}'])).summary()\n"
        "assert not {'rapidfuzz', 'deepdiff'} & sys.modules.keys()\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=Path(__file__).resolve().parents[2])


def test_files_with_blank_lines_are_counted_by_row_and_line() -> None:
    old = snapshot_of({"a.jsonl": b"\n" + content_of(RECORDS[:3]), "b.jsonl": content_of(RECORDS[3:])})
    files = {"a.jsonl": b"\n" + content_of(RECORDS[:3]) + b"\n\n" + content_of(RECORDS[5:6])}
    new = edited(old, {**files, "b.jsonl": content_of(RECORDS[3:5] + RECORDS[6:])})
    found = diff(old, new)
    assert list(found) == [MovedBlock("b.jsonl", 3, "a.jsonl", 7, 1, 1)]
    assert found.counts.blank_lines_added == 2
