"""``checkout``, ``restore`` and ``rollback``: what they do to the file, the history and HEAD."""

from __future__ import annotations

import pytest

from dsvc.errors import NotFoundError, ProtectedError, UsageError
from tests.repository.lab import FILE, Lab, lines, numbered, sentences

ONE, TWO, THREE = numbered(1), numbered(1, 2), numbered(1, 2, 3)


@pytest.fixture
def history(lab: Lab) -> Lab:
    """Three versions: one record, two, three."""
    lab.versions(ONE, TWO, THREE)
    return lab


def test_checkout_moves_only_the_file(history: Lab) -> None:
    head = history.git.head()
    outcome = history.repo.checkout("v1.0")
    assert sentences(outcome) == f"'{FILE}' now has v1.0; unchanged; stays at v1.2"
    assert outcome.notes == ("to make v1.0 the newest version again: dsvc rollback medical@v1.0",)
    assert (history.read(), history.git.head(), outcome.saved_as) == (ONE, head, None)
    assert "already had v1.0" in history.repo.checkout("v1.0").file
    assert "now has v1.2" in history.repo.checkout("medical").file
    assert history.read() == THREE


def test_checkout_brings_a_deleted_file_back(history: Lab) -> None:
    (history.root / FILE).unlink()
    history.repo.checkout("v1.1")
    assert history.read() == TWO


@pytest.mark.parametrize("verb", ["checkout", "rollback"])
def test_edits_are_refused_and_with_force_saved_first(history: Lab, verb: str) -> None:
    history.write(numbered(1, 2, 3, 99))
    before = history.picture()
    go = getattr(history.repo, verb)
    with pytest.raises(ProtectedError, match=r"was edited since v1\.2") as caught:
        go("v1.0")
    assert "--force" in str(caught.value.hint)
    assert history.picture() == before
    outcome = go("v1.0", force=True)
    assert history.read() == ONE
    assert outcome.saved_as.startswith("dsvc-keep/medical/")
    assert history.content(f"medical@{outcome.saved_as}") == numbered(1, 2, 3, 99)
    history.repo.checkout(f"medical@{outcome.saved_as}")
    assert history.read() == numbered(1, 2, 3, 99)


def test_saved_edits_need_not_be_records(history: Lab) -> None:
    history.write(b"\xff\x00 {not json")
    saved = history.repo.restore().saved_as
    assert history.read() == THREE
    history.repo.checkout(f"medical@{saved}")
    assert history.read() == b"\xff\x00 {not json"


def test_saved_edits_that_are_no_records_never_become_a_version(history: Lab) -> None:
    history.write(ONE + b'{"a": \n')
    saved = history.repo.restore().saved_as
    before = history.picture()
    with pytest.raises(UsageError, match="saved edits"):
        history.repo.rollback(f"medical@{saved}")
    assert history.picture() == before


def test_saved_edits_are_edits_again_when_they_come_back(history: Lab) -> None:
    history.write(numbered(1, 2, 3, 4))
    saved = history.repo.checkout("v1.0", force=True).saved_as
    outcome = history.repo.checkout(f"medical@{saved}")
    assert sentences(outcome) == f"'{FILE}' now has the saved edits; unchanged; stays at v1.2"
    assert outcome.notes == ()
    (status,) = history.repo.status()
    assert status.base is not None
    assert (status.base.number, status.changed, status.stale) == ("v1.2", True, False)
    assert history.keep().manifest.number == "v1.3"
    assert history.content("v1.3") == numbered(1, 2, 3, 4)


def test_an_undone_version_can_be_made_the_newest_again(history: Lab) -> None:
    kept = history.repo.undo().saved_as
    undone = history.repo.version(f"medical@{kept}")
    assert history.repo.version(f"medical@{undone.id[:12]}").id == undone.id
    history.repo.checkout(f"medical@{kept}", force=True)
    history.write(numbered(1, 2, 3, 4))
    with pytest.raises(ProtectedError, match="HEAD has") as caught:
        history.keep()
    assert f"dsvc rollback medical@{undone.id[:12]}, then commit" in str(caught.value.hint)
    history.repo.rollback(f"medical@{undone.id[:12]}")
    assert (history.content("HEAD"), history.read()) == (THREE, numbered(1, 2, 3, 4))
    history.keep()


def test_restore_takes_the_file_back_to_head_or_to_another_version(history: Lab) -> None:
    history.write(ONE)
    outcome = history.repo.restore()
    assert sentences(outcome) == f"'{FILE}' is back to v1.2; unchanged; stays at v1.2"
    assert history.read() == THREE
    assert history.content(f"medical@{outcome.saved_as}") == ONE
    outcome = history.repo.restore("medical", revision="v1.1")
    assert (history.read(), outcome.saved_as) == (TWO, None)
    assert "already was as in v1.1" in history.repo.restore(revision="v1.1").file
    with pytest.raises(UsageError):
        history.repo.restore(revision="v1.1", formatting=True)


def test_rollback_is_a_new_version_with_the_old_content(history: Lab) -> None:
    outcome = history.repo.rollback("v1.0", reason="v1.1 taught it nonsense")
    assert sentences(outcome) == f"'{FILE}' has the content of v1.0; v1.3 was added (v1.2 is still there); is at v1.3"
    assert history.numbers() == ["v1.3", "v1.2", "v1.1", "v1.0"]
    assert history.read() == history.content("v1.3") == ONE
    manifest = history.repo.manifest("v1.3")
    assert manifest is not None
    assert (manifest.kind, manifest.reason, manifest.changes.removed) == ("rollback", "v1.1 taught it nonsense", 2)
    assert manifest.parents == (history.repo.version("v1.2").id,)
    assert history.states() == {FILE: "unchanged"}
    assert history.git.tags()["medical_v1.3"] == history.git.head()
    history.write(numbered(1, 5))
    assert history.keep().manifest.number == "v1.4"


def test_rollback_after_checkout_keeps_the_edits_made_there(history: Lab) -> None:
    history.repo.checkout("v1.0")
    history.write(numbered(1, 50))
    outcome = history.repo.rollback("v1.0")
    assert "and your edits on top of it" in outcome.file
    assert (history.content("v1.3"), history.read()) == (ONE, numbered(1, 50))
    assert history.keep().manifest.number == "v1.4"
    assert history.content("v1.4") == numbered(1, 50)


def test_rollback_from_a_stale_file_with_edits_is_refused_even_by_force(history: Lab) -> None:
    history.repo.checkout("v1.1")
    history.write(numbered(1, 2, 50))
    before = history.picture()
    for force in (False, True):
        with pytest.raises(ProtectedError, match=r"was written from v1\.1, but HEAD has v1\.2"):
            history.repo.rollback("v1.0", force=force)
    assert history.picture() == before


def test_there_may_be_nothing_to_roll_back(history: Lab) -> None:
    with pytest.raises(NotFoundError, match="nothing to roll back"):
        history.repo.rollback("v1.2")
    history.repo.rollback("v1.0")
    with pytest.raises(NotFoundError, match="nothing to roll back"):
        history.repo.rollback("v1.0")


@pytest.mark.parametrize("verb", ["checkout", "rollback", "tag"])
def test_what_does_not_exist_changes_nothing(history: Lab, verb: str) -> None:
    before = history.picture()
    for revision in ("v9.9", "other@v1.0", "HEAD~3"):
        with pytest.raises(NotFoundError):
            getattr(history.repo, verb)(revision)
    assert history.picture() == before


def test_old_bytes_come_back_where_only_the_writing_changed(lab: Lab) -> None:
    kept = b'{"b": 1,  "a": "\xe9\x80\xbe"}\n'
    lab.save(kept + lines({"id": 2}, {"id": 3}))
    rewritten = b'{"a": "\\u903e", "b": 1}\n'
    lab.write(rewritten + lines({"id": 2, "new": True}, {"id": 4}))
    outcome = lab.repo.restore(formatting=True)
    assert "1 record of" in outcome.file
    assert lab.read() == kept + lines({"id": 2, "new": True}, {"id": 4})
    assert lab.content(f"medical@{outcome.saved_as}") == rewritten + lines({"id": 2, "new": True}, {"id": 4})
    assert lab.states() == {FILE: "changed"}
    with pytest.raises(NotFoundError, match="only written differently"):
        lab.repo.restore(formatting=True)
    lab.repo.undo()
    assert lab.read().startswith(rewritten)
