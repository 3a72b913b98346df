"""Errors in the new lines of a commit, and which of them the version before did not have."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from dsvc.repository.committing.new_lines import LinesInMemory
from dsvc.validators.comparison import Compared, without_kept
from dsvc.validators.finding import Place as FindingPlace
from dsvc.validators.identity import contents_of
from dsvc.validators.runner import Validation
from dsvc.validators.selection import stamped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from dsvc.repository.committing.checks import Before
    from dsvc.repository.committing.commit_rules import Rules
    from dsvc.repository.committing.new_lines import NewLines
    from dsvc.repository.committing.origins import Place
    from dsvc.snapshot import Snapshot
    from dsvc.validators.finding import Finding
    from dsvc.validators.selection import Selection

_BESIDE: Final = 1 << 20
"""Bytes of other lines, from the beginning of each file, that rules which compare records look at, too."""


class FoundErrors:
    """What was found, at its places in the working files (from 1).

    ``findings`` counts all that is in new lines or came with them, by rule; ``errors`` what of that is told;
    ``brought_in`` is what a commit refuses: errors that the version before did not have, those that stand for many rows
    last.
    """

    def __init__(self) -> None:
        self.findings: Counter[str] = Counter()
        self.errors: Counter[str] = Counter()
        self.brought_in: list[Finding] = []

    def count(self, finding: Finding, *, is_refused: bool) -> None:
        """Count a finding, whether or not it is refused."""
        self.findings[finding.rule] += finding.stands_for
        if is_refused or finding.severity == "error":
            self.errors[finding.rule] += finding.stands_for


def find_errors(rules: Rules, new: NewLines, before: Before | None, known: Snapshot | None) -> FoundErrors:
    """Look at new lines. What ``known``, a version that they were taken from, has line by line is not brought in."""
    found = FoundErrors()
    if rules.of_records.only:
        _look_at_each(found, rules, new, before)
    if rules.compared.only:
        _compare(found, rules, new, before)
    if known is not None and found.brought_in:
        has = _lines_of(
            known, {place: new.text(place) for place in map(place_of, found.brought_in) if place is not None}
        )
        found.brought_in = [finding for finding in found.brought_in if place_of(finding) not in has]
    found.brought_in.sort(key=lambda finding: (finding.place is None, place_of(finding) or ("", 0)))
    return found


def place_of(finding: Finding) -> Place | None:
    """File and line (from 1) of a finding, None for one that stands for many rows."""
    return (finding.place.file, finding.place.line) if finding.place is not None else None


def _look_at_each(found: FoundErrors, rules: Rules, new: NewLines, before: Before | None) -> None:
    """The rules that take records one by one: an edited record is compared with what it was."""
    refused = []
    for finding in map(new.in_file, _run(new, rules.of_records)):
        is_refused = rules.refuse(finding)
        found.count(finding, is_refused=is_refused)
        if is_refused:
            refused.append(finding)
    were = _edited(before, (place for finding in refused if (place := place_of(finding)) is not None))
    old = _old_lines(before.snapshot, were) if before is not None and were else {}
    found.brought_in += _introduced(refused, _found_at(old, rules.of_records, new.folder))


def _compare(found: FoundErrors, rules: Rules, new: NewLines, before: Before | None) -> None:
    """The rules that compare records: new lines beside others, against what these others and the old lines gave.

    A new line may make an old one the odd one out; that finding comes with it.
    """
    around = new.with_others(_BESIDE)
    after = [around.in_file(finding) for finding in _run(around, rules.compared)]
    if not after:
        return
    were = _edited(before, around.places())
    old = {**_old_lines(before.snapshot, were), **new.others(_BESIDE)} if before is not None else {}
    had = [*_found_at(old, rules.compared, new.folder)]
    placed = [finding for finding in after if finding.place is not None]
    introduced = _introduced(placed, had)
    for many in after:  # rows beyond those that are told one by one
        if many.place is None:
            more = _total(after, many.rule) - _total(had, many.rule) - _total(introduced, many.rule)
            introduced += [replace(many, stands_for=more)] if more > 0 else []
    came = {id(finding) for finding in introduced}
    kept = [each for each in placed if id(each) not in came and each.place is not None and new.has(each.place)]
    for finding in (*kept, *introduced):
        found.count(finding, is_refused=rules.refuse(finding))
    found.brought_in += filter(rules.refuse, introduced)


def _total(findings: Iterable[Finding], rule: str) -> int:
    return sum(finding.stands_for for finding in findings if finding.rule == rule)


def _introduced(after: Sequence[Finding], had: Iterable[Finding]) -> list[Finding]:
    """Findings without those that records had already; both are told at the places of now."""
    before = [finding for finding in had if finding.place is not None]
    same = {(place, place) for finding in before if (place := place_of(finding)) is not None}
    return [*without_kept(Compared(tuple(after), tuple(before)), same).introduced]


def _edited(before: Before | None, places: Iterable[Place]) -> dict[Place, Place]:
    """Those of the places that are edits, with where their records stood."""
    return {} if before is None else {place: before.edited[place] for place in places if place in before.edited}


def _old_lines(old: Snapshot, were: Mapping[Place, Place]) -> dict[Place, bytes]:
    """What edited lines were, by their places of now."""
    wanted: dict[str, set[int]] = {}
    for path, line in were.values():
        wanted.setdefault(path, set()).add(line)
    texts = {(path, line): text for path, lines in wanted.items() for line, text in contents_of(old, path, lines)}
    return {now: texts[place] for now, place in were.items()}


def _found_at(lines: Mapping[Place, bytes], selection: Selection, folder: Path | None) -> Iterator[Finding]:
    """What rules find in some lines, told at the places that these have."""
    if not lines:
        return
    order = sorted(lines)
    numbers: dict[str, list[int]] = {}
    texts: dict[str, list[bytes]] = {}
    for path, line in order:
        numbers.setdefault(path, []).append(line)
        texts.setdefault(path, []).append(lines[path, line] + b"\n")
    snapshot = LinesInMemory.of({path: b"".join(each) for path, each in texts.items()})
    snapshot.folder = folder
    for finding in _run(snapshot, selection):
        place = finding.place
        if place is None:
            yield finding
        else:
            line = numbers[place.file][place.line - 1]
            yield replace(finding, place=FindingPlace(place.file, line, line))


def _lines_of(known: Snapshot, texts: Mapping[Place, bytes]) -> set[Place]:
    """Those of the lines that a version has, too, byte for byte."""
    wanted = set(texts.values())
    has: set[bytes] = set()
    for file in known.layout.files:
        has |= wanted.intersection(known.lines(file))
    return {place for place, text in texts.items() if text in has}


def _run(lines: Snapshot, selection: Selection) -> Validation:
    # In this process: a script that commits may be one that others cannot be started from.
    return Validation(lines, stamped(selection), processes=1)
