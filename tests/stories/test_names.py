"""File names as people have them."""

from __future__ import annotations

import pytest

from dsvc.errors import UsageError
from tests.stories.project import Project, lines

ONE = lines({"问": "逾期怎么办？"})
TWO = lines({"问": "逾期怎么办？"}, {"问": "如何还款？"})

NAMES = {
    "data/医疗问答.jsonl": "医疗问答",
    "data/medical set.jsonl": "medical-set",
    'data/it\'s "quoted".jsonl': "it-s-quoted",
    "-dash.jsonl": "dash",
    "data/🩺 triage.jsonl": "triage",
    "data/a..b.jsonl": "a.b",
    "data/glob[1]*?.jsonl": "glob-1",
    "data/#hash!.jsonl": "hash",
    "data/back\\slash.jsonl": "back-slash",
    "data/dollar$HOME`x`.jsonl": "dollar-HOME-x",
    "data/trailing space .jsonl": "trailing-space",
    "top.jsonl": "top",
    "deep/er/and/deeper/x.train.jsonl": "x.train",
    "data/%20percent@v1.jsonl": "20percent-v1",
    "data/café.jsonl": "café",
}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project.start(tmp_path_factory.mktemp("names") / "work")


@pytest.mark.parametrize("path", NAMES)
def test_a_name_that_works(shared: Project, path: str) -> None:
    first = shared.save(path, ONE)
    assert first.dataset.name == NAMES[path]
    assert shared.status() == []
    second = shared.save(path, TWO)
    name = first.dataset.name
    assert shared.git("cat-file", "-t", f"{name}_v1.0") == "tag"
    assert shared.repo.dataset(path) == second.dataset
    shared.repo.checkout(f"{name}@v1.0")
    assert shared.read(path) == ONE
    shared.repo.restore(path)
    assert shared.read(path) == TWO
    assert len(list(shared.repo.diff(f"{name}@v1.0..v1.1"))) == 1
    assert len(list(shared.repo.diff(f"{path}@v1.0"))) == 1
    assert not shared.repo.status(path)[0].changed
    assert shared.status() == []


def test_dvc_reads_all_these_names(shared: Project) -> None:
    shared.save("data/医疗问答.jsonl", TWO + ONE)
    assert "up to date" in shared.dvc("status")
    assert shared.status() == []


@pytest.mark.parametrize("path", ["data/🙂.jsonl", "data/---.jsonl"])
def test_a_path_without_a_name_in_it(project: Project, path: str) -> None:
    project.write(path, ONE)
    with pytest.raises(UsageError, match="cannot make a dataset name") as caught:
        project.keep(path)
    assert "--name" in str(caught.value.hint)
    assert project.keep(path, name="smile").dataset.name == "smile"
    project.write(path, TWO)
    project.repo.checkout("smile@v1.0", force=True)
    assert project.read(path) == ONE


def test_the_same_stem_in_two_folders(project: Project) -> None:
    project.save("a/train.jsonl", ONE)
    project.write("b/train.jsonl", TWO)
    with pytest.raises(UsageError, match="there is a dataset 'train' already") as caught:
        project.keep("b/train.jsonl")
    assert "--name" in str(caught.value.hint)
    project.keep("b/train.jsonl", name="b-train")
    project.save("b/train.jsonl", ONE)
    assert [d.name for d in project.repo.datasets()] == ["train", "b-train"]
    assert project.repo.version("b/train.jsonl@v1.0").counts.records == 2
    assert project.repo.version("train@v1.0").counts.records == 1
    project.repo.checkout("b-train@v1.0")
    assert project.read("b/train.jsonl") == TWO
    assert project.read("a/train.jsonl") == ONE


@pytest.mark.parametrize("path", ["data/Train.jsonl", "data/TRAIN.jsonl"])
def test_names_that_differ_only_in_case(project: Project, path: str) -> None:
    project.save("data/train.jsonl", ONE)
    project.write(path, TWO)
    if project.read("data/train.jsonl") == TWO:
        pytest.skip("this file system does not tell case apart")
    with pytest.raises(UsageError, match="already"):
        project.keep(path)


@pytest.mark.parametrize("name", ["", "a/b", "-x", "a b", "a..b", "x.lock", "@", "HEAD~1"])
def test_names_that_git_could_not_hold(project: Project, name: str) -> None:
    project.write("x.jsonl", ONE)
    with pytest.raises(UsageError) as caught:
        project.keep("x.jsonl", name=name)
    assert caught.value.hint
