"""dsvc from Python: look at versions, compare them, hand them to a trainer."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

import dsvc
from dsvc.delta import Added, Modified, Removed
from dsvc.errors import BadDataError, NotFoundError
from dsvc.record import record_id
from tests.stories.project import DATA, Project, lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MEDICAL = [{"instruction": f"问题{n}", "output": f"answer {n}", "score": n / 4} for n in range(1, 21)]
EDITED = [*MEDICAL[:4], {**MEDICAL[4], "output": "see a doctor"}, *MEDICAL[6:], {"instruction": "新", "output": "new"}]


@pytest.fixture
def medical(project: Project) -> Project:
    project.save("data/medical.jsonl", lines(*MEDICAL), "first", "hospital")
    project.save("data/medical.jsonl", lines(*EDITED), "doctor's advice", "hospital")
    return project


def test_looking_at_records(medical: Project) -> None:
    repo = dsvc.open(medical.root)
    first = repo.snapshot("medical@v1.0")
    assert len(first) == 20
    assert [record.value for record in first] == MEDICAL
    record = first.record(17)
    assert (record.row, record.line, record.file) == (17, 17, "data/medical.jsonl")
    assert record.content == lines(MEDICAL[16]).rstrip(b"\n")
    assert record.id == record_id(lines(MEDICAL[16]))
    for row in (0, -1, 21):
        with pytest.raises(IndexError, match="has 20 records"):
            first.record(row)
    assert first.name == "medical@v1.0"
    assert len(repo.snapshot("medical")) == 20
    with pytest.raises(NotFoundError, match="no version v9"):
        repo.snapshot("medical@v9.0")


def test_comparing_versions(medical: Project) -> None:
    repo = dsvc.open(medical.root)
    changes = repo.diff("medical@v1.0", "medical@v1.1")
    kinds = {type(change): change for change in changes}
    assert kinds.keys() == {Added, Removed, Modified}
    added, removed, modified = kinds[Added], kinds[Removed], kinds[Modified]
    assert isinstance(added, Added)
    assert isinstance(removed, Removed)
    assert isinstance(modified, Modified)
    assert (added.record.row, removed.record.row, modified.old.row, modified.new.row) == (20, 6, 5, 5)
    summary = changes.summary()
    assert (summary.added, summary.removed, summary.modified, summary.moved) == (1, 1, 1, 0)
    assert ("output", 1) in summary.fields
    back = repo.diff("medical@v1.1", "medical@v1.0").counts
    assert (back.added, back.removed, back.modified) == (1, 1, 1)
    assert repo.diff("v1.0..v1.1").counts.added == 1
    assert repo.diff().counts.is_empty


def test_files_outside_of_a_repository(tmp_path: Path) -> None:
    old, new = tmp_path / "old.jsonl", tmp_path / "new.jsonl"
    old.write_bytes(lines(*MEDICAL))
    new.write_bytes(lines(*EDITED))
    assert dsvc.diff_paths(old, new).counts.modified == 1
    assert dsvc.open_file(new).record(5).content == lines(EDITED[4]).rstrip()


@pytest.fixture(scope="module")
def hugging_face(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The real library, without its network and with a home of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HOME", str(tmp_path_factory.mktemp("hf")))
        patch.setenv("HF_DATASETS_OFFLINE", "1")
        patch.setenv("HF_HUB_OFFLINE", "1")
        yield pytest.importorskip("datasets")


def test_for_hugging_face(hugging_face: Any, medical: Project) -> None:
    made: Any = medical.repo.snapshot("medical@v1.0").to_datasets()
    assert isinstance(made, hugging_face.Dataset)
    assert made.to_list() == MEDICAL
    assert made.features == hugging_face.Features(
        instruction=hugging_face.Value("string"),
        output=hugging_face.Value("string"),
        score=hugging_face.Value("float64"),
    )
    assert made.info.description == "medical@v1.0"
    mapped = made.map(lambda record: {"length": len(record["output"])}).filter(lambda record: record["score"] > 2)
    assert mapped["length"] == [len(str(m["output"])) for m in MEDICAL if float(str(m["score"])) > 2]
    later: Any = medical.repo.snapshot("medical@v1.1").to_datasets()
    assert later[-1] == {"instruction": "新", "output": "new", "score": None}
    assert made.train_test_split(test_size=5, seed=1)["test"].num_rows == 5


def test_splits_for_hugging_face(hugging_face: Any, project: Project) -> None:
    project.write("sets/train-00000-of-00002.jsonl", lines(*MEDICAL[:5]))
    project.write("sets/train-00001-of-00002.jsonl", lines(*MEDICAL[5:8]))
    project.write("sets/test.jsonl", lines({"instruction": "x", "label": [1, 2]}))
    project.keep("sets")
    made: Any = project.repo.snapshot("sets@HEAD").to_datasets()
    assert isinstance(made, hugging_face.DatasetDict)
    assert {split: dataset.num_rows for split, dataset in made.items()} == {"test": 1, "train": 8}
    assert made["train"].features == made["test"].features
    assert made["train"].split == "train"
    assert made["train"]["instruction"] == [m["instruction"] for m in MEDICAL[:8]]
    assert made["test"][0] == {"instruction": "x", "output": None, "score": None, "label": [1, 2]}
    folder = project.root.parent / "saved"
    made.save_to_disk(str(folder))
    assert hugging_face.load_from_disk(str(folder))["train"].to_list() == made["train"].to_list()


def test_types_that_come_late(hugging_face: Any, project: Project) -> None:
    """Fields may be null or absent for thousands of records before their type shows."""
    rows: list[dict[str, Any]] = [{"q": n, "history": None} for n in range(2500)]
    rows += [{"q": 0.5, "history": [["你好", "hello"]], "meta": {"a": None}}, {"q": 1, "meta": {"b": [{"c": True}]}}]
    project.save("data/late.jsonl", b"\xef\xbb\xbf" + lines(*rows))
    made: Any = project.repo.snapshot("late").to_datasets()
    assert made.num_rows == 2502
    assert made[2499] == {"q": 2499.0, "history": None, "meta": None}
    assert made[2500]["history"] == [["你好", "hello"]]
    assert made[2501]["meta"] == {"a": None, "b": [{"c": True}]}


@pytest.mark.parametrize("before", [3, 2000], ids=["in one batch", "in a later batch"])
@pytest.mark.parametrize("value", ["text", ["a"], {"a": 1}, True])
def test_types_that_do_not_fit(hugging_face: Any, project: Project, before: int, value: object) -> None:
    content = lines(*({"q": n, "label": n} for n in range(before)), {"label": value}, {"label": 1})
    project.write("mixed.jsonl", content)
    with pytest.raises(BadDataError, match=rf"column of 'label': its value at 'mixed.jsonl:{before + 1}'") as caught:
        project.repo.snapshot("mixed.jsonl").to_datasets()
    assert caught.value.hint


def test_an_empty_set_and_records_without_fields(hugging_face: Any, project: Project) -> None:
    project.save("empty.jsonl", b"")
    assert project.repo.snapshot("empty@v1.0").to_datasets().num_rows == 0
    project.write("bare.jsonl", b"{}\n" * 3000 + lines({"q": 1}))
    assert project.repo.snapshot("bare.jsonl").to_datasets()[2998:] == {"q": [None, None, 1]}
    project.write("bare.jsonl", b"{}\n{}\n")
    with pytest.raises(BadDataError, match=r"no record of 'bare\.jsonl' has a field"):
        project.repo.snapshot("bare.jsonl").to_datasets()


@pytest.mark.skipif(not DATA.is_dir(), reason="the real data is not on this machine")
def test_real_sets_for_hugging_face(hugging_face: Any) -> None:
    problems: Any = dsvc.open_file(DATA / "sets" / "gsm8k_test.jsonl").to_datasets()
    assert problems.num_rows == 1319
    assert list(problems.features) == ["question", "answer"]
    file = dsvc.open_file(DATA / "histories" / "bfcl_multi_turn_base" / "17.jsonl")
    with pytest.raises(BadDataError, match=r"'initial_config': its value at '17\.jsonl:49'") as caught:
        file.to_datasets()
    assert "json_fields=['initial_config']" in str(caught.value.hint)
    tasks: Any = file.to_datasets(json_fields=["initial_config"])
    assert tasks.num_rows == 200
    assert tasks[0]["id"] == "multi_turn_base_0"
    assert json.loads(tasks[0]["initial_config"]).keys() == {"GorillaFileSystem", "TwitterAPI"}
    assert os.environ["HF_HUB_OFFLINE"] == "1"
