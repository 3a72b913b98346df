"""Which records of a pilot are for validation when it is exported: by a keyed hash, and as they were before.

A carried pilot keeps the sides of the one that it came from: what a trial was trained on never measures the next one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NoReturn

import numpy as np

from dsvc.errors import NotFoundError, UsageError
from dsvc.repository.pilots import creating
from dsvc.repository.pilots.draft import PilotDraft
from dsvc.repository.pilots.file import Carried, find_pilot, read_results
from dsvc.splitting.aside import set_aside

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dsvc.repository.context import Context
    from dsvc.repository.pilots.file import Pilot
    from dsvc.repository.revisions import Version
    from dsvc.sampling.orders import Rows
    from dsvc.sampling.table import Table

TRAIN: Final = "train"
VALIDATION: Final = "validation"


class Parts:
    """The rows of a pilot by split: those of the dataset's files, and of what is trained on a share for validation.

    Records that are equal, of one key or nearly the same go together (:mod:`dsvc.splitting.aside`).
    """

    def __init__(
        self, ctx: Context, version: Version, pilot: Pilot, *, carried_to: frozenset[str] = frozenset()
    ) -> None:
        self._ctx, self._version, self._pilot = ctx, version, pilot
        self._draft = PilotDraft(ctx, version)
        self._seen = carried_to | {pilot.name}
        self.notes: list[str] = []
        """What should be known about the parts, one sentence each."""

    @property
    def table(self) -> Table:
        """The records of the whole version."""
        return self._draft.candidates.table

    def rows(self, share: float | None) -> dict[str | None, Rows]:
        """The rows of each part; ``share`` None: none for validation but what the dataset has.

        Raises UsageError where the files have a part for validation already, NotFoundError where a part would be empty.
        """
        found = self._by_split()
        if share is None:
            return found
        own = found.pop(self._trained_on(found))
        key = self._draft.candidates.key
        before = self._before(share)
        known = {number: before[row] for number, row in enumerate(own.tolist()) if row in before}
        lines = _Lines(self.table, own, self._pilot.name)
        aside = own[set_aside(lines, share, self._pilot.rule.seed, key, known=known)]
        train = np.setdiff1d(own, aside)
        if not len(aside) or not len(train):
            self._refuse(known, "set aside for validation" if not len(aside) else "trained on")
        wanted = round(share * len(own))
        if known and len(aside) < wanted:
            self.notes.append(
                f"{len(aside):,} records are for validation, {wanted - len(aside):,} fewer than asked for: "
                f"what was trained on before, in '{self._carried_from()}', cannot be"
            )
        return {TRAIN: train, VALIDATION: aside, **found}

    def _refuse(self, known: Mapping[int, bool], what: str) -> NoReturn:
        """Tell why a part would have no records."""
        was = "trained on" if what != "trained on" else "for validation"
        why = f"were {was} before, where it was carried over from" if known else "are nearly the same"
        raise NotFoundError(
            f"all records of '{self._pilot.name}' {why}: none can be {what}",
            hint="leave out --validation, or take a larger pilot",
        )

    def _by_split(self) -> dict[str | None, Rows]:
        rows = creating.rows_in(self.table, self._pilot)
        splits = [file.split or "" for file in self.table.snapshot.layout.files]
        of = np.array(splits, dtype=object)[self.table.file[rows]]
        return {split or None: rows[np.flatnonzero(of == split)] for split in dict.fromkeys(of.tolist())}

    def _trained_on(self, found: Mapping[str | None, Rows]) -> str | None:
        """The split that records are set aside from."""
        name = self._pilot.name
        if VALIDATION in found:
            raise UsageError(f"'{name}' has records of a split '{VALIDATION}' already", hint="leave out --validation")
        train = next((split for split in (TRAIN, None) if split in found), None)
        if train not in found or len(found[train]) < 2:
            raise NotFoundError(
                f"'{name}' has too few records to train on: none can be set aside for validation",
                hint="leave out --validation, or take a larger pilot",
            )
        return train

    def _before(self, share: float) -> dict[int, bool]:
        """Rows that the pilot this one was carried over from has too, edited or not: were they for validation?

        Of trials with several shares: in all of them. Where none said its share, it is taken to have been this one.
        """
        from dsvc.repository.pilots.carrying import fate_of

        if not isinstance(self._pilot.carried, Carried):
            return {}
        dataset, carried = self._version.dataset, self._pilot.carried
        old = find_pilot(self._ctx, dataset, carried.pilot)
        if old is None or not carried.is_of(old) or old.name in self._seen:
            return self._not_known("is not there any more")
        version = creating.version_of(self._ctx, dataset, old)
        parts = Parts(self._ctx, version, old, carried_to=self._seen)
        results = [result for result in read_results(self._ctx, dataset, old.name) if result.sample == old.sample]
        shares = {result.validation for result in results if isinstance(result.validation, float)} or {share}
        try:
            aside = [{*parts.table.names().of(parts.rows(each)[VALIDATION])} for each in sorted(shares)]
        except (NotFoundError, UsageError):
            return self._not_known("has no such part for validation")
        self.notes += parts.notes
        fate = fate_of(self._ctx, old, self._version, self._draft)
        return {row: all(name in each for each in aside) for name, row in fate.rows.items()}

    def _carried_from(self) -> str:
        return self._pilot.carried.pilot if isinstance(self._pilot.carried, Carried) else ""

    def _not_known(self, why: str) -> dict[int, bool]:
        told = f"'{self._carried_from()}', which '{self._pilot.name}' was carried over from, {why}"
        self.notes.append(f"{told}: which of its records were trained on is not known")
        return {}


class _Lines:
    """Rows of a table as a file of records."""

    def __init__(self, table: Table, rows: Rows, name: str) -> None:
        self._table, self._rows, self.name = table, rows, name

    def lines(self) -> Iterator[bytes]:
        return (self._table.content(row) for row in self._rows.tolist())

    def line(self, number: int) -> bytes:
        return self._table.content(int(self._rows[number]))
