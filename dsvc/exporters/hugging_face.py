"""A version as Hugging Face ``datasets``: a ``Dataset``, or for files with splits a ``DatasetDict``.

In memory (:func:`to_datasets`) in about as many bytes as the files have, or as the folder that ``load_from_disk`` reads
(:func:`save_to_disk`), where one batch of records is in memory at a time.
"""

from __future__ import annotations

import json
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dsvc.errors import UsageError
from dsvc.exporters.columns import Columns, by_split, without_columns
from dsvc.exporters.written import Written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import datasets
    import pyarrow as pa

    from dsvc.layout import FileLayout
    from dsvc.snapshot import Snapshot


def to_datasets(snapshot: Snapshot, json_fields: Sequence[str] = ()) -> datasets.Dataset | datasets.DatasetDict:
    """The records of a version, in order; with splits (a folder of files) a ``DatasetDict`` of them.

    The values of ``json_fields`` become JSON texts: the way for fields that hold a text here and a list there, or
    numbers with more digits than a float of 64 bits keeps, which are rounded.

    Raises UsageError when the package ``datasets`` is not installed, BadDataError (file, line, field) when the values
    of a field do not fit into one column.
    """
    datasets = _library()
    import pyarrow as pa

    columns = Columns(snapshot, json_fields, lambda name: f"keep it as JSON text: to_datasets(json_fields=['{name}'])")
    tables = {split: _table(columns, files) for split, files in by_split(snapshot).items()}
    schema = columns.one_schema([table.schema for table in tables.values()])
    info = datasets.DatasetInfo(description=snapshot.name)
    columns.require_json_fields(schema)
    features = datasets.Features.from_arrow_schema(schema)
    made = {
        split: datasets.Dataset(
            pa.concat_tables([schema.empty_table(), table], promote_options="permissive").cast(features.arrow_schema),
            info=info.copy(),
            split=_split(split),
        )
        for split, table in tables.items()
    }
    if list(made) == [None]:
        return made[None]
    return datasets.DatasetDict({str(split): dataset for split, dataset in made.items()})


def save_to_disk(
    snapshot: Snapshot,
    folder: Path,
    facts: Mapping[str, object],
    json_fields: Sequence[str] = (),
    progress: Callable[[int], None] | None = None,
    *,
    class_labels: Mapping[str, Sequence[str]] | None = None,
) -> Written:
    """Write a folder for ``datasets.load_from_disk``. Columns become ``ClassLabel`` where ``class_labels`` has names
    for all of their numbers.

    ``progress`` is told the bytes of records that were read, which are twice all of them.

    ``facts`` say what it was made of, and become the description of the dataset. Raises what :func:`to_datasets` does.
    """
    datasets = _library()
    columns = Columns(snapshot, json_fields, lambda name: f"keep it as JSON text: --json-field '{name}'", progress)
    splits = by_split(snapshot)
    schema = columns.one_schema([columns.schema(files) for files in splits.values()])
    columns.require_json_fields(schema)
    features = datasets.Features.from_arrow_schema(schema)
    description = json.dumps(facts, ensure_ascii=False)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as between, _quiet(datasets):
        streams = [Path(between) / f"{number}.arrow" for number in range(len(splits))]
        for files, stream in zip(splits.values(), streams, strict=True):
            _stream(columns, files, features.arrow_schema, stream)
        unnamed = _name_classes(features, class_labels or {}, streams)
        made = {}
        for split, stream in zip(splits, streams, strict=True):
            info = datasets.DatasetInfo(description=description, features=features)
            made[split] = datasets.Dataset.from_file(str(stream), info=info, split=_split(split))
        if list(made) == [None]:
            made[None].save_to_disk(str(folder))
        else:
            datasets.DatasetDict({str(split): one for split, one in made.items()}).save_to_disk(str(folder))
        records = sum(int(one.num_rows) for one in made.values())
        made.clear()  # the files that they look into go now
    return Written(
        records,
        absent_fields=columns.keys.absent,
        filled=columns.keys.filled,
        repeated_fields=columns.repeated.names,
        rounded_fields=columns.numbers.rounded,
        unnamed_classes=tuple(unnamed),
    )


def _stream(columns: Columns, files: Sequence[FileLayout], schema: pa.Schema, path: Path) -> None:
    import pyarrow as pa

    with path.open("wb") as out, pa.ipc.new_stream(out, schema) as writer:
        for table in columns.tables(files, schema) if schema.names else ():
            writer.write_table(table)


def _name_classes(features: Any, class_labels: Mapping[str, Sequence[str]], streams: Sequence[Path]) -> list[str]:
    """Make columns of numbers ``ClassLabel``; those that hold something without a name stay, and are named."""
    import datasets
    import pyarrow as pa
    import pyarrow.compute as pc

    left = []
    for name, labels in class_labels.items():
        if name not in features:
            continue
        fits = features[name] == datasets.Value("int64")
        for stream in streams if fits else ():
            with pa.memory_map(str(stream)) as mapped, pa.ipc.open_stream(mapped) as reader:
                for batch in reader:
                    span = pc.min_max(batch.column(name)).as_py()
                    fits = fits and (span["min"] is None or (span["min"] >= -1 and span["max"] < len(labels)))
        if fits:
            features[name] = datasets.ClassLabel(names=[*labels])
        else:
            left.append(name)
    return left


@contextmanager
def _quiet(datasets: Any) -> Iterator[None]:
    """No bars of its own: they go to stderr whoever reads that."""
    shown = datasets.utils.are_progress_bars_disabled()
    datasets.disable_progress_bars()
    try:
        yield
    finally:
        if not shown:
            datasets.enable_progress_bars()


def _library() -> Any:
    try:
        import datasets
    except ImportError:
        raise UsageError(
            "the Python package 'datasets' is not installed", hint="pip install 'dsvc[datasets]'"
        ) from None
    return datasets


def _split(name: str | None) -> Any:
    import datasets

    return datasets.NamedSplit(name) if name is not None and _is_split_name(name) else None


def _is_split_name(name: str) -> bool:
    """What ``datasets`` accepts as one (its reader of split instructions takes other characters for operators)."""
    return all(part.isidentifier() or part.isalnum() for part in name.split("."))


def _table(columns: Columns, files: Sequence[FileLayout]) -> pa.Table:
    import pyarrow as pa

    batches: list[pa.Table | int] = []
    schema = pa.schema([])
    for batch, schema in columns.grown(files):  # noqa: B007 - the last one is that of all
        batches.append(batch)
    tables = [without_columns(batch, schema) if isinstance(batch, int) else batch for batch in batches]
    return pa.concat_tables([schema.empty_table(), *tables], promote_options="permissive")
