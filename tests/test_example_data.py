"""The example dataset tells the story that its README and story.json tell."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from rapidfuzz import fuzz

FOLDER = Path(__file__).parent.parent / "examples" / "finance_qa_versions"
STORY: dict[str, Any] = json.loads((FOLDER / "story.json").read_text(encoding="utf-8"))
VERSIONS = ("v1.0", "v1.1", "v1.2")
FIELDS = ("instruction", "input", "output", "label", "lang")
Record = dict[str, str]


def lines_of(version: str) -> list[str]:
    text = (FOLDER / f"{version}.jsonl").read_bytes().decode("utf-8")
    assert text.endswith("\n")
    return text[:-1].split("\n")


def records_of(version: str) -> list[Record]:
    return [json.loads(line) for line in lines_of(version)]


def told(version: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in STORY["versions"] if each["version"] == version)
    return found


def near_duplicates(records: list[Record]) -> int:
    """Pairs that differ, with questions and answers that hardly do."""
    return sum(
        a != b and fuzz.ratio(a["instruction"], b["instruction"]) > 80 and fuzz.ratio(a["output"], b["output"]) > 80
        for a, b in combinations(records, 2)
    )


def conflicting_labels(records: list[Record]) -> int:
    labels: dict[tuple[str, str], set[str]] = defaultdict(set)
    for record in records:
        labels[record["instruction"], record["input"]].add(record["label"])
    return sum(len(found) > 1 for found in labels.values())


def padded(records: list[Record]) -> int:
    return sum(any(value != value.strip() for value in record.values()) for record in records)


def having(version: str, words: str) -> int:
    return sum(words in record["output"] for record in records_of(version))


@pytest.mark.parametrize("version", VERSIONS)
def test_each_line_is_a_record_in_the_shape_that_the_readme_names(version: str) -> None:
    lines = lines_of(version)
    assert len(lines) == told(version)["records"]
    for line in lines:
        record = json.loads(line)
        assert tuple(record) == FIELDS
        assert record["instruction"]
        assert record["label"] in {"billing", "points", "overdue", "other"}
        assert record["lang"] in {"zh", "en"}
        assert json.dumps(record, ensure_ascii=False) == line


@pytest.mark.parametrize("version", VERSIONS)
def test_the_readme_counts_what_is_there(version: str) -> None:
    records = records_of(version)
    labels = Counter(record["label"] for record in records)
    languages = Counter(record["lang"] for record in records)
    counts = [len(records), *(labels[name] for name in ("billing", "points", "overdue", "other"))]
    row = " | ".join(str(n) for n in [*counts, languages["zh"], languages["en"]])
    readme = (FOLDER.parent / "README.md").read_text(encoding="utf-8")
    assert f"| {version} | {row} |" in readme


@pytest.mark.parametrize(
    ("version", "duplicates", "near", "conflicts", "spaces", "empty"),
    [("v1.0", 8, 6, 6, 3, 1), ("v1.1", 8, 6, 6, 3, 1), ("v1.2", 0, 0, 0, 0, 0)],
)
def test_the_flaws_are_there_until_the_corrections(
    version: str, duplicates: int, near: int, conflicts: int, spaces: int, empty: int
) -> None:
    lines, records = lines_of(version), records_of(version)
    assert len(lines) - len(set(lines)) == duplicates
    assert near_duplicates(records) == near
    assert conflicting_labels(records) == conflicts
    assert padded(records) == spaces
    assert sum(not record["output"] for record in records) == empty


def test_billing_is_over_represented_in_the_first_version() -> None:
    records = records_of("v1.0")
    share = sum(record["label"] == "billing" for record in records) / len(records)
    assert 0.55 < share < 0.65


def test_a_wrong_fee_of_the_first_version_is_right_in_the_last() -> None:
    assert (having("v1.0", "取现金额的2%"), having("v1.2", "取现金额的2%")) == (1, 0)
    assert (having("v1.0", "foreign transaction fee of 2.5%"), having("v1.2", "fee of 2.5%")) == (1, 0)


def test_what_the_model_got_wrong_in_the_second_version_is_right_in_the_last() -> None:
    assert [having(version, "36期") for version in VERSIONS] == [0, 1, 0]
    assert [having(version, "Up to 36 monthly") for version in VERSIONS] == [0, 1, 0]


@pytest.mark.parametrize(("old", "new"), [("v1.0", "v1.1"), ("v1.1", "v1.2")])
def test_the_changes_are_as_many_as_told(old: str, new: str) -> None:
    before, after = Counter(lines_of(old)), Counter(lines_of(new))
    changes = told(new)["changes"]
    assert (after - before).total() == changes["added"] + changes["modified"]
    assert (before - after).total() == changes["removed"] + changes["modified"]


def test_the_second_version_adds_a_block_in_the_middle_and_one_at_the_end() -> None:
    known = {record["instruction"] for record in records_of("v1.0")}
    new = [i for i, record in enumerate(records_of("v1.1")) if record["instruction"] not in known]
    middle, end = new[:58], new[58:]
    assert middle == list(range(middle[0], middle[0] + 58))
    assert end == list(range(505 - 34, 505))
    assert {record["label"] for record in records_of("v1.1")[middle[0] : middle[-1] + 1]} == {"overdue"}


def test_the_last_version_moves_a_block_of_points_records_forward() -> None:
    before, after = lines_of("v1.1"), lines_of("v1.2")
    block = before[505 - 34 : 505 - 34 + told("v1.2")["changes"]["moved"]]
    start = after.index(block[0])
    assert after[start : start + len(block)] == block
    assert {json.loads(line)["label"] for line in after[start - 5 : start + len(block)]} == {"points"}
    remaining = [line for line in after if line not in block and line in before]
    places = [before.index(line) for line in remaining]
    assert places == sorted(places)
