"""What a record says of a text: its labels, or its answer; as digests, so that many records can be compared."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import msgspec
import xxhash

from dsvc.validators.exchange import given_of, squeezed
from dsvc.validators.naming import short

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dsvc.validators.checked import Checked
    from dsvc.validators.exchange import Exchange
    from dsvc.validators.rule import Signature

_LABELS: Final = ("label", "labels", "category", "intent", "kto_tag")
_SEVERAL: Final = frozenset(("chosen", "rejected", "rejected_response", "completions"))
"""Fields of records of which many may have one prompt, each with other answers."""
VERSION: Final = 2
"""Goes up when other digests are made than before, so that kept ones are not used."""


class Said(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What a record says of a text: the field, a digest of the text and the field, one of the value, and the value as
    it is shown (empty: an answer, which is no label). ``both``: the text is a question with its answer."""

    path: str
    text: int
    value: int
    shown: str
    both: bool = False


def all_said(records: Sequence[Checked]) -> list[list[Said]]:
    """What each of the records says."""
    return [said_of(record) for record in records]


def said_of(record: Checked) -> list[Said]:
    """The labels of a record; where it has none, its answer."""
    return labels_of(record) or answer_of(record)


def labels_of(record: Checked) -> list[Said]:
    """What the labels of a record say of its question and its answer, wherever they stand."""
    found = _exchange(record)
    places = _places(record.signature) if found is not None else ()
    labels = [(path, value) for path in places if (value := _value(record.fields, path)) is not None]
    if found is None or not labels:
        return []
    text = question_of(record)
    both = found.answer is not None and not found.is_label
    if both:
        text = f"{text}\n{squeezed(found.answer or '')}"
    return [
        Said(".".join(path), _digest(".".join(path), text), _digest(_written(value)), short(value), both)
        for path, value in labels
    ]


def answer_of(record: Checked) -> list[Said]:
    """The answer of a record, which is no label; none where it has no answer, or several."""
    found = _exchange(record)
    if found is None or found.answer is None or found.is_label or len(found.steps) == 0:
        return []
    answer = squeezed(found.answer)
    return [Said(_path(found.steps), _digest("", question_of(record)), _digest(answer), "")]


def question_of(record: Checked) -> str:
    """All that an answer depends on, as one text; empty where the record has no prompt."""
    return record.once(_question)


def _question(record: Checked) -> str:
    found = _exchange(record)
    if found is None:
        return ""
    given = given_of(record.fields, record.conversations)
    text = squeezed(found.prompt)
    return f"{text}\0{given}" if given else text


def _exchange(record: Checked) -> Exchange | None:
    found = record.exchange
    if found is None or not found.prompt.strip() or not _SEVERAL.isdisjoint(record.signature[0]):
        return None
    return found


@lru_cache(maxsize=4096)
def _places(signature: Signature) -> tuple[tuple[str, ...], ...]:
    """Where labels may stand in records of a signature: in a field, or in one of an object in a field."""
    keys, types = signature
    own = [(name,) for name in _LABELS if name in keys]
    objects = [key for key, kind in zip(keys, types, strict=False) if kind is dict]
    return (*own, *((key, name) for key in objects for name in _LABELS))


def _value(fields: Mapping[str, object], path: tuple[str, ...]) -> object:
    value = fields.get(path[0])
    if len(path) == 1:
        return value
    return value.get(path[1]) if isinstance(value, dict) else None


def _path(steps: Sequence[str | int]) -> str:
    return str(steps[0]) if len(steps) == 1 else ""


def _written(value: object) -> str:
    """A label as text; the order of several does not matter, nor how a number is spelt."""
    if isinstance(value, list):
        return "\n".join(sorted(map(_written, value)))
    return repr(float(value)) if type(value) is int and abs(value) < 2**53 else str(value)


def _digest(*parts: str) -> int:
    return xxhash.xxh3_64_intdigest("\0".join(parts).encode("utf-8", "surrogatepass"))
