"""Arrow values as JSON: one rule for each type, or a refusal that names the column.

| Arrow | JSON |
|---|---|
| null, bool, integers, text | the same |
| float | the shortest number that reads back the same in its width; NaN is null, and told; infinite: refused |
| decimal | a number with all of its digits |
| date, time, timestamp | text, ISO 8601, with the offset of its time zone; parts of a microsecond: refused |
| duration | text, ISO 8601 (``P1DT2S``) |
| binary | text, base64, and told |
| list of any kind, struct | array, object |
| map with keys of text | object; a key that occurs twice, other keys: refused |
| dictionary, run-end encoded, extension | as the type below it |
| union, interval, others | refused |
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import msgspec

from dsvc.errors import BadDataError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import pyarrow as pa

BATCH = 512
"""Rows that are turned into records at once."""


def require_pyarrow(name: str) -> None:
    """Raise UsageError unless pyarrow is there to read ``name`` with."""
    if find_spec("pyarrow") is None:
        raise UsageError(
            f"cannot read '{name}': the Python package 'pyarrow' is not installed",
            hint="pip install 'dsvc[datasets]'",
        )


class Rows:
    """Turns batches of one schema into lines. Raises BadDataError for types that JSON has no place for."""

    def __init__(self, schema: pa.Schema, name: str, tell: Callable[[str], None]) -> None:
        self._name = name
        self._tell = tell
        self._encode = msgspec.json.Encoder(decimal_format="number").encode
        if len(set(schema.names)) < len(schema.names):
            twice = next(each for each in schema.names if schema.names.count(each) > 1)
            raise BadDataError(f"cannot read '{name}': two columns are called '{twice}'", hint="rename one of them")
        self._ways = [_way(self._plain(field.type, field.name)) for field in schema]
        self._floats = [field.name for field in schema if _has(field.type, "is_floating")]
        self._row = 0

    def lines(self, batches: Iterable[pa.RecordBatch]) -> Iterator[bytes]:
        """The rows as JSONL lines, in order."""
        for batch in batches:
            for start in range(0, batch.num_rows, BATCH):
                part = batch.slice(start, BATCH)
                yield from self._lines(part)
                self._row += part.num_rows

    def _lines(self, batch: pa.RecordBatch) -> Iterator[bytes]:
        columns = [self._values(batch, at) for at in range(batch.num_columns)]
        names = batch.schema.names
        for values in zip(*columns, strict=True) if columns else ():
            yield self._encode(dict(zip(names, values, strict=True))) + b"\n"
        if not columns:
            yield from [b"{}\n"] * batch.num_rows

    def _values(self, batch: pa.RecordBatch, at: int) -> list[Any]:
        import pyarrow as pa

        column, name = batch.column(at), batch.schema.names[at]
        try:
            for kind in self._ways[at]:
                if column.type != kind:
                    column = column.cast(kind)
            values: list[Any] = column.to_pylist(maps_as_pydicts="strict")
        except (pa.ArrowException, ValueError, OverflowError, KeyError, NotImplementedError) as error:
            reason = str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
            raise BadDataError(
                f"cannot read '{self._name}': records {self._row + 1:,} to {self._row + batch.num_rows:,}, "
                f"column '{name}': {reason[:1].lower()}{reason[1:]}",
                hint="give the column a type that JSON has (text for instance) where the file was written",
            ) from None
        if name in self._floats:
            for row, value in enumerate(values):
                self._look_for_nan(value, name, self._row + row + 1)
        return values

    def _look_for_nan(self, value: Any, name: str, row: int) -> None:
        if isinstance(value, float):
            if value != value:
                self._tell(f"NaN in column '{name}' of '{self._name}' became null: JSON has no such number")
            elif value in (float("inf"), float("-inf")):
                raise BadDataError(
                    f"cannot read '{self._name}': record {row:,}, column '{name}': an infinite number",
                    hint="JSON has none; write null or a text there",
                )
        elif isinstance(value, dict):
            for each in value.values():
                self._look_for_nan(each, name, row)
        elif isinstance(value, list):
            for each in value:
                self._look_for_nan(each, name, row)

    def _plain(self, kind: pa.DataType, name: str) -> pa.DataType:
        """The type to cast to, so that pyarrow gives plain Python values without pandas."""
        import pyarrow as pa
        from pyarrow import types

        if isinstance(kind, pa.BaseExtensionType):
            return self._plain(kind.storage_type, name)
        if types.is_dictionary(kind) or types.is_run_end_encoded(kind):
            return self._plain(kind.value_type, name)
        if types.is_binary(kind) or types.is_large_binary(kind) or types.is_fixed_size_binary(kind):
            self._tell(f"column '{name}' of '{self._name}' is binary: it became text in base64")
            return kind
        if types.is_timestamp(kind) and kind.unit == "ns":
            return pa.timestamp("us", kind.tz)
        if types.is_duration(kind) and kind.unit == "ns":
            return pa.duration("us")
        if types.is_time64(kind) and kind.unit == "ns":
            return pa.time64("us")
        if types.is_map(kind):
            if not (types.is_string(kind.key_type) or types.is_large_string(kind.key_type)):
                raise self._refused(kind, name)
            return pa.map_(kind.key_type, self._plain(kind.item_type, name))
        if types.is_struct(kind):
            fields = [kind.field(at) for at in range(kind.num_fields)]
            if len({field.name for field in fields}) < len(fields):
                raise self._refused(kind, name)
            return pa.struct([field.with_type(self._plain(field.type, f"{name}.{field.name}")) for field in fields])
        if types.is_fixed_size_list(kind):
            return pa.list_(kind.value_field.with_type(self._plain(kind.value_type, name)), kind.list_size)
        if types.is_large_list(kind):
            return pa.large_list(kind.value_field.with_type(self._plain(kind.value_type, name)))
        if types.is_list(kind):
            return pa.list_(kind.value_field.with_type(self._plain(kind.value_type, name)))
        if types.is_primitive(kind) or types.is_decimal(kind) or types.is_null(kind) or _is_text(kind):
            if types.is_interval(kind):
                raise self._refused(kind, name)
            return kind
        raise self._refused(kind, name)

    def _refused(self, kind: pa.DataType, name: str) -> BadDataError:
        return BadDataError(
            f"cannot read '{self._name}': column '{name}' has the type {kind}, which JSON has no place for",
            hint="give it another type, or leave it out, where the file was written",
        )


def _way(kind: pa.DataType) -> tuple[pa.DataType, ...]:
    """The casts to a plain type, floats of 32 bits through their shortest texts: 0.1 of 32 bits is not 0.1 of 64."""
    import pyarrow as pa

    texts = _with_singles(kind, pa.string())
    return (kind,) if texts == kind else (kind, texts, _with_singles(kind, pa.float64()))


def _with_singles(kind: pa.DataType, other: pa.DataType) -> pa.DataType:
    """A plain type with another one in the place of floats of 32 bits, however deep."""
    import pyarrow as pa
    from pyarrow import types

    if types.is_float32(kind):
        return other
    if types.is_struct(kind):
        fields = [kind.field(at) for at in range(kind.num_fields)]
        return pa.struct([field.with_type(_with_singles(field.type, other)) for field in fields])
    if types.is_map(kind):
        return pa.map_(kind.key_type, _with_singles(kind.item_type, other))
    if types.is_fixed_size_list(kind):
        return pa.list_(kind.value_field.with_type(_with_singles(kind.value_type, other)), kind.list_size)
    if types.is_large_list(kind):
        return pa.large_list(kind.value_field.with_type(_with_singles(kind.value_type, other)))
    if types.is_list(kind):
        return pa.list_(kind.value_field.with_type(_with_singles(kind.value_type, other)))
    return kind


def _is_text(kind: pa.DataType) -> bool:
    from pyarrow import types

    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))


def _has(kind: pa.DataType, check: str) -> bool:
    """Whether a type, or one inside of it, is of some sort."""
    import pyarrow as pa
    from pyarrow import types

    if getattr(types, check)(kind):
        return True
    if isinstance(kind, pa.BaseExtensionType):
        return _has(kind.storage_type, check)
    if types.is_dictionary(kind) or types.is_run_end_encoded(kind):
        return _has(kind.value_type, check)
    return any(_has(kind.field(at).type, check) for at in range(kind.num_fields))


def class_labels(schema: pa.Schema) -> dict[str, list[str]]:
    """The names behind numbered classes, where ``datasets`` wrote the file (its metadata, key ``huggingface``)."""
    import json

    try:
        features = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))["info"]["features"]
        return {
            name: [str(label) for label in feature["names"]]
            for name, feature in features.items()
            if isinstance(feature, dict) and feature.get("_type") == "ClassLabel" and feature.get("names")
        }
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}


def tell_classes(schema: pa.Schema, name: str, tell: Callable[[str], None]) -> None:
    """Say which names stand behind the numbers of classes: the records keep the numbers."""
    for column, labels in class_labels(schema).items():
        shown = ", ".join([f"{number} = {label}" for number, label in enumerate(labels[:20])])
        tell(f"column '{column}' of '{name}' has numbers for classes: {shown}{', …' if len(labels) > 20 else ''}")
