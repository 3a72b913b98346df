"""What rules find out of a whole block at once is what they find in its records one by one."""

from __future__ import annotations

import json
import pickle
from collections import Counter

import msgspec
import numpy as np
import xxhash
from hypothesis import given, settings
from hypothesis import strategies as st

from dsvc.record import is_blank
from dsvc.statistics.features import characters, language, texts_of
from dsvc.validators.blocks import Block, chosen_for, look
from dsvc.validators.checked import Checked
from dsvc.validators.finding import Place
from dsvc.validators.near_signing import text_of
from dsvc.validators.places import Places
from dsvc.validators.rule import DatasetCheck, RecordCheck
from dsvc.validators.selection import Selection
from dsvc.validators.shingles import grams, shingles

KEY = msgspec.msgpack.encode(Selection())
PIECES = (
    "a",
    "é",
    "逾期",
    "\U0001f600",
    "\x7f",
    "\x00",
    "\u2028",
    '"',
    '":',
    "\\",
    "\ud83d",
    "-0",
    " ",
    "\n",
    "é\u2019",
    "TODO",
)
FOUND = ("作为AI", "as an AI language model", "1391234 5768", "6222-0212-3456-7894", "+44 20 7946 0958", "li@bank.cn")
TEXTS = st.lists(st.sampled_from((*PIECES, *FOUND)), max_size=4).map("".join)
LEAVES = st.one_of(TEXTS, TEXTS, st.none(), st.booleans(), st.sampled_from([0, 1, 1.0, 1.5, -0.0, 2**53 + 1, 10**20]))
FIELDS = st.sampled_from(["instruction", "input", "output", "label", "text", "score", "meta", "messages"])
RECORDS = st.dictionaries(FIELDS, LEAVES | st.lists(TEXTS, max_size=2) | st.dictionaries(FIELDS, LEAVES, max_size=2))
WAYS = st.sampled_from([(", ", ": "), (",", ":"), (",", " :"), (",", "\t: ")])


def written(value: object, separators: tuple[str, str], cut: int) -> bytes:
    line = json.dumps(value, separators=separators).encode()
    return (
        line[:-1]
        if cut == 0
        else b"\xef\xbb\xbf" + line
        if cut == 1
        else b'{"label": 1, ' + line[1:]
        if cut == 2
        else line
    )


LINES = st.lists(
    st.builds(written, RECORDS, WAYS, st.integers(0, 12))
    | st.sampled_from([b"", b"  ", b"[1]", b'{"a": "\xff"}', b"{}"]),
    max_size=8,
)


def one_by_one(lines: list[bytes]) -> list[Checked]:
    numbers = [number for number, line in enumerate(lines, 5) if not is_blank(line)]
    return [Checked(lines[number - 5], Place("f.jsonl", number, row)) for row, number in enumerate(numbers, 3)]


@given(LINES)
@settings(max_examples=300, deadline=None)
def test_all_rules_find_the_same_in_a_block_as_in_its_records(lines: list[bytes]) -> None:
    block = Block(b"".join(line + b"\n" for line in lines), "f.jsonl", 5, 3)
    looked = look(block, KEY, records=True, datasets=True)
    records = one_by_one(lines)
    assert list(looked.places) == [record.place for record in records]
    chosen = chosen_for(KEY)
    found = Counter((each.rule, each.place, each.message) for each in looked.findings)
    alone = Counter(
        (each.rule.id, record.place, one.message)
        for each in chosen
        if isinstance(each.check, RecordCheck) and each.rule.id not in _LOOKS_FOR_WORDS
        for record in records
        for one in each.check.check(record)
    )
    assert {each: count for each, count in found.items() if each[0] not in _LOOKS_FOR_WORDS} == alone
    checks = [each.check for each in chosen if isinstance(each.check, DatasetCheck)]
    again = [check.summarise(one_by_one(lines)) for check in checks]
    assert list(map(comparable, looked.summaries)) == list(map(comparable, again))


_LOOKS_FOR_WORDS = {"refusal"}
"""What it looks for in lines is less than what it finds in a text (words in capitals)."""


def comparable(summary: object) -> object:
    """A summary with nothing in it whose order, or whose place in memory, means nothing."""
    if isinstance(summary, np.ndarray):
        return summary.tolist()
    if isinstance(summary, (list, tuple)):
        return [comparable(each) for each in summary]
    if isinstance(summary, dict):
        return [(key, comparable(each)) for key, each in summary.items()]
    return summary


@given(RECORDS)
def test_texts_of_plain_records_are_those_of_any(value: dict[str, object]) -> None:
    nested = {"inner": value}
    assert text_of(value) == text_of(nested)
    assert characters(value) == characters(nested) == sum(map(len, texts_of(value)))


def test_places_are_made_from_lines_and_pickled_without_them() -> None:
    places = Places("f.jsonl", 10, 4, [0, 2, 3])
    wanted = [Place("f.jsonl", 10, 4), Place("f.jsonl", 12, 5), Place("f.jsonl", 13, 6)]
    assert list(places) == wanted
    assert places[-1] == places[np.int32(2)] == wanted[2]
    assert list(places[1:]) == wanted[1:]
    assert list(pickle.loads(pickle.dumps(places))) == wanted
    many = Places("f.jsonl", 1, 1, range(100_000))
    assert len(many) == len(list(many))
    assert len(pickle.dumps(many)) < 300


def test_a_line_with_what_is_looked_for_is_found_behind_blank_ones() -> None:
    lines = [b"", b'{"a": "x"}', b"  ", b'{"a": "\\u200b"}', b'{"a": "y"}']
    looked = look(Block(b"\n".join(lines), "f.jsonl", 1, 1), KEY, records=True, datasets=False)
    assert [(one.rule, one.place) for one in looked.findings] == [("invisible-characters", Place("f.jsonl", 4, 2))]


def test_shingles_stay_what_they_are() -> None:
    """Other hashes would find other candidates."""
    texts = ["", "one", "Two words", "逾期之后多少天 must I pay?", "a\x00b c d", "É×÷ß \u2000 가나다 \U00020000"]
    digest = xxhash.xxh3_64()
    for part in shingles(texts):
        digest.update(part.tobytes())
    assert digest.hexdigest() == "b23a1c58429e8c14"


def test_grams_are_of_one_text_and_know_no_case() -> None:
    texts = ["abcde", "账单日后", "ab", "", "XABCD", "a单b"]
    hashes, begins, tokens = grams(texts)
    assert np.diff(begins).tolist() == [2, 3, 0, 0, 2, 1]
    assert tokens.tolist() == [1, 4, 1, 0, 1, 3]
    assert hashes[0] == hashes[6], "abcd"
    assert grams(["单b", "x"])[0].tolist() == hashes[-1:].tolist()
    assert len(set(hashes.tolist())) == 7


def test_the_language_is_told_by_characters_and_words() -> None:
    assert language("逾期怎么办") == "zh"
    assert language("逾期 late fee and more words than that") == "latin"
    assert language("逾期 late fee") == "zh+latin"
    assert language("。，！") == "none"
    assert language("ご返済はいつですか") == "ja"
