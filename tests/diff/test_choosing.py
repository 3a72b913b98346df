"""Choosing changes: what is applied is what was chosen, and everything else stays as it was, to the byte."""

from __future__ import annotations

import json
from itertools import combinations
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsvc.delta import Added, Change, Delta, Instead, Modified, MovedBlock, Reformatted, Removed
from dsvc.diff import diff
from dsvc.diff.choosing import Choice, applied
from dsvc.errors import ProtectedError
from dsvc.record import BOM, is_blank
from dsvc.snapshot import Snapshot
from tests.builders import PATH, MemorySnapshot, content_of, edited, snapshot_of

if TYPE_CHECKING:
    from collections.abc import Sequence


def record(number: int, **fields: Any) -> bytes:
    return json.dumps({"id": number, "text": f"a question about card number {number}", **fields}).encode()


def outcome(
    old: MemorySnapshot, new: MemorySnapshot, chosen: Sequence[Change], *, back: bool = False
) -> dict[str, bytes]:
    """The files with some changes applied; ``back``: the new ones with these taken back."""
    between = diff(old, new).correspondence()
    if back:
        between, chosen = between.inverted(), [~change for change in chosen]
    choice = Choice.of(chosen, between)
    return {path: b"".join(chunks) for path, chunks in applied(between, choice)}


def records(data: bytes) -> list[bytes]:
    return [line for line in data.split(b"\n") if not is_blank(line)]


OLD = [record(number) for number in range(6)]
EDITED = [
    record(0),
    record(1, label="fees"),
    record(9, text="something else altogether, about points"),
    record(3),
    OLD[4].replace(b'": ', b'":'),
    record(2),
]
"""One record edited, one added, one written differently, one moved to the end, one removed."""


def changes() -> tuple[MemorySnapshot, MemorySnapshot, dict[type[Delta], Delta]]:
    old = snapshot_of(OLD)
    new = edited(old, EDITED)
    found = {type(delta): delta for delta in diff(old, new)}
    assert {*found} == {Added, Removed, Modified, Reformatted, MovedBlock}
    return old, new, found


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (Modified, [*OLD[:1], EDITED[1], *OLD[2:]]),
        (Added, [*OLD[:2], EDITED[2], *OLD[2:]]),
        (Removed, OLD[:5]),
        (Reformatted, [*OLD[:4], EDITED[4], OLD[5]]),
        (MovedBlock, [*OLD[:2], *OLD[3:5], OLD[2], OLD[5]]),
    ],
)
def test_one_change_of_each_kind(kind: type[Delta], expected: list[bytes]) -> None:
    old, new, found = changes()
    assert outcome(old, new, [found[kind]]) == {PATH: content_of(expected)}


def test_none_and_all() -> None:
    old, new, found = changes()
    assert outcome(old, new, []) == {PATH: content_of(OLD)}
    assert outcome(old, new, list(found.values())) == {PATH: content_of(EDITED)}


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (Modified, [EDITED[0], OLD[1], *EDITED[2:]]),
        (Added, [*EDITED[:2], *EDITED[3:]]),
        (Removed, [*EDITED[:5], OLD[5], EDITED[5]]),
        (Reformatted, [*EDITED[:4], OLD[4], EDITED[5]]),
        (MovedBlock, [*EDITED[:2], OLD[2], *EDITED[2:5]]),
    ],
)
def test_one_change_is_taken_back(kind: type[Delta], expected: list[bytes]) -> None:
    old, new, found = changes()
    assert outcome(old, new, [found[kind]], back=True) == {PATH: content_of(expected)}


def test_other_content_in_place_of_an_edit() -> None:
    old, new, found = changes()
    edit, part = found[Modified], record(1, label="half of it")
    assert isinstance(edit, Modified)
    assert outcome(old, new, [Instead(edit, part)]) == {PATH: content_of([OLD[0], part, *OLD[2:]])}
    assert outcome(old, new, [Instead(edit, part)], back=True) == {PATH: content_of([EDITED[0], part, *EDITED[2:]])}


def test_a_last_line_without_an_end() -> None:
    old = snapshot_of(content_of(OLD)[:-1])
    new = edited(old, content_of([*OLD, record(7, text="quite another one, on overdue")])[:-1])
    (added,) = [delta for delta in diff(old, new) if isinstance(delta, Added)]
    assert outcome(old, new, []) == {PATH: content_of(OLD)[:-1]}
    assert outcome(old, new, [added]) == {PATH: new.content()}
    assert outcome(old, new, [added], back=True) == {PATH: content_of(OLD)}


def test_blank_lines_and_windows_line_ends_stay() -> None:
    old = snapshot_of(b"\n".join([OLD[0] + b"\r", b"", OLD[1] + b"\r", OLD[2] + b"\r", b""]))
    new = edited(old, b"\n".join([OLD[0] + b"\r", b"", record(1, label="x") + b"\r", b"", OLD[2] + b"\r", b""]))
    chosen = list(diff(old, new))
    assert outcome(old, new, chosen) == {PATH: old.content().replace(OLD[1], record(1, label="x"))}


def test_a_byte_order_mark_stays_at_the_start_of_the_file() -> None:
    old = snapshot_of(BOM + content_of(OLD))
    new = edited(old, BOM + content_of([*OLD[2:], *OLD[:2]]))
    found = list(diff(old, new))
    assert len(found) > 1
    for size in range(len(found) + 1):
        for back in (False, True):
            for chosen in combinations(found, size):
                made = outcome(old, new, chosen, back=back)[PATH]
                assert made.startswith(BOM)
                assert made.count(BOM) == 1
                assert sorted(records(made.removeprefix(BOM))) == sorted(OLD)


def test_a_byte_order_mark_comes_and_goes_with_the_first_line() -> None:
    old = snapshot_of(content_of(OLD))
    new = edited(old, BOM + content_of([OLD[0], record(1, label="fees"), *OLD[2:]]))
    found = {type(delta): delta for delta in diff(old, new)}
    assert outcome(old, new, [found[Reformatted]])[PATH] == BOM + content_of(OLD)
    assert outcome(old, new, [found[Modified]])[PATH] == new.content().removeprefix(BOM)
    assert outcome(old, new, [found[Modified]], back=True)[PATH] == BOM + content_of(OLD)


def test_a_record_that_went_to_another_file() -> None:
    old = snapshot_of({"d/test.jsonl": content_of(OLD[3:]), "d/train.jsonl": content_of(OLD[:3])})
    new = edited(old, {"d/test.jsonl": content_of(OLD[2:]), "d/train.jsonl": content_of(OLD[:2])})
    chosen = list(diff(old, new))
    assert [type(delta) for delta in chosen] == [MovedBlock]
    assert outcome(old, new, chosen) == {path: new.content(path) for path in ("d/test.jsonl", "d/train.jsonl")}
    assert outcome(old, new, chosen, back=True) == {
        path: old.content(path) for path in ("d/test.jsonl", "d/train.jsonl")
    }


def test_files_come_and_go_with_their_records() -> None:
    old = snapshot_of({"d/a.jsonl": content_of(OLD[:3])})
    new = edited(old, {"d/a.jsonl": content_of(OLD[:3]), "d/b.jsonl": content_of([record(8), record(9)])})
    chosen = list(diff(old, new))
    assert outcome(old, new, chosen[:1]) == {"d/a.jsonl": content_of(OLD[:3]), "d/b.jsonl": content_of([record(8)])}
    assert outcome(old, new, []) == {"d/a.jsonl": content_of(OLD[:3])}
    assert outcome(old, new, chosen, back=True) == {"d/a.jsonl": content_of(OLD[:3])}


def test_a_change_that_is_not_there_any_more_is_refused() -> None:
    old, _, found = changes()
    other = edited(old, [record(0), record(1, label="other"), *OLD[2:]])
    for kind, delta in found.items():
        with pytest.raises(ProtectedError, match="was changed after it was compared"):
            outcome(old, other, [delta])
        assert kind


LINE = st.builds(record, st.integers(0, 12), label=st.sampled_from(["fees", "points", "费用"]))
LINES = st.lists(LINE | st.just(b""), max_size=12)


@settings(max_examples=150, deadline=None)
@given(LINES, LINES, st.data())
def test_any_choice(before: list[bytes], after: list[bytes], data: st.DataObject) -> None:
    old = snapshot_of(before)
    new = edited(old, after)
    found = list(diff(old, new))
    assert outcome(old, new, [])[PATH] == old.content()
    assert records(outcome(old, new, found)[PATH]) == records(new.content())
    assert outcome(old, new, [], back=True)[PATH] == new.content()
    assert records(outcome(old, new, found, back=True)[PATH]) == records(old.content())
    chosen = [delta for delta in found if data.draw(st.booleans())]
    made = records(outcome(old, new, chosen)[PATH])
    assert sorted(made) == sorted(expected(records(old.content()), chosen))


def expected(lines: list[bytes], chosen: list[Delta]) -> list[bytes]:
    """The records after some changes, in any order."""
    for delta in chosen:
        if isinstance(delta, (Removed, Modified, Reformatted)):
            lines.remove((delta.record if isinstance(delta, Removed) else delta.old).content)
        if isinstance(delta, (Added, Modified, Reformatted)):
            lines.append((delta.record if isinstance(delta, Added) else delta.new).content)
    return lines


def test_a_block_that_moved_otherwise_meanwhile_is_refused() -> None:
    lines = [record(number) for number in range(12)]
    old = snapshot_of(lines)
    (moved,) = diff(old, edited(old, [*lines[2:], *lines[:2]]))
    assert isinstance(moved, MovedBlock)
    for other in ([*lines[:4], *lines[6:], *lines[4:6]], [*lines[1:], lines[0]]):
        with pytest.raises(ProtectedError, match="was changed after it was compared"):
            outcome(old, edited(old, other), [moved])


def test_an_empty_file_stays() -> None:
    old = snapshot_of({"d/a.jsonl": content_of(OLD[:3])})
    new = edited(old, {"d/a.jsonl": content_of(OLD[:2]), "d/b.jsonl": b""})
    chosen = list(diff(old, new))
    assert outcome(old, new, chosen, back=True) == {"d/a.jsonl": content_of(OLD[:3]), "d/b.jsonl": b""}
    assert outcome(old, new, chosen) == {"d/a.jsonl": content_of(OLD[:2])}


def test_other_content_keeps_the_line_end() -> None:
    old = snapshot_of(content_of(OLD).replace(b"\n", b"\r\n"))
    new = edited(old, old.content().replace(OLD[1], record(1, label="fees", more="x")))
    (edit,) = diff(old, new)
    assert isinstance(edit, Modified)
    part = record(1, label="fees")
    assert outcome(old, new, [Instead(edit, part)]) == {PATH: old.content().replace(OLD[1], part)}


def test_a_file_that_was_renamed_keeps_its_name_and_all_its_records() -> None:
    old = snapshot_of({"d/a.jsonl": content_of(OLD)})
    new = edited(old, {"d/b.jsonl": content_of([*OLD[:1], EDITED[1], *OLD[3:]])})
    chosen = list(diff(old, new))
    assert {type(delta) for delta in chosen} == {Modified, Removed}
    assert outcome(old, new, chosen) == {"d/a.jsonl": new.content("d/b.jsonl")}
    assert outcome(old, new, chosen, back=True) == {"d/b.jsonl": old.content("d/a.jsonl")}
    edit = [delta for delta in chosen if isinstance(delta, Modified)]
    assert outcome(old, new, edit, back=True) == {"d/b.jsonl": content_of([*OLD[:2], *OLD[3:]])}


def test_lines_are_not_searched_for_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    old, new, found = changes()
    between = diff(old, new).correspondence()

    def refuse(*_: object) -> None:
        raise AssertionError("the line tables tell where a line is")

    monkeypatch.setattr(Snapshot, "lines_from", refuse)
    assert Choice.of(found.values(), between).taken.sum() == 4
