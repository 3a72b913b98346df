"""Blame of random histories, against an oracle that walks through all versions and compares parsed records by id."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.memory_disk import folder_in_memory
from tests.repository.lab import FILE, Lab

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsvc.blame import Attribution, BlamedRecord

WORDS = ["逾期", "利率", "还款", "grace period", "credit", "贷款合同", "balance", "免息期", "statement", "手续费"]
FIELDS = ("问", "答", "label")

Line = tuple[int, bytes]
"""A record's id, and how it is written."""


def written(value: dict[str, Any], *, spaced: bool) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=None if spaced else (",", ":")).encode()


@dataclass(frozen=True)
class Version:
    """What a version holds, and which one it was rolled back to (None: it was committed)."""

    lines: tuple[Line, ...]
    back_to: int | None = None


@st.composite
def next_lines(draw: st.DrawFn, lines: Sequence[Line], fresh: Iterator[int]) -> tuple[Line, ...]:
    """Some edits: fields changed, added, removed; records rewritten, moved, removed, added, brought back."""
    new = list(lines)
    for _ in range(draw(st.integers(1, 4))):
        what = draw(st.sampled_from(["edit", "edit", "field", "write", "write all", "move", "remove", "add", "again"]))
        at = draw(st.integers(0, max(len(new) - 1, 0)))
        if what == "add" or not new:
            number = next(fresh)
            value = {"id": number, **{field: f"{draw(st.sampled_from(WORDS))} {number}" for field in FIELDS[:2]}}
            new.insert(at, (number, written(value, spaced=True)))
        elif what == "again":
            number = draw(st.integers(0, 4))  # one of the first ones; added ones have higher numbers
            if number not in [known for known, _ in new]:
                new.append((number, written({"id": number, "问": draw(st.sampled_from(WORDS))}, spaced=True)))
        elif what == "move":
            new.insert(draw(st.integers(0, len(new) - 1)), new.pop(at))
        elif what == "remove":
            del new[at]
        elif what == "write all":
            new = [(number, written(json.loads(line), spaced=b", " not in line)) for number, line in new]
        else:
            new[at] = (new[at][0], draw(edited(new[at][1], what)))
    return tuple(new)


@st.composite
def edited(draw: st.DrawFn, line: bytes, what: str) -> bytes:
    value, spaced = json.loads(line), b", " in line
    if what == "write":
        return written(dict(reversed(value.items())), spaced=spaced)
    name = draw(st.sampled_from(FIELDS))
    if what == "field" and name in value and len(value) > 2:
        del value[name]
    else:
        value[name] = f"{draw(st.sampled_from(WORDS))} {draw(st.sampled_from(WORDS))} {value['id']}"
    return written(value, spaced=spaced)


@st.composite
def histories(draw: st.DrawFn) -> list[Version]:
    fresh = iter(range(1000))
    first = [
        {"id": n, "问": f"{draw(st.sampled_from(WORDS))} {n}", "答": f"{n}"} for n in (next(fresh) for _ in range(5))
    ]
    versions = [Version(tuple((int(v["id"]), written(v, spaced=True)) for v in first))]  # type: ignore[call-overload]
    for _ in range(draw(st.integers(1, 6))):
        last = versions[-1].lines
        other = [n for n, version in enumerate(versions) if version.lines != last]
        if other and draw(st.integers(0, 4)) == 0:
            back = draw(st.sampled_from(other))
            versions.append(Version(versions[back].lines, back))
            continue
        lines = draw(next_lines(last, fresh))
        if lines != last:
            versions.append(Version(lines))
    return versions


# The oracle


@dataclass(frozen=True)
class Known:
    """Of a record in a version: the versions that it, and each of its fields, came in with."""

    whole: int
    fields: dict[str, int]


def walked(versions: Sequence[Version]) -> list[dict[int, Known]]:
    """What is known of each record in each version."""
    told: list[dict[int, Known]] = []
    for number, version in enumerate(versions):
        if version.back_to is not None:
            told.append(told[version.back_to])
            continue
        before = dict(versions[number - 1].lines) if number else {}
        now: dict[int, Known] = {}
        for key, line in version.lines:
            value = json.loads(line)
            old = json.loads(before[key]) if key in before else {}
            known = told[-1][key] if key in before else Known(number, {})
            whole = known.whole if value == old else number
            fields = {k: known.fields[k] if k in old and old[k] == v else number for k, v in value.items()}
            now[key] = Known(whole, fields)
        told.append(now)
    return told


def steps(versions: Sequence[Version], key: int) -> list[tuple[str, int]]:
    """What became of a record, newest first."""
    contents = [dict(version.lines) for version in versions]
    told: list[tuple[str, int]] = []
    for number in reversed(range(len(contents))):
        now, before = contents[number].get(key), contents[number - 1].get(key) if number else None
        if now is None and before is not None and told:
            told.append(("removed", number))
        elif now is not None and before is None:
            told.append(("added", number))
        elif now is not None and before is not None and now != before:
            told.append(("modified" if json.loads(now) != json.loads(before) else "reformatted", number))
    return told


def kept(lab: Lab, versions: Sequence[Version]) -> list[str]:
    """Make the versions; their ids."""
    ids: list[str] = []
    for version in versions:
        if version.back_to is not None:
            made = lab.repo.rollback(f"medical@{ids[version.back_to]}").version
            assert made is not None
            ids.append(made.id)
        else:
            content = b"".join(line + b"\n" for _, line in version.lines)
            ids.append(lab.save(content, FILE, key=("id",), allow_findings="as it came").manifest.id)
    return ids


def in_one(attributions: Sequence[Attribution | None], ids: Sequence[str]) -> list[int | None]:
    return [None if each is None else ids.index(each.version) for each in attributions]


def of_fields(record: BlamedRecord, names: Sequence[str], ids: Sequence[str]) -> dict[str, int]:
    """Versions by field; a part that is all of the record is all of its fields."""
    versions: dict[str, int] = {}
    for part in record.parts:
        for name in [str(part.steps[0])] if part.steps else names:
            versions[name] = ids.index(part.attribution.version)
    return versions


@settings(max_examples=40)
@given(histories(), st.data())
def test_a_walk_through_all_versions_tells_the_same(versions: list[Version], data: st.DataObject) -> None:
    with folder_in_memory() as folder:
        lab = Lab.over("memory", folder / "work")
        ids = kept(lab, versions)
        asked = data.draw(st.integers(0, len(versions) - 1))
        lines, known = versions[asked].lines, walked(versions)[asked]
        blame = lab.repo.blame(f"medical@{ids[asked]}")

        expected = [known[key].whole for key, _ in lines]
        blocks = list(blame.blocks())
        assert [n for b in blocks for n in in_one([b.attribution], ids) * b.records] == expected
        assert [block.records for block in blocks] == [len(list(group)) for _, group in groupby(expected)]

        records = list(blame.records())
        assert in_one([record.attribution for record in records], ids) == expected
        values = [json.loads(line) for _, line in lines]
        assert [of_fields(record, list(value), ids) for record, value in zip(records, values, strict=True)] == [
            known[key].fields for key, _ in lines
        ]
        for name in FIELDS:
            found = [n for b in blame.blocks(field=name) for n in in_one([b.attribution], ids) * b.records]
            assert found == [known[key].fields.get(name) for key, _ in lines]

        for row, (key, line) in enumerate(lines, 1):
            history = lab.repo.record_history(f"medical@{ids[asked]}", row)
            assert history.record.content == line
            told = [(step.kind, ids.index(step.attribution.version)) for step in history]
            assert told == steps(versions[: asked + 1], key)
        if lines:
            first = data.draw(st.integers(1, len(lines)))
            some = list(blame.blocks((first, len(lines))))
            assert [n for b in some for n in in_one([b.attribution], ids) * b.records] == expected[first - 1 :]
