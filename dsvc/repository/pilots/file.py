"""Pilots and their results as files: ``dsvc.pilot/1`` and ``dsvc.result/1`` (``docs/format.md`` section 12)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping  # noqa: TC003 - msgspec needs them at run time
from datetime import datetime  # noqa: TC003
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from dsvc.errors import CorruptError, NotFoundError
from dsvc.manifest import Facts, Id, Label, Person, RecordName, read_facts
from dsvc.repository.going_back.kept import version_by_id
from dsvc.repository.named_facts import SUFFIX, fact_names, fact_path, name_there, read_fact
from dsvc.sampling.rule import Rule  # noqa: TC001
from dsvc.sampling.strata import Stratum  # noqa: TC001

if TYPE_CHECKING:
    from dsvc.manifest import LedgerEntry
    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.store.git_values import CommitId

PILOT_FORMAT: Final = "dsvc.pilot/1"
RESULT_FORMAT: Final = "dsvc.result/1"
RESULTS_SUFFIX: Final = ".results.jsonl"


class PilotCounts(Facts, frozen=True, kw_only=True):
    """How many records were taken, of how many that could be, and what each group gave."""

    records: int
    candidates: int
    strata: tuple[Stratum, ...] = ()


class Carried(Facts, frozen=True, kw_only=True):
    """The pilot that this one was carried over from, and what became of its records.

    ``sample`` says which records that one had (files of before it was written do not say it). ``stayed`` are those
    that are the same, ``changed`` those that were edited; ``left`` are there no longer, or meet the rule no longer,
    and ``replaced`` is how many others were taken.
    """

    pilot: str
    version: Id
    sample: str | msgspec.UnsetType = msgspec.UNSET
    stayed: int
    changed: int
    left: int
    replaced: int

    def is_of(self, pilot: Pilot) -> bool:
        """Whether a pilot is the one that is meant, and not another one of its name."""
        return pilot.version == self.version and self.sample in (msgspec.UNSET, pilot.sample)


class Pilot(Facts, frozen=True, kw_only=True):
    """A sample of a version: by which rule, and which records. ``records`` are names, in the order of the files."""

    format: Literal["dsvc.pilot/1"] = PILOT_FORMAT
    name: str
    dataset: str
    version: Id
    number: Label
    created_at: datetime
    created_by: Person
    rule: Rule
    counts: PilotCounts
    carried: Carried | msgspec.UnsetType = msgspec.UNSET
    records: tuple[RecordName, ...]

    @property
    def sample(self) -> str:
        """Which records of which version, whatever they are called: 32 digits of the sha256 of both, a line each."""
        return hashlib.sha256("\n".join((self.version, *self.records)).encode()).hexdigest()[:32]

    @staticmethod
    def decode(data: bytes, path: str) -> Pilot:
        """The pilot at a path. Raises CorruptError for one that is damaged, called otherwise, of an unknown format."""
        pilot = read_facts(data, path, PILOT_FORMAT, Pilot)
        if not path.endswith(f"/{pilot.name}{SUFFIX}"):
            raise CorruptError(
                f"'{path}' says that it is the pilot '{pilot.name}'",
                hint="a pilot cannot be renamed by its file: put it back, or: dsvc pilot carry NAME REV --name NEW",
            )
        return pilot


class Result(Facts, frozen=True, kw_only=True):
    """What a trial on a pilot gave; ``sample`` is the pilot's (lines of before it was written do not say it), and
    ``validation`` the share of its records that was set aside, where that was said."""

    format: Literal["dsvc.result/1"] = RESULT_FORMAT
    sample: str | msgspec.UnsetType = msgspec.UNSET
    metrics: Mapping[str, float]
    model: str | None = None
    run: str | None = None
    note: str | None = None
    validation: float | msgspec.UnsetType = msgspec.UNSET
    at: datetime
    by: Person


def pilot_path(dataset: Dataset, name: str) -> str:
    """Repository path of a pilot."""
    return fact_path(dataset.pilots_path, name)


def results_path(dataset: Dataset, name: str) -> str:
    """Repository path of the results of a pilot."""
    return f"{dataset.pilots_path}/{name}{RESULTS_SUFFIX}"


def pilot_names(ctx: Context, dataset: Dataset) -> list[str]:
    """The pilots of a dataset at HEAD, by name."""
    return fact_names(ctx, dataset.pilots_path)


def read_pilot(ctx: Context, dataset: Dataset, name: str) -> Pilot:
    """A pilot of HEAD's, by its name. Raises NotFoundError."""
    pilot = find_pilot(ctx, dataset, name)
    if pilot is None:
        known = pilot_names(ctx, dataset)
        told = f"its pilots: {', '.join(known)}" if known else "it has none yet"
        hint = f"dsvc pilot list {dataset.name}" if known else f"dsvc pilot create {dataset.name} --name {name}"
        raise NotFoundError(f"'{dataset.name}' has no pilot '{name}' ({told})", hint=hint)
    return pilot


def find_pilot(ctx: Context, dataset: Dataset, name: str) -> Pilot | None:
    """A pilot of HEAD's, None when there is none of this name."""
    found = name_there(ctx, dataset.pilots_path, name)
    data = read_fact(ctx, dataset.pilots_path, found) if found is not None else None
    return Pilot.decode(data, pilot_path(dataset, found)) if found is not None and data is not None else None


def tagged_pilot(ctx: Context, dataset: Dataset, commit: CommitId, tag: str) -> Pilot | None:
    """The pilot that a tag on a commit names (``medical_v1.0_pilot-a``), None for any other tag."""
    for file in ctx.git.files_in(commit, dataset.pilots_path):
        name = file.removesuffix(SUFFIX)
        data = ctx.git.read(commit, f"{dataset.pilots_path}/{file}") if tag.endswith(f"_{name}") else None
        if data is not None:
            pilot = Pilot.decode(data, f"{dataset.pilots_path}/{file}")
            if tag == tag_of(dataset, pilot):
                return pilot
    return None


def tag_of(dataset: Dataset, pilot: Pilot) -> str:
    """The git tag of a pilot."""
    return dataset.tag(f"{pilot.number}_{pilot.name}")


def version_of_pilot(ctx: Context, dataset: Dataset, pilot: Pilot) -> LedgerEntry:
    """The version that a pilot was taken of. Raises NotFoundError when nobody here knows it."""
    entry = version_by_id(ctx, dataset, pilot.version)
    if entry is None:
        raise NotFoundError(
            f"the version that '{pilot.name}' is of ({pilot.number}, {pilot.version[:12]}) is not known here",
            hint="git fetch --unshallow --tags",
        )
    return entry


def read_results(ctx: Context, dataset: Dataset, name: str) -> list[Result]:
    """What the trials on a pilot gave, the oldest first; equal lines count once, as git may bring one in twice."""
    head, path = ctx.git.head(), results_path(dataset, name)
    data = ctx.git.read(head, path) if head is not None else None
    lines = dict.fromkeys(line for line in (data or b"").split(b"\n") if line.strip())
    found = [read_facts(line, f"{path}:{n}", RESULT_FORMAT, Result) for n, line in enumerate(lines, 1)]
    return sorted(found, key=lambda result: result.at)
