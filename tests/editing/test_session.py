"""An edit session against a plain list of lines; what is refused; what the file looks like afterwards."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsvc.editing.journal import EditJournal, journal_path, read_text
from dsvc.errors import BadDataError, LockedError, NotFoundError, ProtectedError, UsageError
from dsvc.repository.going_back.kept_edits import StaleEditsError
from tests.repository.lab import FILE, Lab, lines, numbered

if TYPE_CHECKING:
    from collections.abc import Callable

    from dsvc.editing.session import EditSession


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab.over("memory", tmp_path)


def journal(lab: Lab) -> Path:
    return journal_path(lab.root / ".git" / "dsvc" / "edits", FILE)


def record(number: int) -> bytes:
    return json.dumps({"id": number, "问": f"第 {number} 个问题"}, ensure_ascii=False).encode()


TORN = "the last entry of the journal of edits was cut off by a crash before it counted; it is dropped"
WORDS = ["replace", "insert", "delete", "duplicate", "move", "undo", "redo", "save", "reopen"]


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 6),
    st.sampled_from([b"\n", b"\r\n"]),
    st.booleans(),
    st.lists(st.tuples(st.sampled_from(WORDS), st.integers(0, 99), st.integers(0, 99)), max_size=25),
)
def test_like_a_list(count: int, end: bytes, ended: bool, steps: list[tuple[str, int, int]]) -> None:
    with TemporaryDirectory() as folder:
        lab = Lab.over("memory", Path(folder))
        content = b"".join(record(number) + end for number in range(count))
        ended = ended or not count
        lab.write(content if ended else content.removesuffix(end))
        model = [record(number) for number in range(count)]
        past: list[list[bytes]] = []
        future: list[list[bytes]] = []
        in_file = [*model]
        knows_its_line_ends = True
        session = lab.repo.edit(FILE)
        for fresh, (word, at, to) in enumerate(steps, 1000):
            row = at % len(model) if model else 0
            before = [*model]
            if word == "undo":
                if past:
                    future.append(model)
                    model = past.pop()
                    session.undo()
            elif word == "redo":
                if future:
                    past.append(model)
                    model = future.pop()
                    session.redo()
            elif word == "save":
                if session.unsaved:
                    session.save()
                    in_file = [*model]
            elif word == "reopen":
                session.close()
                session = lab.repo.edit(FILE)
            elif word == "insert":
                session.insert(row, record(fresh))
                model.insert(row, record(fresh))
            elif not model:
                continue
            elif word == "replace":
                session.replace(row, record(fresh))
                model[row] = record(fresh)
            elif word == "delete":
                session.delete(row)
                del model[row]
            elif word == "duplicate":
                session.duplicate(row)
                model.insert(row, model[row])
            elif word == "move":
                session.move(row, to % len(model))
                model.insert(to % len(model), model.pop(row))
            if word in ("replace", "insert", "delete", "duplicate") or (word == "move" and row != to % len(before)):
                past.append(before)
                future.clear()
            assert [*session] == model
            assert [session[row] for row in range(len(session))] == model
            assert (session.can_undo, session.can_redo) == (bool(past), bool(future))
            knows_its_line_ends = knows_its_line_ends and len(in_file) > (0 if ended else 1)
            assert [line.removesuffix(b"\r") for line in lab.read().split(b"\n")][: len(in_file)] == in_file
            if not session.unsaved:
                assert model == in_file
        if session.unsaved:
            session.save()
        if model and knows_its_line_ends:
            assert lab.read() == end.join(model) + end * ended
        session.close()


def test_the_file_keeps_its_line_ends_its_mark_and_its_blank_lines(lab: Lab) -> None:
    lab.write(b'\xef\xbb\xbf{"a":1}\r\n\r\n{"a":2}\r\n   \n{"a":3}')
    with lab.repo.edit(FILE) as session:
        assert [*session] == [b'{"a":1}', b'{"a":2}', b'{"a":3}']
        session.replace(1, b'{"a":22}')
        session.save()
        assert lab.read() == b'\xef\xbb\xbf{"a":1}\r\n\r\n{"a":22}\r\n   \n{"a":3}'
        session.insert(3, b'{"a":4}')
        session.move(0, 1)
        session.save()
        assert lab.read() == b'\xef\xbb\xbf{"a":22}\r\n   \n{"a":1}\r\n\r\n{"a":3}\r\n{"a":4}'
        session.delete(3)
        session.save()
        assert lab.read() == b'\xef\xbb\xbf{"a":22}\r\n   \n{"a":1}\r\n\r\n{"a":3}'
        session.undo()
        assert session.unsaved == 1
        for _ in range(3):
            session.undo()
        session.save()
        assert lab.read() == b'\xef\xbb\xbf{"a":1}\r\n\r\n{"a":2}\r\n   \n{"a":3}'


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"a": 1', "expecting ',' delimiter, column 8"),
        (b"[1]", "a record is a JSON object, this is an array"),
        (b'{"a": NaN}', "'NaN' is not a JSON value"),
        (b'{"a": "\xff"}', "is not valid UTF-8"),
        (b'{"a":\n1}', "a record stands on one line"),
        (b'\xef\xbb\xbf{"a": 1}', "a byte order mark is no part of a record"),
        (b"  ", "it is empty"),
    ],
)
def test_what_a_commit_refuses_is_refused(lab: Lab, content: bytes, said: str) -> None:
    lab.write(numbered(1, 2))
    with lab.repo.edit(FILE) as session:
        for act in (session.replace, session.insert):
            with pytest.raises(BadDataError, match=said) as refused:
                act(0, content)
            assert refused.value.hint
        assert not session.unsaved
    assert not journal(lab).exists()


@pytest.mark.parametrize(
    "content",
    [
        b'{"a": 1, "a": 2}',
        b'{"a": 1e999, "b": -0, "c": 123456789012345678901234567890}',
        b'{"a": "\\ud800"}',
        b'{"a": "\x00"}',
        b'{"a": 01}',
        b'{"a": Infinity}',
        b'{"a": "\xed\xa0\x80"}',
        b'{"a": 1} x',
        b'  {"a": 1}  ',
        b"null",
        b'{"a": ' + b"[" * 200 + b"]" * 200 + b"}",
        b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
)
def test_what_a_commit_takes_is_taken(lab: Lab, content: bytes) -> None:
    lab.save(numbered(1, 2, 3))
    with lab.repo.edit(FILE) as session:
        try:
            session.replace(1, content)
            refusal = ""
        except BadDataError as error:
            refusal = error.message.replace("take the", "read")
    lab.write(numbered(1) + content + b"\n" + numbered(3))
    try:
        lab.keep(allow_findings="it can be read")
        refused = ""
    except BadDataError as error:
        refused = error.message
    assert refusal == refused


def test_a_line_that_is_no_record_can_be_mended_or_taken_out(lab: Lab) -> None:
    lab.write(b'{"a": 1}\nnot \xff json\n{"a": 3\n')
    with lab.repo.edit(FILE) as session:
        session.replace(1, b'{"a": 2}')
        session.delete(2)
    with lab.repo.edit(FILE) as session:
        assert session.unsaved == 2
        session.undo()
        assert session[2] == b'{"a": 3'
        session.redo()
        session.save()
    assert lab.read() == b'{"a": 1}\n{"a": 2}\n'


def test_one_field_keeps_the_other_bytes(lab: Lab) -> None:
    lab.write(b'{"a" : 1.50,"t":"\\u4e2d", "m":[ {"r":"x"} ]}\n')
    with lab.repo.edit(FILE) as session:
        session.set_field(0, ("m", 0, "r"), "多行\n文字")
        assert session[0] == b'{"a" : 1.50,"t":"\\u4e2d", "m":[ {"r":"\\u591a\\u884c\\n\\u6587\\u5b57"} ]}'
        assert not session.set_field(0, ("m", 0, "r"), "多行\n文字")
        with pytest.raises(NotFoundError):
            session.set_field(0, ("m", 5), "x")
        assert session.unsaved == 1


def test_marks_tell_what_was_done(lab: Lab) -> None:
    lab.write(numbered(1, 2, 3))
    with lab.repo.edit(FILE) as session:
        session.replace(1, record(9))
        session.insert(0, record(8))
        assert [session.view.mark(row) for row in range(4)] == ["+", " ", "~", " "]
        assert [session.view.row_in_file(row) for row in range(4)] == [None, 0, 1, 2]
        held = session.view
        session.undo()
        session.undo()
        assert [session.view.mark(row) for row in range(3)] == [" "] * 3
        assert held.content(0) == record(8)
        assert session.unsaved == 0


def test_a_long_record_is_read_in_part(lab: Lab) -> None:
    long = lines({"t": "长" * 10_000})
    lab.write(long + numbered(1))
    with lab.repo.edit(FILE) as session:
        assert session.view.head(0, 100) == (long[:100], len(long) - 1)
        session.duplicate(0)
        assert session.view.head(1, 100) == (long[:100], len(long) - 1)


# The journal


def reopened(lab: Lab, act: Callable[[EditSession], object]) -> EditSession:
    """A session after another one that ended without a word."""
    session = lab.repo.edit(FILE)
    act(session)
    session._journal.close()
    return lab.repo.edit(FILE)


def test_undo_goes_back_across_a_save_and_the_end_of_the_program(lab: Lab) -> None:
    lab.save(numbered(1, 2, 3))
    with lab.repo.edit(FILE) as session:
        session.delete(0)
        session.save()
        session.replace(0, record(7))
    with lab.repo.edit(FILE) as session:
        assert (session.unsaved, len(session)) == (1, 2)
        session.undo()
        assert session.unsaved == 0
        session.undo()
        assert (session.unsaved, len(session)) == (1, 3)
        session.save()
    assert lab.read() == numbered(1, 2, 3)


def test_a_commit_clears_what_was_saved(lab: Lab) -> None:
    lab.save(numbered(1, 2, 3))
    with lab.repo.edit(FILE) as session:
        session.delete(0)
        session.save()
        assert session.can_undo
    assert journal(lab).exists()
    lab.keep()
    assert not journal(lab).exists()
    with lab.repo.edit(FILE) as session:
        session.delete(0)
        session.save()
        lab.keep()
    assert not journal(lab).exists()


def test_a_commit_leaves_what_was_not_saved(lab: Lab) -> None:
    lab.save(numbered(1, 2, 3))
    with lab.repo.edit(FILE) as session:
        session.delete(0)
        session.save()
        session.delete(0)
    assert lab.repo.status()[0].notes == (f"1 edit of '{FILE}' is not saved yet: dsvc tui {FILE}",)
    assert lab.keep().notes == (f"1 edit of '{FILE}' is not saved yet: dsvc tui {FILE}",)
    kept = lab.repo.kept_edits()
    assert kept is not None
    assert (kept.count, kept.fits) == (1, True)
    with lab.repo.edit() as session:
        assert [*session] == [record(3)]
        assert session.discard() == 1
        assert [*session] == [record(2), record(3)]
    assert lab.repo.kept_edits() is None
    assert not journal(lab).exists()


def test_a_torn_entry_is_dropped_and_told(lab: Lab) -> None:
    lab.write(numbered(1, 2, 3))
    with lab.repo.edit(FILE) as session:
        session.delete(0)
        session.delete(0)
    whole = journal(lab).read_bytes()
    journal(lab).write_bytes(whole[:-10])
    with lab.repo.edit(FILE) as session:
        assert [*session] == [record(2), record(3)]
        assert session.notes == [TORN]
        session.delete(1)
    with lab.repo.edit(FILE) as session:
        assert [*session] == [record(2)]
        assert not session.notes


def test_a_damaged_entry_is_told_and_kept_aside(lab: Lab) -> None:
    lab.write(numbered(1, 2, 3))
    with lab.repo.edit(FILE) as session:
        session.delete(0)
        session.replace(0, record(8))
        session.delete(1)
    damaged = journal(lab).read_bytes().replace(b'"replace"', b'"replacE"')
    journal(lab).write_bytes(damaged)
    with lab.repo.edit(FILE) as session:
        assert [*session] == [record(2), record(3)]
        (note,) = session.notes
        assert Path(note.rpartition(" '")[2].strip("'")).read_bytes() == damaged


def test_a_journal_of_a_newer_dsvc_is_left_alone(lab: Lab) -> None:
    from dsvc.durable import sealed

    lab.write(numbered(1))
    journal(lab).parent.mkdir(parents=True)
    journal(lab).write_bytes(sealed({"format": "dsvc.edits/2"}))
    with pytest.raises(UsageError, match=r"dsvc\.edits/2"):
        lab.repo.edit(FILE)
    assert read_text(b"").head is None


def test_one_edits_at_a_time(lab: Lab) -> None:
    lab.write(numbered(1))
    with lab.repo.edit(FILE):
        with pytest.raises(LockedError, match="is being edited in another place"):
            lab.repo.edit(FILE)
        with pytest.raises(LockedError):
            EditJournal(journal(lab), name=FILE)
    lab.repo.edit(FILE).close()


# The file changed meanwhile


@pytest.fixture
def stale(lab: Lab) -> Lab:
    """Edits are kept of a file that another program has put a record before, and changed one in."""
    lab.write(numbered(1, 2, 3, 4, 5))
    with lab.repo.edit(FILE) as session:
        session.replace(1, record(22))
        session.replace(2, record(33))
        session.delete(3)
        session.insert(4, record(6))
    lab.write(numbered(0, 1, 2, 3333, 4, 5))
    return lab


def test_edits_of_another_state_are_told_and_stay(stale: Lab) -> None:
    before = journal(stale).read_bytes()
    with pytest.raises(StaleEditsError, match="was changed since 4 edits of it were kept"):
        stale.repo.edit(FILE)
    assert journal(stale).read_bytes() == before
    kept = stale.repo.kept_edits(FILE)
    assert kept is not None
    assert (kept.count, kept.fits) == (4, False)


def test_edits_are_made_again_on_records_that_are_the_same(stale: Lab) -> None:
    with stale.repo.edit(FILE, kept="reapply") as session:
        assert [*session] == [record(number) for number in (0, 1, 22, 3333, 5, 6)]
        (note,) = session.notes
        assert note.startswith("1 of 4 edits found their record changed (row 3); they are kept in '")
        assert Path(note.rpartition(" '")[2].strip("'")).exists()
        assert session.unsaved == 3
    with stale.repo.edit(FILE) as session:
        assert session.unsaved == 3
        session.save()
    assert stale.read() == numbered(0, 1, 22, 3333, 5, 6)


def test_edits_of_another_state_can_be_discarded(stale: Lab) -> None:
    with stale.repo.edit(FILE, kept="discard") as session:
        assert not session.unsaved
        assert len(session) == 6
    assert not journal(stale).exists()


def test_what_the_file_has_already_is_not_made_again(lab: Lab) -> None:
    lab.write(numbered(1, 2, 3))
    with lab.repo.edit(FILE) as session:
        session.replace(1, record(22))
        session.replace(2, record(33))
    lab.write(numbered(1, 22, 3, 4))
    with lab.repo.edit(FILE, kept="reapply") as session:
        assert [*session] == [record(number) for number in (1, 22, 33, 4)]
        assert not session.notes


def test_a_save_over_another_programs_change_is_refused(lab: Lab) -> None:
    lab.write(numbered(1, 2, 3))
    with lab.repo.edit(FILE) as session:
        session.delete(0)
        lab.write(numbered(1, 2, 3, 4))
        with pytest.raises(ProtectedError, match="nothing was written"):
            session.save()
        assert lab.read() == numbered(1, 2, 3, 4)
        assert session.unsaved == 1
    with lab.repo.edit(FILE, kept="reapply") as session:
        session.save()
    assert lab.read() == numbered(2, 3, 4)


def test_a_file_that_was_only_touched_is_the_same(lab: Lab) -> None:
    lab.write(numbered(1, 2, 3))
    with lab.repo.edit(FILE) as session:
        session.delete(0)
        lab.write(numbered(1, 2, 3))
        session.save()
    assert lab.read() == numbered(2, 3)


def test_only_files_are_edited_and_only_ones_own(lab: Lab) -> None:
    for path in ("data/split/train.jsonl", "data/split/test.jsonl"):
        lab.write(numbered(1), path)
    lab.keep("data/split")
    with pytest.raises(UsageError, match="one by one"):
        lab.repo.edit("split")
    with lab.repo.edit("data/split/train.jsonl") as session:
        session.duplicate(0)
        session.save()
    assert lab.read("data/split/train.jsonl") == numbered(1, 1)
    with pytest.raises(NotFoundError):
        lab.repo.edit("nothing.jsonl")
    with pytest.raises(UsageError, match="not yours to edit"):
        lab.repo.edit(".git/config")


def test_nothing_to_save_undo_or_redo(lab: Lab) -> None:
    lab.write(numbered(1))
    with lab.repo.edit(FILE) as session:
        for act in (session.save, session.undo, session.redo):
            with pytest.raises(NotFoundError):
                act()
        for row in (-1, 5):
            with pytest.raises(IndexError):
                session.delete(row)
