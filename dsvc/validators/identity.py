"""What makes two findings the same one: the rule, the record whatever row it stands in, and the path in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec.structs import replace

from dsvc.record import record_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsvc.record import RecordId
    from dsvc.snapshot import Snapshot
    from dsvc.validators.finding import Finding

_NUMBER: Final = re.compile(r"\d[\d.,]*")
_FEW: Final = 500
"""Up to so many lines of a file are read one by one; more are read on the way through all of it."""


class Identity(NamedTuple):
    """A finding, wherever its record stands. About no record: the rule and what its message says but for numbers."""

    rule: str
    record: str
    path: str
    message: str


def identity_of(finding: Finding) -> Identity:
    """What a finding has in common with the same one in another version."""
    if finding.record is not None:
        return Identity(finding.rule, finding.record, finding.path, "")
    return Identity(finding.rule, "", finding.path, _NUMBER.sub("#", finding.message))


def with_records(snapshot: Snapshot, findings: Sequence[Finding]) -> Iterator[Finding]:
    """The same findings, with the ids of the records that they are about where a rule did not tell them."""
    wanted: dict[str, set[int]] = {}
    for finding in findings:
        if finding.record is None and finding.place is not None:
            wanted.setdefault(finding.place.file, set()).add(finding.place.line)
    ids = {path: _ids(snapshot, path, lines) for path, lines in wanted.items()}
    for finding in findings:
        if finding.record is None and finding.place is not None:
            yield replace(finding, record=ids[finding.place.file].get(finding.place.line))
        else:
            yield finding


def contents_of(snapshot: Snapshot, path: str, lines: set[int]) -> Iterator[tuple[int, bytes]]:
    """Some lines of a file with their numbers (from 1); many of them in one pass over it."""
    file = next(file for file in snapshot.layout.files if file.path == path)
    if len(lines) > _FEW:
        yield from ((line, content) for line, content in enumerate(snapshot.lines(file), 1) if line in lines)
    else:
        yield from ((line, snapshot.line(file, line - 1)) for line in sorted(lines))


def _ids(snapshot: Snapshot, path: str, lines: set[int]) -> dict[int, RecordId]:
    ids = ((line, _id_or_none(content)) for line, content in contents_of(snapshot, path, lines))
    return {line: identity for line, identity in ids if identity is not None}


def _id_or_none(content: bytes) -> RecordId | None:
    try:
        return record_id(content)
    except ValueError:  # no JSON: told by the rule ``syntax``
        return None
