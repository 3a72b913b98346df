"""Decisions about conflicts between annotators' answers, as versions remember them.

A tool exports its whole project each time, so answers that were decided about come back. The version that a decision
went into keeps a digest of it, and as long as the answers and the field are those, there is no conflict.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

from dsvc.record import canonical_value
from dsvc.repository.annotation.merge import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsvc.manifest import LedgerEntry
    from dsvc.repository.annotation.merge import Conflict
    from dsvc.repository.context import Context
    from dsvc.repository.versions import Current

TAKEN_BACK: Final = "taken_back"
"""The field of a manifest's ``metadata`` that tells of answers that were taken back."""
DECIDED: Final = "decided"


def digest(conflict: Conflict, value: Any) -> str:
    """Of what a decision was about, and of the value that the field has since then: 32 hex digits of a sha256."""
    theirs = sorted(_form(answer) for _, answer in conflict.theirs)  # who it was, the user may say this time or not
    about = "\0".join([conflict.version.id, conflict.record, conflict.field, *theirs, _form(value)])
    return hashlib.sha256(about.encode("utf-8", "backslashreplace")).hexdigest()[:32]


def _form(value: Any) -> str:
    value = plain(value)
    if isinstance(value, list):
        return repr(sorted(map(canonical_value, value)))
    return repr(canonical_value(value))


class Settled:
    """The decisions of HEAD's version and those before it; they are read when the first conflict is asked about."""

    def __init__(self, ctx: Context, current: Current, handed: Sequence[LedgerEntry]) -> None:
        self._ctx = ctx
        self._current = current
        self._first = handed[0].id if len(handed) == 1 else None
        self._known: frozenset[str] | None = None

    def has(self, conflict: Conflict) -> bool:
        """Whether somebody decided this conflict, and answers and field have been the same since."""
        if self._known is None:
            self._known = frozenset(self._read())
        return digest(conflict, conflict.ours) in self._known

    def _read(self) -> Iterator[str]:
        head = self._ctx.git.head()
        for entry in self._past():
            manifest = self._ctx.versions.manifest_of(self._current.dataset, entry, head)
            told = manifest.metadata.get(TAKEN_BACK) if manifest is not None else None
            decided = told.get(DECIDED) if isinstance(told, dict) else None
            yield from map(str, decided if isinstance(decided, list) else ())

    def _past(self) -> Iterator[LedgerEntry]:
        """HEAD's version and those that it comes from, back to what was handed out where that is one version."""
        known = {entry.id: entry for entry in self._current.ledger}
        left, seen = [self._current.manifest.id], set[str]()
        while left:
            entry = known.get(left.pop())
            if entry is None or entry.id in seen or entry.id == self._first:
                continue
            seen.add(entry.id)
            yield entry
            left += entry.parents
