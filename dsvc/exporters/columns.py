"""The records of files as typed columns: batches with the types that their values ask for, and one schema for all.

A field may be absent or null for a while and still get the type that its values have; whole numbers become floats where
a field has both. Nothing is guessed beyond that: a date stays a text.
"""

from __future__ import annotations

from difflib import get_close_matches
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, cast

from dsvc.errors import BadDataError, UsageError
from dsvc.exporters.keys_kept import MOST_LEVELS, KeysKept
from dsvc.exporters.numbers_kept import NumbersKept
from dsvc.exporters.repeated_keys import RepeatedKeys
from dsvc.formats.json_text import text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pyarrow as pa

    from dsvc.layout import FileLayout
    from dsvc.snapshot import Record, Snapshot

    Row = tuple[Record, dict[str, Any]]

_BATCH: Final = 1000
_SHOWN: Final = 8


class Columns:
    """The records of a version as columns. The values of ``json_fields`` become JSON texts: the way for fields that
    hold a text here and a list there. ``way_out`` says, of a field, how to ask for that.

    Raises UsageError when ``pyarrow`` is not installed.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        json_fields: Sequence[str],
        way_out: Callable[[str], str],
        progress: Callable[[int], None] | None = None,
    ) -> None:
        try:
            import pyarrow as pa  # noqa: F401
        except ImportError:
            raise UsageError(
                "the Python package 'pyarrow' is not installed", hint="pip install 'dsvc[datasets]'"
            ) from None
        self.snapshot = snapshot
        self._json_fields = tuple(json_fields)
        self._way_out = way_out
        self._progress = progress
        self.repeated = RepeatedKeys()
        """Keys that stand twice in a record, of those that were read for a schema."""
        self.numbers = NumbersKept()
        """Numbers that do not survive, of the same."""
        self.keys = KeysKept()
        """Keys that some records lack, of the same."""

    def schema(self, files: Sequence[FileLayout]) -> pa.Schema:
        """The one schema of these files; one batch of records is in memory at a time.

        Raises BadDataError (file, line, field) when the values of a field do not fit into one column, or when no record
        has a field.
        """
        import pyarrow as pa

        schema = pa.schema([])
        for _, schema in self.grown(files):  # noqa: B007 - the last one is that of all
            pass
        return schema

    def grown(self, files: Sequence[FileLayout]) -> Iterator[tuple[pa.Table | int, pa.Schema]]:
        """Batches with the types of their own values, each with the schema so far.

        A batch of records without any field is told as their number, because Arrow would forget it.
        """
        import pyarrow as pa

        schema = pa.schema([])
        rows = self._rows(files)
        some = False
        while batch := list(islice(rows, _BATCH)):
            some = True
            columns = _columns(batch)
            grown = unified(schema, columns.schema) if columns is not None else None
            if columns is None or grown is None:
                raise self._first_misfit(schema, batch)
            schema = grown
            yield columns if columns.num_columns else len(batch), schema
        if some and not schema.names:
            raise BadDataError(f"no record of '{self.snapshot.name}' has a field", hint="a table needs a column")

    def tables(self, files: Sequence[FileLayout], schema: pa.Schema) -> Iterator[pa.Table]:
        """The records again, in batches that all have the schema that :meth:`schema` found."""
        import pyarrow as pa

        for columns, _ in self.grown(files):
            table = without_columns(columns, schema) if isinstance(columns, int) else columns
            yield pa.concat_tables([schema.empty_table(), table], promote_options="permissive").cast(schema)

    def one_schema(self, schemas: Sequence[pa.Schema]) -> pa.Schema:
        """The schema of several splits. Raises BadDataError when they hold different types."""
        import pyarrow as pa

        schema = pa.schema([])
        for one in schemas:
            for field in one:
                grown = unified(schema, pa.schema([field]))
                if grown is None:
                    raise BadDataError(
                        f"cannot make one column of '{field.name}': a split of '{self.snapshot.name}' has "
                        f"{schema.field(field.name).type} there, another one {field.type}",
                        hint=f"give it one type, or {self._way_out(field.name)}",
                    )
                schema = grown
        return schema

    def require_json_fields(self, schema: pa.Schema) -> None:
        """Raise UsageError when no record has a field that was to become JSON text, before anything is written."""
        missing = [name for name in self._json_fields if name not in schema.names]
        if missing and schema.names:
            near = get_close_matches(missing[0], schema.names, n=1, cutoff=0.0)[0]
            raise UsageError(
                f"no record of '{self.snapshot.name}' has the field '{missing[0]}' (they have: {_few(schema.names)})",
                hint=self._way_out(near),
            )

    def _rows(self, files: Sequence[FileLayout]) -> Iterator[Row]:
        for file in files:
            for record in self.snapshot.records(file):
                if self._progress is not None:
                    self._progress(len(record.content) + 1)
                try:
                    value = self._looked_at(record)
                except RecursionError:
                    raise too_deep(record) from None
                yield record, value

    def _looked_at(self, record: Record) -> dict[str, Any]:
        """The value that goes into columns. Raises BadDataError when they do not hold it."""
        value = cast("dict[str, Any]", record.value)
        self.repeated.look(record.content, value)
        self._write_json_fields(record, value)
        if (deep := self.keys.look(value)) is not None:
            raise self._misfit(record, deep, f"has more than {MOST_LEVELS} lists and objects inside of one another")
        if (wrong := self.numbers.look(record, value, self._json_fields)) is not None:
            raise self._misfit(record, *wrong)
        return value

    def _write_json_fields(self, record: Record, value: dict[str, Any]) -> None:
        """Put JSON texts in the place of values, with their numbers as they are written."""
        if self._json_fields and not value.keys().isdisjoint(self._json_fields):
            exact = cast("dict[str, Any]", record.exact)
            value.update({name: text_of(exact[name]) for name in self._json_fields if name in value})

    def _first_misfit(self, schema: pa.Schema, batch: Sequence[Row]) -> BadDataError:
        """What is wrong with a batch: the first value that does not fit to those before, and to the batches before."""
        import pyarrow as pa

        for record, value in batch:
            for name in value:
                column = _array([value[name]])
                if column is None:
                    return self._misfit(record, name, _why_not(value[name]))
                grown = unified(schema, pa.schema([(name, column.type)]))
                if grown is None:
                    return self._misfit(record, name, "does not fit to those before")
                schema = grown
        name = next((name for name in schema.names if _array([value.get(name) for _, value in batch]) is None), "?")
        return self._misfit(batch[-1][0], name, "does not fit to those before")

    def _misfit(self, record: Record, name: str, what: str) -> BadDataError:
        return BadDataError(
            f"cannot make a column of '{name}': its value at '{record.file}:{record.line}' {what}",
            hint=f"give it one type throughout, or {self._way_out(name)}",
        )


def too_deep(record: Record) -> BadDataError:
    """The error for a record whose lists and objects go deeper than a program can follow."""
    return BadDataError(
        f"cannot write the record at '{record.file}:{record.line}': nested too deeply",
        hint="what keeps it as it is: --to jsonl",
    )


def _few(names: Sequence[str]) -> str:
    return ", ".join([*names[:_SHOWN], *["…"] * (len(names) > _SHOWN)])


def by_split(snapshot: Snapshot) -> dict[str | None, list[FileLayout]]:
    """The files of each split, in order; None is a dataset that is one file."""
    splits: dict[str | None, list[FileLayout]] = {}
    for file in snapshot.layout.files:
        splits.setdefault(file.split, []).append(file)
    return splits


def without_columns(rows: int, schema: pa.Schema) -> pa.Table:
    """So many records that have no field, as a table."""
    import pyarrow as pa

    return pa.table({schema.names[0]: pa.nulls(rows)})


def unified(left: pa.Schema, right: pa.Schema) -> pa.Schema | None:
    """A schema that holds what both hold, None when a field has two types."""
    import pyarrow as pa

    try:
        return pa.unify_schemas([left, right], promote_options="permissive")
    except pa.ArrowException:
        return None


def _columns(batch: Sequence[Row]) -> pa.Table | None:
    """One batch as a table with the types that its own values ask for; None when a field has several."""
    import pyarrow as pa

    names = dict.fromkeys(name for _, value in batch for name in value)
    columns = {name: _array([value.get(name) for _, value in batch]) for name in names}
    return None if any(column is None for column in columns.values()) else pa.table(columns)


def _why_not(value: object) -> str:
    """Why Arrow makes no column of one value."""
    import pyarrow as pa

    try:
        pa.array([value])
    except OverflowError:
        return "is, or holds, a whole number of more than 64 bits (a sign is one of them)"
    except UnicodeError:
        return "is, or holds, half of a surrogate pair, which is no text"
    except pa.ArrowException:
        pass
    return "holds several types in itself"


def _array(values: Sequence[object]) -> pa.Array | None:
    """A column of these values, None when they are of several types (or a text or number that Arrow cannot hold)."""
    import pyarrow as pa

    try:
        return pa.array(values)
    except (pa.ArrowException, OverflowError, UnicodeError):
        return None
