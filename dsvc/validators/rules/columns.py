"""Fields of many records compared: types that change, fields that are missing, shapes that are mixed."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import msgspec

from dsvc.formats.detection import detect
from dsvc.validators.finding import Finding
from dsvc.validators.rule import DatasetCheck, Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsvc.validators.checked import Checked
    from dsvc.validators.finding import Place
    from dsvc.validators.rule import Signature

_NAMES: Final = {str: "text", bool: "boolean", int: "number", float: "number", list: "list", dict: "object"}
_TOLD: Final = 100
"""Of one field so many rows are told one by one."""
_FIELDS: Final = 400

# What a record looks like from outside: its fields with the types of their values, and those of the turns in lists.
_Look = tuple[tuple[str, str], ...]
_PLAIN: Final = frozenset({str, bool, int, float, type(None)})


def _look(record: Checked) -> _Look:
    keys, types = record.signature
    found = [(key, _NAMES.get(kind, "null")) for key, kind in zip(keys, types, strict=True)]
    for key, inner in record.fields.items():
        if type(inner) is list and inner:
            kinds = {_NAMES.get(type(item), "null") for item in inner}
            found += [(f"{key}[]", kind) for kind in sorted(kinds)]
            if kinds == {"object"}:
                fields = {(name, type(each)) for item in inner for name, each in item.items()}
                found += sorted((f"{key}[].{name}", _NAMES.get(kind, "null")) for name, kind in fields)
    return tuple(found)


def _signatures(records: Sequence[Checked]) -> list[tuple[_Look, list[int]]]:
    """Which records of the block look alike, by their place in it."""
    alike: dict[Signature, list[int]] = {}
    others: dict[_Look, list[int]] = {}
    for number, record in enumerate(records):
        signature = record.signature
        if list in signature[1]:
            others.setdefault(_look(record), []).append(number)
        else:
            alike.setdefault(signature, []).append(number)
    return [*((_look(records[rows[0]]), rows) for rows in alike.values()), *others.items()]


class _Columns:
    """The types of each field: how many records have which, and the first places of each."""

    def __init__(self) -> None:
        self.counts: dict[str, Counter[str]] = {}
        self.places: dict[tuple[str, str], list[Place]] = {}
        self.records = 0
        self.lacking: dict[_Look, list[Place]] = {}
        self.signatures: Counter[_Look] = Counter()

    def take(self, places: Sequence[Place], summary: list[tuple[_Look, list[int]]]) -> None:
        self.records += len(places)
        for signature, rows in summary:
            self.signatures[signature] += len(rows)
            first = self.lacking.setdefault(signature, [])
            first += [places[row] for row in rows[: _TOLD - len(first)]]
            for field, kind in signature:
                if field not in self.counts and len(self.counts) >= _FIELDS:
                    continue
                self.counts.setdefault(field, Counter())[kind] += len(rows)
                kept = self.places.setdefault((field, kind), [])
                kept += [places[row] for row in rows[: _TOLD - len(kept)]]


class _Types(_Columns):
    def finish(self) -> Iterator[Finding]:
        for field, kinds in self.counts.items():
            known = [kind for kind, _ in kinds.most_common() if kind != "null"]
            if len(known) < 2:
                continue
            usual = known[0]
            for kind in known[1:]:
                for place in self.places[field, kind]:
                    others = "another record" if kinds[usual] == 1 else f"{kinds[usual]:,} other records"
                    told = f"'{field}' is a {kind} here; in {others} it is a {usual}"
                    yield Finding("", "error", told, place, path=field.partition("[")[0], fix=f"make it a {usual}")


class Missing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``from_share``: a field that at least this share of the records has (0 to 1) should be in all of them."""

    from_share: float = 0.9


class _Missing(_Columns):
    def __init__(self, options: Missing) -> None:
        super().__init__()
        self._options = options

    def finish(self) -> Iterator[Finding]:
        usual = [
            field
            for field, kinds in self.counts.items()
            if "[" not in field
            and self.records * self._options.from_share <= kinds.total() - kinds["null"] < self.records
        ]
        for field in usual:
            for signature, places in self.lacking.items():
                kind = next((kind for name, kind in signature if name == field), None)
                if kind in (None, "null"):
                    have = self.counts[field].total() - self.counts[field]["null"]
                    what = "is missing" if kind is None else "is null"
                    for place in places:
                        told = f"'{field}' {what} here; {have:,} of {self.records:,} records have it"
                        yield Finding("", "warning", told, place, path="" if kind is None else field)


def _shapes(records: Sequence[Checked]) -> dict[str | None, list[int]]:
    found: dict[str | None, list[int]] = {}
    known: dict[Signature, str | None] = {}
    for number, record in enumerate(records):
        signature = record.signature
        if _PLAIN.issuperset(signature[1]):  # then the names of the fields decide
            if signature not in known:
                known[signature] = _shape(record)
            found.setdefault(known[signature], []).append(number)
        else:
            found.setdefault(_shape(record), []).append(number)
    return found


def _shape(record: Checked) -> str | None:
    """The shape, the same for all that fit several."""
    value = record.value
    equal = detect(value).equal if isinstance(value, dict) else ()
    return min(equal, default=None)


class _Mixed:
    def __init__(self) -> None:
        self._counts: Counter[str | None] = Counter()
        self._first: dict[str | None, list[Place]] = {}

    def take(self, places: Sequence[Place], summary: dict[str | None, list[int]]) -> None:
        for shape, rows in summary.items():
            self._counts[shape] += len(rows)
            kept = self._first.setdefault(shape, [])
            kept += [places[row] for row in rows[: _TOLD - len(kept)]]

    def finish(self) -> Iterator[Finding]:
        known = [shape for shape, _ in self._counts.most_common() if shape is not None]
        if not known:
            return
        usual = known[0]
        for shape, places in self._first.items():
            if shape == usual:
                continue
            called = f"has the shape {shape}" if shape is not None else "is of no known shape"
            for place in places:
                told = f"the record {called}; {self._counts[usual]:,} others have the shape {usual}"
                yield Finding("", "warning", told, place, fix=f"see what it is: dsvc formats {usual}")


RULES: Final = (
    Rule(
        id="column-type",
        topic="structure",
        severity="error",
        title="a field is of another type than in other records",
        why="Tables have one type a column: Hugging Face datasets stops with an error of pyarrow when a later part of "
        "the file has another one, and names no row.",
        example=Example(
            bad=('{"label": "1"}', '{"label": "0"}', '{"label": 1}'),
            good=('{"x": 1, "y": null}', '{"x": 1.5, "y": "a"}'),
        ),
        make=lambda options: DatasetCheck(_signatures, _Types),
        sources=("Hugging Face datasets, packaged_modules/json",),
    ),
    Rule(
        id="missing-field",
        topic="structure",
        severity="warning",
        title="a field is missing or null that nearly all records have",
        why="Where it is needed the trainer stops or drops the record; else it is often a field with another spelling.",
        example=Example(
            bad=('{"q": "x", "label": "a"}',) * 19 + ('{"q": "x", "lable": "a"}',),
            good=('{"q": "x", "note": "a"}', '{"q": "x"}'),
        ),
        make=lambda options: DatasetCheck(_signatures, lambda: _Missing(options)),
        options=Missing,
    ),
    Rule(
        id="mixed-shapes",
        topic="structure",
        severity="warning",
        title="records of different shapes in one dataset",
        why="A trainer reads one shape with one setting: the records of another shape are dropped, or trained as empty "
        "ones.",
        example=Example(
            bad=(
                '{"instruction": "a", "input": "", "output": "b"}',
                '{"instruction": "c", "input": "", "output": "d"}',
                '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}',
            ),
            good=(
                '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}',
                '{"messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "a"}, '
                '{"role": "assistant", "content": "b"}]}',
            ),
        ),
        make=lambda options: DatasetCheck(_shapes, _Mixed),
    ),
)
