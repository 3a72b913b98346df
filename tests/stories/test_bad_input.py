"""What a user may feed in by accident: either every byte of it comes back, or one clear error and nothing changed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from dsvc.errors import BadDataError, DsvcError, NotFoundError, ProtectedError, UsageError
from tests.stories.project import Project, lines

if TYPE_CHECKING:
    from pathlib import Path

GOOD = lines({"q": 1})

WORKS = {
    "byte order mark": b'\xef\xbb\xbf{"q": 1}\n{"q": 2}\n',
    "a key twice in one object": b'{"q": 1, "q": 2}\n',
    "numbers beyond double precision": b'{"q": 1e999, "w": 123456789012345678901234567890, "x": -1e-999, "y": 0.1e1}\n',
    "lone surrogate": b'{"q": "\\ud83d"}\n',
    "escaped NUL": b'{"q": "a\\u0000b"}\n',
    "CRLF": b'{"q": 1}\r\n{"q": 2}\r\n',
    "mixed line ends": b'{"q": 1}\r\n{"q": 2}\n{"q": 3}\r\n',
    "blank lines": b'\n{"q": 1}\n\n  \n\r\n{"q": 2}\n\n',
    "form feed on a line of its own": b'{"q": 1}\n\x0c\n',
    "no final line end": b'{"q": 1}\n{"q": 2}',
    "empty": b"",
    "blank only": b"\n\n",
    "line separators inside a string": '{"q": "a\u2028b\u2029c\u0085d"}\n'.encode(),
    "objects without fields": b"{}\n{}\n",
    "a field without a name": b'{"": 1}\n',
    "deep nesting": b'{"q": ' + b"[" * 500 + b"]" * 500 + b"}\n",
}

REFUSED = {
    "not JSON": (b'{"q": 1}\n{"q": }\n', ":2'", "column 7", "one complete JSON object"),
    "plain text": (b'{"q": 1}\nhello\n', ":2'", "column 1", "one complete JSON object"),
    "cut off": (b'{"q": 1}\n{"q": "a', ":2'", "column 7", "one complete JSON object"),
    "invalid UTF-8": (b'{"q": 1}\n{"q": "\xff\xfe"}\n', ":2'", "column 8", "iconv"),
    "GB18030": ('{"q": "逾期"}\n'.encode("gb18030"), ":1'", "column 8", "iconv -f GB18030"),
    "UTF-16": ('{"q": 1}\n'.encode("utf-16-le").join([b"\xff\xfe", b""]), ":1'", "column 1", "iconv -f UTF-16"),
    "a surrogate as bytes": (b'{"q": "\xed\xa0\x80"}\n', ":1'", "column 8", "half of a surrogate pair"),
    "NUL": (b'{"q": 1}\n{"q": "a\x00b"}\n', ":2'", "column 9", "NUL bytes"),
    "NUL behind a record": (b'{"q": 1}\x00\n', ":1'", "column 9", "NUL bytes"),
    "a byte order mark inside": (b'{"q": 1}\n\xef\xbb\xbf{"q": 2}\n', ":2'", "column 1", "EF BB BF"),
    "JSON array over lines": (b'[{"q": 1},\n {"q": 2}]\n', ":1'", "column 11", "dsvc import"),
    "JSON array on one line": (b'[{"q": 1}, {"q": 2}]', ":1'", "column 1", "dsvc import"),
    "indented JSON": (b'{\n  "q": 1\n}\n', ":1'", "column 2", "jq -c"),
    "a number as record": (b'{"q": 1}\n3\n', ":2'", "column 1", "field"),
    "null as record": (b'{"q": 1}\nnull\n', ":2'", "column 1", "field"),
    "NaN": (b'{"q": NaN}\n', ":1'", "'NaN' is not a JSON value", "null"),
    "Infinity": (b'{"q": -Infinity}\n', ":1'", "'-Infinity' is not a JSON value", "null"),
    "old Mac line ends": (b'{"q": 1}\r{"q": 2}\r', ":1'", "column 10", "tr '\\r' '\\n' < FILE"),
    "two records on a line": (b'{"q": 1}{"q": 2}\n', ":1'", "column 9", "a line of its own"),
    "Python instead of JSON": (b"{'q': 1}\n", ":1'", "column 2", "one complete JSON object"),
    "a tab inside a string": (b'{"q": "a\tb"}\n', ":1'", "column 9", "one complete JSON object"),
    "too deep nesting": (b'{"q": ' + b"[" * 100_000 + b"]" * 100_000 + b"}\n", ":1'", "too deeply", "string"),
}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """One project with one dataset, for all cases: a refused command leaves it as it was."""
    project = Project.start(tmp_path_factory.mktemp("bad") / "work")
    project.save("data/good.jsonl", GOOD)
    return project


@pytest.mark.parametrize("name", WORKS)
def test_every_byte_comes_back(shared: Project, name: str) -> None:
    content = WORKS[name]
    shared.save("data/good.jsonl", content, allow_findings="as collected")
    shared.write("data/good.jsonl", GOOD * 3)
    shared.repo.restore("good")
    assert shared.read("data/good.jsonl") == content
    for record in shared.repo.snapshot("good@HEAD"):
        assert isinstance(record.value, dict)
        assert len(record.id) == 32


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("known", [False, True], ids=["first commit", "next commit"])
def test_refused_and_nothing_changed(shared: Project, name: str, known: bool) -> None:
    content, where, what, hint = REFUSED[name]
    path = "data/good.jsonl" if known else "data/new.jsonl"
    shared.write(path, content)
    before = shared.picture()
    with pytest.raises(BadDataError) as caught:
        shared.keep(path)
    message = str(caught.value)
    assert path in message
    assert where in message
    assert what in message
    assert hint in str(caught.value.hint)
    assert "\n" not in message
    assert shared.picture() == before
    shared.write("data/good.jsonl", GOOD)
    (shared.root / "data" / "new.jsonl").unlink(missing_ok=True)


def test_a_known_first_line_with_a_mark_may_not_move(project: Project) -> None:
    first = b'\xef\xbb\xbf{"q": 1}\n'
    project.save("data/a.jsonl", first + lines({"q": 2}))
    project.write("data/a.jsonl", lines({"q": 2}) + first)
    with pytest.raises(BadDataError, match=r"a\.jsonl:2.*byte order mark"):
        project.keep("a")
    project.save("data/a.jsonl", first + lines({"q": 3}, {"q": 2}))


def refused(project: Project, kind: type[DsvcError], target: str, **more: object) -> DsvcError:
    before = project.picture()
    with pytest.raises(kind) as caught:
        project.keep(target, **more)  # type: ignore[arg-type]
    assert project.picture() == before
    assert caught.value.hint
    return caught.value


def test_paths_that_cannot_be_datasets(project: Project, tmp_path: Path) -> None:
    outside = tmp_path / "outside.jsonl"
    outside.write_bytes(GOOD)
    refused(project, NotFoundError, "data/absent.jsonl")
    refused(project, UsageError, "../outside.jsonl")
    refused(project, UsageError, str(outside))
    refused(project, UsageError, "..")
    (project.root / "empty").mkdir()
    refused(project, NotFoundError, "empty")
    project.write("table.csv", b"a,b\n")
    assert "dsvc import" in str(refused(project, UsageError, "table.csv").hint)
    (project.root / "link.jsonl").symlink_to(outside)
    assert "symbolic link" in str(refused(project, ProtectedError, "link.jsonl"))
    (project.root / "linked").symlink_to(tmp_path)
    refused(project, DsvcError, "linked/outside.jsonl")
    os.mkfifo(project.root / "pipe.jsonl")
    refused(project, DsvcError, "pipe.jsonl")
    assert outside.read_bytes() == GOOD


def test_git_and_dvc_folders_are_no_place_for_data(project: Project) -> None:
    for folder in (".git", ".dvc", ".dsvc"):
        project.write(f"{folder}/x.jsonl", GOOD)
        refused(project, DsvcError, f"{folder}/x.jsonl")


def test_an_unreadable_file(project: Project) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    project.write("data/a.jsonl", GOOD).chmod(0)
    with pytest.raises(BadDataError, match="permission denied"):
        project.keep("data/a.jsonl")


@pytest.mark.slow
def test_one_record_of_100_megabytes(project: Project) -> None:
    content = b'{"q": "' + "药".encode() * (100_000_000 // 3) + b'"}\n'
    project.save("data/big.jsonl", content + GOOD)
    project.write("data/big.jsonl", GOOD)
    assert project.repo.status("big")[0].changed
    project.repo.restore("big")
    assert project.read("data/big.jsonl") == content + GOOD
    project.save("data/big.jsonl", GOOD + content)
    assert project.repo.snapshot("big@v1.1").record(2).content == content.rstrip()
