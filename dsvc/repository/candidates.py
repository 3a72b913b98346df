"""Which records of a version a rule may choose from: its conditions, findings, other pilots, near-duplicates."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

import numpy as np

from dsvc.errors import NotFoundError, UsageError
from dsvc.repository.pilots.file import read_pilot
from dsvc.sampling.identities import IdentityStore
from dsvc.sampling.material import MISSING_FIELD, Records
from dsvc.sampling.table import first_digits, table_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dsvc.manifest import LedgerEntry
    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.repository.revisions import Version
    from dsvc.sampling.rule import Rule
    from dsvc.sampling.table import Table
    from dsvc.snapshot import Snapshot

    Mask = NDArray[np.bool_]

_BLOCK: Final = 1000
_CACHE: Final = "cache/ids"
_FIELDS_TOLD: Final = 12
_MOST_GROUPS: Final = 2000


def identified_table(ctx: Context, dataset: Dataset, entry: LedgerEntry) -> Table:
    """The records of a version with their ids, which are kept by stored file once they were worked out."""
    return table_from(ctx, ctx.versions.snapshot(dataset, entry))


def table_from(ctx: Context, snapshot: Snapshot) -> Table:
    """The same, of any content."""
    return table_of(snapshot, IdentityStore(ctx.state / _CACHE), ctx.progress)


class Candidates:
    """The records of a version, read once; what a rule makes of them is worked out when it is asked for, and kept."""

    def __init__(self, ctx: Context, version: Version) -> None:
        self._ctx = ctx
        self.version = version
        table = identified_table(ctx, version.dataset, version.entry)
        self.key = _key_of(ctx, version)
        store = IdentityStore(ctx.state / _CACHE, self.key)
        identities = table_of(table.snapshot, store, ctx.progress).ids if self.key else table.ids
        self.table = table
        self.records = Records(table, identities, ctx.progress)
        self._found: dict[tuple[str, ...], Mask] = {}
        self._clusters: NDArray[np.int64] | None = None

    def of(self, rule: Rule) -> Mask | None:
        """Which records may be taken; None: all. Raises NotFoundError when none may, UsageError for a wrong name."""
        masks = [self.records.meets(text) for text in rule.where]
        if rule.findings:
            masks.append(self._with_findings(rule.findings))
        masks += [self._not_in(name) for name in rule.exclude]
        if rule.near_duplicates == "leave-out":
            masks.append(self._first_of_clusters(np.logical_and.reduce(masks) if masks else None))
        if not len(self.table):
            raise NotFoundError(f"'{self.table.snapshot.name}' has no record", hint="dsvc log")
        if not masks:
            return None
        mask: Mask = np.logical_and.reduce(masks)
        if not mask.any():
            self._require_fields(rule.where)
            raise NotFoundError(
                f"no record of '{self.table.snapshot.name}' can be taken: nothing meets all that is asked",
                hint=f"ask for less than: {_asked(rule)}",
            )
        return mask

    def told(self, rule: Rule, candidates: Mask | None) -> list[str]:
        """What there is to say about the groups of a rule.

        Raises UsageError for a field that no record has, or whose values are too many for groups.
        """
        told = []
        groups = self.records.groups(rule.stratify)[1] if rule.stratify else []
        for number, name in enumerate(rule.stratify):
            codes, groups = self.records.groups(rule.stratify)
            without = [code for code, values in enumerate(groups) if values[number] == MISSING_FIELD]
            lacking = np.isin(codes, without)
            if lacking.all():
                raise UsageError(f"no record has the field '{name}'", hint=f"name another one ({self._fields()})")
            count = int(np.count_nonzero(lacking if candidates is None else lacking & candidates))
            if count:
                told.append(f"{count:,} records have no '{name}': they are a group of their own, {MISSING_FIELD}")
        if len(groups) > _MOST_GROUPS:
            raise UsageError(
                f"{', '.join(rule.stratify)} would make {len(groups):,} groups, and {_MOST_GROUPS:,} are the most",
                hint="stratify by a field with few values (see them: dsvc stats)",
            )
        return told

    def _require_fields(self, where: Sequence[str]) -> None:
        """Raise UsageError for a condition on a field that no record has."""
        from dsvc.conditions.language import LENGTH, TURNS, field_of

        for text in where:
            name = field_of(text)
            if self.records.meets(text).any() or self.records.meets(name).any():
                continue
            counted = {LENGTH: "the bytes of a record", TURNS: "the turns of a conversation"}.get(f"#{name}")
            hint = f"did you mean '#{name}', {counted}?" if counted else f"name another one ({self._fields()})"
            raise UsageError(f"no record has the field '{name}'", hint=hint)

    def _fields(self) -> str:
        from dsvc.conditions.fields import field_names, value_of

        names = field_names([value_of(self.table.content(0))])
        return f"the first record has: {', '.join(names[:_FIELDS_TOLD]) or 'none'}"

    def _with_findings(self, rules: Sequence[str]) -> Mask:
        key = tuple(rules)
        if key not in self._found:
            from dsvc.repository.validating import validation
            from dsvc.validators.selection import Selection

            revision = f"{self.version.dataset.name}@{self.version.entry.id}"
            findings = validation(self._ctx, revision, Selection(only=key))
            places = [finding.place for finding in findings if finding.place is not None]
            mask = np.zeros(len(self.table), dtype=bool)
            mask[self.table.rows_at([(place.file, place.line) for place in places])] = True
            self._found[key] = mask
        return self._found[key]

    def _not_in(self, name: str) -> Mask:
        """The records that a pilot does not have, nor one that is equal to one of its records."""
        pilot = read_pilot(self._ctx, self.version.dataset, name)
        taken = np.array([int(each[:16], 16) for each in pilot.records], dtype=np.uint64)
        return ~np.isin(first_digits(self.table.ids), taken)

    def _first_of_clusters(self, candidates: Mask | None) -> Mask:
        """Of records that are nearly the same (or the same) the first candidate."""
        if self._clusters is None:
            self._clusters = self._find_clusters()
        rows = np.arange(len(self.table)) if candidates is None else np.flatnonzero(candidates)
        mask = np.zeros(len(self.table), dtype=bool)
        mask[rows[np.unique(self._clusters[rows], return_index=True)[1]]] = True
        return mask

    def _find_clusters(self) -> NDArray[np.int64]:
        from dsvc.validators.rules.near_duplicates import clusters

        contents = self.records.contents()
        blocks = iter(lambda: list(islice(contents, _BLOCK)), [])
        found = np.array(clusters(blocks, self.table.content), dtype=np.int64)
        _, first, same = np.unique(first_digits(self.table.ids), return_index=True, return_inverse=True)
        return found[first[same]]  # equal records that are too short to be compared are one, too


def _key_of(ctx: Context, version: Version) -> tuple[str, ...]:
    manifest = ctx.versions.manifest_of(version.dataset, version.entry, ctx.git.head())
    if manifest is None:  # only the ledger knows the version (a shallow clone)
        manifest = getattr(ctx.versions.current(version.dataset, ctx.git.head()), "manifest", None)
    return manifest.key if manifest is not None else ()


def _asked(rule: Rule) -> str:
    """What a rule asks of a record, in words that hold for every command with a rule."""
    findings = (f"a finding of {name}" for name in rule.findings)
    return ", ".join((*rule.where, *findings, *(f"not in '{name}'" for name in rule.exclude)))
