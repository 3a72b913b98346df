"""Arrow IPC files and streams, Feather among them, as lines; the fields stand in the order of the schema.

``datasets`` keeps its sets as streams, ``pyarrow.feather`` writes files (version 2 is Arrow IPC).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsvc.importers.arrow_values import Rows, require_pyarrow, tell_classes
from dsvc.importers.parquet import damaged

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pyarrow as pa

    from dsvc.importers.input_file import InputFile

_FILE = b"ARROW1"


def read(file: InputFile) -> Iterator[bytes]:
    """The rows as JSONL lines. Raises UsageError without pyarrow, BadDataError when the file is damaged."""
    require_pyarrow(file.name)
    import pyarrow as pa

    with file.seekable() as path:
        try:
            with pa.memory_map(str(path)) as mapped:
                schema, batches = _batches(path, mapped)
                tell_classes(schema, file.name, file.tell)
                yield from Rows(schema, file.name, file.tell).lines(batches)
        except (pa.ArrowException, OSError) as error:
            raise damaged(file.name, error) from None


def _batches(path: Path, mapped: pa.MemoryMappedFile) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    from pyarrow import ipc

    with path.open("rb") as begin:
        is_file = begin.read(len(_FILE)) == _FILE
    if not is_file:
        stream = ipc.open_stream(mapped)
        return stream.schema, iter(stream)
    reader = ipc.open_file(mapped)
    return reader.schema, (reader.get_batch(number) for number in range(reader.num_record_batches))
