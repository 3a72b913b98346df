"""Keys that an object has twice."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

import numpy as np

from dsvc.record import BOM
from dsvc.validators.naming import short
from dsvc.validators.outline import NESTED, is_object, objects, outline
from dsvc.validators.rule import Example, Found, NoOptions, RecordCheck, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsvc.validators.checked import Checked, Records

_SPACED: Final = re.compile(rb'"[ \t\r]+:')


class _Read(dict[str, object]):
    """An object as it was read, and which of its keys were there more than once."""

    repeated: tuple[str, ...] = ()


def _duplicate_keys(options: NoOptions) -> RecordCheck:
    return RecordCheck(_check, when=is_object, select=_suspects)


def _suspects(records: Records, rows: Sequence[int]) -> list[int]:
    """The records that do not have as many colons behind keys as keys were read; reading again costs a hundred times
    as much.

    A quote in a text is escaped, so that the colon behind it does not count. Where backslashes or spaces make that hard
    to tell a record is suspect. No record has fewer such colons than keys: where a whole block has as many as there are
    keys in all, none has more.
    """
    if _colons_behind_keys(records.data) == sum(_keys(records)):
        return []
    return [
        row
        for signature, alike in records.alike.items()
        if is_object(signature)
        for row in _unequal(records, alike, len(signature[0]) if NESTED.isdisjoint(signature[1]) else None)
    ]


def _keys(records: Records) -> Iterator[int]:
    for signature, alike in records.alike.items():
        if is_object(signature):
            if NESTED.isdisjoint(signature[1]):
                yield len(signature[0]) * len(alike)
            else:
                yield sum(outline(records[row]).keys for row in alike)


def _colons_behind_keys(data: bytes) -> int | None:
    """How many colons follow a quote that no backslash escapes; None where spaces or backslashes make that hard to
    tell."""
    codes = np.frombuffer(data, np.uint8)
    colons = np.flatnonzero(codes == ord(":"))
    before = codes[colons - 1]
    if (before <= ord(" ")).any() and _SPACED.search(data):
        return None
    quotes = colons[before == ord('"')] - 1
    escaped = quotes[codes[quotes - 1] == ord("\\")] - 1
    if (codes[escaped - 1] == ord("\\")).any():
        return None
    return len(quotes) - len(escaped)


def _unequal(records: Records, rows: Sequence[int], keys: int | None) -> list[int]:
    found = []
    for row in rows:
        content = records.contents[row]
        colons = content.count(b'":')
        if b"\\" in content:
            if b'\\\\"' in content:
                found.append(row)
                continue
            colons -= content.count(b'\\":')
        expected = keys if keys is not None else outline(records[row]).keys
        if colons != expected or (b" :" in content and _SPACED.search(content)) or b'"\t' in content:
            found.append(row)
    return found


def _check(record: Checked) -> Iterator[Found]:
    try:
        value = json.loads(record.content.removeprefix(BOM), object_pairs_hook=_read)
    except (ValueError, RecursionError):
        return
    for steps, inner in objects(value):
        for key in inner.repeated if isinstance(inner, _Read) else ():
            told = f"the key {short(key)} is there more than once; most readers keep the last: {short(inner[key])}"
            yield Found(told, (*steps, key), "keep one of them")


def _read(pairs: list[tuple[str, object]]) -> _Read:
    made = _Read(pairs)
    if len(made) != len(pairs):
        names = [name for name, _ in pairs]
        made.repeated = tuple(dict.fromkeys(name for name in names if names.count(name) > 1))
    return made


RULES: Final = (
    Rule(
        id="duplicate-keys",
        topic="structure",
        severity="error",
        title="an object has a key more than once",
        why="Python keeps the last value without a word, so that the other is never trained; pyarrow, with which "
        "Hugging Face datasets reads JSON, stops.",
        example=Example(
            bad=(
                '{"a": 1, "a": 2}',
                '{"a": 1, "a" : 2}',
                '{"a": "x\\\\", "a": 2}',
                '{"turns": [{"role": "user", "role": "assistant"}]}',
                '{"a": 1, "\\u0061": 2}',
            ),
            good=('{"a": {"b": 1}, "b": {"a": 1}}', '{"a": "\\"a\\": 1, \\"a\\": 2"}', '{"a" : "b : c"}'),
        ),
        make=_duplicate_keys,
        sources=("RFC 8259, section 4",),
    ),
)
