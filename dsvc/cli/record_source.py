"""Where a verb takes records from: a file that import can read, or the files of a revision."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dsvc.errors import BadDataError, NotFoundError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dsvc.snapshot import Snapshot


class RecordFile(NamedTuple):
    """One file's lines; ``counted`` tells what their numbers are in messages: lines of it, or records."""

    name: str
    lines: Iterable[bytes]
    counted: str


def record_files(source: str) -> Iterator[RecordFile]:
    """The files that ``source`` stands for: a path (JSONL, JSON, CSV, TSV; a folder of JSONL; a pipe, ``-``: standard
    input), else a revision of a dataset.

    Raises NotFoundError, UsageError, and while the lines are read BadDataError.
    """
    path = Path("/dev/stdin" if source == "-" else source)
    if path.is_file():
        yield _plain(path, source)
        return
    if path.is_fifo():
        from dsvc.repository.other_formats import from_pipe

        with from_pipe(path) as copy:
            yield _plain(copy, source)
        return
    snapshot = _snapshot(source, path)
    for file in snapshot.layout.files:
        called = f"{file.path}@{snapshot.name.rpartition('@')[2]}" if "@" in snapshot.name else file.path
        yield RecordFile(called, snapshot.lines(file), "line")


def _snapshot(source: str, path: Path) -> Snapshot:
    import dsvc

    if path.exists():  # a folder; of what cannot be read as records it says so
        return dsvc.open_file(path)
    try:
        repository = dsvc.open()
    except NotFoundError:
        if "@" in source:
            raise
        raise NotFoundError(f"there is no file '{source}'", hint="versions of datasets are in a repository") from None
    return repository.snapshot(source)


def _plain(path: Path, name: str) -> RecordFile:
    from dsvc.importers import format_of, read

    try:
        found = format_of(path, name)
    except UsageError as error:
        if not path.stat().st_size:
            raise BadDataError(f"'{name}' is empty", hint="there is no record in it") from None
        raise BadDataError(
            error.message,
            hint="records are read from JSONL, JSON, CSV and TSV; name CSV and TSV so: FILE.csv, FILE.tsv",
        ) from None
    return RecordFile(name, read(path, found, name=name), "line" if found == "jsonl" else "record")
