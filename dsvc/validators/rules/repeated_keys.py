"""Keys that an object has twice."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from dsvc.record import BOM
from dsvc.validators.naming import short
from dsvc.validators.outline import NESTED, is_object, objects, outline
from dsvc.validators.rule import Example, Found, NoOptions, RecordCheck, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.validators.checked import Checked

_SPACED: Final = re.compile(rb'"[ \t\r]+:')


class _Read(dict[str, object]):
    """An object as it was read, and which of its keys were there more than once."""

    repeated: tuple[str, ...] = ()


def _duplicate_keys(options: NoOptions) -> RecordCheck:
    return RecordCheck(_check, concerns=is_object)


def _check(record: Checked) -> Iterator[Found]:
    if _has_each_once(record):
        return
    try:
        value = json.loads(record.content.removeprefix(BOM), object_pairs_hook=_read)
    except (ValueError, RecursionError):
        return
    for steps, inner in objects(value):
        for key in inner.repeated if isinstance(inner, _Read) else ():
            told = (
                f"the key {short(key)} is there more than once; readers that go on keep the last: {short(inner[key])}"
            )
            yield Found(told, (*steps, key), "keep one of them")


def _has_each_once(record: Checked) -> bool:
    """Whether there are as many colons behind keys as keys were read, which takes a hundredth of reading again.

    A quote in a text is escaped, so that the colon behind it does not count; where backslashes or spaces make that
    hard to tell the answer is no.
    """
    content = record.content
    colons = content.count(b'":') - (content.count(b'\\":') if b"\\" in content else 0)
    keys = len(record.fields) if NESTED.isdisjoint(record.signature[1]) else outline(record).keys
    if colons != keys or b'\\\\"' in content:
        return False
    return not ((b" :" in content or b"\t:" in content or b"\r:" in content) and _SPACED.search(content))


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
