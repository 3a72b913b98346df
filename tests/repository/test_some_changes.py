"""Some changes and not others: a commit as ``git add -p`` makes it, and records taken back one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dsvc.delta import Added, Delta, Instead, Modified, MovedBlock, Reformatted, Removed
from dsvc.errors import (
    BadDataError,
    FoundErrorsError,
    LockedError,
    NotFoundError,
    ProtectedError,
    SourceNeededError,
    UsageError,
)
from dsvc.repository.results import CommitRequest
from tests.repository.lab import FILE, lines

if TYPE_CHECKING:
    from tests.repository.lab import Lab

CARDS = [
    {"id": number, "问": f"第 {number} 张卡的年费怎么收？", "答": "每年一次", "label": "fee"} for number in range(6)
]
MENDED = {**CARDS[1], "答": "免年费", "label": "free"}
NEW = {"id": 9, "问": "积分多久过期？", "答": "两年", "label": "points"}
WORKED = [CARDS[0], MENDED, NEW, CARDS[3], CARDS[4], CARDS[2]]
"""One record mended, one added, one moved to the end, one removed."""


@pytest.fixture
def worked(lab: Lab) -> Lab:
    """A working file with a change of each kind."""
    lab.save(lines(*CARDS), reason="first")
    lab.write(lines(*WORKED))
    return lab


def change(lab: Lab, kind: type[Delta], old: str | None = None, new: str | None = None) -> Delta:
    """The only change of a kind."""
    (found,) = [delta for delta in lab.changes(old, new) if isinstance(delta, kind)]
    return found


def keep(lab: Lab, *only: Delta | Instead, **more: object) -> str:
    request = CommitRequest(target=FILE, reason="some of it", only=only, **more)  # type: ignore[arg-type]
    return lab.repo.commit(request).manifest.number


def test_one_edit_is_committed_and_the_rest_stays(worked: Lab) -> None:
    assert keep(worked, change(worked, Modified)) == "v1.1"
    assert worked.content("medical@v1.1") == lines(CARDS[0], MENDED, *CARDS[2:])
    assert worked.read() == lines(*WORKED)
    assert {type(delta) for delta in worked.changes()} == {Added, Removed, MovedBlock}
    assert worked.states() == {FILE: "changed"}
    worked.keep()
    assert worked.content("medical@v1.2") == lines(*WORKED)
    assert worked.changes() == []


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (Removed, CARDS[:5]),
        (MovedBlock, [*CARDS[:2], CARDS[3], CARDS[4], CARDS[2], CARDS[5]]),
    ],
)
def test_other_kinds(worked: Lab, kind: type[Delta], expected: list[object]) -> None:
    keep(worked, change(worked, kind))
    assert worked.content("medical@v1.1") == lines(*expected)
    assert worked.read() == lines(*WORKED)


def test_an_added_record_needs_its_source(worked: Lab) -> None:
    with pytest.raises(SourceNeededError):
        keep(worked, change(worked, Added))
    assert worked.numbers() == ["v1.0"]
    keep(worked, change(worked, Added), source="call centre")
    assert worked.content("medical@v1.1") == lines(*CARDS[:2], NEW, *CARDS[2:])


def test_one_field_of_an_edit(worked: Lab) -> None:
    edit = change(worked, Modified)
    assert isinstance(edit, Modified)
    half = lines({**CARDS[1], "答": "免年费"})[:-1]
    keep(worked, Instead(edit, half))
    assert worked.content("medical@v1.1").split(b"\n")[1] == half
    assert worked.read() == lines(*WORKED)
    left = change(worked, Modified)
    assert isinstance(left, Modified)
    assert left.old.content == half


def test_what_is_no_record_is_not_committed(worked: Lab) -> None:
    edit = change(worked, Modified)
    assert isinstance(edit, Modified)
    before = worked.picture()
    with pytest.raises(BadDataError, match=r"medical\.jsonl:2"):
        keep(worked, Instead(edit, b"broken"))
    assert worked.picture() == before


def test_an_error_is_named_where_it_stands_in_the_working_file(lab: Lab) -> None:
    lab.save(lines(*CARDS), reason="first")
    rows = [{"instruction": f"问题 {number}", "output": "x"} for number in range(2)]
    lab.write(lines(*rows, *CARDS[:4], {**CARDS[4], "答": 5}, CARDS[5]))
    with pytest.raises(FoundErrorsError, match=r"'data/medical\.jsonl:7' column-type"):
        keep(lab, change(lab, Modified))


def test_a_part_of_an_edit_and_one_of_two_equal_lines_are_named_where_they_stand(lab: Lab) -> None:
    lab.save(lines(*CARDS), reason="first")
    odd = {**CARDS[4], "答": 5}
    wrong = {"id": 77, "问": "积分多久过期？", "答": 2, "label": "points"}
    lab.write(lines(wrong, NEW, *CARDS[:4], {**odd, "label": "points"}, CARDS[5], wrong))
    edit = change(lab, Modified)
    assert isinstance(edit, Modified)
    half = lines(odd).removesuffix(b"\n")
    with pytest.raises(FoundErrorsError, match=r": 'data/medical\.jsonl:7' column-type"):
        keep(lab, Instead(edit, half))
    last = [delta for delta in lab.changes() if isinstance(delta, Added)][-1]
    with pytest.raises(FoundErrorsError, match=r": 'data/medical\.jsonl:9' column-type"):
        keep(lab, last, source="hand")


def test_a_dry_run_keeps_nothing(worked: Lab) -> None:
    before = worked.picture()
    keep(worked, change(worked, Modified), dry_run=True)
    assert worked.picture() == before
    assert list((worked.root / ".git").glob("dsvc/chosen-*")) == []


def test_a_file_that_was_changed_meanwhile(worked: Lab) -> None:
    edit = change(worked, Modified)
    worked.write(lines(*WORKED[:1], {**MENDED, "答": "另外收费"}, *WORKED[2:]))
    before = worked.picture()
    with pytest.raises(ProtectedError, match="was changed after it was compared"):
        keep(worked, edit)
    with pytest.raises(ProtectedError, match="another edit"):
        worked.repo.restore(only=[edit])
    assert worked.picture() == before


def test_nothing_to_choose_from_before_the_first_version(lab: Lab) -> None:
    lab.write(lines(*CARDS))
    with pytest.raises(UsageError, match="first version"):
        keep(lab, source="x")


def test_no_change_is_nothing_to_commit(worked: Lab) -> None:
    with pytest.raises(NotFoundError, match="nothing to commit"):
        keep(worked)


def test_undo_of_such_a_commit_leaves_the_file_alone(worked: Lab) -> None:
    keep(worked, change(worked, Modified))
    worked.repo.undo()
    assert worked.numbers() == ["v1.0"]
    assert worked.read() == lines(*WORKED)
    assert {type(delta) for delta in worked.changes()} == {Modified, Added, Removed, MovedBlock}


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (Modified, [CARDS[0], CARDS[1], *WORKED[2:]]),
        (Added, [CARDS[0], MENDED, *WORKED[3:]]),
        (Removed, [*WORKED[:5], CARDS[5], CARDS[2]]),
        (MovedBlock, [*WORKED[:2], CARDS[2], *WORKED[2:5]]),
    ],
)
def test_one_change_is_taken_back_and_the_others_stay(worked: Lab, kind: type[Delta], expected: list[object]) -> None:
    outcome = worked.repo.restore(only=[change(worked, kind)])
    assert sorted(worked.read().split(b"\n")) == sorted(lines(*expected).split(b"\n"))
    assert outcome.file == f"1 change of '{FILE}' against v1.0 was taken back"
    assert worked.numbers() == ["v1.0"]
    worked.repo.undo()
    assert worked.read() == lines(*WORKED)


def test_all_changes_taken_back_give_the_version(worked: Lab) -> None:
    worked.repo.restore(only=worked.changes())
    assert worked.read() == lines(*CARDS)
    assert worked.states() == {FILE: "unchanged"}


def test_one_field_is_taken_back(worked: Lab) -> None:
    edit = change(worked, Modified)
    assert isinstance(edit, Modified)
    half = lines({**MENDED, "label": "fee"})[:-1]
    worked.repo.restore(only=[Instead(edit, half)])
    assert worked.read() == lines(CARDS[0], {**MENDED, "label": "fee"}, *WORKED[2:])


def test_a_record_is_taken_from_an_older_version(worked: Lab) -> None:
    worked.keep()
    worked.write(lines(*WORKED, {"id": 11, "问": "还有什么？", "答": "没有了", "label": "other"}))
    edit = change(worked, Modified, "medical@v1.0", "medical@v1.1")
    worked.repo.restore("medical", revision="v1.0", only=[edit])
    assert worked.read().split(b"\n")[1] == lines(CARDS[1])[:-1]
    assert worked.read().split(b"\n")[6].startswith(b'{"id": 11')
    with pytest.raises(NotFoundError, match=r"are as in v1\.0 already"):
        worked.repo.restore("medical", revision="v1.0", only=[edit])


def test_a_removed_record_comes_back_from_an_older_version(worked: Lab) -> None:
    worked.keep()
    removed = change(worked, Removed, "medical@v1.0", "medical@v1.1")
    worked.repo.restore("medical", revision="v1.0", only=[removed])
    assert lines(CARDS[5]) in worked.read()
    assert len(worked.read().splitlines()) == 7


def test_files_of_a_folder(lab: Lab) -> None:
    train, test = "sets/a/train.jsonl", "sets/a/test.jsonl"
    lab.write(lines(*CARDS[:3]), train)
    lab.write(lines(*CARDS[3:]), test)
    lab.keep("sets/a")
    lab.write(lines(CARDS[0], MENDED, CARDS[2]), train)
    lab.write(lines(*CARDS[3:], NEW), test)
    edit = change(lab, Modified)
    lab.repo.commit(CommitRequest(target="sets/a", reason="one", only=(edit,)))
    assert lab.content("a@v1.1") == lines(*CARDS[3:]) + lines(CARDS[0], MENDED, CARDS[2])
    assert lab.read(test) == lines(*CARDS[3:], NEW)
    lab.repo.restore(only=lab.changes())
    assert lab.read(test) == lines(*CARDS[3:])
    assert lab.read(train) == lines(CARDS[0], MENDED, CARDS[2])


def test_other_writing_is_taken_back(lab: Lab) -> None:
    lab.save(lines(*CARDS))
    lab.write(lines(CARDS[0]).replace(b'": ', b'":') + lines(*CARDS[1:4], MENDED, CARDS[5]))
    lab.repo.restore(only=[change(lab, Reformatted)])
    assert lab.read().startswith(lines(*CARDS[:2]))
    assert lab.states() == {FILE: "changed"}


def test_one_of_several_equal_records_is_taken_back(lab: Lab) -> None:
    lab.save(lines(*CARDS))
    lab.write(lines(*CARDS[:2], NEW, *CARDS[2:4], NEW, *CARDS[4:], NEW))
    _, middle, _ = [delta for delta in lab.changes() if isinstance(delta, Added)]
    lab.repo.restore(only=[middle])
    assert lab.read() == lines(*CARDS[:2], NEW, *CARDS[2:], NEW)


def test_one_of_several_equal_records_is_taken_back_wherever_it_stands_now(worked: Lab) -> None:
    worked.keep()
    added = change(worked, Added, "medical@v1.0", "medical@v1.1")
    worked.write(lines(*CARDS[:1], NEW, *CARDS[1:4], NEW, *CARDS[4:]))
    worked.repo.restore("medical", revision="v1.0", only=[added])
    assert sorted(worked.read().splitlines()) == sorted(lines(*CARDS, NEW).splitlines())


def test_files_of_a_folder_are_in_order_as_in_any_commit(lab: Lab) -> None:
    lab.write(lines(*CARDS), "sets/a/train.jsonl")
    lab.keep("sets/a")
    lab.write(lines(NEW), "sets/a/test.jsonl")
    result = lab.repo.commit(CommitRequest(target="sets/a", reason="one", source="x", only=tuple(lab.changes())))
    assert [file.path for file in result.manifest.files] == ["sets/a/test.jsonl", "sets/a/train.jsonl"]


def test_dvc_is_kept_out_once_and_for_all_of_it(worked: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    edit, before, lock = change(worked, Modified), worked.picture(), worked.packs.lock
    taken: list[float] = []

    def once(timeout: float) -> object:
        taken.append(timeout)
        if len(taken) > 1:
            raise LockedError("dvc is at work")
        return lock(timeout)

    monkeypatch.setattr(worked.packs, "lock", once)
    worked.repo.restore(only=[edit])
    assert set(worked.files()) == set(before["files"])  # type: ignore[call-overload]
