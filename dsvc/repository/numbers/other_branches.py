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
    """The ledgers of all branches: ``local`` and ``remote`` ones by short name (``origin/main``), as lines.

    ``headless`` are remotes of which it is not known here which branch they call their own.
    """

    local: Mapping[str, frozenset[bytes]]
    remote: Mapping[str, frozenset[bytes]]
    headless: tuple[str, ...] = ()

    @staticmethod
    def of(ctx: Context, dataset: Dataset) -> OtherBranches:
        """Read from all branches that have the dataset; what several of them share is read once."""
        branches = ctx.git.branches()
        blobs = {commit: ctx.git.blob(commit, dataset.ledger_path) for commit in set(branches.values())}
        commits = {blob: commit for commit, blob in blobs.items()}
        read = {blob: ctx.git.read(commit, dataset.ledger_path) for blob, commit in commits.items() if blob is not None}
        ledgers = {blob: frozenset(filter(bytes.strip, (data or b"").split(b"\n"))) for blob, data in read.items()}
        found = {name: ledgers[blob] for name, commit in branches.items() if (blob := blobs[commit]) is not None}
        return OtherBranches(_below(_LOCAL, found), _below(_REMOTE, found), _headless(branches))

    def numbers(self, *, apart_from: Collection[VersionId] = ()) -> set[str]:
        """The numbers that versions have on any branch, but for those of certain versions."""
        lines = frozenset[bytes]().union(*{*self.local.values(), *self.remote.values()})
        return {entry.number for entry in by_id(_readable(lines)).values() if entry.id not in apart_from}

    def published(self) -> Published:
        """What the remote-tracking branches say."""
        read = {lines: by_id(_readable(lines)) for lines in set(self.remote.values())}
        return Published({name: read[lines] for name, lines in self.remote.items()})


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


def _headless(branches: Iterable[str]) -> tuple[str, ...]:
    """Remotes without ``refs/remotes/NAME/HEAD``, which ``git clone`` makes, and ``git fetch`` since git 2.48."""
    names = [name.removeprefix(_REMOTE) for name in branches if name.startswith(_REMOTE)]
    known = tuple(name.removesuffix("HEAD") for name in names if name.endswith("/HEAD"))
    return tuple(sorted({name.partition("/")[0] for name in names if not name.startswith(known)}))


def _below(prefix: str, ledgers: Mapping[str, frozenset[bytes]]) -> dict[str, frozenset[bytes]]:
    return {name.removeprefix(prefix): lines for name, lines in ledgers.items() if name.startswith(prefix)}


def _readable(lines: Iterable[bytes]) -> list[LedgerEntry]:
    """Entries of those lines that can be read: what a newer dsvc wrote on somebody's branch stops nobody here."""
    entries: list[LedgerEntry] = []
    for line in lines:
        with suppress(CorruptError):
            entries.extend(read_lines(line))
    return entries
