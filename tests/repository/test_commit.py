"""``commit``: what becomes a version, what is written down, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dsvc.errors import (
    BadDataError,
    CorruptError,
    HookError,
    NotFoundError,
    ProtectedError,
    SourceNeededError,
    UsageError,
)
from dsvc.origin import Annotator
from dsvc.store.git_values import Identity, Operation
from dsvc.store.memory_history import MemoryHistory
from dsvc.store.memory_packs import MemoryPacks
from tests.repository.lab import FILE, START, Lab, lines, numbered

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_the_first_commit_makes_a_dataset_of_a_file(lab: Lab) -> None:
    made = lab.save(numbered(1, 2), reason="collected", source="manual", licence="CC-BY-4.0")
    manifest = made.manifest
    assert (made.dataset.name, made.dataset.path, made.dataset.kind) == ("medical", FILE, "file")
    assert (manifest.number, manifest.parents, manifest.kind, made.tag) == ("v1.0", (), "commit", "medical_v1.0")
    assert (manifest.reason, manifest.author.name, manifest.authored_at) == ("collected", "Ann Otter", START)
    assert (manifest.counts.records, manifest.changes.added) == (2, 2)
    assert [(s.name, s.licence, s.records) for s in manifest.sources] == [("manual", "CC-BY-4.0", 2)]
    assert manifest.annotators == (Annotator("Ann Otter"),)
    assert lab.git.tags() == {"medical_v1.0": made.commit}
    assert lab.git.is_ignored(FILE)
    assert lab.read() == lab.content("v1.0") == numbered(1, 2)


def test_an_edit_is_one_more_version_and_stores_only_what_is_new(lab: Lab) -> None:
    first = lab.save(numbered(1, 2, 3))
    second = lab.save(numbered(1, 20, 3, 4), source="forum")
    assert second.manifest.parents == (first.manifest.id,)
    assert second.manifest.number == "v1.1"
    assert second.new_bytes == len(numbered(20, 4))
    changes = second.manifest.changes
    assert (changes.added, changes.removed, changes.modified) == (1, 0, 1)
    assert {s.name: s.records for s in second.manifest.sources} == {"hand": 0, "forum": 1}
    assert (lab.content("v1.0"), lab.content("v1.1")) == (numbered(1, 2, 3), numbered(1, 20, 3, 4))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b'{"a":1}',
        b'{"a":1}\r\n{"a":2}\r\n',
        b'\xef\xbb\xbf{"a":1}\n',
        b'\n\n{"a": 1}\n\n',
        b'{"a":1}\n' * 3,
        b"[1]\n",
    ],
    ids=["empty", "no last newline", "crlf", "bom", "blank lines", "duplicates", "a list"],
)
def test_the_bytes_come_back_as_they_were(lab: Lab, content: bytes) -> None:
    if content == b"[1]\n":
        lab.write(content)
        with pytest.raises(BadDataError):
            lab.keep()
        return
    lab.save(content)
    lab.save(numbered(7))
    assert lab.content("v1.0") == content
    lab.repo.checkout("v1.0")
    assert lab.read() == content


def test_nothing_to_commit(lab: Lab) -> None:
    lab.save(numbered(1))
    before = lab.picture()
    with pytest.raises(NotFoundError, match=r"nothing to commit: 'data/medical.jsonl' is as in v1.0"):
        lab.keep()
    assert lab.picture() == before


def test_what_is_found_out_of_a_source_makes_a_version_of_the_same_records(lab: Lab) -> None:
    lab.save(numbered(1, 2), source="网页")
    made = lab.keep(source="网页", licence="apache-2.0", source_uri="https://example.com/d")
    assert [(s.licence, s.uri, s.records) for s in made.manifest.sources] == [
        ("Apache-2.0", "https://example.com/d", 0)
    ]
    assert made.notes == (
        "the licence of the source '网页' is Apache-2.0 now (it was unknown)",
        "the address of the source '网页' is https://example.com/d now",
    )
    assert lab.content("v1.1") == numbered(1, 2)
    assert made.new_bytes == 0
    summary = lab.repo.diff("v1.0", "v1.1").summary()
    assert summary.is_empty
    assert [(s.name, s.old_licence, s.new_licence) for s in summary.sources] == [("网页", "unknown", "Apache-2.0")]
    assert [entry.licences for entry in lab.repo.log()] == [(), (("网页", "Apache-2.0"),)]
    lab.repo.undo()
    assert [entry.licences for entry in lab.repo.log()] == [()]
    assert lab.read() == numbered(1, 2)


def test_nothing_to_say_anew_is_nothing_to_commit(lab: Lab) -> None:
    lab.save(numbered(1), source="web page", licence="MIT")
    before = lab.picture()
    for said, hint in (
        ({"source": "web page", "licence": "mit"}, "dsvc status"),
        ({"source": "another", "licence": "CC0-1.0"}, "say of which source: --source 'web page'"),
        ({"source": None, "licence": "CC0-1.0"}, "say of which source: --source 'web page'"),
    ):
        with pytest.raises(NotFoundError, match="nothing to commit") as caught:
            lab.keep(**said)
        assert caught.value.hint == hint
        assert lab.picture() == before


def test_added_records_need_a_source_and_edited_ones_keep_theirs(lab: Lab) -> None:
    lab.write(numbered(1, 2))
    before = lab.picture()
    for blank in (None, "", "  "):
        with pytest.raises(SourceNeededError) as caught:
            lab.keep(source=blank)
        assert "2" in str(caught.value)
        assert lab.picture() == before
    lab.keep(source="book")
    lab.write(lines({"id": 1, "问": "第 1 个问题？"}, {"id": 2, "问": "第 2 个问题"}))
    edited = lab.keep(source=None)
    assert {s.name: s.records for s in edited.manifest.sources} == {"book": 0}
    assert {pack.origin.source for pack in lab.repo.snapshot("HEAD").layout.packs} == {"book"}
    lab.write(numbered(2))
    assert lab.keep(source=None).manifest.changes.removed == 1


def test_sources_and_annotators_can_stand_in_the_records(lab: Lab) -> None:
    records = [{"q": 1, "from": "a", "by": "王"}, {"q": 2, "from": "b", "by": ["王", "李"]}, {"q": 3}]
    made = lab.save(
        lines(*records), source="rest", source_field="from", annotator_field="by", allow_findings="as collected"
    )
    assert {s.name: s.records for s in made.manifest.sources} == {"a": 1, "b": 1, "rest": 1}
    origins = {(p.origin.source, tuple(a.name for a in p.origin.annotators)) for p in
               lab.repo.snapshot("v1.0").layout.packs}  # fmt: skip
    assert origins == {("a", ("王",)), ("b", ("王", "李")), ("rest", ("Ann Otter",))}
    lab.write(lines({"q": 4, "from": {"no": "name"}}))
    with pytest.raises(BadDataError, match=r"medical.jsonl:1"):
        lab.keep(source_field="from")


def test_a_key_tells_edits_and_stays(lab: Lab) -> None:
    lab.save(lines({"id": 1, "q": "x"}, {"id": 2, "q": "y"}), key=("id",))
    made = lab.save(lines({"id": 2, "q": "wholly"}, {"id": 1, "q": "different"}))
    assert made.manifest.key == ("id",)
    assert made.manifest.changes.modified == 2
    assert lab.keep(key=()).manifest.key == ()


def test_whole_stores_the_file_under_its_own_name(lab: Lab) -> None:
    lab.versions(numbered(1), numbered(1, 2))
    made = lab.keep(whole=True, major=True)
    assert made.manifest.number == "v2.0"
    store = lab.root / made.dataset.store_path
    assert (store / "medical.jsonl").read_bytes() == numbered(1, 2)
    lab.save(numbered(1, 2, 3))
    assert (store / "medical.jsonl").read_bytes() == numbered(1, 2)
    lab.repo.rollback("v1.1")
    assert not (store / "medical.jsonl").exists()
    assert lab.content("v2.0") == lab.content("v1.1") == numbered(1, 2)
    assert lab.changes("v1.1", "v2.0") == []


def test_a_dry_run_tells_and_stores_nothing(lab: Lab) -> None:
    lab.save(numbered(1))
    lab.write(numbered(1, 2))
    before = lab.picture()
    objects = dict(lab.packs.objects) if isinstance(lab.packs, MemoryPacks) else None
    tried = lab.keep(dry_run=True)
    assert (tried.commit, tried.tag, tried.manifest.number) == (None, None, "v1.1")
    assert (tried.manifest.changes.added, tried.new_bytes) == (1, len(numbered(2)))
    assert lab.picture() == before
    assert objects is None or (isinstance(lab.packs, MemoryPacks) and lab.packs.objects == objects)
    assert lab.keep().manifest.store == tried.manifest.store or tried.manifest.counts.records == 2


def test_numbers_go_on_and_are_never_used_twice(lab: Lab) -> None:
    lab.save(numbered(1))
    assert lab.save(numbered(2), number="1.7").manifest.number == "v1.7"
    assert lab.save(numbered(3)).manifest.number == "v1.8"
    assert lab.save(numbered(4), major=True).manifest.number == "v2.0"
    assert lab.save(numbered(5), number="v2.0.1").manifest.number == "v2.0.1"
    lab.write(numbered(6))
    head = lab.git.head()
    assert head is not None
    for number in ("v1.7", "2.0"):
        with pytest.raises(UsageError, match="already"):
            lab.keep(number=number)
    with pytest.raises(UsageError, match="not a version number"):
        lab.keep(number="next")
    with pytest.raises(UsageError, match=r"v0.5 is lower than v2.0.1") as caught:
        lab.keep(number="0.5")
    assert caught.value.hint == "--version v2.1"
    lab.git.tag("medical_v2.1", head, "somebody else's")
    assert lab.keep().manifest.number == "v2.2"


@pytest.mark.parametrize(
    ("bad", "place"),
    [
        (b'{"a": 1}\n{"a": \n', "medical.jsonl:2"),
        (b'{"a": 1}\n\xff\n', "medical.jsonl:2"),
        (b'{"a": 1}\n\n42\n', "medical.jsonl:3"),
        (b'{"a": 1}{"b": 2}\n', "medical.jsonl:1"),
        (b'{"a": 1}\n\xef\xbb\xbf{"a": 2}\n', "medical.jsonl:2"),
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_bad_data_is_named_and_changes_nothing(lab: Lab, bad: bytes, place: str, first: bool) -> None:
    if not first:
        lab.save(numbered(1))
    lab.write(bad)
    before = lab.picture()
    with pytest.raises(BadDataError, match=place):
        lab.keep()
    assert lab.picture() == before


def test_a_missing_file_and_a_name_that_is_none(lab: Lab) -> None:
    with pytest.raises(NotFoundError, match=r"there is no file or dataset 'data/medical.jsonl'"):
        lab.keep()
    lab.save(numbered(1))
    (lab.root / FILE).unlink()
    with pytest.raises(NotFoundError, match="there is no file"):
        lab.keep()


def test_a_file_from_another_version_is_not_committed_over_head(lab: Lab) -> None:
    lab.versions(numbered(1), numbered(1, 2))
    lab.repo.checkout("v1.0")
    lab.write(numbered(1, 3))
    before = lab.picture()
    with pytest.raises(ProtectedError, match=r"was written from v1.0, but HEAD has v1.1"):
        lab.keep()
    assert lab.picture() == before
    lab.write(numbered(1, 2))
    with pytest.raises(NotFoundError, match="nothing to commit"):
        lab.keep()
    lab.save(numbered(1, 2, 3))


def test_when_the_base_is_forgotten_it_is_found_or_asked_for(lab: Lab) -> None:
    lab.versions(numbered(1), numbered(1, 2))
    bases = lab.git.git_dir / "dsvc" / "base"

    def forget() -> None:
        for file in bases.iterdir():
            file.unlink()

    forget()
    assert lab.states() == {FILE: "unchanged"}
    lab.write(numbered(1, 2, 3))
    forget()
    assert lab.repo.status()[0].base is None
    with pytest.raises(ProtectedError, match="it is not known which version"):
        lab.keep()
    with pytest.raises(ProtectedError, match=r"was written from v1.0"):
        lab.keep(base="v1.0")
    assert lab.keep(base="v1.1").manifest.number == "v1.2"


def test_what_others_track_is_refused(lab: Lab) -> None:
    lab.write(numbered(1), "tracked.jsonl")
    lab.git.commit(["tracked.jsonl"], "in git", expected_parent=lab.git.head())
    with pytest.raises(ProtectedError, match="tracked by git"):
        lab.keep("tracked.jsonl")
    lab.write(numbered(1), "dvc.jsonl")
    lab.write(b"outs:\n", "dvc.jsonl.dvc")
    with pytest.raises(ProtectedError, match=r"tracked by 'dvc.jsonl.dvc'"):
        lab.keep("dvc.jsonl")
    (lab.root / "link.jsonl").symlink_to("tracked.jsonl")
    with pytest.raises(ProtectedError, match="symbolic link"):
        lab.keep("link.jsonl")


def test_a_mixture_of_versions_is_refused(lab: Lab) -> None:
    made = lab.save(numbered(1))
    manifest = made.dataset.manifest_path
    lab.write(lab.read(manifest).replace(b'"more"', b'"merged"'), manifest)
    lab.write(numbered(1, 2))
    with pytest.raises(CorruptError, match="not as in the last commit"):
        lab.keep()
    assert lab.repo.status()[0].problem is not None


def test_other_work_stays_out_of_the_commit(lab: Lab) -> None:
    lab.write(b"print()\n", "train.py")
    made = lab.save(numbered(1))
    assert made.commit is not None
    assert not lab.git.is_tracked("train.py")
    head = lab.git.head()
    assert head is not None
    assert lab.git.read(head, FILE) is None
    assert lab.git.info(head).message.startswith("medical v1.0: more\n\nSource: hand\n")
    assert f"Dsvc-Version: {made.manifest.id}" in lab.git.info(head).message


@pytest.mark.parametrize(("tags", "expected"), [("all", 3), ("releases", 2), ("none", 0)])
def test_which_versions_get_a_tag_is_a_setting(lab: Lab, tags: str, expected: int) -> None:
    lab.write(f'tags = "{tags}"\n'.encode(), "dsvc.toml")
    lab.versions(numbered(1), numbered(2))
    lab.save(numbered(3), major=True)
    assert len(lab.git.tags("medical_")) == expected
    assert lab.numbers() == ["v2.0", "v1.1", "v1.0"]


class TestInMemory:
    """What needs a history that can be told what to say."""

    @pytest.fixture
    def git(self, tmp_path: Path) -> MemoryHistory:
        return MemoryHistory(tmp_path, identity=Identity("Ann Otter", "ann@example.com"))

    def test_a_hook_that_refuses_puts_everything_back(self, git: MemoryHistory) -> None:
        lab = Lab(git, MemoryPacks())
        lab.save(numbered(1))
        lab.write(numbered(2))
        before = lab.picture()

        def refuse() -> None:
            raise HookError("the hook said no")

        git.before_commit = refuse
        verbs: list[Callable[[], object]] = [lab.keep, lambda: lab.save(numbered(1), "other.jsonl")]
        for verb in verbs:
            with pytest.raises(HookError):
                verb()
            (lab.root / "other.jsonl").unlink(missing_ok=True)
            assert lab.picture() == before
        git.before_commit = None
        assert lab.keep().manifest.number == "v1.1"

    def test_in_the_middle_of_a_merge(self, git: MemoryHistory) -> None:
        lab = Lab(git, MemoryPacks())
        lab.write(numbered(1))
        git.in_the_middle_of = Operation.REBASE
        with pytest.raises(ProtectedError, match="in the middle of a rebase") as caught:
            lab.keep()
        assert "git rebase --continue" in str(caught.value.hint)

    def test_the_annotator_is_a_setting_and_lfs_is_named(self, git: MemoryHistory) -> None:
        lab = Lab(git, MemoryPacks())
        git.settings["dsvc.annotator"] = "张三"
        assert lab.save(numbered(1)).manifest.annotators == (Annotator("张三"),)
        lab.write(numbered(1), "lfs.jsonl")
        git.stage("lfs.jsonl")
        git.attributes["lfs.jsonl", "filter"] = "lfs"
        with pytest.raises(ProtectedError, match="tracked by git-lfs"):
            lab.keep("lfs.jsonl")

    def test_without_a_name_nobody_commits(self, tmp_path: Path) -> None:
        lab = Lab(MemoryHistory(tmp_path), MemoryPacks())
        lab.write(numbered(1))
        with pytest.raises(ProtectedError, match="who you are"):
            lab.keep()

    def test_what_is_not_here_comes_from_the_remote(self, git: MemoryHistory) -> None:
        origin = MemoryPacks()
        lab = Lab(git, origin)
        lab.versions(numbered(1), numbered(1, 2))
        lab.packs = MemoryPacks(remote=origin)
        assert lab.content("v1.0") == numbered(1)
        assert lab.save(numbered(1, 2, 3)).new_bytes == len(numbered(3))
        assert lab.content("v1.2") == numbered(1, 2, 3)


def test_a_first_commit_that_fails_keeps_everybodys_settings(tmp_path: Path) -> None:
    git = MemoryHistory(tmp_path, identity=Identity("Ann Otter", "ann@example.com"))
    lab = Lab(git, MemoryPacks())
    lab.write(b"[core]\n    remote = disk\n", ".dvc/config")
    lab.write(b"*.tmp\n", "data/.gitignore")
    lab.write(numbered(1))

    def refuse() -> None:
        raise HookError("the hook said no")

    git.before_commit = refuse
    before = lab.files()
    with pytest.raises(HookError):
        lab.keep()
    assert {path: lab.files().get(path) for path in before} == before
    assert not git.is_tracked(".dvc/config")
