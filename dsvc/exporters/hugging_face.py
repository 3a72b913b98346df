"""A version as Hugging Face ``datasets``: a ``Dataset``, or for files with splits a ``DatasetDict``.

Columns are made in batches and put together, so that a field may be absent or null for a while and still get the type
that its values have; whole numbers become floats where a field has both. Nothing is guessed beyond that: a date stays
a text. The table is kept in memory, in about as many bytes as the files have.
"""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

from dsvc.errors import BadDataError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import datasets
    import pyarrow as pa

    from dsvc.layout import FileLayout
    from dsvc.snapshot import Record, Snapshot

    Row = tuple[Record, dict[str, Any]]

_BATCH = 1000


def to_datasets(snapshot: Snapshot, json_fields: Sequence[str] = ()) -> datasets.Dataset | datasets.DatasetDict:
    """The records of a version, in order; with splits (a folder of files) a ``DatasetDict`` of them.

    The values of ``json_fields`` become JSON texts: the way for fields that hold a text here and a list there.

    Raises UsageError when the package ``datasets`` is not installed, BadDataError (file, line, field) when the values
    of a field do not fit into one column.
    """
    try:
        import datasets
        import pyarrow as pa
    except ImportError:
        raise UsageError(
            "the Python package 'datasets' is not installed", hint="pip install 'dsvc[datasets]'"
        ) from None
    splits: dict[str | None, list[FileLayout]] = {}
    for file in snapshot.layout.files:
        splits.setdefault(file.split, []).append(file)
    tables = {split: _table(snapshot, files, json_fields) for split, files in splits.items()}
    schema = _one_schema(snapshot, list(tables.values()))
    info = datasets.DatasetInfo(description=snapshot.name)
    features = datasets.Features.from_arrow_schema(schema)
    made = {
        split: datasets.Dataset(
            pa.concat_tables([schema.empty_table(), table], promote_options="permissive").cast(features.arrow_schema),
            info=info.copy(),
            split=datasets.NamedSplit(split) if split is not None and _is_split_name(split) else None,
        )
        for split, table in tables.items()
    }
    if list(made) == [None]:
        return made[None]
    return datasets.DatasetDict({str(split): dataset for split, dataset in made.items()})


def _is_split_name(name: str) -> bool:
    """What ``datasets`` accepts as one (its reader of split instructions takes other characters for operators)."""
    return all(part.isidentifier() or part.isalnum() for part in name.split("."))


def _one_schema(snapshot: Snapshot, tables: Sequence[pa.Table]) -> pa.Schema:
    import pyarrow as pa

    schema = pa.schema([])
    for table in tables:
        for field in table.schema:
            grown = _unified(schema, pa.schema([field]))
            if grown is None:
                raise BadDataError(
                    f"cannot make one column of '{field.name}': the splits of '{snapshot.name}' hold several types",
                    hint=f"give it one type, or keep it as JSON text: to_datasets(json_fields=['{field.name}'])",
                )
            schema = grown
    return schema


def _table(snapshot: Snapshot, files: Sequence[FileLayout], json_fields: Sequence[str]) -> pa.Table:
    import pyarrow as pa

    schema = pa.schema([])
    rows = _rows(snapshot, files, json_fields)
    batches: list[pa.Table | int] = []
    while batch := list(islice(rows, _BATCH)):
        columns = _columns(batch)
        grown = _unified(schema, columns.schema) if columns is not None else None
        if columns is None or grown is None:
            raise _first_misfit(schema, batch)
        schema = grown
        batches.append(columns if columns.num_columns else len(batch))
    if batches and not schema.names:
        raise BadDataError(f"no record of '{snapshot.name}' has a field", hint="a table needs at least one column")
    # Arrow forgets how many rows a table without columns had.
    tables = [pa.table({schema.names[0]: pa.nulls(b)}) if isinstance(b, int) else b for b in batches]
    return pa.concat_tables([schema.empty_table(), *tables], promote_options="permissive")


def _rows(snapshot: Snapshot, files: Sequence[FileLayout], json_fields: Sequence[str]) -> Iterator[Row]:
    for file in files:
        for record in snapshot.records(file):
            value = cast("dict[str, Any]", record.value)
            for name in json_fields:
                if name in value:
                    value[name] = json.dumps(value[name], ensure_ascii=False)
            yield record, value


def _columns(batch: Sequence[Row]) -> pa.Table | None:
    """One batch as a table with the types that its own values ask for; None when a field has several."""
    import pyarrow as pa

    names = dict.fromkeys(name for _, value in batch for name in value)
    columns = {name: _array([value.get(name) for _, value in batch]) for name in names}
    return None if any(column is None for column in columns.values()) else pa.table(columns)


def _array(values: Sequence[object]) -> pa.Array | None:
    """A column of these values, None when they are of several types (or a text or number that Arrow cannot hold)."""
    import pyarrow as pa

    try:
        return pa.array(values)
    except (pa.ArrowException, OverflowError, UnicodeError):
        return None


def _unified(left: pa.Schema, right: pa.Schema) -> pa.Schema | None:
    """A schema that holds what both hold, None when a field has two types."""
    import pyarrow as pa

    try:
        return pa.unify_schemas([left, right], promote_options="permissive")
    except pa.ArrowException:
        return None


def _first_misfit(schema: pa.Schema, batch: Sequence[Row]) -> BadDataError:
    """What is wrong with a batch: the first value that does not fit to those before, and to the batches before."""
    import pyarrow as pa

    for record, value in batch:
        for name in value:
            column = _array([value[name]])
            grown = _unified(schema, pa.schema([(name, column.type)])) if column is not None else None
            if grown is None:
                return _misfit(record, name)
            schema = grown
    return _misfit(batch[-1][0], "?")


def _misfit(record: Record, name: str) -> BadDataError:
    return BadDataError(
        f"cannot make a column of '{name}': its value at '{record.file}:{record.line}' does not fit to those before",
        hint=f"give it one type throughout, or keep it as JSON text: to_datasets(json_fields=['{name}'])",
    )
