"""``status``, ``describe`` and keeping an unedited file in step with HEAD."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from dsvc.errors import CorruptError, DsvcError
from dsvc.manifest import Changes
from dsvc.repository.committing.base_check import base_of, found_base, is_in_step, ways_on
from dsvc.repository.going_back.kept import called_apart, revision_for, version_by_id
from dsvc.repository.numbers.beside import beside_notes
from dsvc.repository.results import DatasetStatus, Description, FileStatus
from dsvc.repository.versions import require_dataset
from dsvc.working_copy import Base, BaseFile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dsvc.manifest import LedgerEntry
    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.repository.results import Outcome
    from dsvc.repository.versions import Current
    from dsvc.repository.writing.replacing import WorkingState
    from dsvc.store.git_values import CommitId


def status(ctx: Context, target: str | None = None) -> list[DatasetStatus]:
    """How the working files of one dataset, or of all, stand to their versions. Takes no lock."""
    unsettled = ctx.settle_if_free()
    head = ctx.git.head()
    datasets = ctx.versions.datasets(head)
    chosen = datasets if target is None else [require_dataset(datasets, target)]
    return [_with_notes(ctx, _status_of(ctx, dataset, head, unsettled), datasets) for dataset in chosen]


def _with_notes(ctx: Context, state: DatasetStatus, datasets: Sequence[Dataset]) -> DatasetStatus:
    from dsvc.repository.working_files import below_notes, files_below

    notes = state.notes + _number_notes(ctx, state)
    if state.dataset.kind == "folder":
        notes += below_notes(state.dataset, files_below(ctx.working, state.dataset, datasets))
    if (ctx.state / "edits").is_dir() and any((ctx.state / "edits").iterdir()):
        from dsvc.repository.going_back.kept_edits import unsaved_notes

        notes += unsaved_notes(ctx, [file.path for file in state.files])
    return replace(state, notes=notes, kept=_kept(ctx, state.dataset))


def _kept(ctx: Context, dataset: Dataset) -> dict[str, tuple[str, ...]]:
    """The names of pilots, reviews and agreements."""
    from dsvc.repository.named_facts import fact_names

    folders = {
        "pilots": dataset.pilots_path,
        "reviews": dataset.reviews_path,
        "agreements": dataset.agreements_path,
    }
    return {what: tuple(fact_names(ctx, folder)) for what, folder in folders.items()}


def _number_notes(ctx: Context, state: DatasetStatus) -> tuple[str, ...]:
    from dsvc.repository.numbers.renumbering import number_notes

    try:
        return number_notes(ctx, state.dataset, ctx.git.head())
    except CorruptError:  # told as the dataset's problem
        return ()


def _status_of(ctx: Context, dataset: Dataset, head: CommitId | None, unsettled: DsvcError | None) -> DatasetStatus:
    problem = hint = None
    try:
        current = ctx.versions.current(dataset, head)
    except CorruptError as error:
        return DatasetStatus(dataset=dataset, head=None, base=None, files=(), problem=error.message, hint=error.hint)
    assert current is not None
    if (half := _half_state(ctx, current)) is not None:
        problem, hint = half
    if unsettled is not None:
        problem, hint = f"an interrupted command waits to be put right: {unsettled.message}", unsettled.hint
    try:
        base = ctx.working.base(dataset.path) or found_base(ctx, current)
    except CorruptError as error:
        problem, hint, base = error.message, error.hint, None
    if base is None and problem is None and not _here(ctx, dataset):
        base, hint = base_of(current.manifest), f"dsvc restore {dataset.name}"
    entry = _entry_of(ctx, current, base)
    files, uncounted = _file_states(ctx, dataset, base, entry)
    if uncounted is not None and problem is None:
        problem, hint = f"the changed lines cannot be counted: {uncounted.message}", uncounted.hint
    stale = base is not None and base.version != current.manifest.id and not is_in_step(ctx, current)
    if base is not None and stale and hint is None and any(file.state in ("changed", "new") for file in files):
        hint = ways_on(ctx, current, base)
    return DatasetStatus(
        dataset=dataset,
        head=current.entry,
        base=entry,
        files=tuple(files),
        stale=stale,
        problem=problem,
        hint=hint,
        notes=beside_notes(ctx, dataset, current.ledger, current.entry),
        head_called=called_apart(ctx, dataset, current.entry),
        base_called=called_apart(ctx, dataset, entry) if entry is not None else "",
        base_revision=_revision_of(ctx, current, entry) if entry is not None else None,
    )


def _revision_of(ctx: Context, current: Current, entry: LedgerEntry) -> str:
    """What names a version; HEAD's needs no look at the tags."""
    return entry.number if entry.id == current.manifest.id else revision_for(ctx, current.dataset, entry)


def _half_state(ctx: Context, current: Current) -> tuple[str, str | None] | None:
    from dsvc.repository.tracking import require_intact

    try:
        require_intact(ctx, current)
    except CorruptError as error:
        if ctx.journal.open_entries() or ctx.git.head() != current.commit:
            return None  # somebody is writing at this moment
        return error.message, error.hint
    return None


def _entry_of(ctx: Context, current: Current, base: Base | None) -> LedgerEntry | None:
    if base is None:
        return None
    if base.version == current.manifest.id:
        return current.entry
    return version_by_id(ctx, current.dataset, base.version)


def _here(ctx: Context, dataset: Dataset) -> list[str]:
    """The working files that exist."""
    from dsvc.repository.working_files import working_files

    try:
        return [path for path in working_files(ctx.working, dataset) if ctx.working.path(path).exists()]
    except FileNotFoundError:
        return []


def _file_states(
    ctx: Context, dataset: Dataset, base: Base | None, entry: LedgerEntry | None
) -> tuple[list[FileStatus], DsvcError | None]:
    """The state of each file, and what kept their lines from being counted."""
    known = dict(base.files) if base is not None else {}
    here = _here(ctx, dataset)
    edited = [path for path in here if path in known and ctx.working.is_edited(path, known[path])]
    if base is not None:
        _remember_stamps(ctx, dataset, base, [path for path in here if path in known and path not in edited])
    counts, uncounted = _line_counts(ctx, dataset, entry, edited) if edited and entry is not None else ({}, None)
    states = []
    for path in sorted({*known, *here}):
        if path not in here:
            states.append(FileStatus(path=path, state="missing"))
        elif path not in known:
            states.append(FileStatus(path=path, state="new"))
        elif path in edited:
            added, removed = counts.get(path, (0, 0))
            states.append(FileStatus(path=path, state="changed", lines_added=added, lines_removed=removed))
        else:
            states.append(FileStatus(path=path, state="unchanged"))
    return states, uncounted


def _line_counts(
    ctx: Context, dataset: Dataset, entry: LedgerEntry, edited: list[str]
) -> tuple[dict[str, tuple[int, int]], DsvcError | None]:
    from dsvc.repository.line_counts import line_counts

    try:
        return line_counts(ctx, dataset, entry, edited), None
    except DsvcError as error:
        return {}, error


def _remember_stamps(ctx: Context, dataset: Dataset, base: Base, unchanged: list[str]) -> None:
    """After a look at the content, remember the stamps, so that the next look can go without it."""
    unknown = [path for path in unchanged if base.files[path].stamp is None]
    if not unknown:
        return
    facts = {}
    for path in unknown:
        sha256, stamp = ctx.working.hashed(path)
        if stamp is not None and sha256 == base.files[path].sha256:
            facts[path] = BaseFile(sha256, stamp)
    if facts:
        ctx.working.note_base(dataset.path, Base(base.version, {**base.files, **facts}), instead_of=base)


def describe(ctx: Context, target: str | None = None) -> Description:
    """Which version a working file is, and how far it was edited since."""
    from dsvc.errors import NotFoundError
    from dsvc.repository.content import diff_working
    from dsvc.repository.working_files import working_files

    head = ctx.git.head()
    dataset = require_dataset(ctx.versions.datasets(head), target)
    current = ctx.versions.current(dataset, head)
    assert current is not None
    if not _here(ctx, dataset):
        raise NotFoundError(f"'{dataset.path}' is missing", hint=f"dsvc restore {dataset.name}")
    base = ctx.working.base(dataset.path) or found_base(ctx, current)
    entry = _entry_of(ctx, current, base)
    if entry is None or base is None:
        raise NotFoundError(
            f"it is not known which version '{dataset.path}' was edited from", hint=f"dsvc diff {dataset.name}@HEAD"
        )
    same_files = set(working_files(ctx.working, dataset)) == set(base.files)
    if same_files and not any(ctx.working.is_edited(path, file) for path, file in base.files.items()):
        return Description(dataset=dataset, entry=entry, changes=Changes())
    with diff_working(ctx, dataset, entry) as changes:
        summary = changes.counts
    return Description(
        dataset=dataset,
        entry=entry,
        changes=Changes(
            added=summary.added,
            removed=summary.removed,
            modified=summary.modified,
            moved=summary.moved,
            reformatted=summary.reformatted,
        ),
        files=summary.files.count,
    )


def keep_in_step(ctx: Context) -> list[Outcome]:
    """After git moved HEAD: bring unedited working files to HEAD's version, and the stores too.

    Edited files are left alone; the next commit refuses to go on from the wrong version. Where all is in step already
    nobody is waited for.
    """
    from dsvc.repository.writing.replacing import working_state
    from dsvc.repository.writing.store_folder import shows_version

    outcomes = []
    with ctx.writing():
        head = ctx.git.head()
        for dataset in ctx.versions.datasets(head):
            current = ctx.versions.current(dataset, head)
            assert current is not None
            state = working_state(ctx, dataset)
            fits = state.base is None or state.base.version == current.manifest.id
            if fits and shows_version(ctx, dataset, current.manifest):
                continue
            with ctx.locked():
                outcome = _brought_in_step(ctx, current, state)
            if outcome is not None:
                outcomes.append(outcome)
    return outcomes


def _brought_in_step(ctx: Context, current: Current, state: WorkingState) -> Outcome | None:
    from contextlib import suppress

    from dsvc.repository.going_back.checkout import replace_working
    from dsvc.repository.results import Outcome
    from dsvc.repository.writing.store_folder import show_version

    dataset, number = current.dataset, called_apart(ctx, current.dataset, current.entry)
    with suppress(DsvcError):
        show_version(ctx, dataset, current.manifest, state.base.files if state.base else ())
    if state.base is None or state.base.version == current.manifest.id:
        return None
    if state.edited:
        file, version = f"'{dataset.path}' has edits and was left as it is", None
    else:
        replace_working(ctx, "keep in step", dataset, current.entry, state, None)
        file, version = f"'{dataset.path}' now has {number}", current.entry
    return Outcome(verb="keep in step", dataset=dataset, file=file, head=f"has {number}", version=version)
