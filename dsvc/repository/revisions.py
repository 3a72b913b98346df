"""What users call versions: ``medical@v1.1``, ``v1.1``, ``HEAD~2``, an id's first digits, a tag, any git revision."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from dsvc.errors import NotFoundError, UsageError
from dsvc.repository.datasets import SUFFIX
from dsvc.repository.going_back.kept import KEEP, kept_versions, revision_for
from dsvc.repository.numbers.other_branches import OtherBranches
from dsvc.repository.pilots.file import find_pilot, tagged_pilot, version_of_pilot
from dsvc.repository.versions import find_dataset, require_dataset

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dsvc.manifest import LedgerEntry
    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.repository.pilots.file import Pilot

_HEAD = re.compile(r"HEAD(?P<steps>(?:\^|~\d*)*)")
_NUMBER = re.compile(r"v?\d+\.\d+(?:\.\d+)?")
_TOLD_APART = re.compile(r"v[\d.]+ \((?P<id>[0-9a-f]{8})\)")
"""What messages call one of two versions with the same number."""
_ID_PREFIX = re.compile(r"[0-9a-f]{4,32}")
_NAMED = 4
"""So many datasets are named where one must be chosen."""
_LIKE_FILES = (".jsonl", ".json", ".csv", ".tsv")
_REMOTES = "refs/remotes/"
_RANGE = re.compile(r"(?P<old>.+?[^./])\.\.(?P<new>[^./].*)?")


class Version(msgspec.Struct, frozen=True):
    """A version that a revision names, and its dataset; ``pilot``: only the records of this pilot of it."""

    dataset: Dataset
    entry: LedgerEntry
    pilot: Pilot | None = None


class Working(msgspec.Struct, frozen=True):
    """The working file of a dataset."""

    dataset: Dataset


class PlainFile(msgspec.Struct, frozen=True):
    """A JSONL file that is no dataset."""

    path: str


def resolve(ctx: Context, revision: str) -> Version | Working | PlainFile:
    """What a revision means: a version, a working file, or (nothing else fits) a plain file.

    Raises NotFoundError when it means nothing here.
    """
    datasets = ctx.versions.datasets(ctx.git.head())
    name, at, wanted = revision.rpartition("@")
    if at and name and (dataset := find_dataset(datasets, name)) is not None:
        return _version_of(ctx, dataset, wanted or "HEAD")
    if (dataset := find_dataset(datasets, revision)) is not None:
        return Working(dataset)
    if (ctx.working.root / revision).is_file():
        return PlainFile(revision)
    if at and name:
        absent = absent_dataset(ctx, name, wanted)
        if absent is not None:
            return _named(ctx, absent, wanted or "HEAD")
        require_dataset(datasets, name)
    if len(datasets) != 1 and not _looks_like_version(revision):
        raise NotFoundError(f"there is no file or dataset '{revision}'", hint="dsvc status")
    if len(datasets) > 1:
        raise _of_which(ctx, datasets, revision, revision)
    return _named(ctx, require_dataset(datasets, None), revision)


def _of_which(ctx: Context, datasets: Sequence[Dataset], text: str, *revisions: str) -> NotFoundError:
    """For revisions that name no dataset: ``text`` of those that have all of them."""
    having = [dataset for dataset in datasets if all(_has_version(ctx, dataset, each) for each in revisions)]
    if not having:
        return NotFoundError(
            f"none of the {len(datasets)} datasets has '{text}'", hint="see versions: dsvc log DATASET"
        )
    named = ", ".join(f"{dataset.name}@{text}" for dataset in having[:_NAMED])
    hint = f"name it: {named}" if len(having) == 1 else f"name one of them: {named}"
    return NotFoundError(f"of which dataset? there are {len(datasets)}", hint=hint)


def _has_version(ctx: Context, dataset: Dataset, revision: str) -> bool:
    try:
        _named(ctx, dataset, revision)
    except (NotFoundError, UsageError):
        return False
    return True


def resolve_to_version(ctx: Context, revision: str) -> Version:
    """The version that a revision names; a dataset alone means HEAD's version."""
    found = resolve(ctx, revision)
    if isinstance(found, Working):
        return Version(found.dataset, resolve_version(ctx, found.dataset, "HEAD"))
    if isinstance(found, PlainFile):
        raise UsageError(f"'{revision}' is a file, not a version", hint="name a version: DATASET@v1.0 (dsvc log)")
    return whole(found)


def resolve_to_whole(ctx: Context, revision: str) -> Version:
    """The same for who takes all files of a version. Raises UsageError for one file of a folder."""
    found = resolve_to_version(ctx, revision)
    if one_file(found.dataset, revision) is not None:
        named = revision_for(ctx, found.dataset, found.entry)
        require_whole(found.dataset, revision, f"{found.dataset.name}@{named}")
    return found


def require_whole(dataset: Dataset, text: str | None, instead: str) -> None:
    """Raise UsageError where one file of a folder is named for what takes all of them; ``instead``: what to name."""
    file = one_file(dataset, text) if text is not None else None
    if file is not None:
        raise UsageError(
            f"'{file}' is one file of '{dataset.name}', and this takes all of them", hint=f"name the dataset: {instead}"
        )


def one_file(dataset: Dataset, text: str) -> str | None:
    """The file of a folder dataset that a revision names, None when it names all of it."""
    named = text if text.endswith(SUFFIX) else text.rpartition("@")[0]
    is_one = dataset.kind == "folder" and named.startswith(f"{dataset.path}/") and named.endswith(SUFFIX)
    return named if is_one else None


def of_dataset(ctx: Context, dataset: Dataset, revision: str) -> str:
    """A revision with its dataset's name: where none is named, ``dataset`` is the one (``v1.3``: ``medical@v1.3``)."""
    if "@" in revision or find_dataset(ctx.versions.datasets(ctx.git.head()), revision) is not None:
        return revision
    return f"{dataset.name}@{revision}"


def whole(found: Version) -> Version:
    """A version with all its records. Raises UsageError for a pilot of it."""
    if found.pilot is not None:
        raise UsageError(
            f"'{found.pilot.name}' is a pilot, not a version",
            hint=f"name its version: {found.dataset.name}@{found.entry.number}",
        )
    return found


def split_range(text: str, datasets: Sequence[Dataset] = ()) -> tuple[str, str | None] | None:
    """``v1.0..v1.1`` (also ``medical@v1.0..v1.1``, ``v1.0..``) as two revisions; None when it is no range.

    Dots in the names and paths of ``datasets`` do not count.
    """
    named = (f"{name}@" for dataset in datasets for name in (dataset.path, dataset.name))
    prefix = max((name for name in named if text.startswith(name)), key=len, default="")
    match = _RANGE.fullmatch(text.removeprefix(prefix))
    if match is None:
        return None
    old, new = f"{prefix}{match['old']}", match["new"]
    if "@" in old and new is not None and "@" not in new:
        new = f"{old.rpartition('@')[0]}@{new}"
    return old, new


def range_of(ctx: Context, text: str) -> tuple[str, str | None] | None:
    """The same, of the repository's datasets. Raises NotFoundError for versions of one of several that is not named."""
    datasets = ctx.versions.datasets(ctx.git.head())
    found = split_range(text, datasets)
    if found is None or len(datasets) < 2:
        return found
    versions = [revision for revision in found if revision is not None]
    if all(_looks_like_version(revision) for revision in versions):
        raise _of_which(ctx, datasets, text, *versions)
    return found


def beside(old: str, new: str) -> str:
    """The second of two revisions: ``v1.1`` behind ``medical@v1.0`` is of the same dataset."""
    named, at, _ = old.rpartition("@")
    return f"{named}@{new}" if at and named and "@" not in new and _looks_like_version(new) else new


def resolve_version(ctx: Context, dataset: Dataset, revision: str) -> LedgerEntry:
    """The version of a dataset that a revision (without the dataset's name) means.

    ``HEAD~2`` counts versions of the dataset, not commits. Raises NotFoundError or, for something that fits several
    versions, UsageError.
    """
    if match := _HEAD.fullmatch(revision):
        return _from_head(ctx, dataset, revision, match["steps"])
    known = ctx.versions.all_known(dataset, ctx.git.head())
    if match := _TOLD_APART.fullmatch(revision):
        revision = match["id"]
    if _NUMBER.fullmatch(revision):
        return _by_number(ctx, dataset, known, revision if revision.startswith("v") else f"v{revision}")
    for name in (dataset.tag(revision), revision):
        commit = ctx.git.resolve(name)
        manifest = ctx.versions.at(dataset, commit) if commit is not None else None
        if manifest is not None and commit is not None:  # its number may be another one since
            pilot = tagged_pilot(ctx, dataset, commit, name)
            if pilot is not None:  # the commit that it was noted with may have a later version
                return version_of_pilot(ctx, dataset, pilot)
            return next((entry for entry in known if entry.id == manifest.id), manifest.ledger_entry())
    if _ID_PREFIX.fullmatch(revision):
        found = [entry for entry in known if entry.id.startswith(revision)] or kept_versions(ctx, dataset, revision)
        if len(found) == 1:
            return found[0]
        if found:
            raise UsageError(f"'{revision}' fits {len(found)} versions", hint="give more digits of the id")
    fetched = _fetched(ctx, dataset, revision)
    if fetched is not None:
        raise NotFoundError(
            f"there is no branch '{revision}' here, only the fetched '{fetched}'",
            hint=f"name that: {dataset.name}@{fetched}; or make it yours: git switch {revision}",
        )
    numbers = ", ".join(entry.number for entry in known[-8:])
    nor = ", and there is no file of that name" if revision.endswith(_LIKE_FILES) else ""
    raise NotFoundError(
        f"'{dataset.name}' has no version '{revision}'{nor} (last ones: {numbers})", hint=f"dsvc log {dataset.name}"
    )


def _fetched(ctx: Context, dataset: Dataset, branch: str) -> str | None:
    """A remote-tracking branch of this name that has the dataset: ``origin/anna`` of ``anna``."""
    for name, commit in sorted(ctx.git.branches().items()):
        remote, _, rest = name.removeprefix(_REMOTES).partition("/")
        if name.startswith(_REMOTES) and rest == branch and ctx.versions.at(dataset, commit) is not None:
            return f"{remote}/{rest}"
    return None


def _by_number(ctx: Context, dataset: Dataset, known: list[LedgerEntry], number: str) -> LedgerEntry:
    found = [entry for entry in known if entry.number == number]
    if len(found) == 1:
        return found[0]
    if not found:
        return _by_number_tag(ctx, dataset, known, number)
    published = OtherBranches.of(ctx, dataset).published()
    ranks = [published.rank(entry.id) for entry in found]
    if ranks.count(max(ranks)) == 1:
        return found[ranks.index(max(ranks))]
    ids = ", ".join(entry.id[:12] for entry in found)
    raise UsageError(
        f"two versions are called {dataset.name} {number}: {ids}", hint=f"name one by its id: {dataset.name}@{ids[:12]}"
    )


def _by_number_tag(ctx: Context, dataset: Dataset, known: list[LedgerEntry], number: str) -> LedgerEntry:
    """The version that a tag gives this number, which HEAD's ledger does not know of (yet)."""
    tag = dataset.tag(number)
    commit = ctx.git.tagged(tag)
    manifest = ctx.versions.at(dataset, commit) if commit is not None else None
    if manifest is None:
        raise NotFoundError(f"'{dataset.name}' has no version {number}", hint=f"dsvc log {dataset.name}")
    return next((entry for entry in known if entry.id == manifest.id), manifest.ledger_entry())


def _from_head(ctx: Context, dataset: Dataset, revision: str, steps: str) -> LedgerEntry:
    current = ctx.versions.current(dataset, ctx.git.head())
    if current is None:
        raise NotFoundError(f"HEAD has no dataset '{dataset.name}'", hint="dsvc status")
    count = sum(1 if step == "^" else int(step[1:] or 1) for step in re.findall(r"\^|~\d*", steps))
    known = {entry.id: entry for entry in current.ledger}
    entry = current.entry
    for done in range(count):
        if not entry.parents or entry.parents[0] not in known:
            before = f"{done} version{'' if done == 1 else 's'}" if done else "no version"
            only = "is only" if done == 1 else "are only" if done else "is"
            raise NotFoundError(
                f"'{dataset.name}@{revision}': there {only} {before} before HEAD's", hint=f"dsvc log {dataset.name}"
            )
        entry = known[entry.parents[0]]
    return entry


def _looks_like_version(text: str) -> bool:
    return looks_counted(text) or bool(_ID_PREFIX.fullmatch(text))


def looks_counted(text: str) -> bool:
    """Whether a text is a version number, or counts from HEAD."""
    return bool(_HEAD.fullmatch(text) or _NUMBER.fullmatch(text))


def _named(ctx: Context, dataset: Dataset, wanted: str) -> Version:
    """A version, or a pilot by its tag or its name."""
    for name in (dataset.tag(wanted), wanted):
        commit = ctx.git.tagged(name)
        pilot = tagged_pilot(ctx, dataset, commit, name) if commit is not None else None
        if pilot is not None:
            return Version(dataset, version_of_pilot(ctx, dataset, pilot), pilot)
    try:
        return Version(dataset, resolve_version(ctx, dataset, wanted))
    except NotFoundError:
        pilot = find_pilot(ctx, dataset, wanted)
        if pilot is None:
            raise
        return Version(dataset, version_of_pilot(ctx, dataset, pilot), pilot)


def _version_of(ctx: Context, dataset: Dataset, wanted: str) -> Version:
    """A version of the dataset, or of one of the same name that lay elsewhere before."""
    try:
        return _named(ctx, dataset, wanted)
    except NotFoundError:
        earlier = absent_dataset(ctx, dataset.name, wanted, other_than=dataset)
        if earlier is None:
            raise
        return _named(ctx, earlier, wanted)


def absent_dataset(ctx: Context, name: str, wanted: str = "", *, other_than: Dataset | None = None) -> Dataset | None:
    """A dataset that HEAD does not have, from a commit that has it: the one that is named, or those that tags hold."""
    named = ctx.git.resolve(wanted) if wanted else None
    tagged = [*ctx.git.tags(f"{name}_").values(), *ctx.git.tags(f"{KEEP}/{name}/").values()]
    for commit in dict.fromkeys([named, *tagged]):
        found = find_dataset(ctx.versions.datasets(commit), name)
        if found is not None and found != other_than:
            return found
    return None
