"""Why an operation cannot be undone now, and what to do instead: nothing may be lost, and nothing that others have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from dsvc.render.numbers import plural
from dsvc.repository.going_back.kept import KEEP, revision_for
from dsvc.repository.named_facts import SUFFIX
from dsvc.repository.reviews.file import called, here
from dsvc.repository.writing.recovery import dataset_of, has_facts
from dsvc.repository.writing.replaced import digest_now, has_committed, is_kept
from dsvc.reviewing.queue import Review
from dsvc.reviewing.verdicts import read_verdicts
from dsvc.store.git_values import CommitId

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.manifest import Manifest
    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.repository.writing.journal import Entry

_BRANCHES: Final = "refs/heads/"


class Obstacle(msgspec.Struct, frozen=True):
    """What keeps an operation from being undone, and the way out.

    ``edits``: only edits, which can be saved first. ``verdicts``: only verdicts on a review, which stay where they lie.
    ``left``: only a file that is another one, or not here, by now, which stays as it is.
    """

    why: str
    way_out: str
    edits: bool = False
    verdicts: bool = False
    left: bool = False

    @property
    def yields(self) -> bool:
        """Whether who insists may undo it all the same: nothing is lost."""
        return self.edits or self.verdicts or self.left


def is_passed_over(ctx: Context, entry: Entry) -> bool:
    """Whether no branch here has an operation's commit any more (``git reset``, a detached HEAD that was left)."""
    head = ctx.git.head()
    if entry.version is None or entry.commit is None or head == entry.commit:
        return False
    if _has(ctx, entry, head) or _is_listed(ctx, entry):
        return False
    return not any(_has(ctx, entry, tip) for tip in _local_branches(ctx).values())


def obstacle_to(ctx: Context, entry: Entry) -> Obstacle | None:
    """Why an operation cannot be undone now, None if it can."""
    looks = (_obstacle_in_history, _obstacle_in_files, _obstacle_in_verdicts, _obstacle_in_replaced)
    return next((found for look in looks if (found := look(ctx, entry)) is not None), None)


def files_now(ctx: Context, entry: Entry) -> dict[str, str | None]:
    """The sha256 of each file that an operation moved, as it is now; None where there is none."""
    found = {}
    for move in entry.moves:
        exists = ctx.working.path(move.path).exists()
        found[move.path] = ctx.working.sha256(move.path) if exists else None
    return found


def keeper_of(ctx: Context, dataset: Dataset, path: str, sha256: str) -> str | None:
    """A name for a version, committed or only kept, that holds a file with these bytes; None when none does."""
    for name, manifest in _manifests(ctx, dataset):
        if any(file.path == path and file.sha256 == sha256 for file in manifest.files):
            return name
    return None


def _obstacle_in_history(ctx: Context, entry: Entry) -> Obstacle | None:
    if entry.version is None or entry.commit is None:
        return None
    commit, head = CommitId(entry.commit), ctx.git.head()
    if head == commit:
        where = ctx.git.published(commit)
        return Obstacle(f"it is already on {where[0]}", _instead(ctx, entry)) if where else None
    if _has(ctx, entry, head):
        return Obstacle("HEAD has moved on since", _instead(ctx, entry))
    branches = _local_branches(ctx)
    for name in (name for name, tip in branches.items() if tip == commit):
        return Obstacle(f"its commit is on the branch '{name}', not at HEAD", f"git switch '{name}', then dsvc undo")
    for name in (name for name, tip in branches.items() if _has(ctx, entry, tip)):
        way_out = f"git switch '{name}', then {_instead(ctx, entry)}"
        return Obstacle(f"its commit is on the branch '{name}', which has moved on since", way_out)
    return Obstacle("its commit was made anew since (amended or rebased)", _instead(ctx, entry))


def _obstacle_in_files(ctx: Context, entry: Entry) -> Obstacle | None:
    """Edits made since, unless some version has them."""
    dataset, now = dataset_of(entry), files_now(ctx, entry)
    for move in entry.moves:
        sha256 = now[move.path]
        if sha256 in (None, move.sha256_after):
            continue
        assert sha256 is not None
        if keeper_of(ctx, dataset, move.path, sha256) is None:
            why = f"'{move.path}' is there again" if move.sha256_after is None else f"'{move.path}' was edited since"
            return Obstacle(why, "let dsvc save the edits and go on: dsvc undo --force", edits=True)
    return None


def _obstacle_in_verdicts(ctx: Context, entry: Entry) -> Obstacle | None:
    """Verdicts that were given on a review since it was begun: nobody would find them without it."""
    for review, given in verdicts_since(ctx, entry):
        why = f"{plural(given, 'verdict')} {'was' if given == 1 else 'were'} given on '{review.name}' since"
        way_out = f"take one back: dsvc review undo {called(ctx, review)}"
        return Obstacle(why, f"{way_out}; or take the review away all the same: dsvc undo --force", verdicts=True)
    return None


def _obstacle_in_replaced(ctx: Context, entry: Entry) -> Obstacle | None:
    """A baseline that is not what the operation made of it: on another branch, or written by something else since."""
    for path, (before, after) in entry.replaced.items():
        now = digest_now(ctx, path)
        if now == after and is_kept(ctx, before):
            continue
        branch = next((name for name, tip in _others(ctx) if has_committed(ctx, tip, path, after)), None)
        if now != after and branch is not None:
            way_out = f"git switch '{branch}', then dsvc undo; or leave it there and go on: dsvc undo --force"
            return Obstacle(f"that is on the branch '{branch}', not here", way_out, left=True)
        look = f"look at it: {_shows(ctx, path)} '{path}'; or " if now is not None else ""
        way_out = f"{look}leave it as it is and go on: dsvc undo --force"
        return Obstacle(f"'{path}' {_became(before, after, now)}", way_out, left=True)
    return None


def _shows(ctx: Context, path: str) -> str:
    """The command that shows what became of a file."""
    if not ctx.git.is_tracked(path):
        return "cat"
    return "git diff" if ctx.git.changed_in_worktree(path) else "git log -p --"


def _became(before: str | None, after: str | None, now: str | None) -> str:
    if now is None:
        return "is not here any more"
    if now == after:
        return "cannot be put back: what it was is not kept any more"
    return "is already as it was before" if now == before else "was written by something else since"


def _others(ctx: Context) -> list[tuple[str, CommitId]]:
    """The local branches that are somewhere else than HEAD."""
    head = ctx.git.head()
    return [(name, tip) for name, tip in _local_branches(ctx).items() if tip != head]


def verdicts_since(ctx: Context, entry: Entry) -> Iterator[tuple[Review, int]]:
    """The reviews that an operation began, as far as verdicts on them lie here, and how many hold."""
    if entry.verb not in ("review start", "agreement") or entry.commit is None:
        return
    folder = dataset_of(entry).reviews_path
    for path in entry.facts:
        data = ctx.git.read(CommitId(entry.commit), path) if path.startswith(f"{folder}/") else None
        if data is None or not path.endswith(SUFFIX):
            continue
        review = Review.decode(data, path)
        given = sum(len(read_verdicts(each, name, review.id)[1].by_record) for name, each in here(ctx, review).items())
        if given:
            yield review, given


def _instead(ctx: Context, entry: Entry) -> str:
    """A command that does what undo would have done, as something new."""
    dataset = dataset_of(entry)
    if entry.facts:
        return f"git revert --no-edit {entry.commit} (a commit that takes it back)"
    if entry.verb == "rm":
        return f"git revert --no-edit {entry.commit} (brings '{dataset.name}' back)"
    before = ctx.versions.at(dataset, CommitId(entry.parent)) if entry.parent is not None else None
    if before is None:
        return f"dsvc rm {dataset.name} (there was no version before; the old ones stay)"
    revision = revision_for(ctx, dataset, before.ledger_entry())
    return f"dsvc rollback {dataset.name}@{revision} (a new version with what was before)"


def _has(ctx: Context, entry: Entry, tip: CommitId | None) -> bool:
    return tip is not None and entry.commit is not None and ctx.git.is_ancestor(CommitId(entry.commit), tip)


def _is_listed(ctx: Context, entry: Entry) -> bool:
    """Whether HEAD has the version all the same, by another commit."""
    head = ctx.git.head()
    if entry.facts:
        return head is not None and has_facts(ctx, entry, head)
    ledger = ctx.versions.ledger(dataset_of(entry), head) if head is not None and entry.verb != "rm" else ()
    return any(version.id == entry.version for version in ledger)


def _local_branches(ctx: Context) -> dict[str, CommitId]:
    found = ctx.git.branches().items()
    return {name.removeprefix(_BRANCHES): tip for name, tip in found if name.startswith(_BRANCHES)}


def _manifests(ctx: Context, dataset: Dataset) -> Iterator[tuple[str, Manifest]]:
    """HEAD's version, those with tags, and those that are only kept, with names for them."""
    head = ctx.git.head()
    commits = {"HEAD": head} if head is not None else {}
    for name, commit in (commits | ctx.git.tags(dataset.tag("")) | ctx.git.tags(f"{KEEP}/{dataset.name}/")).items():
        manifest = ctx.versions.at(dataset, commit)
        if manifest is not None:
            yield (name if name.startswith(KEEP) else manifest.number), manifest
