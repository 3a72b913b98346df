"""Which removed record became which added one: on real histories, and where little or much is left over."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsvc.delta import Added, Delta, Modified, Reformatted, Removed
from dsvc.diff import diff, pairing
from dsvc.diff.minhash import candidates
from dsvc.diff.value_digest import value_digests
from dsvc.record import canonical
from tests.builders import MemorySnapshot, edited, snapshot_of

if TYPE_CHECKING:
    from dsvc.diff.summary import Summary

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


def history(name: str) -> list[bytes]:
    files = sorted((DATA / "histories" / name).glob("*.jsonl"))
    if not files:
        pytest.skip(f"the shared histories are not here: {name}")
    return [file.read_bytes() for file in files]


def steps(name: str, key: tuple[str, ...] = ()) -> list[Summary]:
    versions = history(name)
    old = snapshot_of(versions[0])
    found = []
    for content in versions[1:]:
        new = edited(old, content)
        found.append(diff(old, new, key=key).summary())
        old = new
    return found


def test_each_corrected_poem_reads_as_one_modified_record() -> None:
    counts = [(step.added, step.removed, step.modified) for step in steps("tang_poems_zh")]
    assert counts == [(0, 0, 2)] + [(0, 0, 1)] * 28


def test_the_tool_tasks_read_the_same_with_and_without_their_key() -> None:
    with_key = steps("bfcl_multi_turn_base", ("id",))
    without = steps("bfcl_multi_turn_base")
    assert [(s.modified, s.reformatted) for s in with_key] == [(s.modified, s.reformatted) for s in without]
    assert all(s.added == s.removed == s.moved == 0 for s in with_key + without)
    assert with_key[0].fields[0] == ("function", 200)


def test_a_round_trip_through_pandas() -> None:
    pandas = pytest.importorskip("pandas")
    path = DATA / "histories" / "bfcl_multi_turn_base" / "02.jsonl"
    if not path.exists():
        pytest.skip("the shared histories are not here")
    old = snapshot_of(path.read_bytes())
    frame = pandas.read_json(path, lines=True, dtype=False)
    new = edited(old, frame.to_json(orient="records", lines=True, force_ascii=False).encode())
    found = diff(old, new)
    deltas = list(found)
    assert {type(delta) for delta in deltas} <= {Modified, Reformatted}
    assert len(deltas) == len(old)
    for delta in deltas:
        assert isinstance(delta, (Modified, Reformatted))
        assert delta.old.row == delta.new.row
        assert (canonical(delta.old.content) == canonical(delta.new.content)) == isinstance(delta, Reformatted)
    assert found.counts.reformatted > 0


def words(random_: random.Random, count: int) -> str:
    letters = "abcdefghijklmnopqrstuvwxyz"
    return " ".join("".join(random_.choices(letters, k=random_.randint(2, 9))) for _ in range(count))


def corpus(count: int, seed: int = 1) -> list[dict[str, Any]]:
    random_ = random.Random(seed)
    return [{"instruction": words(random_, 12), "output": words(random_, 30), "source": "web"} for _ in range(count)]


def lines(records: list[dict[str, Any]]) -> list[bytes]:
    return [json.dumps(record).encode() for record in records]


def told(old: MemorySnapshot, records: list[dict[str, Any]]) -> list[Delta]:
    return list(diff(old, edited(old, lines(records))))


def kinds(deltas: list[Delta]) -> dict[str, int]:
    names = [type(delta).__name__ for delta in deltas]
    return {name: names.count(name) for name in sorted(set(names))}


def test_edited_and_shuffled_records_find_each_other() -> None:
    records = corpus(300)
    old = snapshot_of(lines(records))
    new = [{**record, "output": record["output"].replace(" ", " edited ", 3)} for record in records]
    random.Random(2).shuffle(new)
    deltas = told(old, new)
    assert kinds(deltas) == {"Modified": 300}
    for delta in deltas:
        assert isinstance(delta, Modified)
        assert json.loads(delta.old.content)["instruction"] == json.loads(delta.new.content)["instruction"]


def test_a_new_answer_to_the_same_question_is_an_edit() -> None:
    records, others = corpus(20), corpus(20, seed=3)
    old = snapshot_of(lines(records))
    records[7] = {**records[7], "output": others[7]["output"]}
    assert kinds(told(old, records)) == {"Modified": 1}
    moved = [record for record in records if record is not records[3]]
    moved.append({**records[3], "output": others[3]["output"]})
    assert kinds(told(old, moved)) == {"Modified": 2}


def test_the_same_system_prompt_does_not_make_two_conversations_one() -> None:
    def chat(question: str, answer: str) -> dict[str, Any]:
        system = "You are a careful medical assistant who answers in short and simple sentences."
        roles = zip(("system", "user", "assistant"), (system, question, answer), strict=True)
        return {"messages": [{"role": role, "content": content} for role, content in roles]}

    texts = corpus(6)
    chats = [chat(text["instruction"], text["output"]) for text in texts]
    old = snapshot_of(lines(chats[:3]))
    assert kinds(told(old, [chats[0], chats[4], chats[2]])) == {"Added": 1, "Removed": 1}
    edit = chat(texts[1]["instruction"], texts[5]["output"])
    assert kinds(told(old, [chats[0], edit, chats[2]])) == {"Modified": 1}


def test_filling_in_an_empty_field_is_an_edit() -> None:
    records = corpus(5)
    old = snapshot_of(lines([{**record, "output": ""} for record in records]))
    assert kinds(told(old, records)) == {"Modified": 5}


def test_another_dataset_is_removed_and_added() -> None:
    old = snapshot_of(lines(corpus(200)))
    assert kinds(told(old, corpus(200, seed=4))) == {"Added": 200, "Removed": 200}


def test_the_order_of_pairs_is_kept_when_records_come_and_go() -> None:
    records = corpus(30)
    old = snapshot_of(lines(records))
    new = [{**record, "output": record["output"] + " indeed"} for record in records]
    inserted = corpus(2, seed=5)
    new = [*new[:4], inserted[0], *new[4:11], *new[13:20], inserted[1], *new[20:]]
    assert kinds(told(old, new)) == {"Added": 2, "Modified": 28, "Removed": 2}


@pytest.fixture
def only_by_position(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairing, "MOST_BY_SIMILARITY", 50)


@pytest.mark.usefixtures("only_by_position")
def test_very_many_edited_records_are_paired_in_place() -> None:
    records = corpus(3000)
    old = snapshot_of(lines(records))
    new = [{**record, "output": record["output"] + " indeed"} for record in records]
    assert kinds(told(old, new)) == {"Modified": 3000}
    shifted = new[:5] + new[7:1500] + corpus(3, seed=6) + new[1500:]
    assert kinds(told(old, shifted)) == {"Added": 3, "Modified": 2998, "Removed": 2}


@pytest.mark.usefixtures("only_by_position")
def test_very_many_other_records_are_not_paired() -> None:
    old = snapshot_of(lines(corpus(1500)))
    assert kinds(told(old, corpus(1500, seed=7))) == {"Added": 1500, "Removed": 1500}
    assert kinds(told(old, corpus(400, seed=8))) == {"Added": 400, "Removed": 1500}


@pytest.mark.usefixtures("only_by_position")
def test_edits_between_unchanged_records_are_paired_in_place_too() -> None:
    records = corpus(400)
    old = snapshot_of(lines(records))
    new = [{**r, "output": r["output"][:-3]} if i % 3 == 0 else r for i, r in enumerate(records)]
    assert kinds(told(old, new)) == {"Modified": 134}


def test_small_numeric_records() -> None:
    old = snapshot_of([b'{"a": 1}', b'{"a": 2}', b'{"a": 3}'])
    deltas = list(diff(old, edited(old, [b'{"a": 1}', b'{"a": 20}', b'{"a": 3}'])))
    assert [type(delta) for delta in deltas] == [Modified]
    deltas = list(diff(old, edited(old, [b'{"a": 1}', b'{"b": 20}', b'{"a": 3}'])))
    assert [type(delta) for delta in deltas] == [Removed, Added]


def test_candidates_are_few_and_hold_the_right_one() -> None:
    random_ = random.Random(4)
    texts = ["".join(chr(random_.randint(0x4E00, 0x5000)) for _ in range(40)) for _ in range(200)]
    changed = [text[:10] + text[12:25] + "好" + text[25:] for text in texts[::-1]]
    at_old, at_new = candidates(texts, changed)
    assert len(at_old) <= 4 * len(changed)
    pairs = set(zip(at_old.tolist(), at_new.tolist(), strict=True))
    assert sum((199 - i, i) in pairs for i in range(200)) == 200


def test_candidates_survive_empty_texts() -> None:
    assert len(candidates(["", "a"], [""])[0]) <= 2


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=4),
    st.sampled_from([-0.0, 1.5, 1e300, 10**30, -(2**63) - 1, 2**64]),
)
VALUES = st.recursive(SCALARS, lambda v: st.lists(v, max_size=3) | st.dictionaries(st.text(max_size=2), v, max_size=3))


@given(VALUES, VALUES, st.booleans())
def test_value_digests_are_equal_exactly_when_canonical_forms_are(first: Any, second: Any, ascii_: bool) -> None:
    forms = [json.dumps(first), json.dumps(first, ensure_ascii=ascii_, indent=1), json.dumps(second)]
    encoded = [form.encode("utf-8", "surrogatepass") for form in forms]
    digests = [value_digests([line]) for line in encoded]
    assert digests[0] == digests[1]
    assert (digests[0] == digests[2]) == (canonical(encoded[0]) == canonical(encoded[2]))


@pytest.mark.parametrize("written", ["-0", "1.50", "1e5", "1E5", "18446744073709551616", '"\\ud800"', '"2024-01-01"'])
def test_numbers_and_lone_surrogates_keep_how_they_are_written(written: str) -> None:
    one = f'{{"b": 1, "a": {written}}}'.encode()
    same = f'{{"a":{written},"b":1}}'.encode()
    other = b'{"a": 0, "b": 1}'
    assert value_digests([one]) == value_digests([same]) != value_digests([other])
    assert canonical(one) == canonical(same) == same


def test_added_and_removed_alone_are_not_read_for_pairing() -> None:
    old = snapshot_of(lines(corpus(5)))
    deltas = told(old, corpus(6)[:3])
    assert {type(delta) for delta in deltas} == {Removed}
    assert {type(~delta) for delta in deltas} == {Added}
