"""Doccano (https://doccano.github.io/doccano/), JSONL of all text projects.

Records keep their bytes. A project that several people annotated is exported as one file for each of them, named after
the person, each with all examples: these are joined, so that the records of one ``id`` follow one another, and each
gets the field ``annotator``. ``all.jsonl``, of a project that people share, does not say who made what.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from dsvc.errors import BadDataError
from dsvc.importers.source import Part
from dsvc.importers.tools import ANNOTATOR, first_record, not_of, record_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dsvc.importers.source import RecordSource

TITLE: Final = "Doccano"
_PAYLOADS: Final = ("label", "entities", "cats", "bbox", "segmentation")
NOBODY: Final = ("all", "unknown")
"""What files are called that are no person's."""


def looks(record: dict[str, Any]) -> bool:
    """Whether a record looks like an example of Doccano: what it is about, labels, and the list of comments."""
    return (
        "id" in record
        and ("text" in record or "filename" in record)
        and isinstance(record.get("Comments"), list)
        and any(isinstance(record.get(name), list) for name in _PAYLOADS)
    )


def as_records(source: RecordSource) -> RecordSource:
    """The files of several people as one; a single file as it is."""
    people = [part for part in source.parts if part.split is not None and first_record(part) is not None]
    if len(people) < 2 or source.picked:
        return source
    part = Part(split=None, called=source.name, counted="record", lines=_joined(source, people))
    return replace(source, parts=(part,), annotator_field=ANNOTATOR, is_folder=False)


def _joined(source: RecordSource, people: list[Part]) -> Callable[[], Iterator[bytes]]:
    def lines() -> Iterator[bytes]:
        from tempfile import TemporaryFile

        places: dict[str, list[tuple[int, int]]] = {}
        empty = 0
        with TemporaryFile() as spool:  # the records of an id stand in as many files as there are people
            for part in people:
                for key, line, is_empty in _annotated(part, source.read_as):
                    places.setdefault(key, []).append((spool.tell(), len(line)))
                    spool.write(line)
                    empty += is_empty
            for found in places.values():
                for at, size in found:
                    spool.seek(at)
                    yield spool.read(size)
        names = ", ".join(f"'{part.split}'" for part in people)
        _tell(source, f"the files of {names} were joined on 'id'; '{ANNOTATOR}' says whose a record is")
        if empty:
            what = "records without a label (Doccano does not say whether the person looked at them)"
            _tell(source, f"{what}: {empty:,}")

    return lines


def _annotated(part: Part, read_as: str) -> Iterator[tuple[str, bytes, bool]]:
    """The id, the record with its annotator, and whether nothing was labelled."""
    from json import dumps

    from dsvc.record import BOM, is_blank

    who = f', "{ANNOTATOR}": {dumps(part.split, ensure_ascii=False)}}}\n' if part.split not in NOBODY else "}\n"
    for number, line in enumerate(part.lines(), 1):
        if is_blank(line.removesuffix(b"\n")):
            continue
        record = record_of(line, part.called, number)
        if "id" not in record:
            raise not_of(part.called, number, TITLE, "'id'", read_as)
        if ANNOTATOR in record:
            raise BadDataError(
                f"cannot read record {number:,} of '{part.called}': it has a field '{ANNOTATOR}' of its own",
                hint=f"rename it there, or take the files as they are written: --from {read_as}",
            )
        content = line.removeprefix(BOM).rstrip().removesuffix(b"}").rstrip() + who.encode()
        yield repr(record["id"]), content, not any(record.get(name) for name in _PAYLOADS)


def _tell(source: RecordSource, sentence: str) -> None:
    if sentence not in source.told:
        source.told.append(sentence)
