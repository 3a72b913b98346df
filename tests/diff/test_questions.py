"""Another answer to the same short question is an edit; a label, a prompt or a number that two records share is not."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsvc.delta import Delta, Modified
from dsvc.diff import diff, pairing, questions
from dsvc.diff.questions import Text, texts_of
from dsvc.diff.sample import sample_lines
from dsvc.errors import CorruptError
from tests.builders import content_of, edited, snapshot_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dsvc.snapshot import Record

Value = dict[str, Any]
ORGANS = "心肝脾肺肾胃肠胆眼耳鼻舌齿骨皮脑"
SIGNS = "痛痒肿炎热寒麻酸"
DRAW = random.Random(11)


def characters(count: int) -> str:
    return "".join(chr(DRAW.randint(0x4E00, 0x9000)) for _ in range(count))


def question(number: int) -> str:
    """A short question of its own (fewer than 128)."""
    return f"{ORGANS[number % 16]}{SIGNS[number // 16]}该怎么治疗？"


def records(count: int = 60) -> list[Value]:
    return [{"instruction": question(i), "input": "", "output": characters(60)} for i in range(count)]


def lines(values: Sequence[Value]) -> list[bytes]:
    return [json.dumps(value, ensure_ascii=False).encode() for value in values]


def told(old: Sequence[Value], new: Sequence[Value], key: tuple[str, ...] = ()) -> list[Delta]:
    before = snapshot_of(lines(old))
    return list(diff(before, edited(before, lines(new)), key=key))


def kinds(deltas: Sequence[Delta]) -> dict[str, int]:
    names = [type(delta).__name__ for delta in deltas]
    return {name: names.count(name) for name in sorted(set(names))}


def changed(values: Sequence[Value], at: int, **fields: object) -> list[Value]:
    new = list(values)
    new[at] = {**new[at], **fields}
    return new


@pytest.mark.parametrize("answer", ["请尽快就医。", "", characters(80), None], ids=["short", "empty", "other", "null"])
def test_a_rewritten_answer_in_place_is_an_edit(answer: str | None) -> None:
    old = records()
    (delta,) = told(old, changed(old, 30, output=answer))
    assert isinstance(delta, Modified)
    assert (delta.old.row, delta.new.row, delta.moved) == (31, 31, False)


def test_so_is_each_of_many_beside_each_other() -> None:
    old = records(100)
    new = [*old[:20], *[{**value, "output": ""} for value in old[20:80]], *old[80:]]
    assert kinds(told(old, new)) == {"Modified": 60}


@pytest.mark.parametrize("order", ["backwards", "shuffled"])
def test_so_is_each_where_all_are_rewritten_in_another_order(order: str) -> None:
    old = records()
    new = [{**value, "output": characters(60)} for value in old][::-1]
    if order == "shuffled":
        DRAW.shuffle(new)
    deltas = told(old, new)
    assert kinds(deltas) == {"Modified": 60}
    for delta in deltas:
        assert isinstance(delta, Modified)
        assert json.loads(delta.old.content)["instruction"] == json.loads(delta.new.content)["instruction"]


def test_a_record_that_came_or_went_beside_it_does_not_matter() -> None:
    old = records()
    rewritten = {**old[30], "output": characters(60)}
    other = {"instruction": "孩子几岁可以独自睡觉", "input": "", "output": characters(60)}
    assert kinds(told(old, [*old[:30], other, rewritten, *old[31:]])) == {"Added": 1, "Modified": 1}
    assert kinds(told(old, [*old[:29], rewritten, *old[31:]])) == {"Modified": 1, "Removed": 1}


def test_the_first_turn_of_a_conversation_is_a_question() -> None:
    def chat(value: Value) -> Value:
        system = "你是一位谨慎的医生，回答简短。"
        turns = [("system", system), ("user", value["instruction"]), ("assistant", value["output"])]
        return {"messages": [{"role": role, "content": content} for role, content in turns]}

    old = records()
    rewritten = changed(old, 9, output="好")
    other = changed(old, 9, instruction="孩子几岁可以独自睡觉", output="好")
    chats = [[chat(value) for value in values] for values in (old, rewritten, other)]
    assert kinds(told(chats[0], chats[1])) == {"Modified": 1}
    assert kinds(told(chats[0], chats[2])) == {"Added": 1, "Removed": 1}


SHARED: dict[str, Callable[[int], object]] = {
    "constant": lambda _: "把下面的句子译成英文",
    "label": lambda i: ("very positive", "rather negative", "neither of both")[i % 3],
    "intent": lambda i: f"intent number {'abcdefghijklmnopqrst'[i % 20]}",
    "number as text": lambda i: f"chapter one, item {i}",
    "number": lambda i: i,
    "date": lambda i: f"2026-01-05 {i:02}:00 Uhr",
    "name": lambda i: f"sha{i}abcdefgh.jpg",
    "word": lambda i: f"{ORGANS[i % 16]}病",
    "empty": lambda _: "",
}


@pytest.mark.parametrize("what", SHARED)
@pytest.mark.parametrize("count", [3, 12, 60])
def test_what_many_records_share_makes_no_edit(what: str, count: int) -> None:
    old = [{"about": SHARED[what](i), "text": characters(30)} for i in range(count)]
    assert kinds(told(old, changed(old, 1, text=characters(30)))) == {"Added": 1, "Removed": 1}


def test_an_instruction_that_others_have_too_makes_no_edit_nor_does_another_field() -> None:
    old = [{"instruction": "把下面的句子译成英文", "input": question(i), "output": characters(40)} for i in range(60)]
    assert kinds(told(old, changed(old, 7, input="孩子几岁可以独自睡觉", output=characters(40)))) == {
        "Added": 1,
        "Removed": 1,
    }
    refusal = "抱歉，这个问题我无法回答。"
    asked = [{"instruction": question(i), "input": "", "output": characters(40)} for i in range(60)]
    asked[7]["output"] = refusal
    other = changed(asked, 7, instruction="唐诗宋词里写春天的雨和江南的名句有哪些，请各举一例，并说说它们的出处和作者")
    assert kinds(told(asked, other)) == {"Added": 1, "Removed": 1}, "an answer that many give"


def test_two_records_with_one_question_in_one_place_are_not_guessed_at() -> None:
    old = records()
    old[31] = {**old[31], "instruction": old[30]["instruction"]}
    new = [*old[:30], {**old[30], "output": characters(60)}, *old[32:]]
    assert kinds(told(old, new)) == {"Added": 1, "Removed": 2}


def test_likeness_goes_before_the_question() -> None:
    old = records()
    alike = {**old[30], "instruction": question(100), "output": old[30]["output"][:-1]}
    asked = {**old[30], "output": characters(60)}
    deltas = told(old, [*old[:30], asked, alike, *old[31:]])
    (edit,) = [delta for delta in deltas if isinstance(delta, Modified)]
    assert json.loads(edit.new.content) == alike


def test_another_shape_or_another_key_is_another_record() -> None:
    old = [{"n": i, **value} for i, value in enumerate(records())]
    assert kinds(told(old, changed(old, 30, output=characters(60), n=99))) == {"Modified": 1}
    assert kinds(told(old, changed(old, 30, output=characters(60), n=99), key=("n",))) == {"Added": 1, "Removed": 1}
    assert kinds(told(old, changed(old, 30, output=[characters(60)]))) == {"Added": 1, "Removed": 1}


def test_in_a_small_set_the_name_of_the_field_decides() -> None:
    old = records(4)
    assert kinds(told(old, changed(old, 2, output=characters(60)))) == {"Modified": 1}
    unnamed = [{"a": value["instruction"], "b": value["output"]} for value in old]
    assert kinds(told(unnamed, changed(unnamed, 2, b=characters(60)))) == {"Added": 1, "Removed": 1}


def test_very_many_rewritten_answers_find_their_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairing, "MOST_BY_SIMILARITY", 50)
    monkeypatch.setattr(questions, "_LARGE", 50)
    monkeypatch.setattr(questions, "_PORTION", 10)
    old = records(100)
    assert kinds(told(old, [{**value, "output": characters(60)} for value in old])) == {"Modified": 100}
    others = [{**value, "instruction": characters(12), "output": characters(60)} for value in old]
    read: list[bytes] = []

    def noted(line: bytes) -> list[Text]:
        read.append(line)
        return texts_of(line)

    monkeypatch.setattr(questions, "texts_of", noted)
    assert kinds(told(old, others)) == {"Added": 100, "Removed": 100}
    assert len(read) == 2 * 3 * 10


def test_places_are_looked_at_some_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "_LARGE", 7)
    old = records()
    new = [{**value, "output": ""} if number % 3 else value for number, value in enumerate(old)]
    assert kinds(told(old, new)) == {"Modified": 40}


def test_lines_that_are_no_records_have_no_question() -> None:
    deep = b'{"a":' * 3000 + b"1" + b"}" * 3000
    assert [texts_of(line) for line in (b"[1]", b"broken", b"\xff", deep, b'"a text of some words"')] == [[]] * 5
    assert len(texts_of(b'{"q": "what is \\ud800 called"}')) == 1


def test_a_sample_is_of_neighbours_all_over_the_version_whatever_its_packs() -> None:
    many = [f'{{"n": {number}, "text": "{"x" * 300}"}}'.encode() for number in range(4000)]
    whole = snapshot_of({"x/a.jsonl": content_of(many[:3000]), "x/b.jsonl": content_of(many[3000:])})
    found = [json.loads(line)["n"] for line in sample_lines(whole)]
    assert found == sorted(set(found))
    assert 300 < len(found) < 400
    assert (found[:3], found[-1] > 3800) == ([0, 1, 2], True)
    base = snapshot_of({"x/a.jsonl": content_of(many[1000:3000]), "x/b.jsonl": content_of(many[3000:])})
    in_parts = edited(base, {"x/a.jsonl": content_of(many[:3000]), "x/b.jsonl": content_of(many[3000:])})
    assert sample_lines(in_parts) == sample_lines(whole)
    assert sample_lines(snapshot_of(many[:9])) == many[:9]


def test_a_sample_leaves_out_what_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = snapshot_of([b'{"a": 1}'])

    def refuse(*_: int) -> bytes:
        raise CorruptError("damaged")

    monkeypatch.setattr(snapshot.packs, "read_unverified", refuse)
    assert sample_lines(snapshot) == []


BASE = records(12)
ANSWERS = [characters(50) for _ in range(4)]
FILES = st.lists(
    st.builds(
        lambda at, answer: {**BASE[at], "output": answer or BASE[at]["output"]},
        st.integers(0, len(BASE) - 1),
        st.sampled_from([None, None, *ANSWERS]),
    ),
    max_size=12,
)


@settings(deadline=None)
@given(FILES, FILES)
def test_questions_pair_the_same_records_again_and_the_other_way_round(a: list[Value], b: list[Value]) -> None:
    old = snapshot_of(lines(a))
    new = edited(old, lines(b))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pairing, "_by_likeness", lambda *_: [])
        there, again, back = diff(old, new), diff(old, new), diff(new, old)
        edits = [delta for delta in there if isinstance(delta, Modified)]
        assert list(there) == list(again)
        if not there.counts.moved:  # of two orders that are equally long the first is kept
            turned = [(delta.new, delta.old) for delta in back if isinstance(delta, Modified)]
            assert sorted(turned, key=row) == sorted([(delta.old, delta.new) for delta in edits], key=row)
    for delta in edits:
        assert json.loads(delta.old.content)["instruction"] == json.loads(delta.new.content)["instruction"]


def row(pair: tuple[Record, Record]) -> int:
    return pair[0].row
