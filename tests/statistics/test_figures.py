"""The figures of ``stats``: against the definitions, and against what a user would count by hand."""

from __future__ import annotations

import hashlib
import json
import statistics as reference
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot

import dsvc
from dsvc.statistics import Numbers, Shares, Statistics, measure, shifts
from dsvc.statistics.drift import number_shift, share_shift
from dsvc.statistics.features import language, tokens
from dsvc.statistics.kept import _FORMAT
from dsvc.statistics.tally import How, Tally, tally
from tests.repository.lab import Lab, lines

if TYPE_CHECKING:
    from pathlib import Path

CORPUS = (
    {"instruction": "When is the late fee due? " * 9, "label": "fees", "n": 1.5, "meta": {"lang": "en"}},
    {"instruction": "逾期九十天以上怎么办？请联系银行。", "label": "fees", "n": None, "tags": ["a"]},
    {"messages": [{"role": "user", "content": "Привет"}, {"role": "assistant", "content": "こんにちは"}], "ok": True},
)
VALUES = st.lists(st.integers(0, 500), min_size=1, max_size=80)
LABELS = st.lists(st.sampled_from(["a", "b", "c", "逾期"]), min_size=1, max_size=60)


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab.over("memory", tmp_path)


@given(VALUES)
def test_numbers_are_exact(values: list[int]) -> None:
    numbers = Numbers(values)
    assert (numbers.smallest, numbers.largest, numbers.total) == (min(values), max(values), sum(values))
    assert numbers.mean == pytest.approx(reference.fmean(values))
    assert numbers.quantile(0.5) == reference.median_low(values)
    assert sum(numbers.histogram(24)) == len(values)


@given(VALUES, VALUES)
def test_the_distance_of_numbers_is_that_of_kolmogorov_and_smirnov(old: list[int], new: list[int]) -> None:
    def below(values: list[int], limit: int) -> float:
        return sum(value <= limit for value in values) / len(values)

    expected = max(abs(below(old, limit) - below(new, limit)) for limit in {*old, *new})
    assert number_shift(Numbers(old), Numbers(new)) == pytest.approx(expected)
    assert number_shift(Numbers(old), Numbers(old)) == 0


@given(LABELS, LABELS)
def test_the_distance_of_shares_is_the_part_that_would_have_to_change(old: list[str], new: list[str]) -> None:
    kept = sum(min(old.count(label) / len(old), new.count(label) / len(new)) for label in {*old, *new})
    assert share_shift(Shares(old), Shares(new)) == pytest.approx(1 - kept)


def test_one_side_without_records_has_nothing_in_common() -> None:
    assert number_shift(Numbers([1]), Numbers()) == share_shift(Shares(), Shares(["a"])) == 1
    assert number_shift(Numbers(), Numbers()) == share_shift(Shares(), Shares()) == 0


SOME = st.lists(st.none() | st.integers(0, 20), min_size=1, max_size=60)


@given(SOME, SOME)
def test_a_record_without_a_number_is_below_all_of_them(old: list[int | None], new: list[int | None]) -> None:
    """And one without a value has a value of its own: the figures are of all records."""

    def numbers(values: list[int | None]) -> Numbers:
        return Numbers(value for value in values if value is not None)

    def filled(values: list[int | None]) -> list[int]:
        return [-1 if value is None else value for value in values]

    figure = number_shift(numbers(old), numbers(new), len(old), len(new))
    assert figure == pytest.approx(number_shift(Numbers(filled(old)), Numbers(filled(new))))
    left, right = (Shares(str(value) for value in side if value is not None) for side in (old, new))
    whole = share_shift(Shares(map(str, filled(old))), Shares(map(str, filled(new))))
    assert share_shift(left, right, len(old), len(new)) == pytest.approx(whole)


def test_a_field_drifts_by_the_records_that_have_it(tmp_path: Path) -> None:
    """One of 300 records with a wrong name of a field is no other dataset; all of them with a new one are."""

    def measured(*records: dict[str, object]) -> Statistics:
        (tmp_path / "d.jsonl").write_bytes(lines(*records))
        with dsvc.open_file(tmp_path / "d.jsonl") as content:
            return measure(content)

    def drift(old: Statistics, new: Statistics) -> dict[str, float]:
        of_fields = (shift for shift in shifts(old, new) if shift.feature not in ("characters", "tokens"))
        return {shift.feature: round(shift.figure, 6) for shift in of_fields if shift.figure}

    whole: list[dict[str, object]] = [{"q": f"问题 {n:05}", "output": f"答案 {n:05}"} for n in range(300)]
    old = measured(*whole)
    odd = measured(*whole[1:], {"q": "问题 00000", "ouput": "答案 00000"})
    assert drift(old, odd) == drift(odd, old) == {"output characters": 0.003333, "ouput characters": 0.003333}
    named = drift(old, measured(*({"q": each["q"], "answer": each["output"]} for each in whole)))
    assert named == {"output characters": 1, "answer characters": 1}
    tenth = [{**each, "hint": "x" * 9} if n % 10 == 0 else each for n, each in enumerate(whole)]
    longer = [{**each, "hint": f"{n:03}" * 9} if n % 10 == 0 else each for n, each in enumerate(whole)]
    assert drift(measured(*tenth), measured(*longer))["hint characters"] == 0.1
    assert drift(measured(), old)["q characters"] == 1
    same: list[dict[str, object]] = [{**each, "input": "", "n": n % 3} for n, each in enumerate(whole)]
    one = measured(*same[1:], {**same[0], "input": ["x"], "n": [1]})
    assert "input" in measured(*same).shares.keys() - one.shares.keys(), "one list, and it is no field of labels"
    assert drift(measured(*same), one) == drift(one, measured(*same)) == {"input characters": 0.003333, "n": 0.003333}


def test_of_very_many_values_the_rare_ones_are_put_together() -> None:
    shares = Shares(str(number) for number in range(Shares.MOST + 50))
    assert (len(shares.counts), shares.rare, shares.records) == (Shares.MOST, 50, Shares.MOST + 50)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("逾期90天以上怎么处理？", "zh"),
        ("What is a grace period?", "latin"),
        ("信用卡的 late fee 怎么算 and when is it due", "zh+latin"),
        ("支払期限はいつですか", "ja"),
        ("연체료는 얼마입니까", "ko"),
        ("Когда платить?", "cyrillic"),
        ("12 + 30 = 42", "none"),
        ("", "none"),
    ],
)
def test_a_language_is_told_by_its_script(text: str, expected: str) -> None:
    assert language(text) == expected


def test_tokens_are_estimated_apart_for_chinese() -> None:
    assert tokens("grace period") == 3
    assert tokens("逾期九十天") == 5
    assert tokens("逾期90天") == 4
    assert tokens("") == 0


def test_what_a_version_is_made_of(lab: Lab) -> None:
    records = [{"q": f"第{n}个问题", "label": "逾期" if n % 4 else "fees", "meta": {"n": n}} for n in range(12)]
    lab.save(lines(*records), source="银行手册")
    lab.save(lines(*records, {"q": "一个很长很长很长的问题", "label": "fees"}), source="hotline")
    found = lab.repo.statistics("medical@v1.1")
    assert (found.records, found.not_json) == (13, 0)
    assert found.shares["label"].common(5) == [("逾期", 9), ("fees", 4)]
    assert found.shares["source"].common(5) == [("银行手册", 12), ("hotline", 1)]
    assert found.numbers["q characters"].largest == 11
    assert "meta" not in found.shares


def test_an_edited_working_file_still_knows_its_sources(lab: Lab) -> None:
    lab.save(lines({"q": "一"}, {"q": "二"}), source="银行手册")
    lab.write(lines({"q": "一"}, {"q": "二"}, {"q": "三"}))
    assert lab.repo.statistics().shares["source"].counts == {"银行手册": 2, "none": 1}


def test_ids_are_no_labels(lab: Lab) -> None:
    lab.save(lines(*({"id": f"qa-{n}", "q": "x"} for n in range(40))), source="hand")
    found = lab.repo.statistics("medical@v1.0")
    assert "id" not in found.shares
    assert found.shares["q"].counts == {"x": 40}


def test_keys_that_are_data_have_an_end(lab: Lab) -> None:
    lab.save(lines(*({f"key {n}": "text"} for n in range(300))), source="hand")
    assert len(lab.repo.statistics("medical@v1.0").numbers) < 110


def test_a_line_that_is_no_record_is_counted(tmp_path: Path) -> None:
    import dsvc
    from dsvc.statistics import measure

    (tmp_path / "odd.jsonl").write_bytes(b'{"a": "x"}\nnot json\n')
    found = measure(dsvc.open_file(tmp_path / "odd.jsonl"))
    assert (found.records, found.not_json, found.numbers["characters"].records) == (2, 1, 1)


RECORDS = st.dictionaries(st.sampled_from(["q", "label", "n", "meta"]), st.none() | st.integers(0, 3) | st.text())


@given(st.lists(RECORDS), st.integers(0, 20))
def test_blocks_that_are_counted_one_by_one_make_the_whole(records: list[dict[str, object]], cut: int) -> None:
    how = How(keywords=("a", "逾期"))
    parts = [tally(lines(*part), how) for part in (records[:cut], records[cut:])]
    whole, joined = Tally(), Tally()
    whole.add(tally(lines(*records), how))
    for part in parts:
        joined.add(part)
    assert joined == whole


def test_a_version_is_measured_once(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    lab.save(lines(*({"q": each, "label": "费用"} for each in "一二三")), source="手册")
    first = lab.repo.statistics("medical@v1.0")
    other = lab.repo.statistics("medical@v1.0", keywords=["二"])
    monkeypatch.setattr("dsvc.statistics.measuring.tally", None)
    again = lab.repo.statistics("medical@v1.0")
    assert again.shares["label"].counts == first.shares["label"].counts == {"费用": 3}
    assert again.numbers["characters"].counts == first.numbers["characters"].counts
    assert other.shares["keyword"].counts == {"二": 1}
    assert lab.repo.statistics("medical@v1.0", keywords=["二"]).shares["keyword"].counts == {"二": 1}


def test_what_is_counted_does_not_change_without_a_new_format() -> None:
    """Versions that were measured are not measured again: who counts otherwise gives kept tallies another name."""
    found = tally(lines(*CORPUS), How(keywords=("fee", "逾期")))
    digest = hashlib.sha256(json.dumps(msgspec.to_builtins(found, str_keys=True), sort_keys=True).encode()).hexdigest()[
        :16
    ]
    assert (_FORMAT, digest) == snapshot(("dsvc.tally/2", "c882185604255563"))


def test_half_of_a_surrogate_pair_is_kept(lab: Lab) -> None:
    lab.save(b'{"label": "\\ud800", "q": "x"}\n' * 3, source="hand", allow_findings="as collected")
    for keywords in ([], ["\ud800"]):
        first = lab.repo.statistics("medical@v1.0", keywords=keywords)
        again = lab.repo.statistics("medical@v1.0", keywords=keywords)
        assert again.shares["label"].counts == first.shares["label"].counts == {"\ud800": 3}


def test_a_damaged_or_foreign_file_of_what_was_counted_counts_as_none(lab: Lab) -> None:
    lab.save(lines({"q": "一"}), source="hand")
    first = lab.repo.statistics("medical@v1.0")
    (kept,) = (lab.repo._context.state / "cache" / "tallies").iterdir()
    for damage in (b"", kept.read_bytes()[:-1], kept.read_bytes().replace(b"zh", b"en")):
        kept.write_bytes(damage)
        assert lab.repo.statistics("medical@v1.0").shares["language"].counts == first.shares["language"].counts
