"""Which reader a file needs: by its name, and where the name leaves it open, by how it begins."""

from __future__ import annotations

import importlib
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from dsvc.errors import BadDataError, NotFoundError, UsageError
from dsvc.importers.input_file import InputFile

if TYPE_CHECKING:
    from collections.abc import Iterator

Format = Literal["json", "jsonl", "csv", "csv-raw", "tsv", "json-objects", "parquet", "arrow"]
FORMATS: Final[tuple[str, ...]] = get_args(Format)
"""How a file may be written."""

_MODULES: Final = {
    "json": "json_array",
    "jsonl": "jsonl",
    "csv": "csv",
    "csv-raw": "csv",
    "tsv": "csv",
    "json-objects": "json_objects",
    "parquet": "parquet",
    "arrow": "arrow",
}
_OPTIONS: Final[dict[str, dict[str, Any]]] = {"tsv": {"delimiter": "\t"}, "csv-raw": {"raw": True}}
SUFFIXES: Final = {
    ".json": None,
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".ipc": "arrow",
}
"""What the endings of names say; None: that its first characters tell."""
_MAGIC: Final = {b"PAR1": "parquet", b"ARROW1\x00\x00": "arrow", b"\xff\xff\xff\xff": "arrow"}
_FASTTEXT: Final = "__label__"
"""What each label begins with in the lines that fastText trains on; Doccano exports them, too."""
_POINTER: Final = b"version https://git-lfs.github.com/spec/"
_SNIFFED: Final = 64 * 1024


def format_of(file: InputFile | Path, name: str | None = None) -> str:
    """The format of a file (``name`` in messages). Raises UsageError when neither its name nor its beginning tells.

    Raises BadDataError for a pointer of git-lfs, which a clone has where the content was not fetched, and for an empty
    file whose name does not tell.

    Published files called ``.json`` are often JSONL, and the other way round: the first character decides. Objects
    without an array around them of which the first does not end on its line are ``json-objects``.
    """
    if isinstance(file, Path):
        file = InputFile.of(file, name or str(file))
    known = SUFFIXES.get(file.suffix)
    begin = file.beginning(_SNIFFED)
    if begin.startswith(_POINTER):
        raise BadDataError(
            f"'{file.name}' is only a pointer: its content is kept by git-lfs",
            hint="get it: git lfs pull, in its folder",
        )
    if known in ("csv", "tsv"):
        return known
    for magic, found in _MAGIC.items():
        if begin.startswith(magic):
            return found
    if known in ("parquet", "arrow"):
        return known  # its reader says what is wrong with it
    text = _text(begin, file).lstrip()
    if text.startswith("["):
        return "json"
    if known is None and text.startswith("{") and not _ends_on_its_line(text, whole=len(begin) < _SNIFFED):
        return "json-objects"
    if known == "jsonl" or text.startswith("{") or (not text and file.suffix == ".json"):
        return "jsonl"
    if not text:
        raise nothing_in(file)
    if text.startswith(_FASTTEXT):
        raise _of_fasttext(file)
    raise UsageError(
        f"cannot tell the format of '{file.name}'",
        hint=f"name it: dsvc import '{file.name}' --from {'|'.join(FORMATS)}",
    )


def read(
    file: InputFile | Path, format_name: str | None = None, *, name: str | None = None, encoding: str | None = None
) -> Iterator[bytes]:
    """The records of a file as JSONL lines (each with its line end, but perhaps the last), streamed.

    ``name`` is what messages call the file. Raises NotFoundError, UsageError (unknown format) at once, BadDataError
    naming file, line and column on the way. What was decided on the way is in ``told`` of an InputFile.
    """
    if isinstance(file, Path):
        file = InputFile.of(file, name or str(file), encoding)
    if not file.path.is_file():
        raise NotFoundError(f"there is no file '{file.name}'")
    found = format_name or format_of(file)
    if found not in _MODULES:
        raise UsageError(f"'{found}' is not a format that can be read", hint=f"one of: {', '.join(FORMATS)}")
    module = importlib.import_module(f"dsvc.importers.{_MODULES[found]}")
    lines: Iterator[bytes] = module.read(file, **_OPTIONS.get(found, {}))
    return lines


def require_text(file: InputFile) -> None:
    """Raise BadDataError for a file without anything in it: no bytes, or only white space and a byte order mark."""
    begin = file.beginning(_SNIFFED)
    if len(begin) < _SNIFFED and not _text(begin, file).strip("\ufeff \t\r\n"):
        raise nothing_in(file)


def nothing_in(file: InputFile) -> BadDataError:
    """The error for an empty file: a download that failed, or a program that died."""
    return BadDataError(f"'{file.name}' is empty: there are no records in it", hint="look at what was to write it")


def _of_fasttext(file: InputFile) -> BadDataError:
    """The error for lines of ``__label__NAME … text``: they have no ids, and a label with a space looks like text."""
    record = r'capture("^(?<l>(__label__\\S+ +)*)(?<text>.*)") | {text, label: [.l | scan("__label__(\\S+)")[0]]}'
    made = f"make records of its lines: jq -cR '{record}' {quote(file.name)} > OUT.jsonl"
    return BadDataError(
        f"'{file.name}' is written for fastText, which has no ids, and in which a label with a space looks like text",
        hint=f"of Doccano export JSONL; else {made if file.is_plain else 'unpack it first'}",
    )


def _text(begin: bytes, file: InputFile) -> str:
    """The beginning as text, good enough to see its first characters."""
    from dsvc.importers.encoding import encoding_of

    return begin.decode(file.encoding or encoding_of(begin), "replace")


def _ends_on_its_line(text: str, *, whole: bool) -> bool:
    """Whether the first object is all of its line; one whose line goes on beyond the text counts, too."""
    import json

    line, newline, _ = text.partition("\n")
    if not newline and not whole:
        return True
    try:
        json.loads(line)
    except json.JSONDecodeError as error:
        # Damaged JSONL does not parse either: only objects behind one another, or one that goes on below, are others.
        return not (error.msg == "Extra data" or (newline and _stops(line)))
    except (ValueError, RecursionError):
        return True
    return True


def _stops(line: str) -> bool:
    """Whether a line of JSON stops inside of its object."""
    import json

    try:
        json.JSONDecoder().raw_decode(line)
    except json.JSONDecodeError as error:
        return error.pos >= len(line.rstrip())
    return False
