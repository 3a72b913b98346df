"""Parquet: typed columns in one file, written in groups of rows; what it was made of stands in its metadata.

The records are read twice, once for the types and once for the values, so that memory does not grow with the file.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, BinaryIO, Final

from dsvc.errors import BadDataError
from dsvc.exporters.columns import Columns
from dsvc.exporters.written import Written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import pyarrow as pa

    from dsvc.snapshot import Snapshot

KEY: Final = b"dsvc"
"""The key in the file's metadata: JSON text of what names the version."""
_GROUP_BYTES: Final = 32 << 20
_GROUP_ROWS: Final = 100_000


def write(
    snapshot: Snapshot,
    out: BinaryIO,
    facts: Mapping[str, object],
    json_fields: Sequence[str] = (),
    progress: Callable[[int], None] | None = None,
) -> Written:
    """Write all records. ``progress`` is told the bytes of records that were read, which are twice all of them.

    Raises UsageError when ``pyarrow`` is not installed, BadDataError when a field does not fit into one column.
    """
    columns = Columns(snapshot, json_fields, lambda name: f"keep it as JSON text: --json-field '{name}'", progress)
    files = snapshot.layout.files
    schema = columns.schema(files)
    columns.require_json_fields(schema)
    for field in schema:
        _require_fields(field.name, field.type)
    import pyarrow.parquet as pq

    named = schema.with_metadata({KEY: json.dumps(facts, ensure_ascii=False).encode()})
    count = 0
    with pq.ParquetWriter(out, named, compression="zstd") as writer:
        for group in _groups(columns.tables(files, schema)) if schema.names else ():
            count += group.num_rows
            writer.write_table(group.cast(named), row_group_size=max(1, group.num_rows))
    return Written(
        count,
        json_fields=tuple(name for name in json_fields if name in schema.names),
        absent_fields=columns.keys.absent,
        filled=columns.keys.filled,
        repeated_fields=columns.repeated.names,
        rounded_fields=columns.numbers.rounded,
    )


def _groups(tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
    import pyarrow as pa

    waiting: list[pa.Table] = []
    size = rows = 0
    for table in tables:
        waiting.append(table)
        size += table.nbytes
        rows += table.num_rows
        if size >= _GROUP_BYTES or rows >= _GROUP_ROWS:
            yield pa.concat_tables(waiting)
            waiting, size, rows = [], 0, 0
    if waiting:
        yield pa.concat_tables(waiting)


def _require_fields(name: str, kind: pa.DataType) -> None:
    """Raise BadDataError for an object that is empty in every record: Parquet has no column for it."""
    import pyarrow as pa

    if pa.types.is_struct(kind) and not kind.num_fields:
        raise BadDataError(
            f"cannot make a column of '{name}': an object in it is empty in every record, and Parquet keeps no such",
            hint=f"keep it as JSON text: --json-field '{name}'",
        )
    for number in range(kind.num_fields):
        _require_fields(name, kind.field(number).type)
