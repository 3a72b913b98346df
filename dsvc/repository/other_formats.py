"""Plain files to look at that are no JSONL: read as ``import`` reads them, refused as it refuses them."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dsvc.errors import BadDataError, UsageError
from dsvc.importers import format_of
from dsvc.line_table import CHUNK_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator

_JSONL_NAMES: Final = (".jsonl", ".ndjson")


@contextmanager
def as_jsonl(path: Path, called: str, *, piped: bool = False) -> Iterator[tuple[Path, str | None]]:
    """A file with the records of ``path`` on its lines, and what they were read as (None: it is JSONL itself).

    Other formats, compressed files and exports of tools are written into a temporary file, which is gone after the
    ``with`` block; only a part of the content is in memory. JSONL that calls itself so is taken as it is, whatever its
    lines hold; where it comes out of a pipe (``piped``), which has no name, its first line tells. Raises BadDataError
    (file, line, column) for what cannot be read.
    """
    from dsvc.importers.compression import MAGIC_BYTES, kind_of

    with path.open("rb") as file:
        packed = kind_of(file.read(MAGIC_BYTES)) is not None
    if not packed and _format(path, called) == "jsonl":
        if path.suffix.lower() not in _JSONL_NAMES:
            _require_records(path, called, first=piped)
        yield path, None
        return
    from tempfile import TemporaryDirectory

    from dsvc.importers.opening import opened
    from dsvc.importers.source import Wanted

    with TemporaryDirectory(prefix="dsvc-") as folder, opened(called, path, Wanted()) as source:
        if len(source.parts) != 1:
            raise BadDataError(
                f"'{called}' holds {len(source.parts)} files with records", hint="unpack it, and name one of them"
            )
        copy = Path(folder) / path.name
        with copy.open("wb") as file:
            file.writelines(source.parts[0].lines())
        yield copy, source.read_as


@contextmanager
def from_pipe(path: Path) -> Iterator[Path]:
    """A temporary file with what comes out of a pipe (``<(jq …)``, standard input), gone after the ``with`` block."""
    import shutil
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="dsvc-") as folder:
        copy = Path(folder) / path.name
        with path.open("rb") as source, copy.open("wb") as file:
            shutil.copyfileobj(source, file)
        yield copy


def _format(path: Path, called: str) -> str:
    if not path.stat().st_size and path.suffix.lower() not in (".csv", ".tsv", ".tab"):
        return "jsonl"  # whoever compares with nothing may
    try:
        return format_of(path, called)
    except UsageError as error:
        raise BadDataError(
            error.message,
            hint="name tables so that their names tell: FILE.csv, FILE.tsv (docs/import.md: all that is read)",
        ) from None


def _require_records(path: Path, called: str, *, first: bool) -> None:
    """Raise BadDataError for a line that is no record: the name does not say that each is one. Only the ``first``?"""
    import numpy as np

    from dsvc.record import check_records

    before = 0
    with path.open("rb") as file:
        while lines := file.readlines(1 if first else CHUNK_BYTES):
            numbers = range(before + 1, before + len(lines) + 1)
            check_records(b"".join(lines), np.cumsum([*map(len, lines)]), name=called, numbers=numbers)
            before += len(lines)
            if first:
                break
