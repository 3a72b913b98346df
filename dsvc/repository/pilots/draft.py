"""Samples of a version before anything is written: for ``--dry-run``, and for a screen that shows them while one types.

    draft = repo.pilot_draft("medical@v1.2")        # reads the records once
    sample = draft.sample(Rule(size="1000", seed="pilot-a", stratify=("label",)))
    sample.strata, sample.notes, sample.snapshot    # what was chosen; the records, as of any version
    draft.drift(sample)                             # how far it is from the whole, feature by feature

``PilotDraft.sample(rule: Rule) -> Sample`` and ``PilotDraft.drift(sample: Sample) -> list[Shift]`` may be called again
and again: what a rule needs of the records is kept, the whole is measured once, and only the sample is read each time.
``ctx.progress`` is told the bytes that are read. A draft belongs to one thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
from msgspec.structs import replace

from dsvc.repository.candidates import Candidates
from dsvc.repository.measured import measured
from dsvc.sampling.choosing import choose
from dsvc.sampling.rule import checked
from dsvc.statistics import measure, shifts

if TYPE_CHECKING:
    from dsvc.repository.context import Context
    from dsvc.repository.revisions import Version
    from dsvc.sampling.choosing import Choice
    from dsvc.sampling.orders import Rows
    from dsvc.sampling.rule import Rule
    from dsvc.sampling.strata import Stratum
    from dsvc.snapshot import Snapshot
    from dsvc.statistics import Shift, Statistics


class Sample(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """Records that a rule takes of a version.

    ``rows`` count from 0, through all files; ``snapshot`` is the sample as content to read; ``notes`` tell what is
    unusual about it, one sentence each.
    """

    rule: Rule
    rows: Rows
    candidates: int
    strata: tuple[Stratum, ...]
    notes: tuple[str, ...]
    snapshot: Snapshot

    @property
    def records(self) -> int:
        """How many records it has."""
        return len(self.rows)


class PilotDraft:
    """A version whose samples can be looked at, as often as one likes; nothing is written.

    ``notes``: what is to be known of each sample, one sentence each.
    """

    def __init__(self, ctx: Context, version: Version, notes: tuple[str, ...] = ()) -> None:
        self.version = version
        self._notes = notes
        self.candidates = Candidates(ctx, version)
        self._ctx = ctx
        self._whole: Statistics | None = None

    def sample(self, rule: Rule) -> Sample:
        """The records that a rule takes.

        Raises UsageError for a rule that cannot be followed (a size above the candidates, an unknown field, pilot or
        rule of findings), NotFoundError when no record can be taken.
        """
        checked(rule)
        mask = self.candidates.of(rule)
        notes = self.candidates.told(rule, mask)
        return self._sample(rule, choose(self.candidates.records, rule, mask), notes)

    def refilled(self, rule: Rule, kept: Rows, *, cut: bool = False) -> Sample:
        """These records as far as the rule may take them, and others by the rule in place of those that are missing.

        ``cut``: where they are more than the rule's size, it chooses among them. Raises what :meth:`sample` raises.
        """
        mask = self.candidates.of(rule)
        notes = self.candidates.told(rule, mask)
        if mask is not None:
            kept = kept[mask[kept]]
        if cut:
            kept = self._cut(rule, kept, len(self.candidates.records) if mask is None else int(mask.sum()))
        return self._sample(rule, choose(self.candidates.records, rule, mask, kept=kept), notes)

    def _cut(self, rule: Rule, kept: Rows, candidates: int) -> Rows:
        """So many of these records as the rule wants of so many candidates."""
        wanted = rule.count(candidates)
        if len(kept) <= wanted:
            return kept
        among = np.zeros(len(self.candidates.records), dtype=np.bool_)
        among[kept] = True
        return choose(self.candidates.records, replace(rule, size=str(wanted)), among).rows

    def _sample(self, rule: Rule, choice: Choice, notes: list[str]) -> Sample:
        return Sample(
            rule=rule,
            rows=choice.rows,
            candidates=choice.candidates,
            strata=choice.strata,
            notes=(*self._notes, *notes, *_told(choice, rule)),
            snapshot=self.candidates.table.kept(choice.rows, "a sample"),
        )

    def names(self, sample: Sample) -> tuple[str, ...]:
        """The names of a sample's records, in the order of the files."""
        return tuple(self.candidates.table.names().of(sample.rows))

    def whole(self) -> Statistics:
        """What the version is made of."""
        if self._whole is None:
            self._whole = measured(self._ctx, self.candidates.table.snapshot)
        return self._whole

    def measured(self, sample: Snapshot) -> Statistics:
        """What a sample is made of, in the features that the version has."""
        return measure(sample, like=self.whole())

    def drift(self, sample: Sample) -> list[Shift]:
        """How far a sample is from the whole version: lengths, labels, languages, sources, each from 0 to 1."""
        return shifts(self.whole(), self.measured(sample.snapshot))


def _told(choice: Choice, rule: Rule) -> list[str]:
    without = sum(stratum.records == 0 for stratum in choice.strata)
    if without:
        return [
            f"there are {len(choice.strata):,} groups, and {without:,} of them give no record: the size is too small"
        ]
    return [] if rule.balances or not choice.strata else _off(choice)


def _off(choice: Choice) -> list[str]:
    """What small groups, which give one record each, leave to the largest one."""
    share = len(choice.rows) / choice.candidates
    small = sum(stratum.candidates * share < 1 for stratum in choice.strata)
    largest = max(choice.strata, key=lambda stratum: stratum.candidates)
    wanted = largest.candidates * share
    if not small or wanted - largest.records <= 1:
        return []
    groups = "1 group is" if small == 1 else f"{small:,} groups are"
    return [
        f"{groups} owed less than one record, and give one all the same: "
        f"the largest group gives {largest.records:,} instead of {wanted:,.1f}"
    ]
