"""CSV and TSV as lines: the first row names the fields, every value is a string.

Quoted line breaks, a BOM and the delimiters ``,`` ``;`` and tab are understood. The ``'`` that export puts before a
text like ``=1+1`` is taken away.
"""

from __future__ import annotations

import csv
import json
import sys
from typing import TYPE_CHECKING

from dsvc.errors import BadDataError
from dsvc.exporters.formula import as_meant
from dsvc.importers import text_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DELIMITERS = ",;\t"


def read(path: Path, name: str, *, delimiter: str | None = None) -> Iterator[bytes]:
    """The rows as JSONL lines. Raises BadDataError (name, line) when a row does not fit the header."""
    # The limit is the module's, not the reader's; a text field of a dataset may well exceed its 128 KiB.
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    lines = _Lines(path, name)
    first = next(lines, "")
    lines.push_back(first)
    reader = csv.reader(lines, delimiter=delimiter or _delimiter(first), strict=True)
    rows = _rows(reader, name)
    _, header = next(rows, (1, []))
    header = [*map(as_meant, header)]
    _check_header(header, name)
    for line, row in rows:
        if len(row) != len(header):
            raise BadDataError(
                f"cannot read '{name}:{line}': expected {len(header)} values as in the header, found {len(row)}",
                hint="check the quotes and delimiters of this row",
            )
        yield json.dumps(dict(zip(header, map(as_meant, row), strict=True)), ensure_ascii=False).encode() + b"\n"


class _Lines:
    """The lines of a file with their ends (CRLF, LF, or CR inside quotes), for ``csv.reader``."""

    def __init__(self, path: Path, name: str) -> None:
        self._lines = _split(text_file.chunks(path, name))
        self._pushed: list[str] = []

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        return self._pushed.pop() if self._pushed else next(self._lines)

    def push_back(self, line: str) -> None:
        """Give a line again (an empty one is none)."""
        if line:
            self._pushed.append(line)


def _split(chunks: Iterator[str]) -> Iterator[str]:
    rest: list[str] = []
    for chunk in chunks:
        begin, newline, after = chunk.partition("\n")
        rest.append(begin)
        if newline:
            yield "".join([*rest, "\n"])
            *whole, last = after.split("\n")
            yield from (f"{line}\n" for line in whole)
            rest = [last]
    if any(rest):
        yield "".join(rest)


def _rows(reader: Iterator[list[str]], name: str) -> Iterator[tuple[int, list[str]]]:
    """Rows with the line that they begin on; empty lines are passed over."""
    line = 1
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise BadDataError(
                f"cannot read '{name}:{line}': {error}", hint="check the quotes of this row (a quote inside is doubled)"
            ) from None
        if row is None:
            return
        if row:
            yield line, row
        line = reader.line_num + 1  # type: ignore[attr-defined]


def _check_header(header: list[str], name: str) -> None:
    if not header:
        raise BadDataError(f"'{name}' is empty", hint="the first row must name the fields")
    for column, field in enumerate(header, 1):
        if not field.strip():
            raise BadDataError(f"cannot read '{name}:1': field {column} has no name", hint="name it in the first row")
        if header.index(field) != column - 1:
            raise BadDataError(f"cannot read '{name}:1': two fields are called '{field}'", hint="rename one of them")


def _delimiter(first: str) -> str:
    """The delimiter that occurs most in the first line, outside of quotes."""
    unquoted = "".join(first.split('"')[::2])
    return max(DELIMITERS, key=unquoted.count)
