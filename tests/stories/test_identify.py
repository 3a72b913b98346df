"""A file that nobody knows any more: which version is it?"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from dsvc.errors import BadDataError, NotFoundError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.stories.project import Project

POEM = "床前明月光，疑是地上霜。举头望明月，低头思故乡。"
CITIES = ("北京", "上海", "Paris", "Roma", "Wien", "Oslo")


def lines(*numbers: int, word: str = "") -> bytes:
    rows = [{"question": f"{CITIES[n % len(CITIES)]} {n}?", "answer": f"It is number {n}{word}."} for n in numbers]
    return b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows)


@pytest.fixture
def cities(project: Project) -> Project:
    for content in (lines(*range(20)), lines(*range(24)), lines(*range(2, 24)), lines(*range(2, 30))):
        project.write("data/cities.jsonl", content)
        project.keep("data/cities.jsonl")
    project.write("data/other.jsonl", lines(*range(50, 60)))
    project.keep("data/other.jsonl")
    return project


def test_the_very_bytes_under_another_name(cities: Project, tmp_path: Path) -> None:
    (tmp_path / "final2.jsonl").write_bytes(lines(*range(24)))
    found = cities.repo.identify(tmp_path / "final2.jsonl")
    assert (found.nearest.dataset.name, found.nearest.revision, found.exact) == ("cities", "v1.1", True)
    assert [(near.revision, near.shared) for near in found.near] == [("v1.1", 24)], "with none it need be compared"


def test_the_very_bytes_go_before_the_same_records(project: Project) -> None:
    """A version that was only sorted has the same records; whoever asks has the file from before that."""
    project.write("data/cities.jsonl", lines(*range(20)))
    project.keep("data/cities.jsonl")
    project.write("data/cities.jsonl", lines(*reversed(range(20))))
    project.keep("data/cities.jsonl")
    project.write("copy.jsonl", lines(*range(20)))
    assert project.repo.identify("copy.jsonl").nearest.revision == "v1.0"


def test_the_very_bytes_of_several_versions(project: Project) -> None:
    for content in (lines(1), lines(2), lines(1)):
        project.write("data/cities.jsonl", content)
        project.keep("data/cities.jsonl")
    found = project.repo.identify("data/cities.jsonl")
    assert [near.revision for near in found.near] == ["v1.2", "v1.0"]
    assert [near.revision for near in found.as_near] == ["v1.0"]


def test_some_records_more_and_in_another_order(cities: Project) -> None:
    cities.write("copy.jsonl", lines(90, 91, *reversed(range(2, 24)), 92))
    found = cities.repo.identify("copy.jsonl")
    assert (found.nearest.revision, found.nearest.shared, found.records) == ("v1.2", 22, 25)
    assert (found.changes.added, found.changes.removed, found.exact) == (3, 0, False)


def test_another_format_has_the_same_records(cities: Project) -> None:
    cities.write("copy.json", b"[" + lines(*range(20)).replace(b"}\n{", b"},\n  {") + b"]")
    found = cities.repo.identify("copy.json")
    assert (found.nearest.revision, found.read_as, found.exact) == ("v1.0", "json", False)
    assert not any((found.changes.added, found.changes.removed, found.changes.modified))


def test_every_record_was_edited(cities: Project) -> None:
    cities.write("copy.jsonl", lines(*range(50, 60), word=" of them"))
    found = cities.repo.identify("copy.jsonl")
    assert (found.nearest.dataset.name, found.nearest.shared, found.changes.modified) == ("other", 0, 10)


def test_every_record_of_a_file_of_a_folder_was_edited(project: Project) -> None:
    """Which file of the newest version it is, whatever place it has among them."""
    project.write("data/split/test.jsonl", lines(*range(20, 30)))
    project.write("data/split/train.jsonl", lines(*range(50, 56), word=POEM))
    project.keep("data/split")
    for name, numbers, word in (("test", range(20, 30), ""), ("train", range(50, 56), POEM)):
        project.write("copy.jsonl", lines(*numbers, word=f"{word} of them"))
        found = project.repo.identify("copy.jsonl")
        assert (found.nearest.file, found.changes.modified) == (f"data/split/{name}.jsonl", len(numbers))


def test_a_file_of_a_folder(project: Project) -> None:
    for train in (lines(*range(10)), lines(*range(12))):
        project.write("data/split/train.jsonl", train)
        project.write("data/split/test.jsonl", lines(*range(20, 30)))
        project.keep("data/split")
    project.write("copy.jsonl", lines(*range(10)))
    found = project.repo.identify("copy.jsonl")
    assert (found.nearest.file, found.nearest.revision, found.exact) == ("data/split/train.jsonl", "v1.0", True)
    project.write("set/train.jsonl", lines(*range(12)))
    project.write("set/test.jsonl", lines(*range(20, 30)))
    found = project.repo.identify("set")
    assert (found.nearest.file, found.nearest.revision, found.nearest.shared) == (None, "v1.1", 22)


def test_what_nobody_has(cities: Project) -> None:
    cities.write("poem.jsonl", '{"text": "床前明月光，疑是地上霜。"}\n'.encode())
    with pytest.raises(NotFoundError, match=r"^no version shares a record with 'poem\.jsonl'$"):
        cities.repo.identify("poem.jsonl")
    with pytest.raises(NotFoundError, match=r"^there is no file 'nix\.jsonl'$"):
        cities.repo.identify("nix.jsonl")


def test_a_damaged_file_is_not_taken_for_a_version(cities: Project) -> None:
    cities.write("torn.jsonl", lines(*range(20)) + b'{"question": "Pa')
    with pytest.raises(BadDataError, match=r"'torn\.jsonl:21': the text is not closed"):
        cities.repo.identify("torn.jsonl")
