"""What a user can see of a repository, and what must be true of it after a fault."""

from __future__ import annotations

import hashlib
import re
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dsvc.errors import BadDataError, DsvcError, LockedError, NotFoundError, ProtectedError
from dsvc.manifest import Manifest
from dsvc.repository.committing.base_check import StaleBaseError
from dsvc.repository.datasets import Dataset
from dsvc.repository.pilots.file import tag_of
from dsvc.repository.results import CommitRequest
from dsvc.store.objects import object_id
from tests.faults.stories import Story, git, open_repo

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from dsvc.repository import Repository
    from dsvc.snapshot import Snapshot

Content = dict[str, str]
"""sha256 of each file, by path."""

_LEFTOVERS = re.compile(r"\.dsvc-new-.*|\.dsvc-link-.*|.*\.part|dsvc-index-.*")


@dataclass(frozen=True)
class State:
    """A repository as its user sees it: working files, versions by number with their content, where HEAD is."""

    working: Content
    head: Mapping[str, str]
    """Number of HEAD's version for each dataset, its pilots with how many results each has, its reviews with how many
    records were judged and whether the verdicts were committed."""
    versions: dict[str, Content]
    kept: tuple[Content, ...]
    """The content of each local keep tag."""
    stores: dict[str, set[str]]
    """The names in each ``store/`` folder."""


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def content_of(snapshot: Snapshot) -> Content:
    """All bytes of a version, read and verified."""
    return {file.path: sha256(b"".join(snapshot.chunks(file))) for file in snapshot.layout.files}


def working_content(root: Path) -> Content:
    return {
        path.relative_to(root).as_posix(): sha256(path.read_bytes())
        for path in sorted([*(root / "data").rglob("*.jsonl"), *root.glob("dsvc-baseline-*.jsonl")])
        if not path.name.startswith(".") and path.is_file()
    }


def look(root: Path) -> State:
    """Read everything; raises when any version cannot be read."""
    try:
        repo = open_repo(root)
    except NotFoundError:
        return State(working_content(root), {}, {}, (), {})
    head: dict[str, str] = {}
    versions = {}
    for dataset in repo.datasets():
        head[dataset.name] = repo.version(f"{dataset.name}@HEAD").number
        if listed := repo.pilots.list(dataset.name):
            head[f"{dataset.name} pilots"] = ", ".join(f"{each.pilot.name} {len(each.results)}" for each in listed)
        if reviews := repo.reviews.list(dataset.name):
            told = [f"{each.review.name} {each.judged} {each.finished}" for each in reviews]
            head[f"{dataset.name} reviews"] = ", ".join(told)
        for entry in repo._context.versions.all_known(dataset, repo._context.git.head()):
            revision = f"{dataset.name}@{entry.number}"
            versions[revision] = content_of(repo.snapshot(revision))
    return State(working_content(root), head, versions, tuple(kept_contents(repo, root)), stores_of(root))


def stores_of(root: Path) -> dict[str, set[str]]:
    folders = [path for path in (root / ".dsvc").rglob("store") if path.is_dir()]
    return {str(path.relative_to(root)): {file.name for file in path.iterdir()} for path in folders}


def kept_contents(repo: Repository, root: Path) -> list[Content]:
    contents = []
    for tag in git(root, "tag", "--list", "dsvc-keep/*").split():
        paths = [p for p in git(root, "ls-tree", "-r", "--name-only", tag).splitlines() if p.endswith("manifest.json")]
        for path in paths:
            manifest = Manifest.decode(git(root, "show", f"{tag}:{path}").encode(), path)
            snapshot = repo._context.versions.snapshot(Dataset.of(manifest.dataset), manifest.ledger_entry())
            contents.append(content_of(snapshot))
    return contents


def check_untorn(root: Path, before: State, after: State) -> list[str]:
    """Right after the fault, before anybody puts anything right: (a) files old or new, (b) all versions readable."""
    now = look(root)
    told = []
    for path in {*before.working, *after.working, *now.working}:
        allowed = {before.working.get(path), after.working.get(path)}
        if now.working.get(path) not in allowed:
            told.append(f"'{path}' is neither what it was nor what it should become")
    told += _lost_versions(now, before, after)
    told += _lost_edits(root, now, before)
    return told


def check_history(root: Path, before: State, after: State) -> list[str]:
    """Every version that was there can be read, byte for byte."""
    return _lost_versions(look(root), before, after)


def _lost_versions(now: State, before: State, after: State) -> list[str]:
    told = []
    if now.head not in (before.head, after.head):
        told.append(f"HEAD has {now.head}")
    for revision, content in now.versions.items():
        if content not in (before.versions.get(revision), after.versions.get(revision)):
            told.append(f"'{revision}' has another content than was committed")
    wanted = before.versions if now.head == before.head else after.versions
    told += [f"'{revision}' is gone" for revision in wanted if revision not in now.versions]
    return told


def _lost_edits(root: Path, now: State, before: State) -> list[str]:
    """Every byte that was in a file is in a file, in a version, kept by a tag, or (a baseline) beside the journal."""
    reachable = [
        now.working,
        *now.versions.values(),
        *now.kept,
        {path.name: path.name for path in (root / ".git/dsvc/replaced").glob("*")},
    ]
    found = {digest for content in reachable for digest in content.values()}
    return [f"the content of '{path}' is nowhere" for path, digest in before.working.items() if digest not in found]


def recover(root: Path, targets: list[str]) -> list[str]:
    """What the next user does: look at the status, then use a writing verb; follows hints about lock files."""
    told: list[str] = []
    if not (root / ".dvc").is_dir():
        return told

    def write() -> None:
        open_repo(root).status()
        for target in targets:
            request = CommitRequest(target=target, reason="look", source="x", dry_run=True)
            # nothing to commit; or the file is not ready for a commit, which is fine
            with suppress(NotFoundError, StaleBaseError, BadDataError, _KeptByAnotherError):
                _commit(root, request)

    return told + following_hints(write)


class _KeptByAnotherError(Exception):
    """The file is still git's: its adoption was not finished, or undone."""


def _commit(root: Path, request: CommitRequest) -> None:
    try:
        open_repo(root).commit(request)
    except ProtectedError as error:
        if error.message.endswith("is tracked by git"):
            raise _KeptByAnotherError from error
        raise


def following_hints(act: Callable[[], object]) -> list[str]:
    """Run a verb; where a killed git left lock files, do what the error says, as often as it says something."""
    for _ in range(6):
        error = refusal_of(act)
        if error is None:
            return []
        command = re.search(r"rm -f '.*'", error.hint or "")
        if not isinstance(error, LockedError) or command is None:
            return [f"refused: {error.message} ({error.hint})"]
        subprocess.run(command.group(), shell=True, check=True)
    return ["following the hints does not end"]


def refusal_of(act: Callable[[], object]) -> DsvcError | None:
    """The error that a verb gives, None when it does its work."""
    try:
        act()
    except DsvcError as error:
        return error
    return None


def check_settled(root: Path, before: State, after: State) -> list[str]:
    """After the next writer: no half version, nothing left over, other work untouched."""
    told = check_untorn(root, before, after)
    if not (root / ".dvc").is_dir():
        return told
    repo = open_repo(root)
    for status in repo.status():
        if status.problem:
            told.append(f"status finds a problem: {status.problem} ({status.hint})")
    for each in repo.pilots.list():
        if repo._context.git.tagged(tag_of(each.dataset, each.pilot)) is None:
            told.append(f"the pilot '{each.pilot.name}' has no tag")
    if open_entries := repo._context.journal.open_entries():
        told.append(f"operations stayed open: {[entry.verb for entry in open_entries]}")
    told += [
        f"left over: '{path.relative_to(root)}'" for path in sorted(root.rglob("*")) if _LEFTOVERS.fullmatch(path.name)
    ]
    told += _git_complaints(root)
    told += _store_complaints(repo, before, stores_of(root))
    return told


def _git_complaints(root: Path) -> list[str]:
    lines = [line for line in git(root, "status", "--porcelain", "-uall").splitlines() if line]
    ours = [line for line in lines if ".dsvc/" in line or "data/.gitignore" in line]
    if open_repo(root).datasets():
        ours += [line for line in lines if line.endswith(".jsonl") and "data/" in line]
    told = [f"git status: {line}" for line in ours if not line.endswith((".dsvc/.gitattributes", ".dsvc/rebuild.py"))]
    if (root / "staged.txt").exists() and "A  staged.txt" not in lines:
        told.append(f"the user's staged file is not staged any more: {lines}")
    return told


def _store_complaints(repo: Repository, before: State, now: dict[str, set[str]]) -> list[str]:
    told = []
    expected = {}
    for dataset in repo.datasets():
        manifest = repo.manifest(f"{dataset.name}@HEAD")
        assert manifest is not None
        expected[dataset.store_path] = set(repo._context.packs.read_dir(object_id(manifest.store.dir)))
    for path in {*expected, *now}:
        here = now.get(path)
        if here not in (expected.get(path), before.stores.get(path)):
            told.append(f"'{path}' does not show HEAD's version: {here} {expected.get(path)}")
    return told


def check_again(root: Path, story: Story, before: State, after: State) -> list[str]:
    """(d) the verb can be run to its end now, unless it already was."""
    if story.name == "init":
        story.act(root)
        hooks = [root / ".git" / "hooks" / name for name in ("post-checkout", "post-merge")]
        return [f"'{hook.name}' does not run" for hook in hooks if not hook.stat().st_mode & 0o100]
    now = look(root)
    if now.working == after.working and now.head == after.head and now.versions == after.versions:
        return []
    if now.head != before.head or now.working not in (before.working, after.working):
        return [f"neither before nor after: {now.head}, files {sorted(now.working)}"]
    if told := following_hints(lambda: story.act(root)):
        return told
    done = look(root)
    if (done.working, done.head, done.versions) != (after.working, after.head, after.versions):
        return [f"run again, the verb gives something else: HEAD {done.head}, wanted {after.head}"]
    return []
