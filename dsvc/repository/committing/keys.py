"""Key fields that a user names for the first time: do the records have them, and do they tell records apart?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import xxhash

from dsvc.conditions.fields import MISSING
from dsvc.errors import UsageError
from dsvc.record import canonical_value, is_blank, parse
from dsvc.sampling.identities import named_fields, value_under, values_under

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dsvc.layout import Column
    from dsvc.repository.scan import ScannedFile

_FEW: Final = 100_000
"""So many records are all compared at each commit, in a second or less."""
_MOST_SHARED: Final = 3
"""So many keys that records share are told, and so many places of each."""


def check_key(
    files: Sequence[ScannedFile], key: Sequence[str], new_lines: Sequence[Column], *, is_named: bool
) -> tuple[str, ...]:
    """A note when records on new lines (of each file, from 0) share a key with others.

    In a large dataset whose key is known from before only new lines are compared with each other: a million records
    are not parsed again for an edit. Raises UsageError when a key ``is_named`` of which no record has one of the
    fields.
    """
    only_new = not is_named and sum(file.table.records for file in files) > _FEW
    first_places: dict[bytes, tuple[int, int, int]] = {}
    shared: dict[bytes, list[tuple[int, int, int]]] = {}
    missing, named = set(key), dict(zip(key, named_fields(key), strict=True))
    first: dict[str, Any] | None = None
    for number, file in enumerate(files):
        for line, row, record in _records(file, new_lines[number] if only_new else None):
            first = record if first is None else first
            missing = {name for name in missing if value_under(record, named[name]) is MISSING}
            values = values_under(record, [*named.values()])
            if values is not None:
                digest = xxhash.xxh3_128_digest(b"\0".join([canonical_value(found) for found in values]))
                here = (number, line, row)
                if (before := first_places.setdefault(digest, here)) is not here:
                    shared.setdefault(digest, [before]).append(here)
    if is_named and first is not None and missing:
        name = next(name for name in key if name in missing)
        raise UsageError(
            f"no record has the field '{name}' (the first one has: {', '.join(first) or 'none'})",
            hint=f"--key {next(iter(first), 'FIELD')}",
        )
    new = [set(lines.tolist()) for lines in new_lines]
    told = [found for found in shared.values() if any(line in new[number] for number, line, _ in found)]
    return (_shared_note(told, files, key),) if told else ()


def _shared_note(
    shared: Sequence[Sequence[tuple[int, int, int]]], files: Sequence[ScannedFile], key: Sequence[str]
) -> str:
    """How many records share a key, and where the first of them stand."""
    several = len(files) > 1
    told = []
    for group in shared[:_MOST_SHARED]:
        shown = [f"{files[n].path}:{line + 1}" if several else f"{row:,}" for n, line, row in group[:_MOST_SHARED]]
        told.append(("" if several else "rows ") + ", ".join(shown) + (", …" if len(group) > len(shown) else ""))
    more = "; …" if len(shared) > len(told) else ""
    return f"{sum(map(len, shared)):,} records share their key ({', '.join(key)}): {'; '.join(told)}{more}"


def without_field(lines: Iterable[bytes], key: Sequence[str]) -> list[str]:
    """The key fields that none of these records has; empty when there are no records."""
    records = list(_objects(lines))
    found = {each[0]: any(value_under(record, each) is not MISSING for record in records) for each in named_fields(key)}
    return [name for name in key if records and not found[name]]


def _records(file: ScannedFile, only: Column | None) -> Iterator[tuple[int, int, dict[str, Any]]]:
    """Line (from 0), row (from 1) and value of records that are objects; a broken line is told of elsewhere.

    ``only``: on these lines.
    """
    row, wanted = 0, None if only is None else {*only.tolist()}
    if wanted is not None and not file.table.blank_lines:
        starts, ends = file.table.starts(), file.table.ends
        for line in sorted(wanted):
            for value in _objects([file.read(int(starts[line]), int(ends[line] - starts[line]))]):
                yield line, line + 1, value
        return
    for line, content in enumerate(file.lines()):
        if not is_blank(content):
            row += 1
            for value in _objects([content]) if wanted is None or line in wanted else ():
                yield line, row, value


def _objects(lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    for content in lines:
        try:
            value = None if is_blank(content) else parse(content)
        except ValueError:
            continue
        if isinstance(value, dict):
            yield value
