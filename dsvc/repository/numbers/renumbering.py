"""When two versions have one number: who keeps it, and which number the other one gets.

The number is a label. A version that is on the remote keeps it; ours gets the next free one, by a further line in the
ledger, and no commit that anybody has is rewritten. The rule is in ``docs/format.md`` section 8.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from dsvc.manifest import LedgerEntry, Number, by_id, in_order, number_parts
from dsvc.repository.datasets import next_number
from dsvc.repository.numbers.other_branches import OtherBranches
from dsvc.repository.versions import find_dataset, require_dataset

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dsvc.origin import VersionId
    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.repository.numbers.other_branches import Published
    from dsvc.store.git_values import CommitId


class Renumbered(msgspec.Struct, frozen=True):
    """A version with its old number, the number that it gets, and why."""

    entry: LedgerEntry
    number: Number
    why: str
    subject: str

    @property
    def line(self) -> bytes:
        """The ledger line that says so."""
        return replace(self.entry, number=self.number).encode()

    def done(self) -> str:
        """What is told once it has happened."""
        return f"{self.why}: {self.subject} is {self.number} now"

    def pending(self) -> str:
        """What is told before."""
        return f"{self.why}: {self.subject} becomes {self.number} with the next dsvc commit or dsvc push"


def chosen(ctx: Context, target: str | None) -> list[Dataset]:
    """The dataset that is meant; without a target all of them."""
    datasets = ctx.versions.datasets(ctx.git.head())
    return datasets if target is None else [require_dataset(datasets, target)]


def clashes(ctx: Context, target: str | None = None) -> list[str]:
    """One sentence for each version that gets another number with the next commit or push.

    A dataset that HEAD does not have has none.
    """
    head = ctx.git.head()
    if target is not None and find_dataset(ctx.versions.datasets(head), target) is None:
        return []
    return [note for dataset in chosen(ctx, target) for note in number_notes(ctx, dataset, head)]


class Clashes(msgspec.Struct, frozen=True):
    """The versions of HEAD's ledger that must give up their numbers, parents first; and what cannot be said yet."""

    renumbered: tuple[Renumbered, ...] = ()
    waiting: tuple[str, ...] = ()


def number_notes(ctx: Context, dataset: Dataset, head: CommitId | None) -> tuple[str, ...]:
    """What is told of a dataset's numbers: one sentence for each that another version has, too."""
    found = clashes_of(ctx, dataset, head)
    return (*(each.pending() for each in found.renumbered), *found.waiting)


def renumbering(ctx: Context, dataset: Dataset, head: CommitId | None) -> tuple[Renumbered, ...]:
    """The versions of HEAD's ledger that must give up their numbers, parents first. Nothing is changed."""
    return clashes_of(ctx, dataset, head).renumbered


def clashes_of(ctx: Context, dataset: Dataset, head: CommitId | None) -> Clashes:
    """Look for versions with one number, in HEAD's ledger and on the remote. Nothing is changed."""
    if head is None:
        return Clashes()
    here = by_id(ctx.versions.ledger(dataset, head))
    branches = OtherBranches.of(ctx, dataset)
    if not _may_clash(ctx, dataset, head, here, branches):
        return Clashes()
    published = branches.published()
    union = by_id([*here.values(), *published.entries()])
    here = {version: union[version] for version in here}
    losers, ties = _losers(dataset, here, union, published)
    waiting: tuple[str, ...] = ()
    if branches.headless and ties:
        losers = {version: told for version, told in losers.items() if version not in ties}
        waiting = tuple(
            dict.fromkeys(_waiting(dataset, here[version], branches.headless[0]) for version in sorted(ties))
        )
    if not losers:
        return Clashes((), waiting)
    movable = _with_unpublished_children(here, losers, published)
    taken: set[str] = {entry.number for entry in union.values() if entry.id not in movable}
    taken |= _tagged(ctx, dataset, movable) | branches.numbers(apart_from=movable)
    return Clashes(_numbered(dataset, here, losers, movable, taken), waiting)


def _may_clash(
    ctx: Context,
    dataset: Dataset,
    head: CommitId,
    here: dict[VersionId, LedgerEntry],
    branches: OtherBranches,
) -> bool:
    """Whether it is worth a closer look: nearly always the remote knows nothing that HEAD does not know."""
    if len({entry.number for entry in here.values()}) < len(here):
        return True
    own = set((ctx.git.read(head, dataset.ledger_path) or b"").split(b"\n"))
    return any(lines - own for lines in branches.remote.values())


def _losers(
    dataset: Dataset,
    here: dict[VersionId, LedgerEntry],
    union: dict[VersionId, LedgerEntry],
    published: Published,
) -> tuple[dict[VersionId, tuple[str, str]], set[VersionId]]:
    """Those of HEAD's versions whose number another one keeps, and why it does.

    It keeps it who is on the remote's own branch, then who is on any branch there, then who was recorded first. What
    is on the remote itself is only renumbered once both are in one ledger: until then nobody sees two. The second
    value: those of two published versions that nothing but the remote's own branch, where it is known, may tell apart.
    """
    groups: dict[str, list[LedgerEntry]] = defaultdict(list)
    for entry in union.values():
        groups[entry.number].append(entry)
    found: dict[VersionId, tuple[str, str]] = {}
    ties: set[VersionId] = set()
    for group in groups.values():
        keeper = min(group, key=lambda entry: (-published.rank(entry.id), entry.recorded_at, entry.id))
        for entry in group:
            mine = entry.id in here and entry.id != keeper.id
            if mine and (not published.rank(entry.id) or keeper.id in here):
                found[entry.id] = _told(dataset, entry, keeper, published)
                ties |= {entry.id} if published.rank(entry.id) == published.rank(keeper.id) > 0 else set()
    return found, ties


def _waiting(dataset: Dataset, entry: LedgerEntry, remote: str) -> str:
    """Clones that know the remote's own branch decide by it; one that does not must not decide otherwise."""
    return (
        f"two versions are called {dataset.name} {entry.number}, both on the remote: to see which keeps it, "
        f"git remote set-head {remote} --auto"
    )


def _told(dataset: Dataset, entry: LedgerEntry, keeper: LedgerEntry, published: Published) -> tuple[str, str]:
    where = published.where(keeper.id)
    if where is not None and not published.rank(entry.id):
        return f"{dataset.name} {entry.number} is on {where} already", "yours"
    return f"two versions are called {dataset.name} {entry.number}", f"'{entry.id[:12]}'"


def _with_unpublished_children(
    here: dict[VersionId, LedgerEntry], losers: dict[VersionId, tuple[str, str]], published: Published
) -> set[VersionId]:
    """The versions that may get another number: a child's should stay above its parent's."""
    movable = set(losers)
    for entry in in_order(list(here.values())):
        if not movable.isdisjoint(entry.parents) and not published.rank(entry.id):
            movable.add(entry.id)
    return movable


def _tagged(ctx: Context, dataset: Dataset, movable: set[VersionId]) -> set[str]:
    """The numbers that tags take, but for the tags of those versions that move on."""
    prefix, taken = dataset.tag(""), set()
    for tag, commit in ctx.git.tags(prefix).items():
        manifest = ctx.versions.at(dataset, commit)
        if manifest is None or manifest.id not in movable:
            taken.add(tag.removeprefix(prefix))
    return taken


def _numbered(
    dataset: Dataset,
    here: dict[VersionId, LedgerEntry],
    losers: dict[VersionId, tuple[str, str]],
    movable: set[VersionId],
    taken: set[str],
) -> tuple[Renumbered, ...]:
    result: list[Renumbered] = []
    numbers = {entry.id: entry.number for entry in here.values()}
    for entry in (entry for entry in in_order(list(here.values())) if entry.id in movable):
        above = max([entry.number, *(numbers[p] for p in entry.parents if p in numbers)], key=number_parts)
        if entry.id in losers or above != entry.number or entry.number in taken:
            number = Number(next_number(taken, above, major=False))
            follows = (f"{dataset.name} {entry.number} comes after a version that moved up", "it")
            result.append(Renumbered(entry, number, *losers.get(entry.id, follows)))
            numbers[entry.id] = number
        taken.add(numbers[entry.id])
    return tuple(result)


def lines_of(renumbered: Sequence[Renumbered]) -> bytes:
    """What is added to the ledger."""
    return b"".join(each.line for each in renumbered)


def ended(ledger: bytes) -> bytes:
    """A ledger that lines can be added to."""
    return ledger if not ledger or ledger.endswith(b"\n") else ledger + b"\n"
