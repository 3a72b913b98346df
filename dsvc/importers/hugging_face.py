"""Datasets of Hugging Face's package ``datasets``: what it saved to disk, and what it loads from the Hub."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dsvc.errors import BadDataError, NotFoundError, UsageError
from dsvc.importers.arrow_values import BATCH, Rows, class_labels, require_pyarrow, tell_classes
from dsvc.importers.source import Part, RecordSource, parse_split, picked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import pyarrow as pa

    from dsvc.importers.source import Wanted


def from_disk(folder: Path, called: str, wanted: Wanted) -> RecordSource:
    """A folder that ``save_to_disk`` wrote: of a ``Dataset``, or of a ``DatasetDict`` with its splits."""
    from dsvc.importers.opening import sha256_of_several

    datasets = require_datasets(called)
    try:
        loaded = datasets.load_from_disk(str(folder))
    except Exception as error:  # it raises what the layers below it raise
        raise BadDataError(f"cannot read '{called}': {reason(error)}", hint="save it again: save_to_disk") from None
    told: list[str] = []
    files = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    source = of_splits(loaded, folder.resolve().name, called, wanted, told)
    from msgspec.structs import replace

    return replace(
        source, uri=folder.resolve().name, sha256=lambda: sha256_of_several(files), files=tuple(files.values())
    )


def of_splits(loaded: Any, name: str, called: str, wanted: Wanted, told: list[str]) -> RecordSource:
    """What ``datasets`` loaded as a source, one part for each split."""
    splits = loaded if isinstance(loaded, dict) else {None: loaded}
    parts = [_part(dataset, split, called, told) for split, dataset in splits.items()]
    chosen = picked(parts, wanted.splits, called)
    info = next(iter(splits.values())).info
    return RecordSource(
        name=name,
        parts=chosen,
        told=told,
        source=name if info.license else None,
        licence=info.license or None,
        tool="datasets",
        metadata=_class_names(splits),
        picked=bool(wanted.splits),
        is_folder=len(chosen) > 1,
        read_as="arrow",
    )


def _class_names(splits: Mapping[Any, Any]) -> dict[str, Any]:
    schema = _schema(next(iter(splits.values())))
    labels = class_labels(schema) if schema is not None else {}
    return {"class_labels": labels} if labels else {}


def _schema(dataset: Any) -> pa.Schema | None:
    return dataset.features.arrow_schema if dataset.features is not None else None


def _part(dataset: Any, split: str | None, called: str, told: list[str]) -> Part:
    name = called if split is None else f"{called}: {split}"

    def tell(sentence: str) -> None:
        if sentence not in told:
            told.append(sentence)

    def lines() -> Iterator[bytes]:
        rows = None
        for table in dataset.with_format("arrow").iter(BATCH):
            if rows is None:
                tell_classes(_schema(dataset) or table.schema, name, tell)
                rows = Rows(table.schema, name, tell)
            yield from rows.lines(table.to_batches())

    return Part(split=split, called=name, counted="record", lines=lines)


def from_hub(path: str, wanted: Wanted, revision: str | None = None, **options: Any) -> RecordSource:
    """What ``datasets.load_dataset`` loads; ``options`` are its own.

    A split with a range from the first record on (``train[:1000]``) is streamed, so that no more is downloaded than
    asked for; all else goes through the cache of ``datasets``. Raises NotFoundError when there is no such dataset,
    UsageError when a configuration has to be named.
    """
    datasets = require_datasets(f"hf://{path}")
    told: list[str] = []
    if wanted.config is not None:
        options["name"] = wanted.config
    loaded: dict[str | None, Any] = {}
    try:
        if not wanted.splits:
            loaded = dict(datasets.load_dataset(path, revision=revision, **options))
        for text in wanted.splits:
            name, count = _first_records(text)
            if count is None:
                loaded[name] = datasets.load_dataset(path, revision=revision, split=text, **options)
            else:
                stream = datasets.load_dataset(path, revision=revision, split=name, streaming=True, **options)
                loaded[name] = stream.take(count)
    except Exception as error:  # its own errors, those of the Hub's client, of pyarrow and of the network
        raise _not_loaded(path, error) from None
    source = of_splits(loaded, path.rstrip("/").split("/")[-1], f"hf://{path}", _without_splits(wanted), told)
    from msgspec.structs import replace

    return replace(source, picked=bool(wanted.splits), is_folder=len(source.parts) > 1)


def _first_records(text: str) -> tuple[str, int | None]:
    """Name and count of ``train[:1000]``; the count is None for all else that ``datasets`` understands."""
    try:
        name, start, stop = parse_split(text)
    except UsageError:
        return text.split("[")[0], None
    return name, stop if start == 0 else None


def _without_splits(wanted: Wanted) -> Wanted:
    from msgspec.structs import replace

    return replace(wanted, splits=())


def _not_loaded(path: str, error: Exception) -> NotFoundError | UsageError:
    kind, why = type(error).__name__, reason(error)
    if "onfig name is missing" in str(error) or "BuilderConfig" in str(error):
        return UsageError(f"'{path}' cannot be loaded: {why}", hint="name its configuration: --config NAME")
    hint = "see whether it is there: https://huggingface.co/datasets/" + path
    if "gated" in str(error).lower():
        hint = "accept its terms there, then log in: hf auth login"
    elif "onnection" in kind or "onnection" in why:
        hint = "look at the network; what was downloaded before is used with HF_HUB_OFFLINE=1"
    return NotFoundError(f"'{path}' cannot be loaded: {why}", hint=hint)


def reason(error: Exception) -> str:
    """The first line of an error of a library, as part of a sentence."""
    text = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".:")
    return text[:1].lower() + text[1:]


def require_datasets(called: str) -> Any:
    """The package ``datasets``, quiet. Raises UsageError when it is not installed."""
    require_pyarrow(called)
    try:
        import datasets
    except ImportError:
        raise UsageError(
            f"cannot read '{called}': the Python package 'datasets' is not installed",
            hint="pip install 'dsvc[datasets]'",
        ) from None
    datasets.disable_progress_bars()
    return datasets
