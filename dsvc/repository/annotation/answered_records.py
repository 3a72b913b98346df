"""The records that people answered about: as they were handed out, and where they are now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np

from dsvc.conditions.fields import MISSING, field, text_of
from dsvc.equal_records import RecordNames
from dsvc.errors import BadDataError
from dsvc.exporters.annotation.labelled import Values
from dsvc.exporters.annotation.shown import emptied
from dsvc.record import BOM, parse
from dsvc.sampling.identities import named_fields, value_under

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dsvc.exporters.annotation.ticket import HandedOut
    from dsvc.layout import Column
    from dsvc.repository.annotation.replies import Returned
    from dsvc.snapshot import Snapshot
    from dsvc.textdiff.fields import Steps


class Answered(msgspec.Struct, frozen=True):
    """One record that people answered about: its name, its value when it was handed out, its line now (None: gone).

    Lines are numbered from 0 through all files of HEAD's version.
    """

    name: str
    version: HandedOut
    returned: Returned
    base: Any
    line: int | None


class Found(msgspec.Struct, frozen=True):
    """The records of one version, and what its fields hold (which tells what an answer's text means)."""

    records: list[Answered]
    values: dict[str, Values]


def find_answered(
    handed: Snapshot,
    version: HandedOut,
    places: dict[str, Returned],
    where_now: Callable[[Column], Column],
    progress: Callable[[int], None] | None = None,
) -> Found:
    """Find the records of a version by their names; ``where_now`` tells for its lines where they stand now (-1: gone).

    Raises BadDataError when the version has no such record.
    """
    paths = {asked.field for returned in places.values() for asked in returned.replies}
    values = {path: Values(path) for path in sorted(paths)}
    ids = {name.partition("#")[0] for name in places}
    names = RecordNames()
    found: dict[str, tuple[int, Any]] = {}
    start = 0
    for file in handed.layout.files:
        for record in handed.records(file):
            if progress is not None:
                progress(len(record.content) + 1)
            value = parse(record.content)
            for each in values.values():
                each.add(value, record.file, record.line)
            record_id = record.id
            if record_id in ids and (name := names.name(record_id)) in places:
                found[name] = (start + record.line - 1, value)
        start += file.lines
    for name, returned in places.items():
        if name not in found:
            raise BadDataError(
                f"{returned.where} is about the record '{name}', which {version} does not have",
                hint="was the file edited? export it from the tool anew",
            )
    now = where_now(np.array([line for line, _ in found.values()], dtype=np.int64))
    lines = dict(zip(found, now.tolist(), strict=True))
    records = [
        Answered(name, version, returned, found[name][1], lines[name] if lines[name] >= 0 else None)
        for name, returned in places.items()
    ]
    return Found(records, values)


def contents(now: Snapshot, lines: Sequence[int]) -> dict[int, Any]:
    """The values on these lines of a version, by line; neighbours are read together."""
    from dsvc.blame.lines import Lines

    wanted = np.array(sorted(set(lines)), dtype=np.int64)
    found = Lines(now).contents(wanted)
    return {line: parse(text.removeprefix(BOM)) for line, text in zip(wanted.tolist(), found, strict=True)}


ALIKE: Final = 80
"""How alike, out of 100, a record's texts must be then and now: unrelated ones made of the same few words reach 75."""


def is_rewritten(then: Any, now: Any, steps: Steps, key: Sequence[str]) -> bool:
    """Whether a record is so much another one now that people answered about something else, or a diff paired wrongly.

    What stands at the path of the answer does not count; a record with the same key is the same.
    """
    from rapidfuzz.fuzz import ratio

    keys = [(value_under(then, each), value_under(now, each)) for each in named_fields(key)]
    if keys and all(one is not MISSING and one == other for one, other in keys):
        return False
    one, other = (_texts(emptied(value, steps), then) for value in (then, now))
    return bool(ratio(one, other) < ALIKE)


def _texts(record: Any, then: Any) -> str:
    """What stands in the fields that a record had then."""
    return "\n".join([text_of(field(record, (name,))) for name in then])
