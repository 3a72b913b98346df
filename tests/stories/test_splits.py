"""Parts for training, validation and test over months: two clones, edits, new records, and the proof."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from dsvc.errors import ProtectedError, SourceNeededError
from dsvc.repository.repository import Repository
from dsvc.sampling.rule import Rule as PilotRule
from dsvc.splitting.rule import Share
from dsvc.validators.selection import Selection
from tests.splitting.made_up import text
from tests.stories.project import DATA, Project, lines

if TYPE_CHECKING:
    from pathlib import Path

    from dsvc.validators.finding import Finding

THREE = (Share("train", 0.8), Share("validation", 0.1), Share("test", 0.1))
PROOF = Selection(only=("exact-duplicate", "near-duplicate", "group-leakage"))
FILE, FOLDER = "data/医疗.jsonl", "data/医疗_parts"


def records(*numbers: int) -> list[dict[str, object]]:
    """Two records of each number are nearly the same; five follow each other with one patient."""
    return [
        {"id": n, "text": text(n, variant), "label": "急诊" if n % 7 == 0 else "门诊", "patient": f"病人{n // 5}"}
        for n in numbers
        for variant in (0, 1)
    ]


def sides(root: Path) -> dict[str, str]:
    found = {}
    for file in sorted((root / FOLDER).glob("*.jsonl")):
        found.update(dict.fromkeys(file.read_text("utf-8").splitlines(), file.stem))
    return found


def leaks(repo: Repository) -> list[Finding]:
    """What is in two parts; what is nearly the same in one part is only a warning."""
    return [finding for finding in repo.validate(FOLDER, PROOF) if finding.severity == "error"]


def grown(project: Project) -> Project:
    project.save(FILE, lines(*records(*range(100))))
    project.repo.split(FILE, shares=THREE, output=FOLDER, stratify=("label",), group_by="patient")
    project.keep(FOLDER, "parts", None)
    return project


def test_the_proof_finds_nothing_and_dvc_is_content(project: Project) -> None:
    grown(project)
    assert leaks(project.repo) == []
    assert project.dvc("status").strip().endswith("up to date.")
    assert project.git("status", "--porcelain").strip() == ""


def test_a_colleague_goes_on_with_the_same_rule(project: Project, tmp_path: Path) -> None:
    project.remote(tmp_path / "remote")
    grown(project)
    project.repo.push()
    before = sides(project.root)
    clone = tmp_path / "clone"
    project.git("clone", "--quiet", str(project.root), str(clone))
    repo = Repository.open(clone)
    for dataset in repo.datasets():
        repo.restore(dataset.name)
    assert sides(clone) == before
    with (clone / FILE).open("ab") as file:
        file.write(lines(*records(*range(100, 140))))
    made = Repository.open(clone).split(FILE)
    assert made.plan.rule.group_by == "patient"
    after = sides(clone)
    assert {line: after[line] for line in before} == before
    assert leaks(Repository.open(clone)) == []


def test_what_a_new_record_connects_is_told_by_the_proof(project: Project) -> None:
    grown(project)
    there = sides(project.root)
    patient = {part: json.loads(line)["patient"] for line, part in there.items()}
    first = next(json.loads(line) for line, part in there.items() if part == "train")
    project.write("new.jsonl", lines({**first, "id": 999, "text": first["text"] + " x", "patient": patient["test"]}))
    made = project.repo.split(FOLDER, add=("new.jsonl",))
    assert [each.kind for each in made.plan.problems if each.kind == "torn"] == ["torn"]
    assert {line: side for line, side in sides(project.root).items() if line in there} == there
    assert leaks(project.repo)


def test_a_record_moved_by_hand_is_found(project: Project) -> None:
    grown(project)
    lines_of = {name: project.read(f"{FOLDER}/{name}.jsonl").splitlines(keepends=True) for name in ("train", "test")}
    project.write(f"{FOLDER}/train.jsonl", b"".join(lines_of["train"][1:]))
    project.write(f"{FOLDER}/test.jsonl", b"".join([*lines_of["test"], lines_of["train"][0]]))
    assert {finding.rule for finding in leaks(project.repo)} == {"near-duplicate", "group-leakage"}


def test_records_of_a_benchmark_are_found(project: Project) -> None:
    grown(project)
    (one, two, *_) = records(3)
    project.write("bench.jsonl", lines(one, {"text": text(500, 0)}, {**records(8)[0], "id": "8"}))
    found = list(project.repo.validate(FOLDER, Selection(only=("leakage",)), against="bench.jsonl"))
    assert len(found) == 4
    assert sum("the same record as row 1 of 'bench.jsonl'" in finding.message for finding in found) == 1
    assert sum("the same question as row 3 of 'bench.jsonl'" in finding.message for finding in found) == 1
    assert sum("nearly the same as row" in finding.message for finding in found) == 2
    project.save("bench.jsonl", lines(two))
    again = list(project.repo.validate(FOLDER, Selection(only=("leakage",)), against="bench@v1.0"))
    assert len(again) == 2


@pytest.mark.skipif(not (DATA / "sets").is_dir(), reason="the public data is not here")
def test_questions_of_a_real_set(project: Project) -> None:
    project.save("data/gsm.jsonl", (DATA / "sets" / "gsm8k_train.jsonl").read_bytes())
    made = project.repo.split("gsm", shares=THREE, output="data/parts")
    assert [part.records for part in made.plan.parts] == [5979, 747, 747]
    assert list(project.repo.validate("data/parts", PROOF)) == []
    test = str(DATA / "sets" / "gsm8k_test.jsonl")
    assert list(project.repo.validate("data/parts", Selection(only=("leakage",)), against=test)) == []


def gone(project: Project, *names: str) -> None:
    for name in names:
        (project.root / FOLDER / f"{name}.jsonl").unlink()


def grown_by_more(project: Project) -> dict[str, str]:
    """The sides of what is committed; the source has grown since."""
    grown(project)
    project.save(FILE, lines(*records(*range(180))))
    return sides(project.root)


@pytest.mark.parametrize("names", [("test",), ("train", "validation", "test")])
def test_what_is_committed_stays_where_it_is_when_files_were_deleted(project: Project, names: tuple[str, ...]) -> None:
    before = grown_by_more(project)
    gone(project, *names)
    if len(names) == 3:
        (project.root / FOLDER).rmdir()
    project.repo.split(FILE)
    after = sides(project.root)
    assert {line: after.get(line) for line in before} == before
    project.keep(FOLDER, "more", None)


def test_a_part_that_is_missing_is_not_made_of_others(project: Project) -> None:
    before = grown_by_more(project)
    project.write(f"{FOLDER}/new.jsonl", lines(*records(*range(200, 240))))
    gone(project, "test")
    there = project.picture()
    with pytest.raises(ProtectedError, match=r"test\.jsonl' is not there"):
        project.repo.split(FOLDER)
    assert project.picture() == there
    project.write(f"{FOLDER}/test.jsonl", b"".join(f"{one}\n".encode() for one in before if before[one] == "test"))
    project.repo.split(FOLDER)
    after = sides(project.root)
    assert {line: after.get(line) for line in before} == before


def test_the_rule_waits_for_its_commit_whatever_is_noted_meanwhile(project: Project) -> None:
    grown_by_more(project)
    project.repo.split(FILE, seed="another")
    project.repo.pilots.create(f"{FOLDER}@HEAD", "p", PilotRule(size="5"))
    made = project.keep(FOLDER, "more", None)
    assert made.manifest.metadata["split"]["seed"] == "another"
    assert [source.name for source in made.manifest.sources] == ["医疗@v1.0", "医疗@v1.1"]


def corrected(project: Project) -> tuple[dict[str, str], bytes, bytes]:
    """A record of the test is corrected in the parts, and committed; its line before and after."""
    before = grown_by_more(project)
    test = project.read(f"{FOLDER}/test.jsonl").splitlines(keepends=True)
    better = test[0].replace(b'"label": "', b'"label": "\xe5\xa4\x8d\xe8\xaf\x8a-')
    project.save(f"{FOLDER}/test.jsonl", b"".join([better, *test[1:]]), "corrected", "hand")
    return before, test[0], better


def test_what_was_corrected_in_the_parts_is_not_taken_back_in_silence(project: Project) -> None:
    before, old, better = corrected(project)
    there = project.picture()
    for dry_run in (True, False):
        with pytest.raises(ProtectedError, match=r"has 1 change since v1\.0 that '.*' does not have") as raised:
            project.repo.split(FILE, dry_run=dry_run)
        assert "--force" in str(raised.value.hint)
    assert project.picture() == there
    project.write(FILE, project.read(FILE).replace(old, better))
    project.repo.split(FILE)
    assert better.decode().rstrip() in sides(project.root)
    kept = {line: side for line, side in before.items() if line != old.decode().rstrip()}
    assert {line: sides(project.root).get(line) for line in kept} == kept


def test_what_was_corrected_in_the_parts_goes_when_that_is_said(project: Project) -> None:
    before, _, better = corrected(project)
    project.repo.split(FILE, force=True)
    assert better not in project.read(f"{FOLDER}/test.jsonl")
    assert {line: sides(project.root).get(line) for line in before} == before
    project.keep(FOLDER, "as the source", None)
    project.save(FILE, project.read(FILE) + lines(*records(300)))
    project.repo.split(FILE)


def test_what_was_removed_from_the_parts_does_not_come_back_in_silence(project: Project) -> None:
    grown(project)
    test = project.read(f"{FOLDER}/test.jsonl").splitlines(keepends=True)
    project.save(f"{FOLDER}/test.jsonl", b"".join(test[1:]), "one less", None)
    with pytest.raises(ProtectedError, match="1 change since"):
        project.repo.split(FILE)
    project.write(FILE, project.read(FILE).replace(test[0], b""))
    project.repo.split(FILE)


def test_a_source_that_is_edited_before_it_is_committed_may_be_split_again_and_again(project: Project) -> None:
    grown(project)
    for step in (1, 2, 3):
        more = [{**each, "step": step} for each in records(*range(100, 110))]
        project.write(FILE, lines(*records(*range(100)), *more))
        project.repo.split(FILE)
        project.keep(FOLDER, "parts", "hand")


# Where the records came from


def unsaved(project: Project) -> bytes:
    """A source of which ten records were added, and one edited, that no version has."""
    project.save(FILE, lines(*records(*range(25))))
    edited = project.read(FILE).replace(b'"label": "', b'"label": "x', 1)
    project.write(FILE, edited + lines(*records(*range(100, 105))))
    return edited


def test_records_that_no_version_of_the_source_has_need_a_source_of_their_own(project: Project) -> None:
    unsaved(project)
    made = project.repo.split(FILE, shares=THREE, output=FOLDER)
    assert "has edits that are in no version" in made.notes[0]
    there = project.picture()
    with pytest.raises(SourceNeededError, match=r"10 added records .* not in 医疗@v1\.0"):
        project.keep(FOLDER, "parts", None)
    assert project.picture() == there
    kept = project.keep(FOLDER, "parts", "手写", licence="MIT")
    told = {source.name: (source.records, source.licence) for source in kept.manifest.sources}
    assert told == {"医疗@v1.0": (50, "unknown"), "手写": (10, "MIT")}
    assert project.dvc("status").strip().endswith("up to date.")


def test_once_the_edits_are_committed_another_split_knows_their_version(project: Project) -> None:
    unsaved(project)
    project.repo.split(FILE, shares=THREE, output=FOLDER)
    project.keep(FILE, "ten more", "手写")
    made = project.repo.split(FILE)
    assert (made.changed, made.notes) == ((), ())
    kept = project.keep(FOLDER, "parts", None)
    assert {source.name: source.records for source in kept.manifest.sources} == {"医疗@v1.1": 60}
    assert "unmixed" not in kept.manifest.metadata["split"]
    assert project.repo.split(FILE).outcome is None


def test_each_record_is_blamed_on_what_it_came_from(project: Project) -> None:
    unsaved(project)
    project.repo.split(FILE, shares=THREE, output=FOLDER)
    project.keep(FOLDER, "parts", "手写")
    sources: Counter[str | None] = Counter()
    for block in project.repo.blame(FOLDER).blocks():
        assert block.attribution is not None
        sources[block.attribution.source] += block.records
    assert sources == {"医疗@v1.0": 50, "手写": 10}


@pytest.mark.parametrize("how", ["add", "hand", "in place"])
def test_records_from_elsewhere_are_not_told_to_be_of_the_source(project: Project, how: str) -> None:
    project.save(FILE, lines(*records(*range(50))))
    project.write("new.jsonl", lines(*records(200)))
    more = ("new.jsonl",)
    project.repo.split(FILE, shares=THREE, output=FOLDER, add=more if how == "add" else ())
    if how == "hand":
        project.write(f"{FOLDER}/test.jsonl", project.read(f"{FOLDER}/test.jsonl") + lines(*records(200)))
    if how == "in place":
        project.keep(FOLDER, "parts", None)
        project.repo.split(FOLDER, add=more)
    with pytest.raises(SourceNeededError, match="2 added records"):
        project.keep(FOLDER, "parts", None)
    made = project.keep(FOLDER, "parts", "hand")
    assert {source.name: source.records for source in made.manifest.sources}["hand"] == 2


def test_a_source_whose_edits_were_taken_back_does_not_take_them_from_the_parts(project: Project) -> None:
    unsaved(project)
    project.repo.split(FILE, shares=THREE, output=FOLDER)
    project.keep(FOLDER, "parts", "手写")
    project.repo.restore(FILE)
    refused(project, FILE, r"edits of 医疗 v1\.0 .* would leave the parts")
    assert project.repo.split(FILE, force=True).gone


# What may take the place of parts


def refused(project: Project, target: str, message: str, **asked: object) -> None:
    there = project.picture()
    for dry_run in (True, False):
        with pytest.raises(ProtectedError, match=message) as raised:
            project.repo.split(target, dry_run=dry_run, output=FOLDER, **asked)
        assert "--force" in str(raised.value.hint)
    assert project.picture() == there


@pytest.mark.parametrize("anew", [False, True])
def test_parts_of_another_dataset_are_not_replaced_in_silence(project: Project, anew: bool) -> None:
    grown(project)
    project.save("g.jsonl", lines(*records(*range(300, 340))))
    refused(project, "g", r"holds the parts of '医疗'; split would replace them with those of 'g'", anew=anew)
    project.repo.split("g", output=FOLDER, force=True)
    assert len(sides(project.root)) == 80
    project.repo.undo()
    project.repo.split("g", output="data/g_parts", shares=THREE)


def test_parts_that_were_split_in_place_are_not_replaced_in_silence(project: Project) -> None:
    for name, numbers in (("train", range(40)), ("validation", range(40, 45)), ("test", range(45, 50))):
        project.write(f"{FOLDER}/{name}.jsonl", lines(*records(*numbers)))
    project.keep(FOLDER)
    project.write(f"{FOLDER}/new.jsonl", lines(*records(*range(50, 60))))
    project.repo.split(FOLDER, shares=THREE)
    project.keep(FOLDER)
    project.save("g.jsonl", lines(*records(*range(300, 340))))
    refused(project, "g", "parts that were not made from another dataset")


def test_an_older_version_does_not_take_records_from_the_parts(project: Project) -> None:
    grown_by_more(project)
    project.repo.split(FILE)
    project.keep(FOLDER, "more", None)
    refused(project, "医疗@v1.0", r"made from 医疗 v1\.1.*160 records would leave the parts")
    assert project.repo.split("医疗@v1.0", output=FOLDER, force=True).gone == 160


def test_a_version_that_went_back_is_a_newer_one(project: Project) -> None:
    grown_by_more(project)
    project.repo.split(FILE)
    project.keep(FOLDER, "more", None)
    project.repo.rollback("医疗@v1.0")
    assert project.repo.split(FILE).gone == 160
