"""Which reader a file needs: by its name, and where the name leaves it open, by how it begins."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final, Literal, get_args

from dsvc.errors import NotFoundError, UsageError
from dsvc.record import BOM, check_record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Format = Literal["json", "jsonl", "csv", "tsv", "json-objects"]
FORMATS: Final[tuple[str, ...]] = get_args(Format)

_MODULES: Final = {
    "json": "json_array",
    "jsonl": "jsonl",
    "csv": "csv",
    "tsv": "csv",
    "json-objects": "json_objects",
}
_SUFFIXES: Final = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".tsv": "tsv", ".tab": "tsv"}
_SNIFFED: Final = 64 * 1024


def format_of(path: Path, name: str | None = None) -> str:
    """The format of a file (``name`` in messages). Raises UsageError when neither its name nor its beginning tells.

    Published files called ``.json`` are often JSONL, and the other way round: the first character decides. Objects that
    span lines without an array around them (``json-objects``) begin with a line that has nothing but a brace.
    """
    known = _SUFFIXES.get(path.suffix.lower())
    if known in ("csv", "tsv"):
        return known
    begin = _beginning(path).removeprefix(BOM).lstrip()
    if begin.startswith(b"["):
        return "json"
    if known is None and begin.partition(b"\n")[0].rstrip() == b"{":
        return "json-objects"
    if known == "jsonl" or begin.startswith(b"{") or (not begin and path.suffix.lower() == ".json"):
        return "jsonl"
    raise UsageError(
        f"cannot tell the format of '{name or path}'",
        hint=f"name it: dsvc import '{name or path}' --from {'|'.join(FORMATS)}",
    )


def read(path: Path, format_name: str | None = None, *, name: str | None = None) -> Iterator[bytes]:
    """The records of a file as JSONL lines (each with its line end, but perhaps the last), streamed.

    ``name`` is what messages call the file. Raises NotFoundError, UsageError (unknown format) at once, BadDataError
    naming file, line and column on the way.
    """
    called = name or str(path)
    if not path.is_file():
        raise NotFoundError(f"there is no file '{called}'", hint="import takes one JSON, JSONL, CSV or TSV file")
    found = format_name or format_of(path, called)
    if found not in _MODULES:
        raise UsageError(f"'{found}' is not a format that can be read", hint=f"one of: {', '.join(FORMATS)}")
    module = importlib.import_module(f"dsvc.importers.{_MODULES[found]}")
    options = {"delimiter": "\t"} if found == "tsv" else {}
    lines: Iterator[bytes] = module.read(path, called, **options)
    return lines


def check_source(path: Path, name: str, format_name: str | None = None) -> None:
    """Raise BadDataError with the file's own name for the first line of JSONL that is no record; else nothing."""
    if (format_name or format_of(path)) == "jsonl":
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                check_record(line.removesuffix(b"\n"), name=name, line_number=number)


def _beginning(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_SNIFFED)
    except FileNotFoundError:
        raise NotFoundError(f"there is no file '{path}'") from None
