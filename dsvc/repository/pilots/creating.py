"""``pilot create|list|show|rm``: samples of a version that have a name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
from msgspec.structs import replace

from dsvc.errors import NotFoundError, UsageError
from dsvc.manifest import Person
from dsvc.render.numbers import plural
from dsvc.repository.datasets import check_name, fold, is_number
from dsvc.repository.going_back.kept import require_committed, version_by_id
from dsvc.repository.named_facts import argument, name_there
from dsvc.repository.pilots.draft import PilotDraft
from dsvc.repository.pilots.file import (
    Pilot,
    PilotCounts,
    pilot_names,
    pilot_path,
    read_pilot,
    read_results,
    results_path,
    tag_of,
    version_of_pilot,
)
from dsvc.repository.results import Outcome
from dsvc.repository.revisions import Version, resolve_to_whole, resolve_version
from dsvc.repository.unsaved import told_edits
from dsvc.repository.versions import require_dataset
from dsvc.repository.writing.noting import Noted, current_of, note, require_free_tag

if TYPE_CHECKING:
    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.repository.pilots.draft import Sample
    from dsvc.repository.pilots.file import Carried, Result
    from dsvc.sampling.orders import Rows
    from dsvc.sampling.rule import Rule
    from dsvc.sampling.table import Table
    from dsvc.snapshot import Snapshot
    from dsvc.statistics import Shift, Statistics


class PilotCreated(msgspec.Struct, frozen=True, kw_only=True):
    """A pilot that was made; ``notes`` tell what is unusual about it, one sentence each."""

    pilot: Pilot
    tag: str | None
    notes: tuple[str, ...]


class PilotListed(msgspec.Struct, frozen=True, kw_only=True):
    """A pilot of a dataset, the number that its version has now (None: nobody knows it here), and its results.

    ``others`` are results of another sample that had its name: on a branch that was merged, or before it was made anew.
    """

    dataset: Dataset
    pilot: Pilot
    number: str | None
    results: tuple[Result, ...]
    others: tuple[Result, ...] = ()


class PilotShown(msgspec.Struct, frozen=True, kw_only=True):
    """A pilot beside the whole version: what both are made of, and how far they are apart."""

    listed: PilotListed
    sample: Snapshot
    whole: Statistics
    part: Statistics
    drift: tuple[Shift, ...]


class PilotVerified(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the rule gives the same records again: those that it gives no more, and those that it gives besides."""

    pilot: Pilot
    missing: tuple[str, ...]
    extra: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Whether it is the very same sample."""
        return not self.missing and not self.extra


def version_for(ctx: Context, revision: str) -> Version:
    """The version that a sample is taken of. Raises UsageError for edits that are no version."""
    version = resolve_to_whole(ctx, revision)
    require_committed(version.dataset, version.entry)
    return version


def draft(ctx: Context, revision: str) -> PilotDraft:
    """A version whose samples can be looked at; see :mod:`dsvc.repository.pilots.draft`."""
    version = version_for(ctx, revision)
    return PilotDraft(ctx, version, told_edits(ctx, revision, version))


def with_seed(rule: Rule, name: str) -> Rule:
    """The rule; its seed is the pilot's name where none was given."""
    return rule if rule.seed else replace(rule, seed=name)


def create(ctx: Context, revision: str, name: str, rule: Rule) -> PilotCreated:
    """Take a sample by a rule, and keep it under a name.

    Raises UsageError for a name that is taken or cannot be one, and what :meth:`PilotDraft.sample` and a commit raise.
    """
    with ctx.writing():
        version = version_for(ctx, revision)
        name = free_name(ctx, version.dataset, name)
        made = PilotDraft(ctx, version, told_edits(ctx, revision, version))
        sample = made.sample(with_seed(rule, name))
        return keep(ctx, made, sample, name, "pilot create")


def free_name(ctx: Context, dataset: Dataset, name: str) -> str:
    """The name (composed, NFC). Raises UsageError for one that another pilot has, or that cannot be one."""
    name = check_name(name, "a pilot")
    if is_number(name):
        raise UsageError(f"'{name}' cannot name a pilot: it is the number of a version", hint="choose another name")
    _require_no_revision(ctx, dataset, name)
    taken = name_there(ctx, dataset.pilots_path, name)
    if taken is not None:
        raise UsageError(
            f"'{dataset.name}' has a pilot '{taken}' already",
            hint=f"choose another name, or first: dsvc pilot rm {argument(ctx, dataset.name, taken)}",
        )
    return name


def require_free(ctx: Context, revision: str, name: str) -> None:
    """Raise UsageError or ProtectedError for a name that a pilot of this version cannot have."""
    version = version_for(ctx, revision)
    name = free_name(ctx, version.dataset, name)
    require_free_tag(ctx, version.dataset.tag(f"{version.entry.number}_{name}"))


def _require_no_revision(ctx: Context, dataset: Dataset, name: str) -> None:
    """Raise UsageError for a name that reads as a version (a branch, a tag, the digits of an id): it would hide it."""
    try:
        entry = resolve_version(ctx, dataset, name)
    except NotFoundError:
        return
    raise UsageError(
        f"'{name}' cannot name a pilot: '{dataset.name}@{name}' is the version {entry.number}",
        hint="choose another name",
    )


def keep(
    ctx: Context, made: PilotDraft, sample: Sample, name: str, verb: str, carried: Carried | None = None
) -> PilotCreated:
    """Write a sample down under a name, and tag the commit."""
    version, who = made.version, ctx.git.identity()
    pilot = Pilot(
        name=name,
        dataset=version.dataset.name,
        version=version.entry.id,
        number=version.entry.number,
        created_at=ctx.clock(),
        created_by=Person(name=who.name, email=who.email),
        rule=sample.rule,
        counts=PilotCounts(records=sample.records, candidates=sample.candidates, strata=sample.strata),
        carried=carried if carried is not None else msgspec.UNSET,
        records=made.names(sample),
    )
    noted = Noted(
        verb=verb,
        files={pilot_path(version.dataset, name): pilot.page()},
        summary=f"{name}: {plural(sample.records, 'record')} of {version.entry.number}",
        tag=tag_of(version.dataset, pilot),
    )
    done = note(ctx, current_of(ctx, version.dataset), noted)
    return PilotCreated(pilot=pilot, tag=done.tag, notes=(*sample.notes, *done.notes))


def find(ctx: Context, name: str, target: str | None = None) -> tuple[Dataset, Pilot]:
    """A pilot by its name; of several datasets the one that has it. Raises NotFoundError, UsageError for several."""
    datasets = ctx.versions.datasets(ctx.git.head())
    if target is None and len(datasets) > 1:
        found = [each for each in datasets if fold(name) in map(fold, pilot_names(ctx, each))]
        if len(found) > 1:
            names = ", ".join(each.name for each in found)
            raise UsageError(f"several datasets have a pilot '{name}': {names}", hint="say which: --of DATASET")
        if not found:
            others = any(pilot_names(ctx, each) for each in datasets)
            hint = "dsvc pilot list" if others else f"dsvc pilot create REV --name {name}"
            raise NotFoundError(f"no dataset here has a pilot '{name}'", hint=hint)
        return found[0], read_pilot(ctx, found[0], name)
    dataset = require_dataset(datasets, target)
    return dataset, read_pilot(ctx, dataset, name)


def listed(ctx: Context, target: str | None = None) -> list[PilotListed]:
    """The pilots of a dataset, or of all, by dataset and name."""
    datasets = ctx.versions.datasets(ctx.git.head())
    if target is not None:
        datasets = [require_dataset(datasets, target)]
    return [
        with_results(ctx, dataset, read_pilot(ctx, dataset, name))
        for dataset in datasets
        for name in pilot_names(ctx, dataset)
    ]


def with_results(ctx: Context, dataset: Dataset, pilot: Pilot) -> PilotListed:
    """A pilot with its results, and the number that its version has now."""
    entry = version_by_id(ctx, dataset, pilot.version)
    found = read_results(ctx, dataset, pilot.name)
    own = tuple(each for each in found if each.sample in (pilot.sample, msgspec.UNSET))
    others = tuple(each for each in found if each not in own)
    number = entry.number if entry is not None else None
    return PilotListed(dataset=dataset, pilot=pilot, number=number, results=own, others=others)


def version_of(ctx: Context, dataset: Dataset, pilot: Pilot) -> Version:
    """The version that a pilot was taken of. Raises NotFoundError when nobody here knows it."""
    return Version(dataset, version_of_pilot(ctx, dataset, pilot))


def rows_in(table: Table, pilot: Pilot) -> Rows:
    """The rows of a pilot's records in its version. Raises NotFoundError when some of them are not there."""
    found = table.names().rows(pilot.records)
    if len(found) != len(pilot.records):
        raise NotFoundError(
            f"{len(pilot.records) - len(found):,} records of the pilot '{pilot.name}' are not in {pilot.number}",
            hint=f"somebody has changed its file; what the rule gives: dsvc pilot show --verify {pilot.name}",
        )
    return np.array(sorted(found.values()), dtype=np.int64)


def show(ctx: Context, name: str, target: str | None = None) -> PilotShown:
    """A pilot beside the whole version that it was taken of."""
    dataset, pilot = find(ctx, name, target)
    made = PilotDraft(ctx, version_of(ctx, dataset, pilot))
    sample = made.candidates.table.kept(rows_in(made.candidates.table, pilot), pilot.name)
    return shown_beside(made, sample, with_results(ctx, dataset, pilot))


def shown_beside(made: PilotDraft, sample: Snapshot, told: PilotListed) -> PilotShown:
    """A sample beside the whole."""
    from dsvc.statistics import shifts

    part = made.measured(sample)
    drift = tuple(shifts(made.whole(), part))
    return PilotShown(listed=told, sample=sample, whole=made.whole(), part=part, drift=drift)


def remove(ctx: Context, name: str, target: str | None = None, *, tag: bool = False) -> Outcome:
    """Take a pilot and its results out of HEAD; the commits that have it stay, and so does its tag, unless ``tag``."""
    with ctx.writing():
        dataset, pilot = find(ctx, name, target)
        current = current_of(ctx, dataset)
        paths = (pilot_path(dataset, pilot.name), results_path(dataset, pilot.name))
        there = [path for path in paths if ctx.git.read(current.commit, path) is not None]
        summary = f"{pilot.name}: not kept any more"
        called = tag_of(dataset, pilot)
        has_tag = ctx.git.tagged(called) is not None
        untag = called if tag and has_tag else None
        noted = Noted(verb="pilot rm", files=dict.fromkeys(there), summary=summary, untag=untag)
        done = note(ctx, current, noted)
        stays = ""
        if has_tag:
            revision = f"{dataset.name}@{pilot.number}_{pilot.name}"
            stays = f"; its tag '{called}' "
            stays += "went" if tag else f"stays, and '{revision}' reads it (git tag -d '{called}' lets it go)"
        return Outcome(
            verb="pilot rm",
            dataset=dataset,
            file=f"'{dataset.path}' was not touched",
            history=f"no version was changed{stays}",
            head=f"has no pilot '{pilot.name}' any more ({done.commit[:12]})",
            version=current.entry,
            notes=done.notes,
        )
