"""``split``: the records of a dataset as parts for training, validation and test, in files of a folder.

What has a side keeps it: the side is where a record stands, in the folder's files, and nowhere else. Like ``fix`` it
changes working files only: ``diff`` shows it, ``commit`` keeps it with its rule, ``undo`` takes it back.
"""

from __future__ import annotations

import hashlib
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import msgspec

from dsvc.errors import NotFoundError, ProtectedError
from dsvc.repository import content
from dsvc.repository.committing.base_check import StaleBaseError, require_base
from dsvc.repository.fixing import digested
from dsvc.repository.going_back.checkout import record_replacement
from dsvc.repository.results import Outcome
from dsvc.repository.splits.corrections import require_kept
from dsvc.repository.splits.files import OutFile, SnapshotLines, parts_anew, parts_with_more
from dsvc.repository.splits.memory import UNMIXED, Memory, memory_of, missing_files, pending
from dsvc.repository.splits.succession import require_not_less, require_same_origin
from dsvc.repository.splits.target import SplitRequest, Target, find_target, side_named
from dsvc.repository.writing.placing import discard
from dsvc.repository.writing.replacing import Replacement, working_state
from dsvc.repository.writing.saving import save_edits
from dsvc.splitting.plan import SplitPlan, plan
from dsvc.splitting.table import NO_SIDE, Input, read_table
from dsvc.working_copy import Base

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.repository.writing.journal import FileMove
    from dsvc.repository.writing.replacing import WorkingState
    from dsvc.snapshot import Snapshot
    from dsvc.splitting.reading import Reading


class Split(msgspec.Struct, frozen=True, kw_only=True):
    """What was (or would be) done. ``files``: the lines of each file; ``changed``: files that get other content.

    ``gone``: records of the folder that its origin has no more. ``notes``: what else should be known, a sentence each.
    ``outcome`` is None where nothing was changed.
    """

    dataset: Dataset
    plan: SplitPlan
    memory: Memory
    files: Mapping[str, int]
    changed: tuple[str, ...] = ()
    gone: int = 0
    notes: tuple[str, ...] = ()
    outcome: Outcome | None = None


def split(ctx: Context, target: str | None, request: SplitRequest, *, dry_run: bool = False) -> Split:
    """Put every record on a side and write the files; edits that were there are saved first, for ``undo``.

    Raises UsageError for a rule that makes no sense, a field that no record has, a part without records or a place
    that is taken; ProtectedError for a folder that no split wrote; BadDataError for a line that is no record.
    """
    if dry_run:
        with opened(ctx, target, request) as draft:
            return draft.told()
    with ctx.writing(), opened(ctx, target, request) as draft:
        return _write(ctx, draft)


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A plan, and the files that it makes, while what is read for them is open."""

    target: Target
    memory: Memory
    plan: SplitPlan
    out: tuple[OutFile, ...]
    dissolved: tuple[str, ...]
    state: WorkingState
    gone: int
    sources: tuple[SnapshotLines, ...]
    """What will be in the parts."""

    def told(self, changed: Sequence[str] = (), outcome: Outcome | None = None) -> Split:
        """What a caller is told."""
        return Split(
            dataset=self.target.folder,
            plan=self.plan,
            memory=self.memory,
            files={file.path: file.lines for file in self.out},
            changed=tuple(changed),
            gone=self.gone,
            notes=self.notes,
            outcome=outcome,
        )

    @property
    def is_unmixed(self) -> bool:
        """Whether all records are those of the version that is told as their origin."""
        origin, snapshot = self.target.origin, self.sources[0].snapshot if self.sources else None
        is_version = origin is not None and origin.version != "" and not origin.sha256
        return is_version and not self.target.in_place and all(one.snapshot is snapshot for one in self.sources)

    @property
    def notes(self) -> tuple[str, ...]:
        """That records come from edits, where they do: a version of the parts cannot say of which version they are."""
        origin = self.target.origin
        if self.target.in_place or origin is None or not (origin.version and origin.sha256):
            return ()
        edits = f"'{origin.path}' has edits that are in no version: its commit comes first, else that of the parts"
        return (f"{edits} asks where added records come from (dsvc commit {origin.dataset} -m why)",)


@contextmanager
def opened(ctx: Context, named: str | None, request: SplitRequest, reading: Reading | None = None) -> Iterator[Draft]:
    """Read what is to be split and decide; valid inside the ``with``. ``reading``: what was read before."""
    target = find_target(ctx, named, request)
    remembered = memory_of(ctx, target.folder)
    rule = request.rule(remembered.rule if remembered is not None else None)
    state = working_state(ctx, target.folder)
    _require_newest(ctx, target.folder, state)
    with ExitStack() as stack:
        before = remembered.rule.parts if remembered is not None else ()
        opening = _Inputs.of(ctx, target, request, (rule.parts, before), stack)
        if not target.in_place and not request.force:
            require_same_origin(target, remembered)
            require_kept(ctx, target, state.entry, opening.sources())
        opening.remember_missing(missing_files(ctx, target.folder, state), target, rule.parts, anew=request.anew)
        table = read_table(opening.all(), rule, target.key, ctx.progress, reading)
        if not target.in_place and not request.force:
            require_not_less(ctx, target, remembered, table.gone)
        decided = plan(table, rule)
        yield Draft(
            target=target,
            memory=Memory(rule, target.origin),
            plan=decided,
            out=tuple(opening.files(decided, target.folder.path)),
            dissolved=tuple(opening.dissolved),
            state=state,
            gone=table.gone,
            sources=(*(lines for lines, _ in opening.parts), *opening.new),
        )


def _require_newest(ctx: Context, folder: Dataset, state: WorkingState) -> None:
    """Raise StaleBaseError where the parts lie here as an older version has them: they are what remembers the sides,
    so records that came since would be put on sides anew, and a commit would be refused.
    """
    current = ctx.versions.current(folder, ctx.git.head())
    is_other = current is not None and state.entry is not None and state.entry.id != current.entry.id
    if current is None or not is_other or not state.present:
        return
    try:
        require_base(ctx, current)
    except StaleBaseError as error:
        raise StaleBaseError(f"{error.message}: what came since may get another side", hint=error.hint) from None


class _Inputs(msgspec.Struct):
    """What is read: parts that stay as they are, what is put on sides, and what only tells who was on which side."""

    parts: list[tuple[SnapshotLines, int]]
    new: list[SnapshotLines]
    remembered: list[tuple[SnapshotLines, int]]
    dissolved: list[str]

    @staticmethod
    def of(
        ctx: Context,
        target: Target,
        request: SplitRequest,
        parts: tuple[Sequence[str], Sequence[str]],
        stack: ExitStack,
    ) -> _Inputs:
        """``parts``: their names, now and before."""
        inputs, (names, before) = _Inputs([], [], [], []), parts
        if target.in_place:
            source = stack.enter_context(content.snapshot(ctx, target.revision))
            inputs._take_folder(source, names, anew=request.anew)
        else:
            source = stack.enter_context(content.snapshot(ctx, target.revision))
            inputs.new += [SnapshotLines(source, file) for file in source.layout.files]
            if ctx.working.path(target.folder.path).is_dir():
                inputs._remember(_folder(ctx, target.folder, stack), names, before, anew=request.anew)
        for path in request.add:
            more = stack.enter_context(content.open_path(Path(path)))
            inputs.new += [SnapshotLines(more, file, path) for file in more.layout.files]
        return inputs

    def _take_folder(self, snapshot: Snapshot, names: Sequence[str], *, anew: bool) -> None:
        for file in snapshot.layout.files:
            lines, side = SnapshotLines(snapshot, file), side_named(file.path, names)
            if side == NO_SIDE or anew:
                self.new.append(lines)
                self.dissolved.append(file.path)
            else:
                self.parts.append((lines, side))

    def _remember(self, snapshot: Snapshot, names: Sequence[str], before: Sequence[str], *, anew: bool) -> None:
        for file in snapshot.layout.files:
            side = side_named(file.path, names)
            if side == NO_SIDE and side_named(file.path, before) == NO_SIDE:
                raise ProtectedError(
                    f"'{file.path}' is none of the parts ({', '.join(names)}); split would take it away",
                    hint=f"move it elsewhere, or name its part, too: --share {PurePosixPath(file.path).stem}=0.1",
                )
            self.dissolved.append(file.path)
            if side != NO_SIDE and not anew:
                self.remembered.append((SnapshotLines(snapshot, file), side))

    def remember_missing(
        self, missing: Sequence[SnapshotLines], target: Target, names: Sequence[str], *, anew: bool
    ) -> None:
        """Files of the folder's version that are not there: in a folder of its own they tell the sides all the same."""
        sides = [] if anew else [(lines, side_named(lines.path, names)) for lines in missing]
        there = {side for _, side in self.parts}
        for lines, side in sides:
            if target.in_place and side != NO_SIDE and side not in there:
                raise ProtectedError(
                    f"'{lines.path}' is not there, and '{names[side]}' would be made of other records",
                    hint=f"put it back: dsvc checkout {target.folder.name}; or put all records on sides anew: --anew",
                )
        if not target.in_place:
            self.remembered += [(lines, side) for lines, side in sides if side != NO_SIDE]

    def sources(self) -> list[Snapshot]:
        """The content that is put on sides."""
        return list({id(lines.snapshot): lines.snapshot for lines in self.new}.values())

    def all(self) -> list[Input]:
        """In the order in which they are read."""
        return [
            *(Input(lines, side) for lines, side in self.parts),
            *(Input(lines) for lines in self.new),
            *(Input(lines, side, only_remembered=True) for lines, side in self.remembered),
        ]

    def files(self, decided: SplitPlan, folder: str) -> list[OutFile]:
        """The files to be written."""
        if self.parts:
            return parts_with_more(decided, folder, self.parts, self.new)
        return parts_anew(decided, folder, self.new)


def _folder(ctx: Context, dataset: Dataset, stack: ExitStack) -> Snapshot:
    return stack.enter_context(content.open_working(ctx.working, dataset, None, None))


def _write(ctx: Context, draft: Draft) -> Split:
    dataset, state = draft.target.folder, draft.state
    if draft.target.current and state.entry is None:
        raise NotFoundError(f"it is not known which version '{dataset.path}' was edited from", hint="dsvc status")
    with ctx.locked():
        moves, sums = _staged(ctx, draft)
        if not moves and _is_remembered(ctx, dataset, draft.memory):
            return draft.told()
        saved = save_edits(ctx, dataset, state.present, state.entry) if _overwrites_edits(state, moves) else None
        base = Base(state.base.version, dict(state.base.files)) if state.base is not None else None
        summary = ", ".join(f"{part.name} {part.records:,}" for part in draft.plan.parts)
        remembers = {**draft.memory.to_json(), **({UNMIXED: sums} if draft.is_unmixed else {})}
        record_replacement(ctx, "split", dataset, summary, state.base, Replacement(moves, base), saved, remembers)
    return draft.told([move.path for move in moves], _outcome(draft, saved))


def _is_remembered(ctx: Context, dataset: Dataset, memory: Memory) -> bool:
    """Whether nothing new is to be remembered. Where the next commit will tell the origin, that counts, too."""
    before = memory_of(ctx, dataset)
    if before is None or before.rule != memory.rule:
        return False
    return before.origin == memory.origin or pending(ctx, dataset) is None


def _overwrites_edits(state: WorkingState, moves: Sequence[FileMove]) -> bool:
    return any(move.path in state.edited for move in moves)


def _outcome(draft: Draft, saved: str | None) -> Outcome:
    dataset = draft.target.folder
    return Outcome(
        verb="split",
        dataset=dataset,
        file=f"'{dataset.path}' has the parts {', '.join(draft.plan.rule.parts)}",
        saved_as=saved,
        version=draft.state.entry,
    )


def _staged(ctx: Context, draft: Draft) -> tuple[tuple[FileMove, ...], dict[str, str]]:
    """The files that get other content, written beside what is split; and those that go, because their records did.
    Also the sha256 of each file that will be there.
    """
    moves: list[FileMove] = []
    sums: dict[str, str] = {}
    state = draft.state
    try:
        for file in draft.out:
            digest = hashlib.sha256()
            staged = ctx.working.stage(_beside(draft.target, file), digested(file.chunks(), digest), None)
            move = state.move(file.path, str(staged), sums.setdefault(file.path, digest.hexdigest()))
            if state.sha256.get(file.path) == digest.hexdigest():
                discard([move])
            else:
                moves.append(move)
    except BaseException:
        discard(moves)
        raise
    written = {file.path for file in draft.out}
    moves += [state.move(path, None, None) for path in draft.dissolved if path not in written]
    return tuple(moves), sums


def _beside(target: Target, file: OutFile) -> str:
    """Where a file waits: in a folder that is known to whoever clears up after a crash."""
    if target.current:
        return file.path
    name = PurePosixPath(file.path).name
    return str(PurePosixPath(target.folder.path).parent / f"{target.folder.name}.{name}")


__all__ = ["Draft", "Split", "opened", "split"]
