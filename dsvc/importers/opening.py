"""Opening a source: a file, a zip, a folder, standard input, or a dataset on a hub, each as parts to read."""

from __future__ import annotations

import hashlib
import re
from contextlib import contextmanager, suppress
from functools import partial
from itertools import islice
from json import dumps
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from dsvc.errors import BadDataError, NotFoundError
from dsvc.importers import compression, inside
from dsvc.importers.files import grouped
from dsvc.importers.folder_facts import facts_of
from dsvc.importers.input_file import InputFile
from dsvc.importers.inside import list_inside, path_to
from dsvc.importers.registry import FORMATS, format_of, read, require_text
from dsvc.importers.source import Part, RecordSource, picked
from dsvc.importers.tools import as_records
from dsvc.own_files import is_baseline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from dsvc.importers.source import Wanted

STANDARD_INPUT: Final = "-"
_SCHEME: Final = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<rest>.+)")
_SHOWN: Final = 3
_FACT_BYTES: Final = 1 << 20


@contextmanager
def opened(called: str, place: Path, wanted: Wanted) -> Iterator[RecordSource]:
    """A source by the name that the user gave, with its parts; ``place`` is where it lies if it is a path.

    Valid inside the ``with`` block. Raises NotFoundError, UsageError, BadDataError.
    """
    remote = _SCHEME.fullmatch(called)
    if remote is not None and not place.exists():
        from dsvc.importers import hubs

        with hubs.opened(remote["scheme"], remote["rest"], wanted) as source:
            yield source
    elif called == STANDARD_INPUT or place.is_fifo():
        with _copied(Path("/dev/stdin") if called == STANDARD_INPUT else place, called) as copy:
            yield as_records(_file(copy, called, wanted), wanted)
    elif place.is_dir():
        yield of_folder(place, called, wanted)
    elif not place.exists():
        raise NotFoundError(f"there is no file '{called}'")
    elif not place.is_file():
        raise BadDataError(f"'{called}' is not a regular file", hint="write what it gives into a file first")
    else:
        yield as_records(_file(place, called, wanted), wanted)


@contextmanager
def _copied(pipe: Path, called: str) -> Iterator[Path]:
    """A temporary file with what comes out of a pipe: its format, its digest and its records are three readings."""
    import shutil
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="dsvc-") as folder:
        copy = Path(folder) / "input"
        with pipe.open("rb") as source, copy.open("wb") as file:
            shutil.copyfileobj(source, file)
        yield copy


def _file(path: Path, called: str, wanted: Wanted) -> RecordSource:
    told: list[str] = []
    if compression.is_zip(path) and len(names := compression.members(path, called)) != 1:
        return _zip(path, called, names, wanted)
    file = InputFile.of(path, called, wanted.encoding, told)
    require_text(file)
    part = _part([file], None, called, wanted)
    wrapped = None
    if (
        file.suffix == ".json"
        and wanted.records is None
        and wanted.format_name is None
        and _format(file, wanted) != "json"
    ):
        wrapped = _wrapped(part)  # in an array the objects are the records
    if wrapped is not None:
        key, count = wrapped
        way = quote("." + "".join([f"[{dumps(step, ensure_ascii=False)}]" for step in path_to(key)]) + "[]")
        told.append(
            f"'{part.called}' is one record; to take the {count:,} objects in its '{key}' instead: "
            f"dsvc import --records {quote(key)}, or jq -c {way} {quote(part.called)}"
        )
    return RecordSource(
        name=file.stem,
        parts=picked([part], wanted.splits, called),
        told=told,
        uri=None if called == STANDARD_INPUT else path.name,
        sha256=partial(sha256_of, path),
        files=(path,),
        read_as=_format(file, wanted),
        wrapped=wrapped,
        picked=bool(wanted.splits),
        is_folder=bool(wanted.splits),
    )


def _wrapped(part: Part) -> tuple[str, int] | None:
    """The list inside of a file that is one object, of no known shape, around a list of objects; None: it is none."""
    from dsvc.formats import detect
    from dsvc.record import is_blank, parse

    lines = [line for line in islice(part.lines(), 2) if not is_blank(line.removesuffix(b"\n"))]
    with suppress(ValueError):  # whoever reads the records tells what is wrong
        value = parse(lines[0]) if len(lines) == 1 else None
        if isinstance(value, dict) and detect(value).shape is None:
            return list_inside(value)
    return None


def _zip(path: Path, called: str, names: Sequence[str], wanted: Wanted) -> RecordSource:
    shown = {compression.shown_name(path, name): name for name in names}

    def text(name: str) -> str | None:
        if name not in shown:
            return None
        return InputFile(path, name, shown[name]).beginning(_FACT_BYTES).decode("utf-8", "replace")

    told: list[str] = []
    files = {name: InputFile(path, f"{called}/{name}", member, wanted.encoding, told) for name, member in shown.items()}
    source = _several(files, path.stem, called, wanted, told, _common_root(text, list(shown)))
    return replace(source, sha256=partial(sha256_of, path), files=(path,))


def _common_root(read: Callable[[str], str | None], names: Sequence[str]) -> Callable[[str], str | None]:
    """Looks for facts below the one folder that a zip may hold, too."""
    roots = {name.split("/")[0] for name in names}
    root = f"{next(iter(roots))}/" if len(roots) == 1 else ""
    return lambda name: read(name) or read(f"{root}{name}")


def of_folder(folder: Path, called: str, wanted: Wanted) -> RecordSource:
    """A folder of files, or one that ``datasets`` saved; what an annotation tool exported is read as such."""
    return as_records(_folder(folder, called, wanted), wanted)


def _folder(folder: Path, called: str, wanted: Wanted) -> RecordSource:
    if (folder / "dataset_dict.json").is_file() or (folder / "state.json").is_file():
        from dsvc.importers.hugging_face import from_disk

        return from_disk(folder, called, wanted)
    told: list[str] = []
    paths = [
        path.relative_to(folder).as_posix()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    ]
    baselines = [path for path in paths if path.endswith(".jsonl") and is_baseline(folder / path)]
    told += [f"'{path}' is a baseline of findings that were accepted, and was not read" for path in baselines]
    paths = [path for path in paths if path not in baselines]
    files = {
        path: InputFile(folder / path, f"{called.rstrip('/')}/{path}", None, wanted.encoding, told) for path in paths
    }

    def text(name: str) -> str | None:
        try:
            return (folder / name).read_bytes()[:_FACT_BYTES].decode("utf-8", "replace")
        except OSError:
            return None

    return _several(files, folder.resolve().name, called, wanted, told, text)


def _several(
    files: Mapping[str, InputFile],
    name: str,
    called: str,
    wanted: Wanted,
    told: list[str],
    text: Callable[[str], str | None],
) -> RecordSource:
    facts = facts_of(text, list(files))
    declared = facts.declared(wanted.config, called)
    groups, aside = grouped(files, called, config=wanted.config, declared=declared)
    parts = [_part([files[path] for path in group.paths], group.split, called, wanted) for group in groups]
    chosen = picked(parts, wanted.splits, called)
    names = {part.split for part in chosen} if not _renamed(parts, chosen) else {group.split for group in groups}
    used = [path for group in groups if group.split in names for path in group.paths]
    told += [
        f"'{g.split}' was joined from {len(g.paths):,} files" for g in groups if len(g.paths) > 1 and g.split in names
    ]
    if aside:
        shown = ", ".join([f"'{path}'" for path in aside[:_SHOWN]]) + (", …" if len(aside) > _SHOWN else "")
        told.append(f"not read, because nothing says that there are records in it: {shown}")
    if facts.licence is None and facts.has_licence_file is not None:
        told.append(f"'{facts.has_licence_file}' lies there; name the licence: --license SPDX")
    known = facts.uri is not None or facts.licence is not None
    return RecordSource(
        name=name,
        parts=chosen,
        told=told,
        source=(facts.name or name) if known else None,
        uri=facts.uri or name,
        licence=facts.licence,
        revision=facts.revision,
        tool=facts.tool,
        sha256=lambda: sha256_of_several({path: files[path].path for path in used}),
        files=tuple([files[path].path for path in used]),
        read_as=_format(files[used[0]], wanted),
        picked=bool(wanted.splits),
        is_folder=len(chosen) > 1,
    )


def _renamed(parts: Sequence[Part], chosen: Sequence[Part]) -> bool:
    """Whether the only part, which has no name of its own, was given one."""
    return len(parts) == 1 and parts[0].split is None and len(chosen) == 1


def _part(files: Sequence[InputFile], split: str | None, called: str, wanted: Wanted) -> Part:
    formats = [_format(file, wanted) for file in files]
    path = path_to(wanted.records) if wanted.records is not None else None

    def lines() -> Iterator[bytes]:
        for file, found in zip(files, formats, strict=True):
            last = b"\n"
            for last in read(file, found) if path is None else inside.read(file, path):
                yield last
            if file is not files[-1] and not last.endswith(b"\n"):
                yield b"\n"

    only = files[0].name if len(files) == 1 else f"{called.rstrip('/')}: {split}"
    return Part(split=split, called=only, counted="line" if set(formats) == {"jsonl"} else "record", lines=lines)


def _format(file: InputFile, wanted: Wanted) -> str:
    if wanted.records is not None:
        return "json"
    named = wanted.format_name
    return named if named in FORMATS else format_of(file)


def sha256_of(path: Path) -> str:
    """Of the bytes of a file, as they lie there."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def sha256_of_several(files: Mapping[str, Path]) -> str:
    """Of the lines that ``sha256sum`` prints for the files, in the order of their paths (``docs/format.md``)."""
    lines = [f"{sha256_of(path)}  {name}\n" for name, path in sorted(files.items())]
    return hashlib.sha256("".join(lines).encode("utf-8", "surrogateescape")).hexdigest()
