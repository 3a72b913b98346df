"""What a reviewer said, in memory and on disk: whatever is said, undone and cut short, both are the same."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import tempfile
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsvc.errors import CorruptError
from dsvc.origin import Annotator, VersionId
from dsvc.reviewing.queue import file_name
from dsvc.reviewing.verdicts import Head, Verdict, VerdictLog, Verdicts, read_verdicts

if TYPE_CHECKING:
    from collections.abc import Sequence

START = datetime(2026, 3, 1, 9, 0, tzinfo=timezone(timedelta(hours=8)))
HEAD = Head(review=VersionId("1" * 32), reviewer=Annotator("审核员"))
KINDS = st.sampled_from(("accept", "reject", "edit", "skip", "undo"))
STEPS = st.lists(st.tuples(KINDS, st.sampled_from("abcd"), st.text(max_size=5)), max_size=25)


def named(text: str) -> str:
    """A record's name for a letter."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def verdict(step: tuple[str, str, str], minute: int = 0) -> Verdict:
    kind, letter, comment = step
    record = named(letter)
    corrected = '{"答": "改"}' if kind == "edit" else None
    at = START + timedelta(minutes=minute)
    return Verdict(record=record, verdict=kind, at=at, comment=comment, corrected=corrected)  # type: ignore[arg-type]


def expected(steps: Sequence[tuple[str, str, str]]) -> dict[str, tuple[str, str]]:
    """What holds, told by a plain list: an undo takes away the last entry, and what is last of each record counts."""
    said: list[tuple[str, str, str]] = []
    for step in steps:
        if step[0] != "undo":
            said.append(step)
        elif said:
            said.pop()
    return {named(letter): (kind, comment) for kind, letter, comment in said}


def holding(verdicts: Verdicts) -> dict[str, tuple[str, str]]:
    return {record: (each.verdict, each.comment) for record, each in verdicts.by_record.items()}


def log_in(folder: str | Path) -> VerdictLog:
    return VerdictLog(Path(folder) / "审核员.jsonl", HEAD)


def say(log: VerdictLog, steps: Sequence[tuple[str, str, str]], first: int = 0) -> None:
    for minute, step in enumerate(steps, first):
        log.append(verdict(step, minute))


@given(STEPS)
def test_what_is_replayed_from_disk_is_what_was_in_memory(steps: list[tuple[str, str, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        log = log_in(folder)
        say(log, steps)
        assert holding(log.verdicts) == expected(steps)
        assert holding(log_in(folder).verdicts) == expected(steps)
        if log.path.exists() and (data := log.content()):
            head, again = read_verdicts(data, "f")
            assert (head, holding(again), again.last) == (HEAD, expected(steps), log.verdicts.last)
            assert list(again.by_record) == list(log.verdicts.by_record), "and in the same order"


@given(STEPS, st.data())
def test_a_last_line_that_was_cut_short_never_was(steps: list[tuple[str, str, str]], data: Any) -> None:
    """Cut anywhere: what stands before the cut counts, and the next verdict goes on there."""
    with tempfile.TemporaryDirectory() as folder:
        log = log_in(folder)
        say(log, steps)
        whole = log.path.read_bytes() if log.path.exists() else b""
        cut = data.draw(st.integers(0, len(whole)))
        log.path.write_bytes(whole[:cut] + data.draw(st.sampled_from((b"", b"\0" * 9))))
        kept = max(whole[:cut].count(b"\n") - 1, 0)
        taken = _written(steps)[:kept]
        again = log_in(folder)
        assert holding(again.verdicts) == expected(taken)
        again.append(verdict(("accept", "z", "后来"), 99))
        assert holding(log_in(folder).verdicts) == {**expected(taken), named("z"): ("accept", "后来")}
        assert b"\0" not in again.path.read_bytes()


def _written(steps: Sequence[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """Without the undos that had nothing to take back: they leave no line."""
    found: list[tuple[str, str, str]] = []
    open_ = 0
    for step in steps:
        open_ += -1 if step[0] == "undo" else 1
        if open_ < 0:
            open_ = 0
        else:
            found.append(step)
    return found


@given(STEPS, STEPS)
def test_two_processes_of_one_reviewer_see_what_the_other_wrote(
    one: list[tuple[str, str, str]], other: list[tuple[str, str, str]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        first, second = log_in(folder), log_in(folder)
        mixed: list[tuple[str, str, str]] = []
        for number in range(max(len(one), len(other))):
            for log, steps in ((first, one), (second, other)):
                if number < len(steps):
                    log.append(verdict(steps[number], len(mixed)))
                    mixed.append(steps[number])
        first.refresh()
        second.refresh()
        assert holding(first.verdicts) == holding(second.verdicts) == expected(mixed)


@given(STEPS, STEPS)
def test_one_reviewer_in_two_clones_loses_nothing(
    one: list[tuple[str, str, str]], other: list[tuple[str, str, str]]
) -> None:
    """Of a record that was looked at in both, the newer word counts, whichever place takes in the other."""
    with tempfile.TemporaryDirectory() as here, tempfile.TemporaryDirectory() as there:
        first, second = log_in(here), log_in(there)
        say(first, one)
        say(second, other, first=100)
        before, theirs = holding(first.verdicts), holding(second.verdicts)
        if not second.path.exists() or not second.content():
            return
        first.take_in(second.content(), "theirs")
        assert holding(first.verdicts) == {**before, **theirs}
        assert holding(log_in(here).verdicts) == {**before, **theirs}
        content = first.content()
        first.take_in(second.content(), "theirs")
        assert first.content() == content, "taken in once"
        second.take_in(content, "ours")
        assert holding(second.verdicts) == {**before, **theirs}


def test_a_verdict_that_was_taken_back_after_it_was_committed_stays_away(tmp_path: Path) -> None:
    log = log_in(tmp_path)
    say(log, [("accept", "a", ""), ("accept", "b", "")])
    committed = log.content()
    say(log, [("undo", "", "")], first=5)
    log.take_in(committed, "committed")
    assert holding(log.verdicts) == {named("a"): ("accept", "")}


@settings(max_examples=25)
@given(STEPS, STEPS, st.randoms())
def test_it_does_not_matter_how_git_joined_the_lines(
    one: list[tuple[str, str, str]], other: list[tuple[str, str, str]], random: Any
) -> None:
    """Both clones read the same out of the joined file, in whatever order its lines are, and however often."""
    with tempfile.TemporaryDirectory() as here, tempfile.TemporaryDirectory() as there:
        first, second = log_in(here), log_in(there)
        say(first, one)
        say(second, other, first=1)
        said = [line for log in (first, second) if log.path.exists() for line in log.content().split(b"\n")[1:-1]]
        if not said:
            return
        head = json.dumps(HEAD.to_json()).replace(": ", ":").encode()
        found = []
        for lines in (said, random.sample(said, len(said)), [*said, *said]):
            joined = b"".join(line + b"\n" for line in (head, *lines))
            _, verdicts = read_verdicts(joined, "f")
            found.append((verdicts.by_record, verdicts.last))
        assert found[0] == found[1] == found[2]
        for log in (first, second):
            log.take_in(joined, "f")
            assert holding(log.verdicts) == holding(verdicts), "and so does a clone that has a part of it"


def test_the_newer_verdict_wins_where_git_put_it_first() -> None:
    head = b'{"format":"dsvc.verdicts/1","review":"' + b"1" * 32 + b'","reviewer":{"name":"r","kind":"person"}}\n'
    line = '{"record":"%s","verdict":"%s","at":"2026-05-01T0%s:00:00Z"}\n'
    new, old = (line % (named("a"), *said) for said in (("accept", "2"), ("reject", "1")))
    _, found = read_verdicts(head + new.encode() + old.encode(), "f")
    assert holding(found) == {named("a"): ("accept", "")}


def test_what_was_said_of_another_review_of_that_name_is_passed_over(tmp_path: Path) -> None:
    """git joins the files of two reviews that were begun under one name on two branches."""
    log = log_in(tmp_path)
    say(log, [("accept", "a", "")])
    foreign = log.content().replace(b"1" * 32, b"2" * 32).replace(b"accept", b"reject")
    for joined in (foreign + log.content(), log.content() + foreign):
        head, found = read_verdicts(joined, "f", HEAD.review)
        assert (head, holding(found)) == (HEAD, {named("a"): ("accept", "")})
        other = log_in(tmp_path / str(len(joined)) / str(joined.index(b"accept")))
        other.take_in(joined, "f")
        assert other.content() == log.content()
    empty = log_in(tmp_path / "empty")
    empty.take_in(foreign, "f")
    empty.append(verdict(("accept", "b", "")))
    assert holding(log_in(tmp_path / "empty").verdicts) == {named("b"): ("accept", "")}


def test_a_first_line_that_was_cut_short_is_written_over(tmp_path: Path) -> None:
    log = log_in(tmp_path)
    say(log, [("accept", "a", "")])
    content = log.content()
    log.path.write_bytes(content[:20])
    log_in(tmp_path).take_in(content, "f")
    assert log.path.read_bytes() == content


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (b'"record":"', b'"record":"\\u001b'),
        (b"+08:00", b""),
        (b'"verdict":"accept"', b'"verdict":"edit","corrected":"[1]"'),
        (b'"verdict":"accept"', b'"verdict":"edit","corrected":"{\\"a\\":\\"\\ud800\\"}"'),
        (b'"verdict":"accept"', b'"verdict":"edit","corrected":"{\\n}"'),
    ],
)
def test_verdicts_that_nobody_can_have_given(tmp_path: Path, one: bytes, other: bytes) -> None:
    log = log_in(tmp_path)
    say(log, [("accept", "a", "")])
    with pytest.raises(CorruptError, match="cannot read 'f:2'"):
        read_verdicts(log.content().replace(one, other), "f")


def _judge(folder: str, records: Sequence[str]) -> None:
    log = log_in(folder)
    for record in records:
        log.append(verdict(("accept", record, "")))


def test_processes_at_once_write_whole_lines(tmp_path: Path) -> None:
    ways = multiprocessing.get_context("fork")
    parts = [[f"{worker}-{number}" for number in range(25)] for worker in range(3)]
    workers = [ways.Process(target=_judge, args=(str(tmp_path), part)) for part in parts]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert {*log_in(tmp_path).verdicts.by_record} == {named(record) for part in parts for record in part}


def test_a_damaged_line_is_told_with_its_place(tmp_path: Path) -> None:
    log = log_in(tmp_path)
    say(log, [("accept", "a", ""), ("accept", "b", "")])
    lines = log.content().split(b"\n")
    lines[1] = lines[1][:-5]
    with pytest.raises(CorruptError, match=r"cannot read 'f:2'"):
        read_verdicts(b"\n".join(lines), "f")
    log.path.write_bytes(b"\n".join(lines))
    with pytest.raises(CorruptError, match="cannot read"):
        log_in(tmp_path)


def test_formats_that_are_not_known_are_refused(tmp_path: Path) -> None:
    log = log_in(tmp_path)
    say(log, [("accept", "a", "")])
    newer = log.content().replace(b"dsvc.verdicts/1", b"dsvc.verdicts/2")
    with pytest.raises(CorruptError, match=r"expected format 'dsvc\.verdicts/1', found 'dsvc\.verdicts/2'"):
        read_verdicts(newer, "f")
    with pytest.raises(CorruptError, match="holds no verdicts"):
        read_verdicts(b"", "f")


def test_verdicts_of_another_review_are_not_mixed_in(tmp_path: Path) -> None:
    say(log_in(tmp_path), [("accept", "a", "")])
    other = Head(review=VersionId("2" * 32), reviewer=HEAD.reviewer)
    with pytest.raises(CorruptError, match="is of another review"):
        VerdictLog(tmp_path / "审核员.jsonl", other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("a/b", "a-b"), ("a b", "a-b"), ("../x", "..-x"), ("李雷", "李蕾"), ("x" * 100, "x" * 99), ("", "reviewer")],
)
def test_every_reviewer_has_a_file_of_the_own(one: str, other: str) -> None:
    names = [file_name(each) for each in (one, other)]
    assert names[0] != names[1]
    assert all("/" not in name and not name.startswith(".") and len(name.encode()) < 255 for name in names)


def test_one_person_has_one_file_however_the_name_is_written() -> None:
    assert file_name("Anna") == file_name(" anna ")
    assert file_name("Zoe\u0301") == file_name("Zoé")
