"""Key fields that a user names for the first time: do the records have them, and do they tell records apart?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import xxhash

from dsvc.errors import UsageError
from dsvc.record import canonical_value, is_blank, parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dsvc.repository.scan import ScannedFile


def check_key(files: Sequence[ScannedFile], key: Sequence[str]) -> tuple[str, ...]:
    """A note when records share a key. Raises UsageError when no record has one of the fields."""
    counts: dict[bytes, int] = {}
    missing = set(key)
    first: dict[str, Any] | None = None
    for record in _records(files):
        first = record if first is None else first
        values = [_field(record, name) for name in key]
        missing.difference_update(name for name, found in zip(key, values, strict=True) if found)
        if all(values):
            digest = xxhash.xxh3_128_digest(b"\0".join([canonical_value(found[0]) for found in values]))
            counts[digest] = counts.get(digest, 0) + 1
    if first is not None and missing:
        name = next(name for name in key if name in missing)
        raise UsageError(
            f"no record has the field '{name}' (the first one has: {', '.join(first) or 'none'})",
            hint=f"--key {next(iter(first), 'FIELD')}",
        )
    shared = sum(count - 1 for count in counts.values())
    if not shared:
        return ()
    return (f"{shared:,} {'record shares a key' if shared == 1 else 'records share a key'} with another one",)


def without_field(lines: Iterable[bytes], key: Sequence[str]) -> list[str]:
    """The key fields that none of these records has; empty when there are no records."""
    records = list(_objects(lines))
    return [name for name in key if records and not any(_field(record, name) for record in records)]


def _records(files: Sequence[ScannedFile]) -> Iterator[dict[str, Any]]:
    """All records that are objects; a broken line is told of elsewhere."""
    for file in files:
        yield from _objects(file.lines())


def _objects(lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    for content in lines:
        try:
            value = None if is_blank(content) else parse(content)
        except ValueError:
            continue
        if isinstance(value, dict):
            yield value


def _field(record: dict[str, Any], name: str) -> tuple[Any, ...]:
    """The value of a top-level field or a dotted path, in a tuple that is empty where there is none."""
    if name in record:
        return (record[name],)
    value: Any = record
    for step in name.split("."):
        if not isinstance(value, dict) or step not in value:
            return ()
        value = value[step]
    return (value,)
