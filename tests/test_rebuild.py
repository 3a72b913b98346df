"""Leaving any time: ``.dsvc/rebuild.py`` gives every version back with the standard library and git alone."""

from __future__ import annotations

import ast
import json
import random
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import dsvc
from dsvc.repository.results import CommitRequest
from dsvc.repository.writing import version_writer
from dsvc.repository.writing.shared_files import rebuild_script
from tests.git_repo import GitRepo

if TYPE_CHECKING:
    from dsvc.repository import Repository


@dataclass
class Team:
    """A repository whose versions are remembered as plain bytes: what the script has to give back."""

    git: GitRepo
    repo: Repository
    versions: dict[tuple[str, str], dict[str, bytes]] = field(default_factory=dict)

    @property
    def root(self) -> Path:
        return self.git.root

    def commit(self, target: str, files: dict[str, bytes], *, whole: bool = False) -> str:
        for path, data in files.items():
            self.git.write(path, data)
        made = self.repo.commit(CommitRequest(target=target, reason="work", source="book", whole=whole))
        number = made.manifest.number
        self.versions[made.dataset.name, number] = files
        return number

    def script(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        """Run the script as a stranger would: no site-packages, no environment of Python's."""
        command = [sys.executable, "-I", "-S", ".dsvc/rebuild.py", *arguments]
        return subprocess.run(command, cwd=self.root, capture_output=True)

    def cached(self, name: str) -> list[Path]:
        """The cache objects that hold a stored file of this name in the current store, or of this suffix."""
        md5s = [
            entry["md5"]
            for listing in (self.root / ".dvc/cache/files/md5").rglob("*.dir")
            for entry in json.loads(listing.read_bytes())
            if entry["relpath"].endswith(name)
        ]
        return [self.root / ".dvc/cache/files/md5" / md5[:2] / md5[2:] for md5 in sorted(set(md5s))]


@pytest.fixture
def team(tmp_path: Path) -> Team:
    git = GitRepo.create(tmp_path / "repo")
    dsvc.init(git.root)
    return Team(git, dsvc.open(git.root))


def _records(count: int, seed: int = 0) -> list[bytes]:
    rng = random.Random(seed)
    return [b'{"id": %d, "text": "%s"}\n' % (i, "逾期九十天".encode() * rng.randint(1, 9)) for i in range(count)]


def _edited(lines: list[bytes], seed: int) -> list[bytes]:
    """Some lines changed, added, deleted, moved."""
    rng = random.Random(seed)
    lines = list(lines)
    for number in range(rng.randint(1, 5)):
        lines[rng.randrange(len(lines))] = b'{"edit": %d, "n": %d}\n' % (seed, number)
    lines.insert(rng.randrange(len(lines)), b'{"new": %d}\n' % seed)
    del lines[rng.randrange(len(lines))]
    lines.insert(rng.randrange(len(lines)), lines.pop(rng.randrange(len(lines))))
    return lines


def test_every_version_of_a_long_history_comes_back(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dsvc.folding.MAX_TINY_PACKS", 3)
    lines = _records(300)
    team.commit("data/医疗.jsonl", {"data/医疗.jsonl": b"".join(lines)})
    for seed in range(1, 14):
        lines = _edited(lines, seed)
        content = b"".join(lines)
        if seed % 4 == 3:
            content = content[:-1]  # the last line has no line end
        team.commit("data/医疗.jsonl", {"data/医疗.jsonl": content}, whole=seed in (5, 9))
    back = team.repo.rollback("医疗@v1.2")
    assert back.version is not None
    team.versions["医疗", back.version.number] = team.versions["医疗", "v1.2"]

    done = team.script("--all", "out")

    assert done.returncode == 0, done.stderr.decode()
    assert len(team.versions) == 15
    for (_, number), files in team.versions.items():
        assert (team.root / f"out/data/医疗/{number}.jsonl").read_bytes() == files["data/医疗.jsonl"]


def test_a_folder_of_files_comes_back_as_a_folder(team: Team) -> None:
    lines = _records(40)
    train, test = b"".join(lines[:30]), b"".join(lines[30:])
    files = {"data/qa/train.jsonl": train, "data/qa/test.jsonl": test, "data/qa/empty.jsonl": b""}
    team.commit("data/qa", files, whole=True)
    moved = {**files, "data/qa/train.jsonl": b"".join(lines[5:30]), "data/qa/test.jsonl": b"".join(lines[:5]) + test}
    team.commit("data/qa", moved, whole=True)
    for number, wanted in (("v1.0", files), ("v1.1", moved)):
        assert team.script("qa", number, "-o", f"out-{number}").returncode == 0
        for path, data in wanted.items():
            assert (team.root / f"out-{number}" / Path(path).name).read_bytes() == data
    refused = team.script("qa", "v1.0")
    assert refused.returncode == 1
    assert b"name a folder" in refused.stderr


def test_one_version_goes_to_standard_output(team: Team) -> None:
    content = b'\xef\xbb\xbf{"a": 1}\r\n\r\n{"a": 2}'
    team.commit("a.jsonl", {"a.jsonl": content})
    done = team.script("a", "v1.0")
    assert (done.returncode, done.stdout, done.stderr) == (0, content, b"")
    assert team.script("a.jsonl", "v1.0").stdout == content


def test_the_list_says_what_is_there_and_what_is_missing(team: Team) -> None:
    team.commit("a.jsonl", {"a.jsonl": b"".join(_records(3))})
    first = set((team.root / ".dvc/cache").rglob("*.dir"))
    team.commit("a.jsonl", {"a.jsonl": b'{"b": 1}\n'})
    assert team.script().stdout.decode().count(" ok\n") == 2
    for listing in first:
        listing.unlink()
    done = team.script()
    assert done.returncode == 1
    assert "v1.0" in done.stdout.decode().splitlines()[1]
    assert "missing" in done.stdout.decode().splitlines()[1]
    assert done.stdout.decode().splitlines()[2].endswith(" ok")


def test_versions_of_other_branches_and_of_removed_datasets_are_known(team: Team) -> None:
    team.commit("a.jsonl", {"a.jsonl": b'{"a": 1}\n'})
    team.git.git("switch", "-q", "-c", "other")
    team.commit("b.jsonl", {"b.jsonl": b'{"b": 1}\n'})
    team.git.git("switch", "-q", "main")
    team.git.git("rm", "-q", "-r", ".dsvc/a")
    team.git.commit("drop it")
    assert team.script("a", "v1.0").stdout == b'{"a": 1}\n'
    assert team.script("b", "v1.0").stdout == b'{"b": 1}\n'


def test_the_store_folder_is_enough_when_the_cache_and_git_are_gone(team: Team) -> None:
    content = b"".join(_records(50))
    team.commit("a.jsonl", {"a.jsonl": content})
    team.commit("a.jsonl", {"a.jsonl": content + b'{"b": 1}\n'})
    shutil.rmtree(team.root / ".dvc/cache")
    shutil.rmtree(team.root / ".git")
    done = team.script("a", "v1.1", "-o", "out.jsonl")
    assert done.returncode == 0, done.stderr
    assert (team.root / "out.jsonl").read_bytes() == content + b'{"b": 1}\n'
    assert b"only the versions in the work tree are known" in done.stderr


def test_a_configured_cache_is_found(team: Team, tmp_path: Path) -> None:
    team.commit("a.jsonl", {"a.jsonl": b'{"a": 1}\n'})
    shutil.rmtree(team.root / ".dsvc/a/store")
    (team.root / ".dvc/cache").rename(tmp_path / "elsewhere")
    (team.root / ".dvc/config").write_text("[core]\n    autostage = true\n[cache]\n    dir = ../../elsewhere\n")
    assert team.script("a", "v1.0").stdout == b'{"a": 1}\n'
    (team.root / ".dvc/config").write_text("")
    missing = team.script("a", "v1.0")
    assert missing.returncode == 1
    assert b"dvc fetch --all-commits" in missing.stderr
    assert team.script("a", "v1.0", "--cache", str(tmp_path / "elsewhere")).stdout == b'{"a": 1}\n'


def test_damage_is_named_and_no_file_is_left(team: Team) -> None:
    team.commit("a.jsonl", {"a.jsonl": b"".join(_records(50))})
    (pack,) = team.cached(".jsonl")
    data = bytearray(pack.read_bytes())
    data[100] ^= 1
    pack.chmod(0o644)
    pack.write_bytes(data)
    done = team.script("a", "v1.0", "-o", "out.jsonl")
    assert done.returncode == 1
    assert b"is not what was committed; damaged stored files: " in done.stderr
    assert not list(team.root.glob("out*"))


def test_it_never_writes_over_a_file_that_was_named(team: Team) -> None:
    team.commit("a.jsonl", {"a.jsonl": b'{"a": 1}\n'})
    team.git.write("a.jsonl", b'{"a": "edited for hours"}\n')
    assert team.script("a", "v1.0", "-o", "a.jsonl").returncode == 1
    assert (team.root / "a.jsonl").read_bytes() == b'{"a": "edited for hours"}\n'


def test_two_versions_of_one_number_are_told_apart_by_their_ids(team: Team) -> None:
    team.commit("a.jsonl", {"a.jsonl": b'{"a": 1}\n'})
    ledger = team.root / ".dsvc/a/versions.jsonl"
    twin = json.loads(ledger.read_bytes())
    twin["id"] = "f" * 32
    ledger.write_bytes(ledger.read_bytes() + json.dumps(twin).encode() + b"\n")
    assert b"f" * 32 in team.script("a", "v1.0").stderr
    assert team.script("a", "ffff").stdout == b'{"a": 1}\n'
    assert team.script("--all", "out").returncode == 0
    assert len(list((team.root / "out/a").iterdir())) == 2


def test_a_ledger_of_another_format_is_told_and_not_guessed_at(team: Team) -> None:
    team.commit("a.jsonl", {"a.jsonl": b'{"a": 1}\n'})
    ledger = team.root / ".dsvc/a/versions.jsonl"
    newer = ledger.read_bytes().replace(b"dsvc.ledger/1", b"dsvc.ledger/2").replace(b"v1.0", b"v9.0")
    ledger.write_bytes(ledger.read_bytes() + b"<<<<<<< HEAD\n" + newer)
    done = team.script("a", "v9.0")
    assert done.returncode == 1
    assert b"note: 2 ledger lines of 'a' cannot be read" in done.stderr


def test_a_repository_has_the_script_and_python_3_8_can_read_it(team: Team) -> None:
    assert (team.root / ".dsvc/rebuild.py").read_bytes() == rebuild_script()
    tree = ast.parse(rebuild_script(), feature_version=(3, 8))
    names = {
        name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names])
    }
    assert names <= sys.stdlib_module_names


def test_many_stored_files_need_few_open_files(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(version_writer, "MAX_PACK_BYTES", 1)
    monkeypatch.setattr("dsvc.repository.scan.CHUNK_BYTES", 1)
    monkeypatch.setattr("dsvc.folding.MAX_TINY_PACKS", 10_000)
    content = b"".join(_records(150))
    team.commit("a.jsonl", {"a.jsonl": content})
    assert len(team.cached(".jsonl")) == 150
    assert team.script("a", "v1.0").stdout == content


def test_a_number_means_the_version_and_not_what_was_saved_or_undone(team: Team) -> None:
    team.commit("a.jsonl", {"a.jsonl": b'{"a": 1}\n'})
    team.commit("a.jsonl", {"a.jsonl": b'{"a": 2}\n'})
    team.repo.undo()
    team.repo.restore("a")
    assert team.script("a", "v1.0").stdout == b'{"a": 1}\n'
    none = team.script("a", "v1.1")
    assert (none.returncode, none.stderr) == (1, b"error: 'a' has no version 'v1.1'\n")
    listed = team.script("a").stdout.decode().splitlines()
    saved, undone = sorted(listed[2:], key=lambda line: "undone" in line)
    assert "saved edits" in saved
    assert "undone" in undone
    assert team.script("a", undone.split()[0]).stdout == b'{"a": 2}\n'
    assert team.script("--all", "out").returncode == 0
    labels = sorted(path.stem.rpartition("-")[0] or path.stem for path in (team.root / "out/a").iterdir())
    assert labels == ["saved-edits", "undone-v1.1", "v1.0"]


@pytest.mark.parametrize("order", [1, -1])
def test_the_highest_number_of_a_version_counts(team: Team, order: int) -> None:
    """A renumbered version has several lines, in whatever order git's union has put them; dsvc and the script agree."""
    first = team.commit("qa.jsonl", {"qa.jsonl": b'{"a": 1}\n'})
    team.commit("qa.jsonl", {"qa.jsonl": b'{"a": 2}\n'})
    team.repo.undo()
    ledger = team.root / ".dsvc/qa/versions.jsonl"
    entry = json.loads(ledger.read_bytes())
    others = [json.dumps({**entry, "number": number}, separators=(",", ":")) for number in ("v1.9", "v1.10")]
    text = ledger.read_text().splitlines() + others
    ledger.write_text("\n".join(text[::order]) + "\n")
    team.git.git("commit", "-qam", "renumbered")

    assert first == "v1.0"
    assert [found.entry.number for found in team.repo.log("qa")] == ["v1.10"]
    assert team.repo.version("qa@v1.10").id == entry["id"]
    done = team.script("qa", "v1.10")
    assert (done.returncode, done.stdout) == (0, b'{"a": 1}\n')
    assert team.script("qa", "v1.9").returncode == 1
    listed = team.script("qa").stdout.decode()
    assert "v1.10" in listed
    assert "undone" in listed
