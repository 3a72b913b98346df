"""``status`` and ``describe``: how the working file stands to its versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dsvc.errors import NotFoundError, UsageError
from dsvc.line_table import LineTable
from tests.repository.lab import FILE, Lab, lines, numbered

if TYPE_CHECKING:
    from dsvc.layout import Column


def test_before_the_first_commit_there_is_nothing_to_tell(lab: Lab) -> None:
    assert lab.repo.status() == []
    assert lab.repo.datasets() == []
    assert lab.repo.operations() == []
    for ask in (lab.repo.describe, lab.repo.log, lab.repo.dataset, lab.repo.diff, lab.repo.restore):
        with pytest.raises(NotFoundError, match="there is no dataset here yet"):
            ask()
    with pytest.raises(NotFoundError, match="there is no dataset 'medical'"):
        lab.repo.status("medical")


def test_a_file_is_unchanged_changed_or_missing(lab: Lab) -> None:
    lab.save(numbered(1, 2, 3))
    assert lab.states() == {FILE: "unchanged"}
    lab.write(numbered(1, 4, 5, 3))
    (status,) = lab.repo.status("medical")
    assert (status.changed, status.stale, status.problem) == (True, False, None)
    assert [(f.state, f.lines_added, f.lines_removed) for f in status.files] == [("changed", 2, 1)]
    lab.write(numbered(1, 2, 3))
    assert lab.states() == {FILE: "unchanged"}
    (lab.root / FILE).unlink()
    assert lab.states() == {FILE: "missing"}
    assert lab.repo.restore().saved_as is None
    assert lab.states() == {FILE: "unchanged"}


def test_an_older_version_in_the_file_is_stale(lab: Lab) -> None:
    lab.versions(numbered(1), numbered(1, 2))
    lab.repo.checkout("v1.0")
    (status,) = lab.repo.status()
    assert status.base is not None
    assert status.head is not None
    assert (status.stale, status.changed, status.base.number, status.head.number) == (True, False, "v1.0", "v1.1")
    lab.write(numbered(1, 3))
    (status,) = lab.repo.status()
    assert (status.stale, status.changed) == (True, True)
    lab.write(numbered(1, 2))
    assert not lab.repo.status()[0].stale


def test_a_file_that_is_no_jsonl_any_more_has_a_status_all_the_same(lab: Lab) -> None:
    lab.save(numbered(1))
    lab.write(b"\x00\xff not json")
    assert lab.states() == {FILE: "changed"}


def test_looking_changes_nothing(lab: Lab) -> None:
    lab.versions(numbered(1), numbered(1, 2))
    lab.write(numbered(1))
    before = lab.picture()
    lab.repo.status()
    lab.repo.describe()
    lab.repo.log()
    lab.changes()
    lab.repo.operations()
    assert lab.picture() == before


def test_describe_is_one_line_for_a_training_log(lab: Lab) -> None:
    made = lab.save(numbered(1, 2, 3))
    assert str(lab.repo.describe()) == f"medical@v1.0 {made.manifest.id}"
    lab.write(numbered(3, 1, 4))
    changes = lab.repo.describe("medical").changes
    assert (changes.added + changes.modified, changes.removed + changes.modified, changes.moved) == (1, 1, 1)
    assert str(lab.repo.describe(FILE)).startswith("medical@v1.0")
    lab.save(numbered(1))
    lab.repo.checkout("v1.0")
    assert str(lab.repo.describe()) == f"medical@v1.0 {made.manifest.id}"


def test_describe_of_a_file_that_nobody_knows(lab: Lab) -> None:
    lab.save(numbered(1))
    for file in (lab.git.git_dir / "dsvc" / "base").iterdir():
        file.unlink()
    lab.write(numbered(2))
    with pytest.raises(NotFoundError, match="it is not known which version"):
        lab.repo.describe()


def test_unedited_files_follow_head_and_edited_ones_stay(lab: Lab) -> None:
    first, second = lab.versions(numbered(1), numbered(1, 2))
    assert lab.repo.keep_in_step() == []
    dataset = second.dataset
    paths = [dataset.manifest_path, dataset.ledger_path, dataset.pointer_path]
    before, after = (lab.git.resolve(made.commit or "") for made in (first, second))
    assert after is not None
    lab.git.move_branch(before, expected=after, paths=paths)
    (outcome,) = lab.repo.keep_in_step()
    assert "now has v1.0" in outcome.file
    assert lab.read() == numbered(1)
    assert lab.states() == {FILE: "unchanged"}
    lab.write(numbered(1, 7))
    lab.git.restore(before, paths)
    assert lab.repo.keep_in_step() == []
    assert lab.read() == numbered(1, 7)


def test_in_a_fresh_clone_the_file_is_missing(lab: Lab) -> None:
    lab.save(numbered(1))
    for file in (lab.git.git_dir / "dsvc" / "base").iterdir():
        file.unlink()
    (lab.root / FILE).unlink()
    (status,) = lab.repo.status()
    assert (status.problem, status.hint, lab.states()) == (None, "dsvc restore medical", {FILE: "missing"})
    with pytest.raises(NotFoundError, match="is missing") as refused:
        lab.repo.describe()
    assert refused.value.hint == "dsvc restore medical"


@pytest.mark.parametrize("name", ["a\nb.jsonl", "a\x1b[31m.jsonl", "caf\udce9.jsonl"])
def test_names_that_cannot_be_written_down_are_refused(lab: Lab, name: str) -> None:
    lab.write(numbered(1), name)
    with pytest.raises(UsageError, match="cannot be the name of a file with data") as refused:
        lab.keep(name)
    assert refused.value.hint is not None
    assert refused.value.hint.isprintable()
    assert not lab.exists(".gitignore")
    lab.write(numbered(1), f"folder/{name}")
    with pytest.raises(UsageError, match="cannot be the name"):
        lab.keep("folder")


def test_many_edits_far_apart_cost_no_look_at_the_whole_file_each(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten thousand of them among a million records took ten seconds."""
    lab.save(numbered(*range(1000)))
    lab.write(lines(*({"id": n, "问": "改了" if n % 2 else f"第 {n} 个问题"} for n in range(1000))))
    looks: list[LineTable] = []
    starts = LineTable.starts

    def counted(table: LineTable) -> Column:
        looks.append(table)
        return starts(table)

    monkeypatch.setattr(LineTable, "starts", counted)
    (status,) = lab.repo.status()
    assert (status.files[0].lines_added, status.files[0].lines_removed) == (500, 500)
    assert len(looks) < 10
