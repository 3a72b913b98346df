"""``pilot carry``: a pilot on a newer version; and whether a pilot is what its rule gives."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from msgspec.structs import replace

from dsvc.delta import Modified
from dsvc.errors import NotFoundError, UsageError
from dsvc.repository import content
from dsvc.repository.pilots import creating
from dsvc.repository.pilots.draft import PilotDraft
from dsvc.repository.pilots.file import Carried, read_pilot
from dsvc.repository.revisions import of_dataset
from dsvc.sampling.rule import checked

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dsvc.repository.context import Context
    from dsvc.repository.pilots.creating import PilotCreated, PilotVerified
    from dsvc.repository.pilots.draft import Sample
    from dsvc.repository.pilots.file import Pilot
    from dsvc.repository.revisions import Version


class PilotCarried(msgspec.Struct, frozen=True, kw_only=True):
    """A pilot that was carried to another version, by the names of its records.

    ``changed`` pairs the old name of a record with the new one.
    """

    created: PilotCreated
    stayed: tuple[str, ...]
    changed: tuple[tuple[str, str], ...]
    left: tuple[str, ...]
    replaced: tuple[str, ...]

    @property
    def before(self) -> str | None:
        """The name of the pilot that was carried."""
        carried = self.created.pilot.carried
        return carried.pilot if isinstance(carried, Carried) else None


class Fate(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """What becomes of a pilot's records in another version: rows there by old name, and whether they were edited."""

    rows: dict[str, int]
    edited: frozenset[str]


def carry(
    ctx: Context, name: str, revision: str, new_name: str | None, target: str | None = None, *, size: str | None = None
) -> PilotCarried:
    """Take a pilot to another version as a new pilot: its records as far as they are there, others for those that left.

    ``size``: of another size than it had; of a smaller one its rule chooses who stays.

    Edited records are recognised as ``diff`` does. Raises UsageError when it is the pilot's own version, or the name is
    taken; what :func:`dsvc.repository.pilots.creating.create` raises.
    """
    with ctx.writing():
        dataset, pilot = creating.find(ctx, name, target)
        version = creating.version_for(ctx, of_dataset(ctx, dataset, revision))
        if version.dataset.name != dataset.name:
            raise UsageError(
                f"'{pilot.name}' is a pilot of '{dataset.name}', and '{revision}' is of '{version.dataset.name}'",
                hint=f"name a version of it: {dataset.name}@HEAD",
            )
        if version.entry.id == pilot.version:
            raise UsageError(f"'{pilot.name}' is of {version.entry.number} already", hint="name another version")
        called = creating.free_name(ctx, dataset, new_name or name_after(pilot, version))
        made, sample, fate = carried_sample(ctx, pilot, version, size if size is not None else pilot.rule.size)
        told = _told(made, pilot, sample, fate)
        facts = Carried(
            pilot=pilot.name,
            version=pilot.version,
            sample=pilot.sample,
            stayed=len(told[0]),
            changed=len(told[1]),
            left=len(told[2]),
            replaced=len(told[3]),
        )
        created = creating.keep(ctx, made, sample, called, "pilot carry", facts)
        stayed, changed, left, replaced = told
        return PilotCarried(created=created, stayed=stayed, changed=changed, left=left, replaced=replaced)


def name_after(pilot: Pilot, version: Version) -> str:
    """What a carried pilot is called where nobody says it: ``pilot-a-v1.2``."""
    return f"{pilot.name.removesuffix(f'-{pilot.number}')}-{version.entry.number}"


def carried_sample(ctx: Context, pilot: Pilot, version: Version, size: str) -> tuple[PilotDraft, Sample, Fate]:
    """The sample of a version that keeps what is there of a pilot's records, and fills up by its rule to a size."""
    made = PilotDraft(ctx, version)
    fate = fate_of(ctx, pilot, version, made)
    kept = np.array(sorted(fate.rows.values()), dtype=np.int64)
    rule = checked(replace(pilot.rule, size=size))
    return made, made.refilled(rule, kept, cut=size != pilot.rule.size), fate


def fate_of(ctx: Context, pilot: Pilot, version: Version, made: PilotDraft) -> Fate:
    """Where a pilot's records are in another version."""
    rows = _same(made, pilot.records)
    missing = [name for name in pilot.records if name not in rows]
    edited: set[str] = set()
    if missing:
        taken = set(rows.values())
        for name, row in _edited(ctx, pilot, version, missing, made):
            if row not in taken:
                rows[name] = row
                edited.add(name)
                taken.add(row)
    return Fate(rows=rows, edited=frozenset(edited))


def _same(made: PilotDraft, names: Iterable[str]) -> dict[str, int]:
    """The rows of records that are there as they were; of equal ones as many as there are."""
    wanted = [(name, *_parts(name)) for name in names]
    equal = made.candidates.table.names().equal({base for _, base, _ in wanted})
    found = {name: equal[base][turn - 1] for name, base, turn in wanted if turn <= len(equal[base])}
    used = set(found.values())
    free = {base: iter([row for row in rows if row not in used]) for base, rows in equal.items()}
    for name, base, _ in wanted:
        if name not in found and (row := next(free[base], None)) is not None:
            found[name] = row
    return found


def _parts(name: str) -> tuple[str, int]:
    """A record id, and the number of the equal one."""
    base, _, turn = name.partition("#")
    return base, int(turn or 1)


def _edited(
    ctx: Context, pilot: Pilot, version: Version, missing: list[str], made: PilotDraft
) -> list[tuple[str, int]]:
    """Names of records that another version has in an edited form, and their rows there."""
    old, new = (f"{version.dataset.name}@{each}" for each in (pilot.version, version.entry.id))
    wanted: dict[str, list[str]] = {}
    for name in missing:
        wanted.setdefault(name.partition("#")[0], []).append(name)
    with content.diff(ctx, old, new) as changes:
        edits = [delta for delta in changes if isinstance(delta, Modified)]
    rows = made.candidates.table.rows_at([(delta.new.file, delta.new.line) for delta in edits])
    pairs = zip((wanted.get(delta.old.id) for delta in edits), rows.tolist(), strict=True)
    return [(names.pop(0), row) for names, row in pairs if names]


def _told(
    made: PilotDraft, pilot: Pilot, sample: Sample, fate: Fate
) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...], tuple[str, ...], tuple[str, ...]]:
    """Who stayed, changed, left, and came in place."""
    names = dict(zip(sample.rows.tolist(), made.names(sample), strict=True))
    kept = {name: row for name, row in fate.rows.items() if row in names}
    stayed = tuple(name for name in kept if name not in fate.edited)
    changed = tuple((name, names[row]) for name, row in kept.items() if name in fate.edited)
    left = tuple(name for name in pilot.records if name not in kept)
    before = set(kept.values())
    return stayed, changed, left, tuple(name for row, name in names.items() if row not in before)


def verify(ctx: Context, name: str, target: str | None = None) -> PilotVerified:
    """Follow a pilot's rule again, and compare.

    Of a carried pilot: carry the pilot that it came from again. Raises NotFoundError when that one, or a pilot that the
    rule leaves out, is not there any more.
    """
    dataset, pilot = creating.find(ctx, name, target)
    version = creating.version_of(ctx, dataset, pilot)
    if isinstance(pilot.carried, Carried):
        before = read_pilot(ctx, dataset, pilot.carried.pilot)
        if not pilot.carried.is_of(before):
            raise NotFoundError(
                f"'{before.name}' is another pilot than the one that '{pilot.name}' was carried over from",
                hint="dsvc pilot list",
            )
        made, sample, _ = carried_sample(ctx, before, version, pilot.rule.size)
    else:
        made = PilotDraft(ctx, version)
        sample = made.sample(pilot.rule)
    again, there = Counter(made.names(sample)), Counter(pilot.records)
    return creating.PilotVerified(
        pilot=pilot,
        missing=tuple((there - again).elements()),
        extra=tuple((again - there).elements()),
    )
