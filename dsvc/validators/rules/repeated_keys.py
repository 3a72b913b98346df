"""Keys that an object has twice."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from dsvc.validators.rule import Example, Found, NoOptions, RecordCheck, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.validators.checked import Checked

_KEY: Final = re.compile(rb'"[ \t]*:')


def _duplicate_keys(options: NoOptions) -> RecordCheck:
    return RecordCheck(_check)


def _check(record: Checked) -> Iterator[Found]:
    value = record.value
    if not isinstance(value, dict) or len(_KEY.findall(record.content)) == _keys(value):
        return  # as many colons behind quotes as keys: none was lost in reading
    repeated: dict[str, None] = {}

    def pairs(found: list[tuple[str, object]]) -> dict[str, object]:
        read = dict(found)
        if len(read) != len(found):
            names = [name for name, _ in found]
            repeated.update(dict.fromkeys(name for name in names if names.count(name) > 1))
        return read

    try:
        json.loads(record.content, object_pairs_hook=pairs)
    except (ValueError, RecursionError):  # told by the rule ``syntax``
        return
    for name in repeated:
        yield Found(f"the key '{name}' is there twice", fix="keep one of them: readers take the last")


def _keys(value: object) -> int:
    """How many keys the objects in a value have together."""
    if isinstance(value, dict):
        count = len(value)
        for inner in value.values():
            if type(inner) is dict or type(inner) is list:
                count += _keys(inner)
        return count
    assert isinstance(value, list)
    return sum(_keys(inner) for inner in value if type(inner) is dict or type(inner) is list)


RULES: Final = (
    Rule(
        id="duplicate-keys",
        topic="structure",
        severity="warning",
        title="an object has a key twice",
        why="Readers keep one of the values, mostly the last, without a word: the other is never trained.",
        example=Example(
            bad=('{"a": 1, "a": 2}', '{"turns": [{"role": "user", "role": "assistant"}]}'),
            good=('{"a": {"b": 1}, "b": {"a": 1}}', '{"a": "\\"a\\": 1, \\"a\\": 2"}'),
        ),
        make=_duplicate_keys,
    ),
)
