"""CSV and TSV as lines: the first row names the fields, every value is a string.

Quoted line breaks, a BOM and the delimiters ``,`` ``;`` ``|`` and tab are understood. The ``'`` that export puts before
a text like ``=1+1`` is taken away, which is told, because nothing in a file says who put it there.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from contextlib import suppress
from itertools import chain, islice
from typing import TYPE_CHECKING

from dsvc.errors import BadDataError
from dsvc.exporters.formula import as_meant
from dsvc.importers.csv_rows import Rows
from dsvc.render.numbers import plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.importers.input_file import InputFile

DELIMITERS = ",;\t|"
_CALLED = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars (|)"}
_SAMPLE_LINES = 100
_SAID = re.compile(r"sep=(?P<delimiter>[^\w\s\"']|\t)\r?\n", re.IGNORECASE)
"""The line by which Excel is told how the values of the table below are separated; it is no row."""


def read(file: InputFile, *, delimiter: str = ",", raw: bool = False) -> Iterator[bytes]:
    """The rows as JSONL lines. Raises BadDataError (name, line) when a row does not fit the header.

    ``delimiter`` is the one that the file's name says; when the rows have another one, that is taken and told.
    With ``raw`` every text stays as it is.
    """
    # The limit is the module's, not the reader's; a text field of a dataset may well exceed its 128 KiB.
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    name = file.name
    lines = _split(file.text())
    sample = list(islice(lines, _SAMPLE_LINES))
    said = _SAID.fullmatch(sample[0]) if sample else None
    if said is not None:
        del sample[0]
    found = said["delimiter"] if said is not None else _delimiter(sample, delimiter)
    if found != delimiter or said is not None:
        by = ", as its first line says" if said is not None else ""
        file.tell(f"the values in '{name}' are separated by {_CALLED.get(found, repr(found))}{by}")
    rows = Rows(chain(sample, lines), name, found, first=1 if said is None else 2, exact=raw)
    each_row = iter(rows)
    _, header = next(each_row, (1, []))
    texts = _AsMeant() if not raw else None
    header = texts.of(header) if texts is not None else header
    _check_header(header, name)
    _tell_names(file, header)
    for line, row in each_row:
        if len(row) != len(header):
            raise BadDataError(
                f"cannot read '{name}:{line}': expected {len(header)} values as in the header, found {len(row)}",
                hint="check the quotes and delimiters of this row",
            )
        values = texts.of(row) if texts is not None else row
        yield json.dumps(dict(zip(header, values, strict=True)), ensure_ascii=False).encode() + b"\n"
    _tell_spaced(file, rows)
    _tell_undoubled(file, rows)
    if texts is not None and texts.taken:
        file.tell(
            f"the ' before {plural(texts.taken, 'text')} in '{name}' was taken for the one that export puts before "
            "formulas, and left out (to keep it: --from csv-raw)"
        )


class _AsMeant:
    """Takes the ``'`` away that export puts before formulas; ``taken`` counts."""

    def __init__(self) -> None:
        self.taken = 0

    def of(self, row: list[str]) -> list[str]:
        """The texts of a row."""
        if not any(text[:1] == "'" for text in row):
            return row
        meant = [*map(as_meant, row)]
        self.taken += sum(new is not old for new, old in zip(meant, row, strict=True))
        return meant


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


def _tell_spaced(file: InputFile, rows: Rows) -> None:
    if rows.spaced:
        where = f"line {rows.first_spaced:,}" if rows.spaced == 1 else f"the first: line {rows.first_spaced:,}"
        file.tell(
            f"in {plural(rows.spaced, 'row')} of '{file.name}' ({where}) spaces stand between a delimiter and a quote; "
            "they were left out (to take rows as they are: --from csv-raw)"
        )


def _tell_undoubled(file: InputFile, rows: Rows) -> None:
    if (first := rows.first_undoubled) is not None:
        where = f"{'' if rows.undoubled == 1 else 'the first: '}line {first.line:,}, column {first.column:,}"
        file.tell(
            f"in {plural(rows.undoubled, 'row')} of '{file.name}' ({where}, near '{first.around}') quotes inside of a "
            "value are not doubled; they were kept as text (to refuse such rows: --from csv-raw)"
        )


def _check_header(header: list[str], name: str) -> None:
    if not header:
        raise BadDataError(f"'{name}' is empty", hint="the first row must name the fields")
    for column, field in enumerate(header, 1):
        if not field.strip():
            raise BadDataError(f"cannot read '{name}:1': field {column} has no name", hint="name it in the first row")
        if header.index(field) != column - 1:
            raise BadDataError(f"cannot read '{name}:1': two fields are called '{field}'", hint="rename one of them")


def _tell_names(file: InputFile, header: list[str]) -> None:
    spaced = [name for name in header if name != name.strip()]
    if spaced:
        shown = ", ".join(f"'{name}'" for name in spaced[:5]) + (", …" if len(spaced) > 5 else "")
        file.tell(f"names of fields in '{file.name}' have spaces around them, which were kept: {shown}")


def _delimiter(sample: list[str], named: str) -> str:
    """The delimiter that cuts most rows into as many values as the header has; of equal ones what occurs most there.

    A tab is what a name like ``.tsv`` says it is, and in a single column nothing says otherwise than the name.
    """
    unquoted = "".join(sample[0].split('"')[::2]) if sample else ""
    candidates = [each for each in DELIMITERS if each in unquoted]
    if not candidates or (named == "\t" and named in candidates):
        return named
    return max(candidates, key=lambda each: (_fitting(sample, each), unquoted.count(each)))


def _fitting(sample: list[str], delimiter: str) -> float:
    """The share of rows that have as many values as the first one. The last row of a sample may be cut off."""
    sizes: list[int] = []
    with suppress(csv.Error):
        sizes.extend(len(row) for row in csv.reader(sample, delimiter=delimiter, strict=True) if row)
    if len(sample) == _SAMPLE_LINES and len(sizes) > 1:
        sizes.pop()
    return sizes.count(sizes[0]) / len(sizes) if sizes else 0
