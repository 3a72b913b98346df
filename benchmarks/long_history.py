"""What a long history costs: 1,000 commits on 100,000 records, everything stored beyond the first version.

    python -m benchmarks.long_history --profiles uniform,tiny --commits 1000

Each commit edits a number of records drawn from a profile, at places all over the file. Held against the bytes of
the edited lines: the DVC cache, and git's folder as it lies and after ``git gc`` (of a copy: the history goes on with
loose objects). What dsvc keeps locally under ``.git/dsvc`` is told apart. dsvc runs in this process, through its
Python API. At the end some versions are checked out and compared with what was committed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks.data import SEED, edit_scattered, lines, write_lines
from benchmarks.measure import disk, median
from benchmarks.peers.contender import WORKING_FILE, Setting
from benchmarks.report import megabytes, table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

HERE: Final = Path(__file__).resolve().parent
STORE: Final = HERE / ".work" / "long-history.json"
CHECKPOINTS: Final = (10, 100, 500, 1000)
VERIFIED: Final = 5
"""Versions that are checked out again at the end."""


@dataclass(frozen=True)
class Profile:
    """How many records a commit edits, and the bar: bytes stored over bytes edited."""

    name: str
    meaning: str
    draw: Callable[[random.Random], int]
    bar: float


PROFILES: Final = {
    profile.name: profile
    for profile in (
        Profile("uniform", "1 to 1,000 edits a commit, uniform", lambda rng: rng.randint(1, 1000), 2.0),
        Profile("log-uniform", "1 to 1,000 edits a commit, log-uniform", lambda rng: round(1000 ** rng.random()), 2.0),
        Profile("tiny", "1 to 20 edits a commit, uniform", lambda rng: rng.randint(1, 20), 2.5),
    )
}


@dataclass(frozen=True)
class Held:
    """Bytes on disk at one moment."""

    cache: int
    loose: int
    packed: int
    local: int


@dataclass(frozen=True)
class Point:
    """A checkpoint of a history; bytes are beyond the first version."""

    profile: str
    commits: int
    edited: int
    cache: int
    git_loose: int
    git_packed: int
    local: int
    seconds: float
    """Median of the commits since the last checkpoint."""

    @property
    def ratio(self) -> float:
        """Stored, git packed, over edited."""
        return (self.cache + self.git_packed) / self.edited

    @property
    def loose_ratio(self) -> float:
        """Stored, git as it lies, over edited."""
        return (self.cache + self.git_loose) / self.edited


def held(repository: Path, env: Mapping[str, str]) -> Held:
    """What is stored now; packs a copy of git's folder."""
    git = repository / ".git"
    local = disk(git / "dsvc").size if (git / "dsvc").exists() else 0
    copy = repository.parent / "gc"
    shutil.copytree(git, copy / ".git", ignore=shutil.ignore_patterns("dsvc", "*.lock"))
    try:
        subprocess.run(("git", "gc", "-q", "--prune=now"), cwd=copy, env=dict(env), check=True)
        packed = disk(copy / ".git").size
    finally:
        shutil.rmtree(copy)
    return Held(disk(repository / ".dvc" / "cache").size, disk(git).size - local, packed, local)


def start(repository: Path, content: list[bytes], env: Mapping[str, str]) -> None:
    """A repository with git and DVC, and the first file."""
    shutil.rmtree(repository.parent, ignore_errors=True)
    repository.mkdir(parents=True)
    for argv in (("git", "init", "-q"), ("dvc", "init", "-q"), ("git", "commit", "-q", "-m", "init")):
        subprocess.run(argv, cwd=repository, env=dict(env), check=True)
    write_lines(repository / WORKING_FILE, content)


def commit(repo: Any, repository: Path, reason: str) -> float:
    """Commit the working file through dsvc's API; seconds."""
    from dsvc.repository.results import CommitRequest

    begin = time.perf_counter()
    repo.commit(
        CommitRequest(target=str(repository / WORKING_FILE), reason=reason, source="bank manual", licence="CC-BY-4.0")
    )
    return time.perf_counter() - begin


def history(profile: Profile, count: int, commits: int, repository: Path, env: Mapping[str, str]) -> list[Point]:
    """Simulate one history."""
    import dsvc

    content = list(lines(count))
    start(repository, content, env)
    dsvc.init(repository)
    repo = dsvc.open(repository)
    commit(repo, repository, "first")
    first, edited, spent, points = held(repository, env), 0, [], []
    rng = random.Random(f"{SEED}:{profile.name}")
    digests: dict[str, str] = {}
    for number in range(1, commits + 1):
        content, edit = edit_scattered(content, rng, profile.draw(rng))
        edited += edit.edited_bytes
        write_lines(repository / WORKING_FILE, content)
        spent.append(commit(repo, repository, f"edit {number}"))
        if number % max(1, commits // VERIFIED) == 0:
            digests[head(repository, env)] = digest(repository / WORKING_FILE)
        if number in CHECKPOINTS or number == commits:
            points.append(point(profile, number, edited, first, held(repository, env), median(spent)))
            spent = []
            sys.stderr.write(" | ".join(row(points[-1])) + "\n")
    verify(repo, repository, digests)
    return points


def point(profile: Profile, number: int, edited: int, first: Held, now: Held, seconds: float) -> Point:
    """What was added since the first version."""
    return Point(
        profile.name,
        number,
        edited,
        now.cache - first.cache,
        now.loose - first.loose,
        now.packed - first.packed,
        now.local,
        seconds,
    )


def head(repository: Path, env: Mapping[str, str]) -> str:
    """The commit that HEAD is."""
    done = subprocess.run(
        ("git", "rev-parse", "HEAD"), cwd=repository, env=dict(env), check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def digest(path: Path) -> str:
    """sha256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def verify(repo: Any, repository: Path, digests: Mapping[str, str]) -> None:
    """Old versions come back byte for byte. Raises AssertionError."""
    for revision, expected in digests.items():
        repo.checkout(f"{Path(WORKING_FILE).stem}@{revision}")
        assert digest(repository / WORKING_FILE) == expected, f"version at {revision} came back different"
    sys.stderr.write(f"{len(digests)} versions checked out again: all equal\n")


def row(each: Point) -> list[str]:
    """One line of the table."""
    bar = PROFILES[each.profile].bar
    return [
        PROFILES[each.profile].meaning,
        f"{each.commits:,}",
        megabytes(each.edited),
        megabytes(each.cache),
        megabytes(each.git_packed),
        megabytes(each.git_loose),
        f"{each.ratio:.2f}",
        f"{each.loose_ratio:.2f}",
        f"≤ {bar:g}",
        "yes" if each.ratio <= bar else "**no**",
        megabytes(each.local),
        f"{each.seconds * 1000:.0f} ms",
    ]


HEADER: Final = (
    "history",
    "commits",
    "edited lines",
    "DVC cache",
    "git, after gc",
    "git, loose",
    "stored / edited (after gc)",
    "(loose)",
    "bar",
    "met",
    "local `.git/dsvc`",
    "a commit (median)",
)


def section(points: Iterable[Point], records: int) -> list[str]:
    """The part of the results page."""
    return [
        "## A long history",
        "",
        f"{records:,} records; everything stored beyond the first version, held against the bytes of the edited lines",
        "(`python -m benchmarks.long_history`). Caches under `.git/dsvc` may be deleted and do not count.",
        "",
        *table(HEADER, (row(each) for each in points)),
        "",
    ]


def load() -> list[str]:
    """The section as last measured; nothing when it never was."""
    if not STORE.exists():
        return []
    stored = json.loads(STORE.read_text())
    return section((Point(**each) for each in stored["points"]), stored["records"])


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.long_history", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--profiles", default="uniform,tiny", help=f"of: {','.join(PROFILES)}")
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--commits", type=int, default=1000)
    parser.add_argument("--work", type=Path, default=HERE / ".work" / "history")
    return parser.parse_args(argv)


def main(argv: Sequence[str]) -> None:
    """Simulate, then print the table; ``python -m benchmarks --report-only`` puts it into the results page."""
    options = arguments(argv)
    work = options.work.resolve()
    setting = Setting.create(work / "home", None)
    os.environ.update(setting.env)
    points: list[Point] = []
    try:
        for name in options.profiles.split(","):
            points += history(PROFILES[name], options.records, options.commits, work / name / "repository", setting.env)
            shutil.rmtree(work / name)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    STORE.write_text(json.dumps({"records": options.records, "points": [asdict(each) for each in points]}))
    sys.stdout.write("\n".join(section(points, options.records)) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
