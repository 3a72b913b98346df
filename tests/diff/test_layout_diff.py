"""Layouts are subtracted without reading what both versions hold."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dsvc.diff import diff
from dsvc.diff.layout_diff import subtract
from tests.builders import MemorySnapshot, content_of, edited, snapshot_of

WORDS = ["the", "patient", "has", "a", "fever", "and", "was", "told", "to", "rest"]


def records(count: int) -> list[bytes]:
    return [b'{"id": %d, "text": "%s"}' % (i, " ".join(WORDS[i % 7 :]).encode()) for i in range(count)]


def reads(*snapshots: MemorySnapshot) -> int:
    return sum(len(snapshot.packs.reads) for snapshot in snapshots)


def test_equal_versions_are_not_read() -> None:
    old = snapshot_of(records(1000))
    new = edited(old, records(1000))
    found = diff(old, new)
    assert list(found) == []
    assert found.summary().is_empty
    assert reads(old, new) == 0


def test_ten_edits_read_what_is_around_them() -> None:
    lines = records(20_000)
    old = snapshot_of(lines)
    for i in range(1000, 20_000, 1900):
        lines[i] = lines[i].replace(b"text", b"answer")
    new = edited(old, lines)
    found = subtract(old, new)
    assert reads(old, new) == 10  # each cut, to count its lines
    assert found.totals.lines_added == found.totals.lines_removed == 10
    assert len(list(diff(old, new))) == 10
    assert old.packs.bytes_read + new.packs.bytes_read < 20_000


def test_a_shuffle_reads_nothing() -> None:
    lines = records(3000)
    old = snapshot_of(lines)
    new = edited(old, lines[::-1])
    found = subtract(old, new)
    assert found.totals.lines_added == found.totals.lines_removed == 0
    assert int(found.links.lines.sum()) == 3000
    assert reads(old, new) <= 2  # only whether the file ends inside a line


def test_a_deletion_is_only_counted() -> None:
    lines = records(3000)
    old = snapshot_of(lines)
    new = edited(old, lines[:1000] + lines[1500:])
    totals = diff(old, new).totals
    assert (totals.lines_removed, totals.lines_added) == (500, 0)
    assert totals.bytes_removed == len(content_of(lines[1000:1500]))
    assert reads(old, new) == 1


def test_a_last_line_that_lost_its_line_end_is_not_cut_in_its_middle() -> None:
    content = content_of(records(5))
    old = snapshot_of(content)
    new = edited(old, content[:-1])
    found = subtract(old, new)
    assert (found.totals.lines_added, found.totals.lines_removed) == (1, 1)
    assert found.totals.bytes_removed - found.totals.bytes_added == 1
    again = edited(new, content[:-1] + b"\n" + records(6)[5])
    assert subtract(new, new).totals.lines_added == 0
    assert subtract(new, again).totals.lines_removed == 1
    # A line without its line end cannot stand for one with it, so the line is in a pack again, and cancels.
    assert subtract(old, again).totals.lines_removed == 1
    assert diff(old, again).counts.totals.lines_removed == 0


def test_files_keep_their_identity_by_path() -> None:
    lines = records(20)
    old = snapshot_of({"data/train.jsonl": content_of(lines[:10]), "data/test.jsonl": content_of(lines[10:])})
    new = edited(old, {"data/dev.jsonl": b"", "data/test.jsonl": content_of(lines[10:])})
    found = subtract(old, new)
    assert found.partners == (-1, 0)
    assert [file.path for file in found.old_files.files] == ["data/test.jsonl", "data/train.jsonl"]
    assert found.totals.lines_removed == 10


LINES = st.lists(st.sampled_from([b'{"a":%d}' % i for i in range(6)]), max_size=12)


@given(LINES, LINES, LINES, st.booleans(), st.booleans())
def test_matched_and_left_over_lines_are_all_lines(
    first: list[bytes], second: list[bytes], third: list[bytes], short_second: bool, short_third: bool
) -> None:
    base = snapshot_of(first)
    old = edited(base, content_of(second)[: -1 if short_second else None])
    new = edited(old, content_of(third)[: -1 if short_third else None])
    for left, right in ((old, new), (new, old), (base, new), (new, base)):
        found = subtract(left, right)
        old_lines = left.content().removesuffix(b"\n").split(b"\n") if left.content() else []
        new_lines = right.content().removesuffix(b"\n").split(b"\n") if right.content() else []
        links = zip(found.links.old.tolist(), found.links.new.tolist(), found.links.lines.tolist(), strict=True)
        seen_old: list[int] = []
        seen_new: list[int] = []
        for at_old, at_new, count in links:
            assert old_lines[at_old : at_old + count] == new_lines[at_new : at_new + count]
            seen_old += range(at_old, at_old + count)
            seen_new += range(at_new, at_new + count)
        for side, seen in ((found.old, seen_old), (found.new, seen_new)):
            for position, count in zip(side.position.tolist(), side.lines.tolist(), strict=True):
                seen += range(position, position + count)
        assert sorted(seen_old) == list(range(len(old_lines)))
        assert sorted(seen_new) == list(range(len(new_lines)))
