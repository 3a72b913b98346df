"""A dataset is named, its working file has edits, and a version is taken: that is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsvc.repository.reviews.starting import ReviewRequest
from dsvc.sampling.rule import Rule
from tests.stories.project import lines

if TYPE_CHECKING:
    from tests.stories.project import Project

FIVE = Rule(size="5")
TOLD = "'问答.jsonl' has edits that are in no version: 问答 v1.0 is taken, without them"


def edited(project: Project) -> Project:
    project.save("问答.jsonl", lines(*({"id": n} for n in range(20))))
    project.write("问答.jsonl", lines(*({"id": n} for n in range(21))))
    return project


def test_a_pilot_says_that_edits_are_not_in_it(project: Project) -> None:
    pilots = edited(project).repo.pilots
    assert pilots.draft("问答").sample(FIVE).notes[0].startswith(TOLD)
    assert pilots.create("问答", "p", FIVE).notes[0].startswith(TOLD)
    assert project.dvc("status").strip().endswith("up to date.")


def test_a_review_says_it_too(project: Project) -> None:
    started = edited(project).repo.reviews.start("问答", ReviewRequest(name="r"))
    assert [note for note in started.notes if note.startswith(TOLD)]


def test_who_names_a_version_or_has_no_edits_is_told_nothing(project: Project) -> None:
    pilots = edited(project).repo.pilots
    assert pilots.create("问答@v1.0", "p", FIVE).notes == ()
    assert pilots.create("v1.0", "q", FIVE).notes == ()
    project.repo.restore("问答")
    assert project.repo.pilots.create("问答", "s", FIVE).notes == ()
