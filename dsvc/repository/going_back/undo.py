"""``undo``: take back the last operation. What it takes back stays alive on a local tag."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec.structs import replace

from dsvc.errors import DsvcError, MissingObjectError, NotFoundError, ProtectedError
from dsvc.manifest import Manifest
from dsvc.render.numbers import plural
from dsvc.repository.going_back.kept import keep_tag, version_by_id
from dsvc.repository.going_back.obstacles import (
    Obstacle,
    files_now,
    is_passed_over,
    keeper_of,
    obstacle_to,
    verdicts_since,
)
from dsvc.repository.results import Operation, Outcome
from dsvc.repository.writing.journal import Entry
from dsvc.repository.writing.placing import discard, place
from dsvc.repository.writing.publish import file_moves
from dsvc.repository.writing.recovery import dataset_of, files_of, own_paths, put_shared_back, set_room_aside
from dsvc.repository.writing.replaced import put
from dsvc.repository.writing.replacing import Replacement, stage_version, told_by_file, working_state
from dsvc.repository.writing.saving import save_edits
from dsvc.repository.writing.store_folder import drop_store, show_version
from dsvc.store.git_values import CommitId

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.repository.writing.journal import FileMove
    from dsvc.repository.writing.placing import Placed

UNDOABLE = (
    *("commit", "rollback", "checkout", "restore", "import", "fix", "split", "rm", "adopt", "accept"),
    *("pilot create", "pilot result", "pilot carry", "pilot rm"),
    *("review start", "review finish", "review rm", "agreement", "agreement rm"),
)
_NOT_LAST = Obstacle("a later operation must be undone first", "dsvc undo")
_PASSED_OVER = Obstacle("its commit is on no branch any more: it is passed over", "dsvc undo")


def operations(ctx: Context) -> list[Operation]:
    """What was done in this worktree, newest first, and what ``undo`` would say to each."""
    listed = []
    newest = True
    for entry in ctx.journal.entries():
        if entry.verb not in UNDOABLE or entry.state == "open":
            continue
        obstacle = None
        passed_over = entry.state == "done" and newest and is_passed_over(ctx, entry)
        if passed_over:
            obstacle = _PASSED_OVER
        elif entry.state == "done":
            obstacle = obstacle_to(ctx, entry) if newest else _NOT_LAST
            newest = False
        listed.append(
            Operation(
                id=str(entry.number),
                verb=entry.verb,
                dataset=entry.dataset["name"],
                summary=entry.summary,
                at=entry.time,
                undone=entry.state == "undone",
                obstacle=obstacle.why if obstacle is not None else None,
                hint=obstacle.way_out if obstacle is not None else None,
                passed_over=passed_over,
            )
        )
    return listed


def undo(ctx: Context, *, force: bool = False) -> Outcome:
    """Take back the last operation that was not undone yet.

    With ``force`` edits made since are saved first, and a review goes although verdicts on it lie here.

    Operations whose commits git took out of all branches are passed over: there is nothing left of them to take back.
    Raises NotFoundError when there is none, ProtectedError when it is too late (published, built upon, edited since).
    """
    with ctx.writing():
        ctx.require_no_merge()
        entry = _last_done(ctx)
        if entry is None:
            raise NotFoundError("there is nothing to undo", hint="dsvc undo --list")
        obstacle = obstacle_to(ctx, entry)
        if obstacle is not None and not (force and obstacle.yields):
            raise ProtectedError(f"cannot undo {entry.verb} ({entry.summary}): {obstacle.why}", hint=obstacle.way_out)
        with ctx.locked():
            notes = _edits_kept(ctx, entry, save=obstacle is not None and obstacle.edits)
            notes += _verdicts_kept(ctx, entry)
            outcome = _undo_one(ctx, entry)
            outcome = replace(outcome, notes=(*outcome.notes, *notes))
            before = _last_done(ctx)
            if before is None or before.number != entry.brought_in:
                return outcome
            return _with_import(ctx, outcome, before)


def _last_done(ctx: Context) -> Entry | None:
    done = (entry for entry in ctx.journal.entries() if entry.state == "done" and entry.verb in UNDOABLE)
    return next((entry for entry in done if not is_passed_over(ctx, entry)), None)


def _edits_kept(ctx: Context, entry: Entry, *, save: bool) -> list[str]:
    """Where the edits are that were made since, one sentence; those that no version has are saved now."""
    dataset, now = dataset_of(entry), files_now(ctx, entry)
    if not save and _only_here(ctx, entry, dataset, now):
        state = working_state(ctx, dataset)
        name = save_edits(ctx, dataset, state.present, state.entry)
        return [f"the file as it was until now is kept: dsvc checkout {dataset.name}@{name}"]
    if save:
        state = working_state(ctx, dataset)
        names = [save_edits(ctx, dataset, state.present, state.entry)]
    else:
        edited = {m.path: now[m.path] for m in entry.moves if now[m.path] not in (None, m.sha256_after)}
        names = [keeper_of(ctx, dataset, path, sha256) or "" for path, sha256 in edited.items() if sha256 is not None]
    return [f"the edits made since are kept: dsvc checkout {dataset.name}@{name}" for name in dict.fromkeys(names)]


def _verdicts_kept(ctx: Context, entry: Entry) -> list[str]:
    """How to get at verdicts on a review that is taken away, one sentence."""
    there = [review.name for review, _ in verdicts_since(ctx, entry)]
    told = f"the verdicts on '{', '.join(there)}' stay in the git directory; with the review they are there again"
    return [f"{told}: git cherry-pick {entry.commit}"] if there else []


def _only_here(ctx: Context, entry: Entry, dataset: Dataset, now: Mapping[str, str | None]) -> bool:
    """Whether the operation wrote what no version has: mended records, parts, or edits with their old formatting."""
    made = [move for move in entry.moves if move.sha256_after is not None and now[move.path] == move.sha256_after]
    return entry.verb in ("fix", "restore", "split") and any(
        keeper_of(ctx, dataset, move.path, move.sha256_after) is None for move in made if move.sha256_after
    )


def _undo_one(ctx: Context, entry: Entry) -> Outcome:
    staged = _stage_files(ctx, entry)
    try:
        set_room_aside(ctx)
        undoing = ctx.journal.write(_undo_entry(ctx, entry, staged))
    except OSError:
        discard(staged.moves if staged is not None else ())
        raise
    return _try_twice(ctx, undoing, entry)


def undo_import(ctx: Context, number: int) -> None:
    """Put back the files of an import whose commit was never made, where nobody wrote to them since."""
    entry = _last_done(ctx)
    if entry is not None and entry.number == number and obstacle_to(ctx, entry) is None:
        _undo_one(ctx, entry)


def _with_import(ctx: Context, outcome: Outcome, imported: Entry) -> Outcome:
    """Take back the file of an import whose commit was taken back; where that cannot be, say what is left to do."""
    try:
        obstacle = obstacle_to(ctx, imported)
        problem = obstacle.why if obstacle is not None else ""
        placed = _undo_one(ctx, imported) if obstacle is None else None
    except DsvcError as error:
        problem, placed = error.message, None
    if placed is None:
        file = f"'{imported.dataset['path']}' still has what was imported ({problem}); dsvc undo puts it back"
        return replace(outcome, file=file)
    return replace(outcome, file=placed.file, notes=(*outcome.notes, *placed.notes))


def _try_twice(ctx: Context, undoing: Entry, entry: Entry) -> Outcome:
    """Carry out an undo; when that fails, finish it all the same if the branch has moved, else put it back."""
    ctx.reserve.unlink(missing_ok=True)
    try:
        return _carry_out(ctx, undoing, entry)
    except OSError:
        return _carry_out(ctx, undoing, entry)
    except DsvcError:
        with suppress(DsvcError, OSError):
            resume(ctx, undoing)
        raise


def resume(ctx: Context, undoing: Entry) -> None:
    """Finish an undo that was cut short, or put it back when the branch has not moved yet (or moved on since)."""
    entry = next((e for e in ctx.journal.entries() if e.number == undoing.undoes), None)
    if entry is None or (entry.version is not None and ctx.git.head() != entry.parent):
        _give_up(ctx, undoing, entry)
    else:
        _carry_out(ctx, undoing, entry)


def _give_up(ctx: Context, undoing: Entry, entry: Entry | None) -> None:
    if entry is not None and entry.commit is not None and ctx.git.head() == entry.commit:
        keep = _keep_tag(entry)
        if ctx.git.tagged(keep) == entry.commit:
            ctx.git.delete_tag(keep)
    discard(undoing.moves)
    ctx.journal.forget(undoing)


def _stage_files(ctx: Context, entry: Entry) -> Replacement | None:
    """The files as they were before the operation: from the version they came from, or from the saved edits."""
    if not entry.moves:
        return None
    dataset, now = dataset_of(entry), files_now(ctx, entry)
    before = entry.before()
    if entry.saved is not None:
        commit = ctx.git.resolve(f"refs/tags/{entry.saved}")
        data = ctx.git.read(commit, dataset.manifest_path) if commit is not None else None
        if data is None:
            raise ProtectedError(f"the saved edits '{entry.saved}' are gone", hint="dsvc status")
        source = Manifest.decode(data, dataset.manifest_path).ledger_entry()
    elif before is not None:
        found = version_by_id(ctx, dataset, before.version)
        if found is None:
            raise ProtectedError(f"the version that '{dataset.path}' had before is not known any more")
        source = found
    else:
        return Replacement(_removals(entry.moves, now), None)
    staged = stage_version(ctx, dataset, ctx.versions.snapshot(dataset, source), source.id)
    base = before if before is not None or entry.verb == "split" else staged.base
    new = tuple(move for move in entry.moves if move.sha256_before is None)
    # Only what the operation replaced, and only if it still is what was looked at, is put back.
    replaced = {move.path for move in entry.moves if move.sha256_before is not None}
    discard([move for move in staged.moves if move.path not in replaced])
    moves = [
        replace(move, sha256_before=now[move.path], stamp_before=None) for move in staged.moves if move.path in replaced
    ]
    return Replacement((*moves, *_removals(new, now)), base)


def _removals(moves: Sequence[FileMove], now: Mapping[str, str | None]) -> tuple[FileMove, ...]:
    """Moves that take away what these moves have put there, as far as it is there."""
    return file_moves([(move.path, None, now[move.path], None) for move in moves if now[move.path] is not None])


def _undo_entry(ctx: Context, entry: Entry, staged: Replacement | None) -> Entry:
    after = staged.base.to_json() if staged is not None and staged.base is not None else entry.base_before
    return Entry(
        number=ctx.journal.next_number(),
        verb="undo",
        state="open",
        at=ctx.clock().isoformat(),
        dataset=entry.dataset,
        summary=f"{entry.verb} ({entry.summary})",
        parent=entry.commit,
        commit=entry.parent,
        tag=entry.tag,
        version=entry.version,
        paths=entry.paths,
        extra=entry.extra,
        base_before=entry.base_after,
        base_after=after,
        moves=staged.moves if staged is not None else (),
        undoes=entry.number,
    )


def _carry_out(ctx: Context, undoing: Entry, entry: Entry) -> Outcome:
    """Every step may have been done already: the undo may be resumed at any point."""
    if entry.replaced:
        return _put_files_back(ctx, undoing, entry)
    dataset = dataset_of(entry)
    kept = _take_back_commit(ctx, entry, dataset) if entry.version is not None else None
    placed = place(ctx, undoing.moves)
    if dataset.kind == "folder" and undoing.moves and all(move.temporary is None for move in undoing.moves):
        with suppress(OSError):  # there is something else in it
            ctx.working.path(dataset.path).rmdir()
    _put_base_back(ctx, dataset, undoing, placed)
    ctx.journal.write(replace(entry, state="undone"))
    ctx.journal.close(undoing)
    problem = placed.problem()
    return Outcome(
        verb="undo",
        dataset=dataset,
        file=problem or _file_sentence(dataset, undoing),
        history=_history_sentence(dataset, entry),
        head="is where it was before" if entry.version is not None else "unchanged",
        saved_as=kept,
        notes=(f"undid: {entry.verb} {entry.summary}", *told_by_file(dataset, undoing.moves)),
    )


def _put_files_back(ctx: Context, undoing: Entry, entry: Entry) -> Outcome:
    """Take back what was written into files that are no dataset's."""
    left = put(ctx, entry, back=True)
    ctx.journal.write(replace(entry, state="undone"))
    ctx.journal.close(undoing)
    told = [f"'{path}' {'is left as it is' if path in left else 'is as it was before'}" for path in entry.replaced]
    return Outcome(
        verb="undo",
        dataset=dataset_of(entry),
        file=", ".join(told),
        notes=(f"undid: {entry.verb} {entry.summary}",),
    )


def _put_base_back(ctx: Context, dataset: Dataset, undoing: Entry, placed: Placed) -> None:
    """Remember what the files were written from before; those that were not touched may be of another version since."""
    base = ctx.working.base(dataset.path)
    known = {each.version for each in (undoing.before(), undoing.after()) if each is not None}
    if undoing.moves or base is None or base.version in known:
        ctx.working.set_base(dataset.path, placed.base(base, undoing.after()))


def _file_sentence(dataset: Dataset, undoing: Entry) -> str:
    if not undoing.moves:
        return f"'{dataset.path}' was not touched"
    gone = dataset.kind == "file" and all(move.sha256_after is None for move in undoing.moves)
    return f"'{dataset.path}' is {'not there, as before' if gone else 'as it was before'}"


def _history_sentence(dataset: Dataset, entry: Entry) -> str:
    if entry.version is None:
        return "unchanged"
    if entry.verb == "adopt":
        count = plural(len(entry.earlier) + 1, "version")
        return f"'{dataset.name}' is kept as it was before, {count} of it taken out"
    about = entry.summary.split(":")[0]
    if entry.facts and None in entry.facts.values():
        return f"{about} is back"
    if entry.verb == "pilot result":
        return f"a result of {about} was taken out"
    return f"'{dataset.name}' is back" if entry.verb == "rm" else f"{about} was taken out"


def _take_back_commit(ctx: Context, entry: Entry, dataset: Dataset) -> str | None:
    """Move the branch back; an undone version stays alive on a local tag."""
    assert entry.commit is not None
    assert entry.version is not None
    commit = CommitId(entry.commit)
    parent = CommitId(entry.parent) if entry.parent is not None else None
    keep = _keep_tag(entry) if entry.verb != "rm" and not entry.facts else None
    if keep is not None and keep not in ctx.git.tags(keep):
        ctx.git.tag(keep, commit, "", annotated=False)
    if ctx.git.head() == commit:
        ctx.git.move_branch(parent, expected=commit, paths=own_paths(entry))
    else:
        ctx.git.restore(parent, own_paths(entry))
    put_shared_back(ctx, entry)
    for tag in (entry.tag, *(tag for _, tag in entry.earlier)):
        if tag is not None and tag in ctx.git.tags(tag):
            ctx.git.delete_tag(tag)
    if entry.untagged is not None and ctx.git.tagged(entry.untagged[0]) is None:
        tag, tagged = entry.untagged
        ctx.git.tag(tag, CommitId(tagged), f"{dataset.name} {entry.summary.split(':')[0]}: brought back by undo\n")
    current = ctx.git.read(parent, dataset.manifest_path) if parent is not None else None
    if current is None:
        drop_store(ctx, dataset)
    else:
        with suppress(MissingObjectError):
            show_version(ctx, dataset, Manifest.decode(current, dataset.manifest_path), files_of(entry))
    return keep


def _keep_tag(entry: Entry) -> str:
    """The local tag that keeps an undone version alive."""
    assert entry.version is not None
    return keep_tag(entry.dataset["name"], entry.summary.split(":")[0], entry.version)
