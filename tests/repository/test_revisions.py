"""What versions are called, and what can be looked at and compared under these names."""

from __future__ import annotations

import pytest

from dsvc.delta import Added, Modified, Removed
from dsvc.errors import NotFoundError, ProtectedError, UsageError
from tests.repository.lab import FILE, Lab, lines, numbered


@pytest.fixture
def history(lab: Lab) -> Lab:
    """Three versions: one record, two, three."""
    lab.versions(numbered(1), numbered(1, 2), numbered(1, 2, 3))
    return lab


def test_every_spelling_of_a_version(history: Lab) -> None:
    first, second, third = reversed(history.repo.log())
    history.repo.tag("v1.1", "pilot")
    commit = history.git.tags()["medical_v1.1"]
    spellings = {
        first: ["v1.0", "1.0", "HEAD~2", "HEAD^^", "HEAD~1^", first.entry.id[:8], "medical_v1.0"],
        second: ["v1.1", "1.1", "HEAD~", "HEAD^", "pilot", "medical_pilot", commit, commit[:12], "HEAD~1", "main~1"],
        third: ["v1.2", "HEAD", "HEAD~0", third.entry.id, "main"],
    }
    for wanted, names in spellings.items():
        for name in names:
            assert history.repo.version(f"medical@{name}").id == wanted.entry.id, name
            assert history.repo.version(f"{FILE}@{name}").id == wanted.entry.id, name
    for name in ("v1.0", "1.0", "HEAD~2", "HEAD^^", first.entry.id[:8]):
        assert history.repo.version(name).id == first.entry.id, name
    for name in ("medical", FILE, "medical@"):
        assert history.repo.version(name).id == third.entry.id, name


@pytest.mark.parametrize(
    "name",
    ["v1.9", "HEAD~3", "ffffffff", "nope", "medical@nope", "other@v1.0", "medical@v1", "medical@HEAD~99", "@v1.0"],
)
def test_names_that_mean_nothing(history: Lab, name: str) -> None:
    with pytest.raises((NotFoundError, UsageError)):
        history.repo.version(name)


def test_head_counts_versions_and_not_commits(history: Lab) -> None:
    history.write(b"notes\n", "notes.txt")
    history.git.commit(["notes.txt"], "something else", expected_parent=history.git.head())
    assert history.repo.version("HEAD").number == "v1.2"
    assert history.repo.version("HEAD~1").number == "v1.1"
    assert history.save(numbered(4)).manifest.parents == (history.repo.version("v1.2").id,)


def test_an_id_prefix_that_fits_several_versions(lab: Lab) -> None:
    made = [result.manifest.id for result in lab.versions(*(numbered(n) for n in range(3)))]
    prefixes = {version[:4] for version in made}
    assert len(prefixes) == 3
    for version in made:
        assert lab.repo.version(f"medical@{version[:4]}").id == version
    with pytest.raises(NotFoundError):
        lab.repo.version(f"medical@{made[0][:3]}")


def test_the_log_is_newest_first_with_its_tags(history: Lab) -> None:
    history.repo.tag("v1.0", "pilot", "for the pilot")
    log = history.repo.log()
    assert [(e.entry.number, e.current, e.tags) for e in log] == [
        ("v1.2", True, ("medical_v1.2",)),
        ("v1.1", False, ("medical_v1.1",)),
        ("v1.0", False, ("medical_pilot", "medical_v1.0")),
    ]
    assert [e.entry.reason for e in log] == ["more"] * 3
    history.repo.checkout("v1.0")
    assert history.numbers("medical") == history.numbers(FILE) == ["v1.2", "v1.1", "v1.0"]
    with pytest.raises(NotFoundError, match="there is no dataset 'other'"):
        history.repo.log("other")


def test_a_manifest_is_found_in_the_history(history: Lab) -> None:
    for number, records in (("v1.0", 1), ("v1.1", 2), ("v1.2", 3)):
        manifest = history.repo.manifest(number)
        assert manifest is not None
        assert (manifest.number, manifest.counts.records) == (number, records)
    history.git.delete_tag("medical_v1.0")
    assert history.repo.manifest("v1.0") is not None


def test_tags_are_names_for_versions(history: Lab) -> None:
    assert history.repo.tag("v1.0", "pilot") == "medical_pilot"
    assert history.repo.tag("v1.0", "pilot") == "medical_pilot"
    before = history.picture()
    with pytest.raises(ProtectedError, match="already, on another version"):
        history.repo.tag("v1.1", "pilot")
    with pytest.raises(UsageError):
        history.repo.tag("v1.1", "no good")
    with pytest.raises(NotFoundError):
        history.repo.tag("v7.0", "x")
    assert history.picture() == before
    history.git.delete_tag("medical_v1.1")
    assert history.repo.tag("v1.1") == "medical_v1.1"
    assert history.git.tags("medical_v1.1") == {"medical_v1.1": history.git.resolve("HEAD~1")}


# Looking


def test_a_snapshot_reads_any_version_the_file_and_any_other_file(history: Lab) -> None:
    history.write(numbered(1, 9))
    history.write(numbered(5), "elsewhere/plain.jsonl")
    assert [history.content(f"v1.{n}") for n in range(3)] == [numbered(1), numbered(1, 2), numbered(1, 2, 3)]
    assert history.content("medical") == history.content(FILE) == numbered(1, 9)
    assert history.content("elsewhere/plain.jsonl") == numbered(5)
    assert [record.value for record in history.repo.snapshot("v1.0")] == [{"id": 1, "问": "第 1 个问题"}]
    with pytest.raises(NotFoundError):
        history.repo.snapshot("elsewhere/none.jsonl")
    with pytest.raises(UsageError, match="is a file, not a version"):
        history.repo.version("elsewhere/plain.jsonl")


def test_a_snapshot_outlives_what_happens_afterwards(history: Lab) -> None:
    old, file = history.repo.snapshot("v1.0"), history.repo.snapshot("medical")
    history.repo.checkout("v1.1")
    history.repo.restore()
    history.save(numbered(8))
    assert b"".join(old.chunks(old.layout.files[0])) == numbered(1)
    assert b"".join(file.chunks(file.layout.files[0])) == numbered(1, 2, 3)


def test_any_two_things_can_be_compared(history: Lab) -> None:
    history.write(numbered(1, 2, 3, 4))
    history.write(numbered(2), "plain.jsonl")
    cases: list[tuple[str | None, str | None, int, int]] = [
        (None, None, 1, 0),
        ("medical", None, 1, 0),
        ("v1.0", None, 3, 0),
        ("v1.0", "v1.2", 2, 0),
        ("v1.2", "v1.0", 0, 2),
        ("v1.0..v1.2", None, 2, 0),
        ("medical@v1.0..v1.2", None, 2, 0),
        ("HEAD~2..HEAD", None, 2, 0),
        ("v1.0..", None, 3, 0),
        ("medical", "v1.2", 0, 1),
        ("v1.0", "plain.jsonl", 1, 1),
        ("plain.jsonl", "medical", 3, 0),
        ("v1.1", "v1.1", 0, 0),
    ]
    for old, new, added, removed in cases:
        kinds = [type(delta) for delta in history.changes(old, new, key=("id",))]
        assert (kinds.count(Added), kinds.count(Removed), len(kinds)) == (added, removed, added + removed), (old, new)
    with pytest.raises(UsageError, match="what should it be compared with"):
        history.changes("plain.jsonl")


def test_the_key_of_the_dataset_is_used_unless_another_is_named(lab: Lab) -> None:
    lab.save(lines({"id": 1, "q": "x"}), key=("id",))
    lab.save(lines({"id": 1, "q": "all other words"}))
    assert [type(delta) for delta in lab.changes("v1.0", "v1.1")] == [Modified]
    assert [type(delta) for delta in lab.changes("v1.0", "v1.1", key=("q",))] == [Removed, Added]


def test_diffs_of_versions_read_nothing_that_is_equal(lab: Lab) -> None:
    from dsvc.store.memory_packs import MemoryPacks

    if not isinstance(lab.packs, MemoryPacks):
        pytest.skip("only the store in memory counts what is read")
    many = numbered(*range(3000))
    lab.save(many)
    lab.save(many + numbered(9000))
    lab.packs.reads = 0
    assert len(lab.changes("v1.0", "v1.1")) == 1
    assert lab.packs.reads < len(many) / 10


def test_a_tag_does_not_pass_for_another_version(history: Lab) -> None:
    for name in ("v1.1", "v9.0", "2.0", "HEAD", "HEAD~1"):
        with pytest.raises(UsageError, match="cannot name a version"):
            history.repo.tag("medical@v1.0", name)
    assert history.repo.tag("medical@v1.0", "v1.0") == "medical_v1.0"


def test_a_version_where_a_dataset_is_meant(lab: Lab) -> None:
    lab.save(lines({"q": "a"}))
    with pytest.raises(NotFoundError, match=r"there is no dataset 'medical@v1\.0'") as caught:
        lab.repo.restore("medical@v1.0")
    assert caught.value.hint == "leave the version out: medical"
