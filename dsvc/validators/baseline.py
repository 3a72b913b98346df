"""Findings that are known and accepted: a file of them, matched by what they are about, never by rows.

JSON lines, one for each finding, sorted, so that two versions of the file are easily compared. Kept in git beside the
settings; format ``dsvc.baseline/1``.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Final

import msgspec

from dsvc.durable import replace_flushed
from dsvc.errors import BadDataError, NotFoundError
from dsvc.own_files import BASELINE_FORMAT
from dsvc.validators.identity import Identity, identity_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from dsvc.validators.finding import Finding

FORMAT: Final = BASELINE_FORMAT


class _Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    rule: str
    record: str = ""
    path: str = ""
    message: str = ""
    count: int = 1


class _Head(msgspec.Struct, frozen=True):
    format: str


class Baseline:
    """What is accepted. ``new`` passes on what is not; then ``accepted`` and ``gone`` tell what became of the rest."""

    def __init__(self, known: Counter[Identity]) -> None:
        self.known = known
        self.accepted = 0
        self._left = known.copy()
        self._ran: set[str] = set()

    def new(self, findings: Iterable[Finding], rules: Iterable[str]) -> Iterator[Finding]:
        """The findings that are not accepted; ``rules`` are those that run: of others nothing is known to be gone."""
        self._ran = set(rules)
        for finding in findings:
            identity = identity_of(finding)
            if self._left[identity] > 0:
                self._left[identity] -= 1
                self.accepted += 1
            else:
                yield finding

    @property
    def gone(self) -> int:
        """Accepted findings of the rules that ran which are there no more; right when all findings were seen."""
        return sum(count for identity, count in self._left.items() if identity.rule in self._ran)


def read_baseline(path: Path, called: str) -> Baseline:
    """Read a file that :func:`write_baseline` wrote.

    Raises NotFoundError when there is none, BadDataError naming the line when it is damaged or of another format.
    """
    if path.is_dir():
        require_file(path, called)
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        raise NotFoundError(
            f"there is no baseline '{called}'", hint=f"write it: dsvc validate --baseline '{called}' --write-baseline"
        ) from None
    known: Counter[Identity] = Counter()
    for number, line in enumerate(lines, 1):
        try:
            if number == 1:
                _require_format(msgspec.json.decode(line, type=_Head))
                continue
            read = msgspec.json.decode(line, type=_Line)
        except (msgspec.DecodeError, ValueError) as error:
            raise BadDataError(
                f"cannot read baseline at '{called}:{number}': {error}",
                hint="name another file, or take this one away and write it anew: dsvc validate --write-baseline",
            ) from None
        known[Identity(read.rule, read.record, read.path, read.message)] += read.count
    return Baseline(known)


def baseline_at(path: Path, called: str) -> Baseline | None:
    """The baseline in a place where one may be; None where there is nothing.

    Raises BadDataError also for a folder, a pipe or a device, which could neither be read nor replaced.
    """
    if not path.exists():
        return None
    require_file(path, called)
    return read_baseline(path, called)


def require_file(path: Path, called: str) -> None:
    """Raise BadDataError when something else than a file is in a baseline's place."""
    if path.exists() and not path.is_file():
        kind = "a folder" if path.is_dir() else "a pipe or a device"
        raise BadDataError(f"'{called}' is {kind}, not a baseline", hint="name another file: --baseline FILE")


def _require_format(head: _Head) -> None:
    if head.format != FORMAT:
        raise ValueError(f"expected format '{FORMAT}', found '{head.format}'")


def accepted_with(
    findings: Iterable[Finding], old: Baseline | None, rules: Iterable[str] | None = None, seen: Baseline | None = None
) -> Counter[Identity]:
    """What is accepted with these findings, besides what ``old`` accepts.

    ``rules``: the findings are all that these rules found; then what ``old`` accepts of them does not count.
    ``seen``: the findings are those that this baseline did not accept (None: of no baseline). So what is accepted twice
    counts once, and what ``seen`` accepted and ``old`` does no more stays out.
    """
    given, known = Counter(map(identity_of, findings)), Counter[Identity]()
    ran = {*(rules or ())}
    before = old.known if old is not None else Counter[Identity]()
    for identity in {**before, **given}:
        now = 0 if identity.rule in ran else before[identity]
        besides = min(now, seen.known[identity]) if seen is not None else 0
        known[identity] = max(now, besides + given[identity])
    return +known


def encoded(known: Counter[Identity]) -> bytes:
    """A baseline as a file."""
    lines = [json.dumps({"format": FORMAT})]
    for identity, count in sorted(known.items()):
        fields = {name: value for name, value in identity._asdict().items() if value}
        lines.append(json.dumps({**fields, **({"count": count} if count > 1 else {})}))
    return ("\n".join(lines) + "\n").encode()


def write_baseline(path: Path, findings: Iterable[Finding], rules: Iterable[str], old: Baseline | None = None) -> int:
    """Accept these findings, all that these ``rules`` found; gives how many there are.

    What ``old`` accepts of other rules stays. The file is the old one or the new one, whole.
    """
    require_file(path, str(path))
    known = accepted_with(findings, old, rules)
    replace_flushed(path, encoded(known))
    return known.total()
