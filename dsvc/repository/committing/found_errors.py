"""Errors in the new lines of a commit, and which of them the version before did not have."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec.structs import replace

from dsvc.repository.committing.new_lines import LinesInMemory
from dsvc.validators.comparison import Compared, without_kept
from dsvc.validators.finding import Place as FindingPlace
from dsvc.validators.identity import contents_of
from dsvc.validators.runner import Validation
from dsvc.validators.selection import Selection, stamped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dsvc.repository.committing.checks import Before
    from dsvc.repository.committing.new_lines import NewLines
    from dsvc.repository.committing.origins import Place
    from dsvc.snapshot import Snapshot
    from dsvc.validators.finding import Finding

_TOLD: Final = 3
_BESIDE: Final = 1 << 20
"""Rules that compare records look at the first bytes of each file, too."""


class Rules(msgspec.Struct, frozen=True):
    """The rules that run, of one record and of several compared, and those that make a commit refuse: ``named`` for
    whatever they find, ``refused`` for errors. ``are_all`` is False where others were left out."""

    of_records: Selection
    compared: Selection
    named: frozenset[str]
    refused: frozenset[str]
    are_all: bool

    @property
    def ids(self) -> tuple[str, ...]:
        """The rules that run."""
        return (*self.of_records.only, *self.compared.only)

    def refuse(self, finding: Finding) -> bool:
        """Whether a finding is one that a commit refuses."""
        return finding.rule in self.named or (finding.severity == "error" and finding.rule in self.refused)


def findings(rules: Rules, new: NewLines) -> Iterator[Finding]:
    """What the rules find in new lines, at their places in the working files; about very many rows without a place."""
    if rules.of_records.only:
        yield from map(new.in_file, _run(new, rules.of_records))
    if rules.compared.only:
        more = new.with_others(_BESIDE)
        for finding in _run(more, rules.compared):
            found = more.in_file(finding) if finding.place is not None else finding
            if found.place is None or new.has(found.place):
                yield found


class FoundErrors:
    """Errors in new lines, counted by rule, and those of them that a commit would bring in."""

    def __init__(self, rules: Rules, new: NewLines, before: Before | None) -> None:
        self.counts: Counter[str] = Counter()
        self._rules, self._new, self._before = rules, new, before
        self._edited: list[Finding] = []
        self._added: list[Finding] = []
        self._more = 0

    def take(self, finding: Finding) -> None:
        """The next finding, at its place in the working file."""
        is_refused = self._rules.refuse(finding)
        if is_refused or finding.severity == "error":
            self.counts[finding.rule] += finding.stands_for
        if not is_refused:
            return
        if finding.place is not None and self._before is not None and _where(finding) in self._before.edited:
            self._edited.append(finding)
        elif finding.place is not None and len(self._added) < _TOLD:
            self._added.append(finding)
        else:
            self._more += finding.stands_for

    def brought_in(self) -> tuple[list[Finding], int]:
        """The first of those that are refused, in the order of the lines, and how many there are."""
        introduced = [*self._added, *self._in_edited()]
        return sorted(introduced, key=_where)[:_TOLD], len(introduced) + self._more

    def _in_edited(self) -> Sequence[Finding]:
        """What edited records did not have before."""
        if self._before is None or not self._edited:
            return ()
        became = {now: self._before.edited[now] for now in map(_where, self._edited)}
        had = _found_before(self._before.snapshot, set(became.values()), self._rules, self._new)
        return without_kept(Compared(tuple(self._edited), tuple(had)), became.items()).introduced


def _found_before(old: Snapshot, places: Iterable[Place], rules: Rules, new: NewLines) -> Iterator[Finding]:
    """What the rules find in some lines of the version before, at their places there."""
    at: list[Place] = []
    contents: list[bytes] = []
    for path, lines in _by_file(places).items():
        for line, content in contents_of(old, path, lines):
            at.append((path, line))
            contents.append(content + b"\n")
    for selection, beside in ((rules.of_records, ()), (rules.compared, new.others(_BESIDE))):
        if selection.only:
            for finding in _run(LinesInMemory.of(b"".join([*contents, *beside])), selection):
                if finding.place is not None and finding.place.line <= len(at):
                    path, line = at[finding.place.line - 1]
                    yield replace(finding, place=FindingPlace(path, line, line))


def _by_file(places: Iterable[Place]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for path, line in places:
        found.setdefault(path, set()).add(line)
    return found


def _run(lines: Snapshot, selection: Selection) -> Validation:
    # In this process: a script that commits may be one that others cannot be started from.
    return Validation(lines, stamped(selection), processes=1)


def _where(finding: Finding) -> Place:
    assert finding.place is not None
    return finding.place.file, finding.place.line
