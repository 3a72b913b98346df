"""Parquet as lines, streamed by record batch; the fields stand in the order of the schema (types: ``arrow_values``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsvc.errors import BadDataError
from dsvc.importers.arrow_values import Rows, require_pyarrow, tell_classes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.importers.input_file import InputFile

_BATCH_ROWS = 4096
_BUFFER = 1 << 20


def read(file: InputFile) -> Iterator[bytes]:
    """The rows as JSONL lines. Raises UsageError without pyarrow, BadDataError when the file is damaged."""
    require_pyarrow(file.name)
    import pyarrow as pa
    from pyarrow import parquet

    with file.seekable() as path:
        try:
            with parquet.ParquetFile(path, pre_buffer=False, buffer_size=_BUFFER) as table:
                schema = table.schema_arrow
                tell_classes(schema, file.name, file.tell)
                yield from Rows(schema, file.name, file.tell).lines(table.iter_batches(_BATCH_ROWS, use_threads=False))
        except (pa.ArrowException, OSError) as error:
            raise damaged(file.name, error) from None


def damaged(name: str, error: Exception) -> BadDataError:
    """The error for a file that pyarrow cannot read."""
    reason = (str(error) or type(error).__name__).splitlines()[0].rstrip(".")
    return BadDataError(
        f"cannot read '{name}': {reason[:1].lower()}{reason[1:]}",
        hint="the file is damaged or cut off, or of a newer kind; get it again, or: pip install --upgrade pyarrow",
    )
