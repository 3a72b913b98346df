"""A dsvc repository: the verbs, as methods. Each verb lives in a module of its own below.

Modules are imported by the method that needs them: most verbs touch neither numpy nor DVC.
"""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from dsvc.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    from dsvc.blame.history import RecordHistory
    from dsvc.delta import Change
    from dsvc.diff import Diff
    from dsvc.editing.session import EditSession
    from dsvc.errors import DsvcError
    from dsvc.manifest import LedgerEntry, Manifest
    from dsvc.origin import VersionId
    from dsvc.repository.accepting import Accepted
    from dsvc.repository.agreements.verbs import Agreements
    from dsvc.repository.annotation.plan import Askable
    from dsvc.repository.annotation.taking_back import TakenBack
    from dsvc.repository.blame import Blame
    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.repository.editing import Kept
    from dsvc.repository.exports.export import Exported
    from dsvc.repository.exports.plan import ExportPlan
    from dsvc.repository.fixing import Fixed
    from dsvc.repository.going_back.kept_edits import KeptEdits
    from dsvc.repository.imports.identify import Identified
    from dsvc.repository.pilots.verbs import Pilots
    from dsvc.repository.results import (
        AdoptResult,
        CommitRequest,
        CommitResult,
        DatasetStatus,
        Description,
        Finding,
        LogEntry,
        Operation,
        Outcome,
        PushResult,
    )
    from dsvc.repository.reviews.verbs import Reviews
    from dsvc.repository.splits.preview import SplitPreview
    from dsvc.repository.splits.split import Split
    from dsvc.repository.splits.target import SplitRequest
    from dsvc.repository.stores import History, Packs
    from dsvc.repository.validating import Comparison
    from dsvc.snapshot import Snapshot
    from dsvc.splitting.reading import Reading
    from dsvc.statistics import Statistics
    from dsvc.validators.baseline import Baseline
    from dsvc.validators.by_commits import FoundByCommit
    from dsvc.validators.finding import Finding as RecordFinding
    from dsvc.validators.gates import GateSettings
    from dsvc.validators.runner import Validation
    from dsvc.validators.selection import Selection
    from dsvc.validators.settings import ValidateSettings

    Progress = Callable[[int], None]


class Repository:
    """An open repository. Paths given to its methods are relative to ``folder`` (where it was opened)."""

    def __init__(self, context: Context, folder: Path) -> None:
        self._context = context
        self._folder = folder

    @classmethod
    def open(
        cls,
        path: str | Path = ".",
        *,
        progress: Progress | None = None,
        clock: Callable[[], datetime] | None = None,
        lock_timeout: float | None = None,
    ) -> Repository:
        """Open the repository that ``path`` lies in. Raises NotFoundError when git or DVC is missing there."""
        from dsvc.store.dvc_packs import DvcPacks
        from dsvc.store.git_history import GitHistory

        folder = Path(path).resolve()
        git = GitHistory.open(folder)
        packs = DvcPacks.at(git.root, main_worktree=git.main_worktree)
        return cls.over(git, packs, folder, progress=progress, clock=clock, lock_timeout=lock_timeout)

    @classmethod
    def over(
        cls,
        git: History,
        packs: Packs,
        folder: Path | None = None,
        *,
        progress: Progress | None = None,
        clock: Callable[[], datetime] | None = None,
        lock_timeout: float | None = None,
    ) -> Repository:
        """The repository that stands on any two stores; ``folder`` is the top of the work tree unless given."""
        from dsvc.repository.context import LOCK_TIMEOUT, Context, now
        from dsvc.repository.versions import Versions
        from dsvc.repository.writing.journal import Journal
        from dsvc.working_copy import WorkingCopy

        state = git.git_dir / "dsvc"
        context = Context(
            git=git,
            packs=packs,
            versions=Versions(git, packs),
            working=WorkingCopy(git.root, state),
            journal=Journal(state / "operations"),
            state=state,
            clock=clock or now,
            progress=progress,
            lock_timeout=LOCK_TIMEOUT if lock_timeout is None else lock_timeout,
        )
        return cls(context, folder or git.root)

    @property
    def root(self) -> Path:
        """The top of the git work tree."""
        return self._context.working.root

    @property
    def has_remote(self) -> bool:
        """Whether there is a DVC remote: where ``push`` sends data, and good copies come from."""
        return self._context.packs.has_remote

    @property
    def settings_problem(self) -> DsvcError | None:
        """What is wrong with the shared settings (``dsvc.toml``): only what needs them raises it."""
        from dsvc.repository.settings import settings_problem

        return settings_problem(self.root)

    @property
    def pilots(self) -> Pilots:
        """Samples of versions that have a name, and what trials on them gave: :mod:`dsvc.repository.pilots.verbs`."""
        from dsvc.repository.pilots.verbs import Pilots

        return Pilots(self._context, self._folder, self._revision)

    @property
    def reviews(self) -> Reviews:
        """Records that are looked at by hand, and what was said of them: :mod:`dsvc.repository.reviews.verbs`."""
        from dsvc.repository.reviews.verbs import Reviews

        return Reviews(self._context, self._revision)

    @property
    def agreements(self) -> Agreements:
        """How far annotators agree: :mod:`dsvc.repository.agreements.verbs`."""
        from dsvc.repository.agreements.verbs import Agreements

        return Agreements(self._context, self._folder, self._revision)

    # Looking

    def datasets(self) -> list[Dataset]:
        """The datasets at HEAD, by path."""
        return self._context.versions.datasets(self._context.git.head())

    def dataset(self, target: str | None = None) -> Dataset:
        """A dataset by its name or working path; without a target the only one. Raises NotFoundError."""
        from dsvc.repository.versions import require_dataset

        return require_dataset(self.datasets(), self._in_repository(target))

    def status(self, target: str | None = None) -> list[DatasetStatus]:
        """How the working files of one dataset, or of all, stand to their versions."""
        from dsvc.repository.status import status

        return status(self._context, self._in_repository(target))

    def describe(self, target: str | None = None) -> Description:
        """Which version a working file is, and how far it was edited since; its text belongs into a training log."""
        from dsvc.repository.status import describe

        return describe(self._context, self._in_repository(target))

    def identify(self, file: str | Path) -> Identified:
        """Which version a file anywhere is, or is nearest to. Raises NotFoundError when it shares nothing with any."""
        if not str(file).strip():
            raise UsageError("an empty text names no file", hint="name the file")
        from dsvc.repository.imports.identify import identify

        return identify(self._context, self._folder / file, str(file))

    def log(self, target: str | None = None) -> list[LogEntry]:
        """The versions that HEAD's ledger knows, newest first."""
        from dsvc.repository.log import log

        return log(self._context, self._in_repository(target))

    def version(self, revision: str) -> LedgerEntry:
        """The version that a revision names (a dataset alone: HEAD's)."""
        from dsvc.repository.revisions import resolve_to_version

        return resolve_to_version(self._context, self._revision(revision)).entry

    def manifest(self, revision: str) -> Manifest | None:
        """The manifest of a version; None where only the ledger knows it (shallow or squashed clones)."""
        from dsvc.repository.revisions import resolve_to_version

        found = resolve_to_version(self._context, self._revision(revision))
        return self._context.versions.manifest_of(found.dataset, found.entry, self._context.git.head())

    def snapshot(self, revision: str) -> Snapshot:
        """The content of a version (``medical@v1.0``), of a working file (``medical``), or of a plain JSONL file."""
        from dsvc.repository import content

        return content.snapshot(self._context, self._revision(revision))

    def range_of(self, text: str) -> tuple[str, str | None] | None:
        """The two revisions of ``v1.0..v1.1``; None when it is no range."""
        from dsvc.repository.revisions import range_of

        return range_of(self._context, text)

    def diff(self, old: str | None = None, new: str | None = None, *, key: Sequence[str] | None = None) -> Diff:
        """The changes from ``old`` to ``new``: revisions, datasets or paths; by default HEAD's version to the file."""
        from dsvc.repository import content

        sides = (self._revision(old) if old is not None else None, self._revision(new) if new is not None else None)
        return content.diff(self._context, *sides, key)

    def validate(
        self,
        revision: str | None = None,
        selection: Selection | None = None,
        *,
        against: str | None = None,
        processes: int | None = None,
    ) -> Validation:
        """What is wrong with a version, a working file (by default the only one) or a plain file.

        ``against``: a version or a file with a test set, for the rule ``leakage``.

        Iterate for :class:`dsvc.validators.Finding` values; see :class:`dsvc.validators.runner.Validation`.
        """
        from dsvc.repository.validating import validation
        from dsvc.validators.selection import Selection

        named = self._revision(revision) if revision is not None else None
        test = self._revision(against) if against is not None else None
        asked = selection or Selection()
        return validation(self._context, named, asked, against=test, processes=processes)

    def compare_findings(
        self,
        old: str,
        new: str | None = None,
        selection: Selection | None = None,
        *,
        whole: bool = True,
        history: bool = True,
        commits: bool = False,
    ) -> Comparison:
        """What a version introduced and solved; see :class:`dsvc.repository.validating.Comparison`.

        ``whole`` False: only the lines that differ are looked at, and no rule that needs all records runs; ``history``
        False: nor are lines of versions before the two. ``commits``: also tell what the commits in between found; a
        rule that they found something by runs in any case.
        """
        from dsvc.repository.validating import comparison
        from dsvc.validators.selection import Selection

        first, second = self._revision(old), self._revision(new) if new is not None else None
        asked = selection or Selection()
        return comparison(self._context, first, second, asked, whole=whole, history=history, commits=commits)

    def kept_on_purpose(self, revision: str | None = None) -> tuple[FoundByCommit, ...]:
        """Errors that commits kept for a reason: of the version that is named and of those it comes from."""
        from dsvc.repository.validating import kept_on_purpose

        return kept_on_purpose(self._context, self._revision(revision) if revision is not None else None)

    def found_by_commits(self, entries: Sequence[LogEntry]) -> dict[VersionId, FoundByCommit | None]:
        """What the commits of one dataset's versions found (None: they did not look), as far as it is known here."""
        from dsvc.repository.found_by_commits import found_by_commits

        if not entries:
            return {}
        return found_by_commits(self._context, entries[0].dataset, [entry.entry for entry in entries])

    def version_before(self, revision: str | None = None) -> str | None:
        """The revision of the version that another one, or a working file, was made from; None for the first."""
        from dsvc.repository.validating import before

        return before(self._context, self._revision(revision) if revision is not None else None)

    def accept(
        self,
        findings: Sequence[RecordFinding],
        revision: str | None = None,
        *,
        rules: Collection[str] | None = None,
        baseline: Path | None = None,
        seen: Baseline | None = None,
    ) -> Accepted:
        """Accept findings, so that they are told no more; ``undo`` takes it back.

        ``seen``: the baseline that did not have them. See :func:`dsvc.repository.accepting.accept`.
        """
        from dsvc.repository.accepting import accept

        named = self._revision(revision) if revision is not None else None
        return accept(self._context, findings, named, rules=rules, baseline=baseline, seen=seen)

    def validate_settings(self, revision: str | None = None) -> tuple[ValidateSettings, GateSettings]:
        """The settings of checks and gates that hold for what a revision names (None: the only dataset)."""
        from dsvc.repository.settings import read_settings
        from dsvc.repository.validating import settings_for
        from dsvc.validators.settings import located, settings_of

        settings = read_settings(self.root)
        if revision is None and len(self.datasets()) != 1:
            found = settings_of(settings.validate, None)
        else:
            named = self._revision(revision) if revision is not None else self.dataset().name
            found = settings_for(self._context, named)
        return located(found, self.root), settings.gates

    def unknown_in_settings(self) -> tuple[str, ...]:
        """Names below ``[validate.datasets]`` that no dataset here has: misspelt, or of another branch."""
        from dsvc.repository.settings import read_settings

        known = {dataset.name for dataset in self.datasets()}
        return tuple(name for name in read_settings(self.root).validate.datasets if name not in known)

    def fix(self, target: str | None = None, *, only: Sequence[str] = (), dry_run: bool = False) -> Fixed:
        """Make safe repairs in the working file (``dsvc.repairs.REPAIRS``); what was there is kept for ``undo``."""
        from dsvc.repository.fixing import fix

        return fix(self._context, self._in_repository(target), only, dry_run=dry_run)

    def split(self, target: str | None = None, *, dry_run: bool = False, **asked: Any) -> Split:
        """Write the records as parts for training, validation and test; see :mod:`dsvc.repository.splits.split`.

        ``asked`` are the fields of :class:`dsvc.repository.splits.target.SplitRequest`. What would be done, with
        ``dry_run``.
        """
        from dsvc.repository.splits.split import split

        revision, request = self._split_request(target, asked)
        return split(self._context, revision, request, dry_run=dry_run)

    def propose_split(self, target: str | None = None) -> SplitRequest:
        """The rule of the last split of a dataset, else the usual shares, and the folder of its parts."""
        from dsvc.repository.splits.preview import proposal

        return proposal(self._context, self._revision(target) if target is not None else None)

    def preview_split(self, target: str | None = None, *, reading: Reading | None = None, **asked: Any) -> SplitPreview:
        """What :meth:`split` would do, and how far each part would be from the whole.

        ``reading`` of :func:`dsvc.repository.splits.preview.kept_reading` keeps what was read for the next rule.
        """
        from dsvc.repository.splits.preview import preview

        return preview(self._context, *self._split_request(target, asked), reading)

    def _split_request(self, target: str | None, asked: dict[str, Any]) -> tuple[str | None, SplitRequest]:
        from dsvc.repository.splits.target import SplitRequest

        if asked.get("output") is not None:
            asked["output"] = self._new_place(str(asked["output"]))
        asked["add"] = tuple(str(self._folder / path) for path in asked.get("add", ()))
        revision = self._revision(target) if target is not None else None
        return revision, SplitRequest(**asked)

    def statistics(
        self, revision: str | None = None, *, tokenizer: str = "estimate", keywords: Sequence[str] = ()
    ) -> Statistics:
        """What a version, a working file (by default the only one) or a plain file is made of.

        ``tokenizer`` and ``keywords``: see :func:`dsvc.statistics.measure`.
        """
        from dsvc.repository.content import snapshot_with_origins
        from dsvc.repository.measured import measured

        named = self._revision(revision) if revision is not None else None
        with snapshot_with_origins(self._context, named) as snapshot:
            return measured(self._context, snapshot, tokenizer=tokenizer, keywords=keywords)

    def export(self, revision: str, to: str, output: str | Path, **how: Any) -> Exported:
        """Write a version for other tools; options: :class:`dsvc.repository.exports.export.ExportRequest`."""
        from dsvc.repository.exports.export import export, request_of

        return export(self._context, self._revision(revision), request_of(to, self._folder, output, how))

    def plan_export(self, revision: str, to: str, output: str | Path | None = None, **how: Any) -> ExportPlan:
        """What :meth:`export` would write and lose, and why it would refuse; nothing is written."""
        from dsvc.repository.exports.export import ExportRequest, request_of
        from dsvc.repository.exports.plan import plan

        request = request_of(to, self._folder, output, how) if output else ExportRequest(to=to, output=Path(), **how)
        return plan(self._context, self._revision(revision), request)

    def askable(self, revision: str) -> list[Askable]:
        """The fields that annotators could be asked for, the likeliest first."""
        from dsvc.repository.annotation.plan import askable

        return askable(self._context, self._revision(revision))

    def describe_export(self, revision: str, to: str, **how: Any) -> bytes:
        """The card or the Croissant metadata of a version, as :meth:`export` would write it."""
        from dsvc.repository.exports.export import describe, request_of

        return describe(self._context, self._revision(revision), request_of(to, self._folder, "", how))

    def blame(self, revision: str | None = None) -> Blame:
        """Which versions brought in the records of a version, or of the working files (by default the only ones).

        ``.blocks(rows)``, ``.blocks(rows, field=path)`` and ``.records(rows)`` tell it; see :mod:`dsvc.blame.values`.
        """
        from dsvc.repository import blame

        return blame.blame(self._context, None if revision is None else self._revision(revision))

    def record_history(self, revision: str | None, row: int) -> RecordHistory:
        """What each version did to the record in a row (from 1), newest first; lazily."""
        from dsvc.repository.blame import record_history

        where = None if revision is None else self._revision(revision)
        return record_history(self._context, where, row)

    def clashes(self, target: str | None = None) -> list[str]:
        """One sentence for each version whose number another one keeps, and that gets a new one with the next commit.

        As far as the last fetch tells: nobody is asked.
        """
        from dsvc.repository.numbers.renumbering import clashes

        return clashes(self._context, self._in_repository(target))

    def operations(self) -> list[Operation]:
        """What was done in this worktree, newest first."""
        from dsvc.repository.going_back.undo import operations

        return operations(self._context)

    def fsck(self, target: str | None = None, *, repair: bool = False) -> Iterator[Finding]:
        """What is missing or damaged in the data of all versions; see :func:`dsvc.repository.health.fsck.fsck`."""
        from dsvc.repository.health.fsck import fsck

        return fsck(self._context, self._in_repository(target), repair=repair)

    # Changing

    def push(self, target: str | None = None, *, remote: str | None = None) -> PushResult:
        """Send the data of all versions to the DVC remote; see :func:`dsvc.repository.push.push`.

        Versions whose numbers are taken on the remote are renumbered first, in a commit of their own.
        """
        from msgspec.structs import replace

        from dsvc.repository.git_push import git_push
        from dsvc.repository.numbers.renumber import renumber
        from dsvc.repository.push import push
        from dsvc.repository.remote_settings import uncommitted_remote

        where = self._in_repository(target)
        notes = renumber(self._context, where)
        result = push(self._context, where, remote=remote)
        notes += [*result.notes, *uncommitted_remote(self._context)]
        return replace(result, notes=tuple(notes), git_push=git_push(self._context))

    def commit(self, request: CommitRequest) -> CommitResult:
        """Make the working files the next version; see :func:`dsvc.repository.committing.commit.commit`."""
        from msgspec.structs import replace

        from dsvc.repository.committing.commit import commit

        target = self._in_repository(request.target)
        assert target is not None
        result = commit(self._context, replace(request, target=target))
        if result.commit is not None:
            from dsvc.repository.going_back.kept_edits import forget_committed, unsaved_notes

            files = {file.path: file.sha256 for file in result.manifest.files}
            forget_committed(self._context, files)
            return replace(result, notes=(*result.notes, *unsaved_notes(self._context, files)))
        return result

    def edit(self, target: str | None = None, *, kept: Kept = "continue") -> EditSession:
        """Begin to edit the records of a working file, or go on; see :func:`dsvc.repository.editing.edit`."""
        from dsvc.repository.editing import edit

        return edit(self._context, self._in_repository(target), kept=kept)

    def kept_edits(self, target: str | None = None) -> KeptEdits | None:
        """Edits of a working file that were neither saved nor discarded, None when there are none."""
        from dsvc.repository.going_back.kept_edits import kept_edits

        return kept_edits(self._context, self._in_repository(target))

    def adopt(self, request: CommitRequest, *, history: bool = False) -> AdoptResult:
        """Take over a dataset that DVC, git or git-lfs keeps; see :func:`dsvc.repository.imports.adopt.adopt`."""
        from msgspec.structs import replace

        from dsvc.repository.imports.adopt import adopt

        target = self._in_repository(request.target)
        assert target is not None
        return adopt(self._context, replace(request, target=target), history=history)

    def import_(
        self,
        source: str | Path,
        request: CommitRequest,
        *,
        format_name: str | None = None,
        encoding: str | None = None,
        splits: Sequence[str] = (),
        config: str | None = None,
        records: str | None = None,
        convert: str | None = None,
        strict: bool = False,
        rename: Mapping[str, str] | None = None,
        force: bool = False,
    ) -> CommitResult:
        """Bring in records from a file, a folder, ``-`` (standard input) or a hub (``hf://user/set``).

        ``records`` is the path of the list that holds them, in a file that is one JSON object; UsageError when there
        seems to be one, and neither this nor ``format_name`` is named. ``convert`` is the shape that they come in,
        after ``rename`` gave fields other names; with ``strict`` not at all when something would be lost (LossError).
        See :func:`dsvc.repository.imports.importing.import_source`, and ``docs/import.md`` for what is read.
        """
        from msgspec.structs import replace

        from dsvc.formats import shape
        from dsvc.importers.opening import opened
        from dsvc.importers.source import Wanted
        from dsvc.repository.imports.importing import import_source, refuse_in_vain, refuse_wrapped
        from dsvc.repository.imports.tasks import handed_out_in

        if strict and convert is None:
            raise UsageError("--strict concerns --convert only", hint="name the shape: --convert SHAPE")
        if rename and convert is None:
            raise UsageError("--rename concerns --convert only", hint="name the shape: --convert SHAPE")
        if convert is not None:
            shape(convert)  # what there is not is told before a pipe is read, or a hub is asked
        wanted = Wanted(
            format_name=format_name, encoding=encoding, splits=tuple(splits), config=config, records=records
        )
        asked = replace(request, target=self._target_path(request.target))
        refuse_in_vain(self._context, asked)
        with opened(str(source), self._folder / source, wanted) as found:
            refuse_wrapped(found, str(source))
            handed = handed_out_in(found)
            if convert is not None:
                from dsvc.importers.converting import in_shape

                found = in_shape(found, convert, strict=strict, rename=rename)
            return import_source(self._context, found, asked, force=force, given=str(source), handed=handed)

    def import_update(
        self,
        source: str | Path,
        request: CommitRequest,
        *,
        conflicts: str | None = None,
        format_name: str | None = None,
        encoding: str | None = None,
        force: bool = False,
    ) -> TakenBack:
        """Take back what annotators made of records that ``export`` handed out to Label Studio or Doccano.

        ``conflicts``: ``ours``, ``theirs`` or a path; see :func:`dsvc.repository.annotation.taking_back.take_back`.
        """
        from msgspec.structs import replace

        from dsvc.importers.opening import opened
        from dsvc.importers.source import Wanted
        from dsvc.repository.annotation.conflict_choices import SIDES
        from dsvc.repository.annotation.taking_back import take_back
        from dsvc.repository.revisions import require_whole

        asked = replace(request, target=self._in_repository(request.target) if request.target else "")
        file = self._folder / conflicts if conflicts is not None and conflicts not in SIDES else None
        wanted = Wanted(format_name=format_name, encoding=encoding, as_written=True)
        self._context.require_settings()  # all that before a pipe is read
        dataset = self.dataset(asked.target or None)
        require_whole(dataset, asked.target, f"--into {dataset.name}")
        with opened(str(source), self._folder / source, wanted) as found:
            return take_back(
                self._context,
                found,
                asked,
                given=str(source),
                conflicts=conflicts,
                conflicts_file=file,
                force=force,
            )

    def checkout(self, revision: str, *, force: bool = False) -> Outcome:
        """Put a version's content into the working file; history and HEAD stay where they are."""
        from dsvc.repository.going_back.checkout import checkout

        return checkout(self._context, self._revision(revision), force=force)

    def restore(
        self,
        target: str | None = None,
        *,
        revision: str | None = None,
        formatting: bool = False,
        only: Sequence[Change] | None = None,
    ) -> Outcome:
        """Bring the file back to HEAD's version, or only unchanged values to their old bytes; edits are saved.

        ``only``: take back these changes of a diff from that version, and leave all others as they are.
        """
        where = self._in_repository(target)
        if only is not None:
            from dsvc.repository.committing.some_changes import take_back

            return take_back(self._context, where, only, revision=revision)
        if formatting:
            if revision is not None:
                raise UsageError("formatting can only be restored from the version that the file was edited from")
            from dsvc.repository.going_back.formatting import restore_formatting

            return restore_formatting(self._context, where)
        from dsvc.repository.going_back.checkout import restore

        return restore(self._context, where, revision=revision)

    def rollback(self, revision: str, *, reason: str | None = None, force: bool = False) -> Outcome:
        """Make a new version with an old version's content."""
        from dsvc.repository.going_back.checkout import rollback

        return rollback(self._context, self._revision(revision), reason=reason, force=force)

    def undo(self, *, force: bool = False) -> Outcome:
        """Take back the last operation; with ``force`` edits that were made since are saved first."""
        from dsvc.repository.going_back.undo import undo

        return undo(self._context, force=force)

    def remove(self, target: str, *, reason: str | None = None) -> Outcome:
        """Stop keeping a dataset; its file and its old versions stay. See :func:`dsvc.repository.removing.remove`."""
        from dsvc.repository.removing import remove

        return remove(self._context, self._in_repository(target) or target, reason=reason)

    def tag(self, revision: str, name: str | None = None, message: str | None = None) -> str:
        """Give a version another name; see :func:`dsvc.repository.tagging.tag`."""
        from dsvc.repository.tagging import tag

        return tag(self._context, self._revision(revision), name, message)

    def keep_in_step(self) -> list[Outcome]:
        """Bring unedited working files to HEAD's versions; called by git hooks after a switch or merge."""
        from dsvc.repository.status import keep_in_step

        return keep_in_step(self._context)

    def install_hooks(self) -> list[str]:
        """Install the git hooks of this repository; one sentence for each that was made or extended."""
        from dsvc.repository.init import install_hooks
        from dsvc.store.git_history import GitHistory

        return install_hooks(GitHistory.open(self.root).hooks_dir)

    # Names

    def _in_repository(self, target: str | None) -> str | None:
        """A path relative to the folder as one relative to the repository; a name stays as it is."""
        if target is None:
            return None
        if not target:
            raise UsageError("an empty name names nothing", hint="see the names: dsvc status")
        path = self._folder / target
        if not path.exists() and not path.is_symlink():
            return target
        try:
            inside = PurePosixPath(path.parent.resolve() / path.name if path.name != ".." else path.resolve())
            return str(inside.relative_to(self.root))
        except ValueError:
            raise UsageError(
                f"'{target}' lies outside the repository '{self.root}'",
                hint=f"copy it in first: cp '{target}' '{self.root}/'",
            ) from None

    def _target_path(self, target: str) -> str:
        """Where an import goes: a dataset's name as it is, else a path relative to the repository; may be new."""
        from dsvc.repository.versions import find_dataset

        known = self._in_repository(target) if target else target
        if not known or find_dataset(self.datasets(), known) is not None:
            return known or ""
        folder = PurePosixPath(self._folder).relative_to(self.root)
        path = str(folder / target)
        return str(self._in_repository(target)) if (self._folder / target).exists() else path

    def _new_place(self, target: str) -> str:
        """A dataset's name as it is, else a path relative to the repository; what is there no one may know yet."""
        known = self._target_path(target)
        if not PurePosixPath(known).is_absolute() and ".." not in PurePosixPath(known).parts:
            return known
        inside = os.path.relpath(os.path.normpath(self._folder / target), self.root)
        if inside.split(os.sep, 1)[0] == os.pardir:
            raise UsageError(
                f"'{target}' lies outside the repository '{self.root}'", hint="name a folder inside: -o FOLDER"
            )
        return inside

    def _revision(self, revision: str) -> str:
        name, at, version = revision.rpartition("@")
        if at and name and (self._folder / name).exists() and not (self._folder / revision).exists():
            return f"{self._in_repository(name)}@{version}"
        try:
            return self._in_repository(revision) or revision
        except UsageError:
            if not revision:
                raise
            return self._outside(revision)

    def _outside(self, path: str) -> str:
        """A file or folder that lies outside, from the top of the repository or whole, whichever is shorter."""
        if not (self._folder / path).exists():
            raise NotFoundError(f"there is no file or version '{path}'") from None
        whole = os.path.normpath(self._folder / path)
        return min(os.path.relpath(whole, self.root), whole, key=len)
