"""``validate``: what is wrong with a version, a working file or a plain file, record by record."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from msgspec.structs import replace

from dsvc.repository import content
from dsvc.repository.committing.base_check import is_in_step
from dsvc.repository.found_by_commits import Found, found_between, found_until, line_of
from dsvc.repository.revisions import PlainFile, Version
from dsvc.repository.settings import read_settings
from dsvc.repository.sources import licences_by_source
from dsvc.repository.splits.memory import memory_of
from dsvc.repository.versions import find_dataset, require_dataset
from dsvc.repository.working_files import folder_of
from dsvc.validators.reuse import FindingStore
from dsvc.validators.rule import RecordCheck, compares_versions, looks_at_files, looks_at_sources
from dsvc.validators.runner import Validation
from dsvc.validators.selection import Selection, choose, stamped
from dsvc.validators.settings import ValidateSettings, located, name_of_file, settings_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dsvc.diff import Diff
    from dsvc.manifest import LedgerEntry
    from dsvc.repository.content import Side
    from dsvc.repository.context import Context
    from dsvc.snapshot import Snapshot
    from dsvc.validators.by_commits import FoundByCommit
    from dsvc.validators.comparison import Compared, Part
    from dsvc.validators.earlier import Earlier
    from dsvc.validators.finding import Finding
    from dsvc.validators.selection import Chosen


Sources: TypeAlias = "tuple[tuple[str, str | None], ...]"
"""Names of sources, with their licences as far as somebody wrote them down."""
GROUP_RULE: Final = "group-leakage"


def selection(ctx: Context, asked: Selection, dataset: str | None = None) -> Selection:
    """What was asked for, with the repository's settings for a dataset. Raises UsageError for what is not known."""
    settings = settings_of(read_settings(ctx.working.root).validate, dataset)
    settings = replace(settings, options={**_options_of_split(ctx, dataset), **settings.options})
    return replace(asked, settings=located(settings, ctx.working.root))


def _options_of_split(ctx: Context, dataset: str | None) -> dict[str, dict[str, object]]:
    """The options that the rule of a dataset's split gives: which field's groups must not be in several parts."""
    found = find_dataset(ctx.versions.datasets(ctx.git.head()), dataset) if dataset is not None else None
    memory = memory_of(ctx, found) if found is not None and found.kind == "folder" else None
    if memory is None or not memory.rule.group_fields:
        return {}
    return {GROUP_RULE: {"field": memory.rule.group_by}}


def validation(
    ctx: Context, revision: str | None, asked: Selection, *, against: str | None = None, processes: int | None = None
) -> Validation:
    """The rules over what a revision names (None: the working file of the only dataset).

    ``against``: the test set that the rule ``leakage`` looks for.
    """
    revision = revision or require_dataset(ctx.versions.datasets(ctx.git.head()), None).name
    chosen_by = selection(ctx, asked, dataset_of(ctx, revision))
    choose(chosen_by)  # what is asked in vain is told before anything is read
    snapshot = content.snapshot_with_origins(ctx, revision)
    snapshot.folder = snapshot.folder or _folder(ctx, revision)
    made = _validation(ctx, snapshot, chosen_by, processes)
    side = content.side_of(ctx, revision)
    made.sources, made.key = tuple(licences_by_source(ctx, side, snapshot).items()), content.key_of(ctx, side)
    made.against = content.snapshot(ctx, against) if against is not None else None
    return made


def plain_validation(
    snapshot: Snapshot, asked: Selection, *, progress: Callable[[int], None] | None = None, processes: int | None = None
) -> Validation:
    """The rules over a file outside of any repository; paths of own rules are from the folder of the process."""
    chosen_by = stamped(replace(asked, settings=located(asked.settings, Path.cwd())))
    return Validation(snapshot, chosen_by, progress=progress, processes=processes)


def plain_settings(path: Path, folder: Path) -> ValidateSettings:
    """The settings that hold for a file outside of any repository; its baseline lies in ``folder``."""
    return located(settings_of(ValidateSettings(), None, name_of_file(path, folder)), folder)


def dataset_of(ctx: Context, revision: str | None) -> str | None:
    """The name of the dataset that a revision is about; None for a plain file."""
    if revision is None:
        return require_dataset(ctx.versions.datasets(ctx.git.head()), None).name
    found = content.side_of(ctx, revision)
    return None if isinstance(found, PlainFile) else found.dataset.name


def settings_for(ctx: Context, revision: str) -> ValidateSettings:
    """The settings that hold for what a revision names, a plain file included; paths are from the top."""
    found = content.side_of(ctx, revision)
    settings = read_settings(ctx.working.root).validate
    if isinstance(found, PlainFile):
        return settings_of(settings, None, name_of_file(ctx.working.root / found.path, ctx.working.root))
    return settings_of(settings, found.dataset.name)


def _folder(ctx: Context, revision: str | None) -> Path | None:
    """The folder with the files of the dataset that a revision is about."""
    if revision is None:
        revision = require_dataset(ctx.versions.datasets(ctx.git.head()), None).name
    found = content.side_of(ctx, revision)
    if isinstance(found, PlainFile):
        return None
    return folder_of(ctx.working, found.dataset)


def before(ctx: Context, revision: str | None) -> str | None:
    """The version that what a revision names was made from; None where there is none.

    A working file that is, byte for byte, HEAD's version has the one before as that has: the same content is told the
    same way.
    """
    if revision is None:
        revision = require_dataset(ctx.versions.datasets(ctx.git.head()), None).name
    found = content.side_of(ctx, revision)
    if isinstance(found, PlainFile):
        return None
    name = found.dataset.name
    if isinstance(found, Version):
        return _parent(name, found.entry)
    current = ctx.versions.current(found.dataset, ctx.git.head())
    if current is None:
        return None
    return _parent(name, current.entry) if is_in_step(ctx, current) else f"{name}@HEAD"


def _parent(name: str, entry: LedgerEntry) -> str | None:
    return f"{name}@{entry.parents[0]}" if entry.parents else None


class Comparison:
    """Findings that one version has and another one has not; record rules look only at lines that differ.

    Lines that both have are left out, because what is found in them is found on both sides. ``whole``: also what
    compares all records with each other, for which both versions are read. Otherwise such a rule runs only where a
    commit in between ``found`` something by it.
    """

    def __init__(
        self,
        ctx: Context,
        found: Diff,
        selection: Selection,
        *,
        whole: bool,
        earlier: Earlier | None = None,
        sources: tuple[Sources, Sources] | None = None,
        by_commits: Found | None = None,
    ) -> None:
        self.diff = found
        self.found = by_commits or Found()
        """What the commits of the versions in between found."""
        self.old, self.new = found.old, found.new
        self.chosen = choose(selection)
        self._ctx, self._selection, self._earlier = ctx, selection, earlier
        of_records = tuple(each.rule.id for each in self.chosen if isinstance(each.check, RecordCheck))
        self._of_records = of_records
        self.of_versions = tuple(each.rule.id for each in self.chosen if compares_versions(each.check))
        """Those of the rules that compare records with the version before."""
        self.key = found.key
        """Fields that say which record it is, where the dataset has a key."""
        self.progress = ctx.progress
        """Told the bytes that were looked at; an exception from it stops everything."""
        of_sources = tuple(each.rule.id for each in self.chosen if looks_at_sources(each.check))
        self._of_sources, self._sources = (of_sources, sources) if sources is not None else ((), ((), ()))
        self._of_files = tuple(each.rule.id for each in self.chosen if looks_at_files(each.check))
        beside = {*of_records, *self.of_versions, *of_sources, *self._of_files}
        of_all = tuple(each.rule.id for each in self.chosen if each.rule.id not in beside)
        wanted = set(of_all) if whole else {rule for told in self.found.by_commits for rule in told.findings}
        self.of_all = tuple(rule for rule in of_all if rule in wanted)
        """Those of the rules that compare all records, as far as they run."""
        self.left_out = tuple(rule for rule in of_all if rule not in wanted)
        """Those of the rules that do not run, because they need all records."""

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules that run."""
        return (*self._of_records, *self._of_files, *self._of_sources, *self.of_versions, *self.of_all)

    def compare(self) -> Compared:
        """What was introduced, and what was solved; what an edited record still has is neither."""
        *_, found = self.steps()
        return found

    def steps(self) -> Iterator[Compared]:
        """The same, step by step: by rules that look at one record, then also by those that compare versions, then
        also by those that compare all records. What is told after a step is complete for the rules that ran."""
        old, new = self._sides()
        before = [*self._in_records(self.old, old), *self._beside_records(self.old, self._sources[0])]
        now = [*self._in_records(self.new, new), *self._beside_records(self.new, self._sources[1])]
        yield self._told_apart(before, now)
        if self.of_versions:
            now += self._drifted(old, new)
            yield self._told_apart(before, now)
        if self.of_all:
            before += self._in_all(self.old)
            now += self._in_all(self.new)
            yield self._told_apart(before, now)

    def differing(self) -> tuple[Snapshot, Snapshot] | None:
        """The lines of the old and of the new version that the other one lacks; None where one of them lacks none."""
        old, new = self._sides()
        return (old.snapshot, new.snapshot) if old is not None and new is not None else None

    def _told_apart(self, before: Sequence[Finding], now: Sequence[Finding]) -> Compared:
        from dsvc.validators.comparison import compare, without_kept

        found = compare(before, now)
        if not {each.rule for each in found.introduced}.isdisjoint(each.rule for each in found.solved):
            found = without_kept(found, self.diff.edited_places())
        return found

    def _drifted(self, old: Part | None, new: Part | None) -> Iterator[Finding]:
        """What is found in the new lines beside those that they took the place of."""
        found = self._validation(new.snapshot if new is not None else self.new, self.of_versions)
        if self._earlier is not None:
            self._earlier.progress = self.progress
        found.before, found.earlier = old.snapshot if old is not None else self.old, self._earlier
        yield from found if new is None else map(new.in_whole, found)

    def _sides(self) -> tuple[Part | None, Part | None]:
        """The lines that differ; None: all of them, where rows and lines are not the same."""
        from dsvc.diff.layout_diff import subtract
        from dsvc.validators.comparison import has_blank_lines, part_of

        if has_blank_lines(self.old) or has_blank_lines(self.new):
            return None, None
        found = subtract(self.old, self.new)
        return part_of(self.old, found.old_files, found.old), part_of(self.new, found.new_files, found.new)

    def _in_records(self, snapshot: Snapshot, part: Part | None) -> Iterator[Finding]:
        if not self._of_records:
            return
        found = self._validation(part.snapshot if part is not None else snapshot, self._of_records)
        yield from found if part is None else map(part.in_whole, found)

    def _beside_records(self, snapshot: Snapshot, sources: Sources) -> Iterator[Finding]:
        """What is found in sources, and in files as such: no record is read for it."""
        if self._of_sources or self._of_files:
            found = self._validation(snapshot.of_files([]), (*self._of_sources, *self._of_files))
            found.files = {file.path: file.records for file in snapshot.layout.files}
            found.sources = sources
            yield from found

    def _in_all(self, snapshot: Snapshot) -> Iterator[Finding]:
        yield from self._validation(snapshot, self.of_all)

    def _validation(self, snapshot: Snapshot, rules: tuple[str, ...]) -> Validation:
        made = _validation(self._ctx, snapshot, replace(self._selection, only=rules, skip=()))
        made.progress = self.progress
        return made


def comparison(
    ctx: Context,
    old: str,
    new: str | None,
    asked: Selection,
    *,
    whole: bool = True,
    history: bool = True,
    commits: bool = False,
) -> Comparison:
    """Two versions (``new`` None: the working file) to be compared by what is wrong.

    ``old`` may be a range, ``v1.0..v1.1``. Where not the ``whole`` versions are wanted, only what is read is fetched.
    ``history``: whether rules may look for what is new in versions before the two. ``commits``: whether it is asked
    what the commits in between found.
    """
    piecemeal = replace(ctx, versions=ctx.versions.read_piecemeal())
    if not whole:
        ctx = piecemeal
    found = content.diff(ctx, old, new)
    # what is looked at decides the settings; a range names one dataset on both sides
    names = [name for name in (found.new.name, found.old.name) if name]
    chosen_by = selection(ctx, asked, _first_dataset(ctx, names))
    both = content.sides(ctx, old, new)
    earlier = _earlier(piecemeal, found, both) if history else None
    sources = None if any(isinstance(side, PlainFile) for side in both) else _sources(ctx, both, found)
    by_commits = found_between(ctx, *both) if commits else None
    return Comparison(ctx, found, chosen_by, whole=whole, earlier=earlier, sources=sources, by_commits=by_commits)


def kept_on_purpose(ctx: Context, revision: str | None) -> tuple[FoundByCommit, ...]:
    """What commits found, and kept for a reason, of the version that a revision names and of those it comes from."""
    revision = revision or require_dataset(ctx.versions.datasets(ctx.git.head()), None).name
    told = found_until(ctx, content.side_of(ctx, revision)).by_commits
    return tuple(each for each in told if each.reason is not None)


def _sources(ctx: Context, sides: tuple[Side, Side], found: Diff) -> tuple[Sources, Sources]:
    old, new = licences_by_source(ctx, sides[0], found.old), licences_by_source(ctx, sides[1], found.new)
    return tuple(old.items()), tuple(new.items())


def _earlier(ctx: Context, found: Diff, sides: tuple[Side, Side]) -> Earlier | None:
    """The versions that the new side comes from, but for the old side; None where it is no dataset's."""
    from dsvc.repository.earlier_versions import EarlierVersions

    new = sides[1]
    if isinstance(new, PlainFile):
        return None
    sides_themselves = {side.entry.id for side in sides if isinstance(side, Version)}
    versions = [entry for entry in line_of(ctx, new) if entry.id not in sides_themselves]
    return EarlierVersions(ctx, new.dataset, versions, (found.old.layout, found.new.layout)) if versions else None


def _first_dataset(ctx: Context, names: Sequence[str]) -> str | None:
    known = ctx.versions.datasets(ctx.git.head())
    for name in names:
        base = name.rpartition("@")[0] or name
        for dataset in known:
            if base in (dataset.name, dataset.path):
                return dataset.name
    return None


def _validation(ctx: Context, snapshot: Snapshot, selection: Selection, processes: int | None = None) -> Validation:
    looked_for = _looked_for(choose(selection))
    store = FindingStore(ctx.state / "cache" / "findings", looked_for)
    return Validation(snapshot, stamped(selection), store=store, progress=ctx.progress, processes=processes)


def _looked_for(chosen: Sequence[Chosen]) -> str:
    return "\n".join(each.fingerprint for each in chosen if isinstance(each.check, RecordCheck))
