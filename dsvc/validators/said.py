"""What a record says of a text: its labels, or its answer; as digests, so that many records can be compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
import xxhash

from dsvc.validators.naming import short

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dsvc.validators.checked import Checked

_LABELS: Final = ("label", "labels", "category", "intent", "kto_tag")
_SEVERAL: Final = frozenset(("chosen", "rejected", "rejected_response", "completions"))
"""Fields of records of which many may have one prompt, each with other answers."""
VERSION: Final = 1
"""Goes up when other digests are made than before, so that kept ones are not used."""


class Said(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What a record says of a text: the field, a digest of the text and the field, one of the value, and the value as
    it is shown (empty: an answer, which is no label)."""

    path: str
    text: int
    value: int
    shown: str


def all_said(records: Sequence[Checked]) -> list[list[Said]]:
    """What each of the records says."""
    return [said_of(record) for record in records]


def said_of(record: Checked) -> list[Said]:
    """The labels of a record; where it has none, its answer."""
    found = record.exchange
    if found is None or not found.prompt.strip() or not _SEVERAL.isdisjoint(record.signature[0]):
        return []
    text = " ".join(found.prompt.split())
    fields = record.fields
    labels = [name for name in _LABELS if fields.get(name) is not None]
    if not labels:
        if found.answer is None or len(found.steps) == 0:
            return []
        answer = " ".join(found.answer.split())
        return [Said(_path(found.steps), _digest("", text), _digest(answer), "")]
    if found.answer is not None and not found.is_label:  # the label is of both
        text = f"{text}\n{' '.join(found.answer.split())}"
    return [Said(name, _digest(name, text), _digest(_written(fields[name])), short(fields[name])) for name in labels]


def _path(steps: Sequence[str | int]) -> str:
    return str(steps[0]) if len(steps) == 1 else ""


def _written(value: object) -> str:
    """A label as text; the order of several does not matter, nor how a number is spelt."""
    if isinstance(value, list):
        return "\n".join(sorted(map(_written, value)))
    return repr(float(value)) if type(value) is int and abs(value) < 2**53 else str(value)


def _digest(*parts: str) -> int:
    return xxhash.xxh3_64_intdigest("\0".join(parts).encode("utf-8", "surrogatepass"))
