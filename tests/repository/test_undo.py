"""``undo``: one step back at a time, as far as nobody else has built on it."""

from __future__ import annotations

import pytest

from dsvc.errors import NotFoundError, ProtectedError
from dsvc.store.memory_history import MemoryHistory
from tests.repository.lab import FILE, Lab, lines, numbered, sentences

ONE, TWO, THREE = numbered(1), numbered(1, 2), numbered(1, 2, 3)


def undone(lab: Lab) -> list[tuple[str, bool]]:
    return [(operation.verb, operation.undone) for operation in lab.repo.operations()]


def test_an_undone_commit_leaves_the_file_and_stays_alive(lab: Lab) -> None:
    first, second = lab.versions(ONE, TWO)
    outcome = lab.repo.undo()
    assert sentences(outcome) == f"'{FILE}' was not touched; v1.1 was taken out; is where it was before"
    assert lab.read() == TWO
    assert (lab.numbers(), lab.git.head(), set(lab.git.tags("medical_"))) == (["v1.0"], first.commit, {"medical_v1.0"})
    assert lab.states() == {FILE: "changed"}
    assert lab.git.resolve(f"refs/tags/{outcome.saved_as}") == second.commit
    assert lab.content(f"medical@{outcome.saved_as}") == TWO
    assert lab.keep().manifest.number == "v1.1"


def test_an_undone_version_is_told_from_the_one_that_has_its_number_now(lab: Lab) -> None:
    lab.versions(ONE, TWO)
    outcome = lab.repo.undo()
    lab.write(THREE)
    lab.keep()
    kept = lab.repo.version(f"medical@{outcome.saved_as}").id
    told = lab.repo.checkout(f"medical@{outcome.saved_as}")
    assert told.file == f"'{FILE}' now has v1.1 ({kept[:8]})"
    assert told.notes == (f"to make v1.1 ({kept[:8]}) the newest version again: dsvc rollback medical@{kept[:12]}",)
    lab.repo.rollback(f"medical@{kept[:12]}")
    assert lab.repo.log("medical")[0].entry.reason == f"roll back to v1.1 ({kept[:8]})"


def test_undo_goes_back_to_the_empty_repository_and_a_commit_starts_again(lab: Lab) -> None:
    lab.write(b"[core]\n    # mine\n", ".dvc/config")
    before = lab.files()
    lab.save(ONE)
    lab.save(TWO)
    lab.repo.undo()
    assert lab.repo.operations()[0].undone
    lab.repo.undo()
    assert (lab.git.head(), lab.repo.datasets(), lab.read()) == (None, [], TWO)
    lab.write(b"", FILE)
    (lab.root / FILE).unlink()
    after = lab.files()
    assert after == {**before, **{path: after[path] for path in (".dsvc/.gitattributes", ".dsvc/rebuild.py")}}
    lab.write(TWO)
    with pytest.raises(NotFoundError, match="nothing to undo"):
        lab.repo.undo()
    assert undone(lab) == [("commit", True), ("commit", True)]
    assert lab.keep().manifest.number == "v1.0"
    assert lab.content("v1.0") == TWO


@pytest.mark.parametrize("verb", ["checkout", "rollback", "restore"])
def test_undoing_a_way_back_brings_back_the_very_file(lab: Lab, verb: str) -> None:
    lab.versions(ONE, TWO, THREE)
    edits = numbered(1, 2, 3) + b'{"half": '
    lab.write(edits)
    before = lab.git.head()
    if verb == "restore":
        lab.repo.restore()
    else:
        getattr(lab.repo, verb)("v1.0", force=True)
    assert lab.read() == (THREE if verb == "restore" else ONE)
    outcome = lab.repo.undo()
    assert f"'{FILE}' is as it was before" in outcome.file
    assert (lab.read(), lab.git.head(), lab.numbers()) == (edits, before, ["v1.2", "v1.1", "v1.0"])
    (status,) = lab.repo.status()
    assert status.base is not None
    assert (status.base.number, status.changed, status.stale) == ("v1.2", True, False)


def test_a_file_that_was_missing_is_missing_again(lab: Lab) -> None:
    lab.versions(ONE, TWO)
    (lab.root / FILE).unlink()
    lab.repo.checkout("v1.0")
    lab.repo.undo()
    assert not lab.exists()
    lab.repo.restore()
    assert lab.read() == TWO


def test_a_chain_of_operations_is_taken_back_one_by_one(lab: Lab) -> None:
    lab.versions(ONE, TWO)
    lab.repo.checkout("v1.0")
    lab.repo.restore()
    lab.repo.rollback("v1.0")
    assert [o.obstacle for o in lab.repo.operations()] == [None] + ["a later operation must be undone first"] * 4
    steps = []
    for _ in range(5):
        lab.repo.undo()
        steps.append((lab.read(), tuple(lab.numbers()) if lab.repo.datasets() else ()))
    both = ("v1.1", "v1.0")
    assert steps == [(TWO, both), (ONE, both), (TWO, both), (TWO, ("v1.0",)), (TWO, ())]
    assert lab.git.head() is None


def test_what_was_edited_since_is_not_overwritten(lab: Lab) -> None:
    lab.versions(ONE, TWO)
    lab.repo.checkout("v1.0")
    lab.write(THREE)
    before = lab.picture()
    with pytest.raises(ProtectedError, match="was edited since"):
        lab.repo.undo()
    assert lab.picture() == before
    assert lab.repo.operations()[0].obstacle == f"'{FILE}' was edited since"
    lab.write(ONE)
    lab.repo.undo()
    assert lab.read() == TWO


def test_edits_made_since_are_saved_on_demand(lab: Lab) -> None:
    lab.versions(ONE, TWO)
    lab.repo.checkout("v1.0")
    lab.write(THREE)
    with pytest.raises(ProtectedError) as caught:
        lab.repo.undo()
    assert caught.value.hint == "let dsvc save the edits and go on: dsvc undo --force"
    outcome = lab.repo.undo(force=True)
    assert lab.read() == TWO
    (told,) = [note for note in outcome.notes if "are kept" in note]
    lab.repo.checkout(told.rpartition(" ")[2])
    assert lab.read() == THREE


@pytest.mark.parametrize("verb", ["checkout", "restore", "rollback"])
def test_a_commit_on_top_of_a_way_back_and_then_both_are_undone(lab: Lab, verb: str) -> None:
    """The undone commit leaves its edits in the file; it is kept, so nothing is lost when the way back is undone."""
    lab.versions(ONE, TWO)
    lab.write(edits := numbered(1, 2, 9))
    if verb == "restore":
        lab.repo.restore()
    else:
        getattr(lab.repo, verb)("v1.0", force=True)
    lab.write(THREE)
    if verb == "checkout":
        lab.repo.rollback("v1.0")
    lab.keep()
    kept = lab.repo.undo().saved_as
    assert lab.read() == THREE
    if verb == "checkout":
        lab.repo.undo()
    told = lab.repo.undo().notes
    assert f"the edits made since are kept: dsvc checkout medical@{kept}" in told
    assert (lab.read(), lab.numbers()) == (edits, ["v1.1", "v1.0"])
    assert lab.content(f"medical@{kept}") == THREE
    lab.repo.undo()
    assert (lab.read(), lab.numbers()) == (edits, ["v1.0"])


def test_a_file_that_was_deleted_since_is_put_back(lab: Lab) -> None:
    lab.versions(ONE, TWO)
    lab.repo.checkout("v1.0")
    (lab.root / FILE).unlink()
    lab.repo.undo()
    assert lab.read() == TWO
    (status,) = lab.repo.status()
    assert not status.changed


def test_what_others_have_built_upon_stays(lab: Lab) -> None:
    lab.save(ONE)
    lab.write(b"x", "other.txt")
    lab.git.commit(["other.txt"], "more work", expected_parent=lab.git.head())
    before = lab.picture()
    with pytest.raises(ProtectedError, match="HEAD has moved on since") as caught:
        lab.repo.undo()
    assert lab.picture() == before
    assert caught.value.hint == "dsvc rm medical (there was no version before; the old ones stay)"


def test_the_way_out_names_the_version_before(lab: Lab) -> None:
    lab.versions(ONE, TWO)
    lab.write(b"x", "other.txt")
    lab.git.commit(["other.txt"], "more work", expected_parent=lab.git.head())
    with pytest.raises(ProtectedError) as caught:
        lab.repo.undo()
    assert caught.value.hint == "dsvc rollback medical@v1.0 (a new version with what was before)"
    lab.repo.rollback("medical@v1.0")
    assert lab.read() == ONE


def test_what_was_published_stays(lab: Lab) -> None:
    made = lab.save(ONE)
    if not isinstance(lab.git, MemoryHistory):
        pytest.skip("only the history in memory can be told what was published")
    head = lab.git.head()
    assert head == made.commit
    assert head is not None
    lab.git.remote_branches["origin/main"] = head
    with pytest.raises(ProtectedError, match="already on origin/main"):
        lab.repo.undo()
    assert lab.numbers() == ["v1.0"]


def test_the_list_tells_what_was_done(lab: Lab) -> None:
    lab.versions(ONE, TWO)
    lab.repo.checkout("v1.0")
    lab.repo.undo()
    told = [(o.verb, o.dataset, o.summary, o.undone) for o in lab.repo.operations()]
    assert told == [
        ("checkout", "medical", "v1.0", True),
        ("commit", "medical", "v1.1: more", False),
        ("commit", "medical", "v1.0: more", False),
    ]
    times = [o.at for o in lab.repo.operations()]
    assert times == sorted(times, reverse=True)


def test_undo_takes_the_ignore_rule_back_and_leaves_the_users_own(lab: Lab) -> None:
    lab.write(b"*.tmp\n", "data/.gitignore")
    lab.save(ONE)
    assert lab.read("data/.gitignore") == b"*.tmp\n/medical.jsonl\n"
    lab.repo.undo()
    assert lab.read("data/.gitignore") == b"*.tmp\n"
    assert lab.read() == ONE


def test_rules_that_the_user_added_after_the_commit_stay(lab: Lab) -> None:
    lab.save(ONE)
    lab.write(b"/medical.jsonl\n*.bak\n", "data/.gitignore")
    lab.repo.undo()
    assert lab.read("data/.gitignore") == b"/medical.jsonl\n*.bak\n"


def test_old_formatting_can_be_undone_and_edits_on_top_are_seen(lab: Lab) -> None:
    lab.save(b'{"b":1,"a":2}\n' + numbered(2))
    rewritten = b'{"a": 2, "b": 1}\n' + numbered(3)
    lab.write(rewritten)
    lab.repo.restore(formatting=True)
    assert lab.read() == b'{"b":1,"a":2}\n' + numbered(3)
    assert lab.states() == {FILE: "changed"}
    with pytest.raises(ProtectedError):
        lab.repo.checkout("v1.0")
    lab.repo.undo()
    assert lab.read() == rewritten
    assert lab.save(lines({"x": 1})).manifest.number == "v1.1"


def test_what_undo_took_back_last_can_be_had_without_a_dataset_at_head(lab: Lab) -> None:
    made = lab.save(ONE)
    kept = lab.repo.undo().saved_as
    assert lab.content(f"medical@{kept}") == ONE
    assert lab.content(f"medical@{made.manifest.id[:12]}") == ONE
    (lab.root / FILE).unlink()
    lab.repo.checkout(f"medical@{kept}")
    assert lab.read() == ONE


def test_what_changed_nothing_uses_up_no_undo(lab: Lab) -> None:
    lab.versions(ONE, TWO)
    lab.repo.restore()
    lab.repo.checkout("v1.1")
    assert undone(lab) == [("commit", False), ("commit", False)]


def test_an_undone_version_is_named_by_what_finds_it(lab: Lab) -> None:
    lab.versions(numbered(1), numbered(1, 2))
    saved = lab.repo.undo().saved_as
    outcome = lab.repo.checkout(f"medical@{saved}")
    (status,) = lab.repo.status()
    assert status.base is not None
    assert status.base_revision == status.base.id[:12]
    assert f"dsvc rollback medical@{status.base_revision}" in " ".join(outcome.notes)
    assert lab.repo.rollback(f"medical@{status.base_revision}").history.startswith("v1.1 was added")
    assert lab.content("medical@v1.1") == numbered(1, 2)
