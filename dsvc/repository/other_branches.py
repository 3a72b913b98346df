"""What other branches know of a dataset, as of the last fetch or push: nobody is asked."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from dsvc.errors import CorruptError
from dsvc.manifest import LedgerEntry, by_id, read_lines

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from dsvc.origin import VersionId
    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset

_LOCAL, _REMOTE = "refs/heads/", "refs/remotes/"


class OtherBranches(msgspec.Struct, frozen=True):
    """The ledgers of all branches: ``local`` and ``remote`` ones by short name (``origin/main``), as lines."""

    local: Mapping[str, frozenset[bytes]]
    remote: Mapping[str, frozenset[bytes]]

    @staticmethod
    def of(ctx: Context, dataset: Dataset) -> OtherBranches:
        """Read from all branches that have the dataset."""
        found: dict[str, frozenset[bytes]] = {}
        for reference, commit in ctx.git.branches().items():
            data = ctx.git.read(commit, dataset.ledger_path)
            if data is not None:
                found[reference] = frozenset(filter(bytes.strip, data.split(b"\n")))
        return OtherBranches(_below(_LOCAL, found), _below(_REMOTE, found))

    def numbers(self, *, apart_from: Collection[VersionId] = ()) -> set[str]:
        """The numbers that versions have on any branch, but for those of certain versions."""
        lines = frozenset[bytes]().union(*self.local.values(), *self.remote.values())
        return {entry.number for entry in by_id(_readable(lines)).values() if entry.id not in apart_from}

    def published(self) -> Published:
        """What the remote-tracking branches say."""
        return Published({name: by_id(_readable(lines)) for name, lines in self.remote.items()})


class Published(msgspec.Struct, frozen=True):
    """Versions on remote-tracking branches: for each branch what its ledger says of them."""

    ledgers: Mapping[str, Mapping[VersionId, LedgerEntry]]

    def entries(self) -> list[LedgerEntry]:
        """All of them, once for each branch."""
        return [entry for ledger in self.ledgers.values() for entry in ledger.values()]

    def rank(self, version: VersionId) -> int:
        """0: on no remote; 1: on some branch there; 2: on the branch that the remote itself calls its own."""
        names = [name for name, ledger in self.ledgers.items() if version in ledger]
        return max((2 if name.endswith("/HEAD") else 1 for name in names), default=0)

    def where(self, version: VersionId) -> str | None:
        """A branch that has the version, None when no remote-tracking branch has it."""
        names = sorted(name for name, ledger in self.ledgers.items() if version in ledger)
        return next((name for name in names if not name.endswith("/HEAD")), None) or next(iter(names), None)


def _below(prefix: str, ledgers: Mapping[str, frozenset[bytes]]) -> dict[str, frozenset[bytes]]:
    return {name.removeprefix(prefix): lines for name, lines in ledgers.items() if name.startswith(prefix)}


def _readable(lines: Iterable[bytes]) -> list[LedgerEntry]:
    """Entries of those lines that can be read: what a newer dsvc wrote on somebody's branch stops nobody here."""
    entries: list[LedgerEntry] = []
    for line in lines:
        with suppress(CorruptError):
            entries.extend(read_lines(line))
    return entries
