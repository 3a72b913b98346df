"""``split``: parts in a folder of their own or in place; nothing moves, nothing is lost, all can be taken back."""

from __future__ import annotations

import json
from collections import Counter
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

from dsvc.errors import BadDataError, NotFoundError, ProtectedError, UsageError
from dsvc.repository.results import CommitRequest
from dsvc.repository.splits.memory import Origin
from dsvc.splitting.rule import Share
from dsvc.validators.selection import Selection
from tests.repository.lab import FILE, Lab, lines, numbered
from tests.splitting.made_up import text

if TYPE_CHECKING:
    from pathlib import Path

    from dsvc.repository.splits.split import Split

FOLDER = "data/parts"
THREE = (Share("train", 0.8), Share("validation", 0.1), Share("test", 0.1))
TWO = (Share("train", 0.5), Share("test", 0.5))
HUNDRED = numbered(*range(100))


def parts(lab: Lab, folder: str = FOLDER) -> dict[str, bytes]:
    """The files of a folder by their names."""
    return {path.stem: path.read_bytes() for path in sorted((lab.root / folder).glob("*.jsonl"))}


def side_of(lab: Lab, folder: str = FOLDER) -> dict[bytes, str]:
    """The part that each line is in."""
    return {line: name for name, content in parts(lab, folder).items() for line in content.splitlines()}


def sizes(made: Split) -> dict[str, int]:
    return {part.name: part.records for part in made.plan.parts}


def all_lines(*contents: bytes) -> Counter[bytes]:
    return Counter(line for content in contents for line in content.splitlines(keepends=True))


# A folder of its own


def test_the_parts_of_a_file_go_into_a_new_folder(lab: Lab) -> None:
    lab.save(HUNDRED)
    made = lab.repo.split("medical", shares=THREE, output=FOLDER)
    assert sizes(made) == {"train": 80, "validation": 10, "test": 10}
    assert all_lines(*parts(lab).values()) == all_lines(HUNDRED)
    assert lab.read() == HUNDRED
    for content in parts(lab).values():
        numbers = [json.loads(line)["id"] for line in content.splitlines()]
        assert numbers == sorted(numbers)


def test_it_is_committed_with_its_rule_and_where_it_came_from(lab: Lab) -> None:
    first = lab.save(HUNDRED, licence="MIT")
    lab.repo.split("medical", shares=THREE, output=FOLDER, seed="种子")
    made = lab.repo.commit(CommitRequest(target=FOLDER, reason="parts"))
    assert made.manifest.metadata["split"] == {
        "format": "dsvc.split-rule/1",
        "shares": {"train": 0.8, "validation": 0.1, "test": 0.1},
        "seed": "种子",
        "stratify": [],
        "group_by": None,
        "near_duplicates": "together",
        "alike": 0.9,
        "from": {"path": FILE, "dataset": "medical", "version": first.manifest.id, "number": "v1.0"},
    }
    (source,) = made.manifest.sources
    assert (source.name, source.licence, source.records) == ("medical@v1.0", "MIT", 100)


def test_again_without_a_word_more_records_come_and_none_moves(lab: Lab) -> None:
    lab.save(HUNDRED)
    lab.repo.split("medical", shares=THREE, output=FOLDER)
    lab.repo.commit(CommitRequest(target=FOLDER, reason="parts"))
    before = side_of(lab)
    lab.save(HUNDRED + numbered(*range(100, 200)))
    made = lab.repo.split("medical")
    assert sizes(made) == {"train": 160, "validation": 20, "test": 20}
    assert made.plan.kept == 100
    after = side_of(lab)
    assert {line: after[line] for line in before} == before
    made_again = lab.repo.commit(CommitRequest(target=FOLDER, reason="more"))
    assert made_again.manifest.metadata["split"]["shares"] == {"train": 0.8, "validation": 0.1, "test": 0.1}
    assert (made_again.manifest.changes.added, made_again.manifest.changes.moved) == (100, 0)


def test_the_rule_stays_with_every_later_version(lab: Lab) -> None:
    lab.save(HUNDRED)
    lab.repo.split("medical", shares=THREE, output=FOLDER)
    lab.repo.commit(CommitRequest(target=FOLDER, reason="parts"))
    lab.write(parts(lab)["train"] + lines({"id": 1000}), f"{FOLDER}/train.jsonl")
    made = lab.keep("parts", "one more")
    assert made.manifest.metadata["split"]["from"]["path"] == FILE
    lab.repo.rollback("parts@v1.0")
    current = lab.repo.manifest("parts@HEAD")
    assert current is not None
    assert "split" in current.metadata


def test_an_edited_record_stays_where_it_was(lab: Lab) -> None:
    texts = {number: text(number, 0) for number in range(60)}
    lab.save(lines(*({"id": number, "text": words} for number, words in texts.items())))
    lab.repo.split("medical", shares=TWO, output=FOLDER, near_duplicates="together", seed="1")
    before = {json.loads(line)["id"]: part for line, part in side_of(lab).items()}
    lab.write(lines(*({"id": number, "text": f"{words}!"} for number, words in texts.items())))
    lab.repo.split("medical")
    assert {json.loads(line)["id"]: part for line, part in side_of(lab).items()} == before


def test_with_a_key_an_edited_record_is_the_same_one(lab: Lab) -> None:
    lab.save(HUNDRED, key=("id",))
    lab.repo.split("medical", shares=TWO, output=FOLDER, near_duplicates="ignore")
    before = {json.loads(line)["id"]: part for line, part in side_of(lab).items()}
    lab.write(lines(*({"id": number, "text": f"{number * number}"} for number in range(100))))
    lab.repo.split("medical")
    assert {json.loads(line)["id"]: part for line, part in side_of(lab).items()} == before


@pytest.mark.parametrize("literal", [False, True])
def test_a_key_may_lie_in_an_inner_object_or_have_a_dot_in_its_name(lab: Lab, literal: bool) -> None:
    def rows(text: str) -> bytes:
        key = ({"meta.id": n} if literal else {"meta": {"id": n}} for n in range(60))
        return lines(*({**each, "n": n, "text": text * (n + 1)} for n, each in enumerate(key)))

    lab.save(rows("a"), key=("meta.id",))
    lab.repo.split("medical", shares=TWO, output=FOLDER, near_duplicates="ignore")
    before = {json.loads(line)["n"]: part for line, part in side_of(lab).items()}
    lab.write(rows("other "))
    lab.repo.split("medical")
    assert {json.loads(line)["n"]: part for line, part in side_of(lab).items()} == before


def test_what_left_the_origin_leaves_the_parts(lab: Lab) -> None:
    lab.save(HUNDRED)
    lab.repo.split("medical", shares=THREE, output=FOLDER)
    lab.write(numbered(*range(10, 100)))
    made = lab.repo.split("medical")
    assert made.gone == 10
    assert all_lines(*parts(lab).values()) == all_lines(numbered(*range(10, 100)))


def test_a_new_folder_can_be_taken_back(lab: Lab) -> None:
    lab.save(HUNDRED)
    before = lab.files()
    lab.repo.split("medical", shares=THREE, output=FOLDER)
    outcome = lab.repo.undo()
    assert outcome.verb == "undo"
    assert lab.files() == before
    assert not (lab.root / FOLDER).exists(), "no empty folder stays"
    with pytest.raises(UsageError):
        lab.repo.split("medical")
    lab.repo.split("medical", shares=THREE, output=FOLDER)
    (lab.root / FOLDER / "notes.txt").write_text("mine")
    lab.repo.undo()
    assert [path.name for path in (lab.root / FOLDER).iterdir()] == ["notes.txt"]
    lab.repo.split("medical", shares=THREE, output=FOLDER)
    lab.repo.commit(CommitRequest(target=FOLDER, reason="parts"))


def test_edits_of_the_parts_are_kept_for_undo(lab: Lab) -> None:
    lab.save(HUNDRED)
    lab.repo.split("medical", shares=THREE, output=FOLDER)
    lab.write(parts(lab)["train"] + lines({"id": 1000}), f"{FOLDER}/train.jsonl")
    before = parts(lab)
    made = lab.repo.split("medical", anew=True, seed="another")
    assert made.outcome is not None
    assert made.outcome.saved_as is not None
    assert parts(lab) != before
    lab.repo.undo()
    assert parts(lab) == before
    lab.repo.commit(CommitRequest(target=FOLDER, reason="parts", source="hand"))


def test_a_dry_run_changes_nothing(lab: Lab) -> None:
    lab.save(HUNDRED)
    before = lab.files()
    made = lab.repo.split("medical", shares=THREE, output=FOLDER, dry_run=True)
    assert sizes(made) == {"train": 80, "validation": 10, "test": 10}
    assert made.changed == ()
    assert lab.files() == before
    assert [each.verb for each in lab.repo.operations()] == ["commit"]


def test_the_folder_may_be_named_from_anywhere(lab: Lab) -> None:
    lab.save(HUNDRED)
    (lab.root / "other").mkdir()
    lab.repo_in("other").split("medical", shares=TWO, output="../data/parts", dry_run=True)
    lab.repo.split("medical", shares=TWO, output=str(lab.root / FOLDER))
    assert set(parts(lab)) == {"train", "test"}
    with pytest.raises(UsageError, match="outside the repository"):
        lab.repo.split("medical", shares=TWO, output=str(lab.root.parent / "elsewhere"))


def test_a_file_elsewhere_can_be_split_again_when_it_changed(lab: Lab, tmp_path: Path) -> None:
    lab.save(numbered(1))
    elsewhere = tmp_path / "elsewhere.jsonl"
    for last in (100, 120, 110):
        elsewhere.write_bytes(numbered(*range(last)))
        made = lab.repo.split(str(elsewhere), shares=THREE, output=FOLDER)
        assert made.memory.origin == Origin(path="elsewhere.jsonl", sha256=sha256(elsewhere.read_bytes()).hexdigest())
        lab.repo.commit(CommitRequest(target=FOLDER, reason="parts"))


def test_a_version_can_be_split(lab: Lab) -> None:
    first = lab.save(HUNDRED)
    lab.save(numbered(1))
    lab.repo.split("medical@v1.0", shares=THREE, output=FOLDER)
    assert all_lines(*parts(lab).values()) == all_lines(HUNDRED)
    made = lab.repo.commit(CommitRequest(target=FOLDER, reason="parts"))
    assert made.manifest.metadata["split"]["from"]["version"] == first.manifest.id


def test_another_rule_alone_is_a_version_too(lab: Lab) -> None:
    lab.save(HUNDRED)
    lab.repo.split("medical", shares=THREE, output=FOLDER)
    lab.repo.commit(CommitRequest(target=FOLDER, reason="parts"))
    made = lab.repo.split("medical", seed="another")
    assert made.changed == ()
    result = lab.repo.commit(CommitRequest(target=FOLDER, reason="another seed"))
    assert result.manifest.metadata["split"]["seed"] == "another"
    with pytest.raises(NotFoundError):
        lab.repo.commit(CommitRequest(target=FOLDER, reason="nothing"))


def test_a_part_can_get_another_name(lab: Lab) -> None:
    lab.save(HUNDRED)
    lab.repo.split("medical", shares=THREE, output=FOLDER)
    lab.repo.commit(CommitRequest(target=FOLDER, reason="parts"))
    before = parts(lab)
    shares = (Share("train", 0.8), Share("dev", 0.1), Share("test", 0.1))
    lab.repo.split("medical", shares=shares)
    after = parts(lab)
    assert set(after) == {"train", "dev", "test"}
    assert (after["train"], after["test"]) == (before["train"], before["test"])
    assert all_lines(after["dev"]) == all_lines(before["validation"])


def test_a_file_that_is_none_of_the_parts_is_not_taken_away(lab: Lab) -> None:
    lab.save(HUNDRED)
    lab.repo.split("medical", shares=THREE, output=FOLDER)
    lab.write(numbered(999), f"{FOLDER}/extra.jsonl")
    refused(lab, ProtectedError, "extra.jsonl", shares=THREE)
    lab.repo.commit(CommitRequest(target=FOLDER, reason="parts", source="hand"))
    refused(lab, ProtectedError, "extra.jsonl", shares=THREE)


def test_what_was_taken_back_can_be_had_again(lab: Lab) -> None:
    lab.save(HUNDRED)
    lab.repo.split("medical", shares=THREE, output=FOLDER)
    lab.repo.commit(CommitRequest(target=FOLDER, reason="parts"))
    lab.write(HUNDRED + numbered(500))
    lab.repo.split("medical")
    made = parts(lab)
    (kept,) = [note for note in lab.repo.undo().notes if "dsvc checkout" in note]
    assert parts(lab) != made
    lab.repo.checkout(kept.rpartition(" ")[2])
    assert parts(lab) == made


# In place


def folder(lab: Lab) -> None:
    """A dataset whose files are the parts."""
    lab.write(numbered(*range(40)), f"{FOLDER}/train.jsonl")
    lab.write(numbered(*range(40, 50)), f"{FOLDER}/test.jsonl")
    lab.keep(FOLDER)


def test_a_new_file_is_put_on_sides_and_the_others_stay(lab: Lab) -> None:
    folder(lab)
    lab.write(numbered(*range(50, 100)), f"{FOLDER}/new.jsonl")
    before = parts(lab)
    made = lab.repo.split("parts", shares=(Share("train", 0.8), Share("test", 0.2)))
    after = parts(lab)
    assert sizes(made) == {"train": 80, "test": 20}
    assert set(after) == {"train", "test"}
    assert all(after[name].startswith(before[name]) for name in after)
    assert all_lines(*after.values()) == all_lines(*before.values())
    result = lab.repo.commit(CommitRequest(target="parts", reason="new ones", source="hand"))
    assert (result.manifest.changes.added, result.manifest.changes.removed) == (50, 0)
    assert lab.repo.split("parts").changed == ()


def test_taken_back_the_new_file_is_there_again(lab: Lab) -> None:
    folder(lab)
    lab.write(numbered(*range(50, 100)), f"{FOLDER}/new.jsonl")
    before = parts(lab)
    lab.repo.split("parts", shares=(Share("train", 0.8), Share("test", 0.2)))
    lab.repo.undo()
    assert parts(lab) == before


def test_anew_records_move_and_the_diff_says_so(lab: Lab) -> None:
    folder(lab)
    before = parts(lab)
    made = lab.repo.split("parts", shares=TWO, anew=True)
    assert sizes(made) == {"train": 25, "test": 25}
    assert all_lines(*parts(lab).values()) == all_lines(*before.values())
    counts = lab.repo.diff("parts").summary()
    assert counts.moved > 0
    assert (counts.added, counts.removed) == (0, 0)


def test_files_can_be_added_from_elsewhere(lab: Lab) -> None:
    folder(lab)
    lab.write(numbered(*range(50, 100)), "incoming.jsonl")
    made = lab.repo.split("parts", shares=(Share("train", 0.8), Share("test", 0.2)), add=("incoming.jsonl",))
    assert sizes(made) == {"train": 80, "test": 20}
    assert lab.exists("incoming.jsonl")


def test_shards_of_a_part_stay_and_the_last_one_grows(lab: Lab) -> None:
    lab.write(numbered(*range(20)), f"{FOLDER}/train-00000-of-00002.jsonl")
    lab.write(numbered(*range(20, 40)), f"{FOLDER}/train-00001-of-00002.jsonl")
    lab.write(numbered(*range(40, 50)), f"{FOLDER}/test.jsonl")
    lab.keep(FOLDER)
    before = parts(lab)
    lab.write(numbered(*range(50, 100)), f"{FOLDER}/new.jsonl")
    lab.repo.split("parts", shares=(Share("train", 0.8), Share("test", 0.2)))
    after = parts(lab)
    assert set(after) == set(before)
    assert after["train-00000-of-00002"] == before["train-00000-of-00002"]
    assert len(after["train-00001-of-00002"].splitlines()) == 60


def test_records_that_a_new_one_connects_are_told_and_do_not_move(lab: Lab) -> None:
    one = [{"id": n, "who": "a" if n < 2 else f"x{n}"} for n in range(20)]
    lab.write(lines(*one[:1], *one[2:12]), f"{FOLDER}/train.jsonl")
    lab.write(lines(*one[1:2], *one[12:]), f"{FOLDER}/test.jsonl")
    lab.keep(FOLDER)
    before = side_of(lab)
    lab.write(lines({"id": 99, "who": "a"}), f"{FOLDER}/new.jsonl")
    made = lab.repo.split("parts", shares=TWO, group_by="who", near_duplicates="ignore")
    (problem,) = [each for each in made.plan.problems if each.kind == "torn"]
    assert 'group "a"' in problem.message
    after = side_of(lab)
    assert {line: after[line] for line in before} == before


def test_a_folder_that_was_not_committed_yet_is_split_in_place_too(lab: Lab) -> None:
    lab.save(HUNDRED)
    lab.write(numbered(*range(40)), f"{FOLDER}/train.jsonl")
    lab.write(numbered(*range(40, 50)), f"{FOLDER}/test.jsonl")
    lab.write(numbered(*range(50, 100)), f"{FOLDER}/new.jsonl")
    before = parts(lab)
    lab.repo.split(FOLDER, shares=(Share("train", 0.8), Share("test", 0.2)))
    after = parts(lab)
    assert set(after) == {"train", "test"}
    assert all(after[name].startswith(before[name]) for name in after)
    lab.write(numbered(*range(100, 150)), "more.jsonl")
    assert sizes(lab.repo.split(FOLDER, add=("more.jsonl",))) == {"train": 120, "test": 30}
    lab.repo.undo()
    assert parts(lab) == after
    lab.repo.undo()
    assert parts(lab) == before


# Bytes


@pytest.mark.parametrize(
    "content",
    [
        HUNDRED.removesuffix(b"\n"),
        b"\xef\xbb\xbf" + HUNDRED,
        HUNDRED.replace(b"\n", b"\r\n"),
        HUNDRED.replace(b'{"id": 7,', b'\n  \n{"id":   7 ,'),
    ],
    ids=["no last line end", "byte order mark", "CRLF", "blank lines and spaces"],
)
def test_every_line_keeps_its_bytes(lab: Lab, content: bytes) -> None:
    lab.save(content)
    lab.repo.split("medical", shares=TWO, output=FOLDER, near_duplicates="ignore")
    wanted = all_lines(content)
    assert sum(all_lines(*parts(lab).values()).values()) == sum(wanted.values())
    assert all_lines(*parts(lab).values()) == wanted
    lab.repo.commit(CommitRequest(target=FOLDER, reason="parts"))


def test_a_line_end_is_added_where_a_last_line_is_last_no_more(lab: Lab) -> None:
    lab.write(numbered(1, 2).removesuffix(b"\n"), f"{FOLDER}/train.jsonl")
    lab.write(numbered(3, 4).removesuffix(b"\n"), f"{FOLDER}/test.jsonl")
    lab.keep(FOLDER)
    lab.write(b"\xef\xbb\xbf" + numbered(*range(10, 20)), f"{FOLDER}/new.jsonl")
    lab.repo.split("parts", shares=TWO, near_duplicates="ignore")
    assert all_lines(*parts(lab).values()) == all_lines(numbered(1, 2, 3, 4, *range(10, 20)))
    lab.keep("parts")


# What is refused


def refused(lab: Lab, error: type[Exception], *words: str, target: str | None = "medical", **asked: Any) -> None:
    before = lab.files()
    with pytest.raises(error) as raised:
        lab.repo.split(target, **asked)
    told = f"{raised.value} {getattr(raised.value, 'hint', '')}"
    assert all(word in told for word in words), told
    assert lab.files() == before


def test_bad_rules_are_answered_and_change_nothing(lab: Lab) -> None:
    lab.save(HUNDRED)
    at: dict[str, Any] = {"output": FOLDER}
    refused(lab, UsageError, "add up to 0.9", shares=(Share("train", 0.8), Share("test", 0.1)), **at)
    refused(lab, UsageError, "-0.1", shares=(Share("train", 0.9), Share("test", -0.1)), **at)
    refused(lab, UsageError, "'test' is 0", shares=(Share("train", 1), Share("test", 0)), **at)
    refused(lab, UsageError, "two parts", shares=(Share("train", 0.8),), **at)
    refused(lab, UsageError, "named twice", shares=(Share("train", 0.5), Share("Train", 0.5)), **at)
    refused(lab, UsageError, "cannot name", shares=(Share("../x", 0.5), Share("test", 0.5)), **at)
    refused(lab, UsageError, "'labl'", "id, 问", shares=THREE, stratify=("labl",), **at)
    refused(lab, UsageError, "'who'", shares=THREE, group_by="who", **at)
    refused(lab, UsageError, "no rule", **at)
    refused(lab, UsageError, "-o data/medical_split", shares=THREE)
    refused(lab, UsageError, "is a file", shares=THREE, output=FILE)
    refused(lab, UsageError, "no record", shares=(Share("train", 0.999), Share("test", 0.001)), **at)
    refused(lab, UsageError, ".dsvc", shares=THREE, output=".dsvc/x")
    refused(lab, NotFoundError, target="nobody", shares=THREE, **at)
    refused(lab, NotFoundError, shares=THREE, add=("nothing.jsonl",), **at)


@pytest.mark.parametrize("in_place", [False, True])
def test_parts_of_an_older_version_do_not_decide(lab: Lab, in_place: bool) -> None:
    lab.save(lines(*({"id": number, "问": f"第{number}个{number * 7919}"} for number in range(40))))
    lab.repo.split("medical", shares=(Share("train", 0.5), Share("test", 0.5)), output="data/parts")
    lab.keep("data/parts")
    lab.save(lines(*({"id": number, "问": f"第{number}个{number * 7919}"} for number in range(60))))
    lab.repo.split("medical")
    lab.keep("data/parts")
    newest = parts(lab, "data/parts")
    lab.repo.checkout("parts@v1.0")
    before = lab.picture()
    for dry_run in (True, False):
        with pytest.raises(ProtectedError, match=r"was written from v1.0, but HEAD has v1.1: what came since") as told:
            lab.repo.split("parts" if in_place else "medical", dry_run=dry_run)
        assert told.value.hint == "bring it in step with HEAD: dsvc checkout parts@v1.1"
    assert lab.picture() == before
    lab.repo.checkout("parts@HEAD")
    lab.repo.split("medical")
    assert parts(lab, "data/parts") == newest


def test_a_folder_that_no_split_wrote_is_left_alone(lab: Lab) -> None:
    lab.save(HUNDRED)
    lab.write(numbered(1), f"{FOLDER}/train.jsonl")
    refused(lab, ProtectedError, "no split wrote", shares=THREE, output=FOLDER)


def test_a_committed_file_that_is_no_part_is_not_taken_away(lab: Lab) -> None:
    folder(lab)
    lab.write(numbered(90, 91), f"{FOLDER}/dev.jsonl")
    lab.keep("parts")
    refused(lab, ProtectedError, "dev.jsonl", "--share dev", target="parts", shares=TWO)


def test_all_records_on_one_side_need_to_be_put_anew(lab: Lab) -> None:
    lab.write(HUNDRED, f"{FOLDER}/train.jsonl")
    lab.keep(FOLDER)
    refused(lab, UsageError, "--anew", target="parts", shares=THREE)
    assert sizes(lab.repo.split("parts", shares=THREE, anew=True)) == {"train": 80, "validation": 10, "test": 10}


def test_a_line_that_is_no_record_is_named(lab: Lab) -> None:
    lab.save(HUNDRED)
    lab.write(HUNDRED + b"{oops\n")
    refused(lab, BadDataError, "data/medical.jsonl:101", shares=THREE, output=FOLDER)


# Questions, and groups of several fields


def asked(*rows: tuple[str, str, str]) -> bytes:
    return lines(*({"question": q, "answer": a, "patient": p} for q, a, p in rows))


def dialogue() -> bytes:
    """Forty questions, each asked of two patients who answer otherwise; each patient is asked two questions."""
    return asked(
        *(
            (f"{text(n // 2, 0)}？", f"{'是' if n % 2 else '否'} {text(1000 + n, 0)}", f"p{(n + 1) // 2 % 40}")
            for n in range(80)
        )
    )


def test_the_same_question_in_several_parts_is_told(lab: Lab) -> None:
    lab.save(dialogue())
    told = lab.repo.split("medical", shares=TWO, output=FOLDER, dry_run=True).plan.problems
    (found,) = [each for each in told if each.kind == "question"]
    assert found.count > 5
    assert "questions stand in several parts" in found.message
    grouped = lab.repo.split("medical", shares=TWO, output=FOLDER, group_by="question").plan
    assert [each for each in grouped.problems if each.kind == "question"] == []
    assert list(lab.repo.validate(FOLDER, Selection(only=("split-leak",)))) == []


def test_records_that_share_a_value_of_any_field_stay_together(lab: Lab) -> None:
    pairs = [(n, n // 2) for n in range(40)] + [(n, n // 2) for n in range(40)]
    lab.save(lines(*({"n": n, "q": f"q{q}", "who": f"w{w}"} for n, (q, w) in enumerate(pairs))))
    made = lab.repo.split("medical", shares=TWO, output=FOLDER, group_by=("q", "who"), near_duplicates="ignore")
    assert made.plan.rule.group_by == ("q", "who")
    for name in ("q", "who"):
        where: dict[str, set[str]] = {}
        for line, part in side_of(lab).items():
            where.setdefault(json.loads(line)[name], set()).add(part)
        assert {len(found) for found in where.values()} == {1}
    kept = lab.repo.commit(CommitRequest(target=FOLDER, reason="parts"))
    assert kept.manifest.metadata["split"]["group_by"] == ["q", "who"]
    assert lab.repo.split("medical").plan.rule.group_by == ("q", "who")
    with pytest.raises(NotFoundError):
        lab.repo.commit(CommitRequest(target=FOLDER, reason="nothing"))
    moved = parts(lab)["train"].splitlines(keepends=True)
    lab.write(b"".join(moved[1:]), f"{FOLDER}/train.jsonl")
    lab.write(parts(lab)["test"] + moved[0], f"{FOLDER}/test.jsonl")
    leaks = list(lab.repo.validate("parts", Selection(only=("group-leakage",))))
    assert {finding.path for finding in leaks} == {"q", "who"}
    assert lab.repo.split("medical", group_by="", dry_run=True).plan.rule.group_by is None
