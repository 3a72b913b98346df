"""What import takes records from: one or more parts, and what is known of where they come from."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

from dsvc.errors import BadDataError, NotFoundError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

_SPLIT: Final = re.compile(r"(?P<name>[^\[\]+]+)(?:\[(?P<start>\d*):(?P<stop>\d*)\])?")


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What the user says about a source: all of it may be left open."""

    format_name: str | None = None
    """How its files are written, or the tool that they come from."""
    encoding: str | None = None
    splits: tuple[str, ...] = ()
    """Names of splits, each perhaps with a range of records: ``train[:1000]``."""
    config: str | None = None
    records: str | None = None
    """The path of the list that holds the records, in a file that is one JSON object."""
    as_written: bool = False
    """Leave what annotation tools exported as it is, for who reads their answers."""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes one file of records.

    ``split`` names it where there are several; ``called`` is what messages call it, ``counted`` what the numbers of its
    lines are there; ``lines`` reads it from its beginning, as often as it is asked.
    """

    split: str | None
    called: str
    counted: Literal["line", "record"]
    lines: Callable[[], Iterator[bytes]]


class RecordSource(msgspec.Struct, frozen=True, kw_only=True):
    """Parts, in order, and where they come from, as far as what lies there tells.

    ``name``: a dataset may be called so. ``sha256`` is of the source's bytes, before anything is unpacked; of several
    files as ``docs/format.md`` defines it. ``told`` grows while parts are read.
    """

    name: str
    parts: tuple[Part, ...]
    told: list[str]
    source: str | None = None
    uri: str | None = None
    licence: str | None = None
    revision: str | None = None
    tool: str | None = None
    annotator_field: str | None = None
    metadata: Mapping[str, Any] = {}
    sha256: Callable[[], str | None] = lambda: None
    files: tuple[Path, ...] = ()
    """The files that the digest is of."""
    wrapped: tuple[str, int] | None = None
    """The path of a list of objects inside of the one object that it is, and how many these are."""
    read_as: str = "jsonl"
    """What its files were read as: a format, or a tool."""
    written_as: str | None = None
    """The format to name (``--from``) for whoever wants its files as they are; None: it was named, or cannot be."""
    picked: bool = False
    """Whether the parts are some of several, because the user named them."""
    is_folder: bool = False
    """Whether it becomes a folder where nothing else is said: it has several parts, or the user named its only one."""


def picked(parts: Sequence[Part], splits: Sequence[str], called: str) -> tuple[Part, ...]:
    """The parts that the user named, each cut to its range; all when nobody named any.

    A single part without a name takes the one that is given. Raises NotFoundError for an unknown split.
    """
    if not splits:
        return tuple(parts)
    chosen = []
    for text in splits:
        name, start, stop = parse_split(text)
        found = next((part for part in parts if part.split == name), None)
        if found is None and len(parts) == 1 and parts[0].split is None:
            found = parts[0]
        if found is None:
            has = ", ".join(str(part.split) for part in parts)
            raise NotFoundError(f"'{called}' has no split '{name}' (it has: {has})", hint="name one of them: --split")
        chosen.append(msgspec.structs.replace(found, split=name, lines=_cut(found, start, stop)))
    names = [part.split for part in chosen]
    if len(set(names)) < len(names):
        raise UsageError("a split is named twice", hint="name it once: --split 'train[:1000]'")
    return tuple(chosen)


def parse_split(text: str) -> tuple[str, int, int | None]:
    """``train[10:1000]`` as name, first record (from 0) and the one behind the last. Raises UsageError for others."""
    match = _SPLIT.fullmatch(text)
    if match is None:
        raise UsageError(
            f"'{text}' does not name a split, or a range of its records",
            hint="write --split train, or a range, in numbers of records from the beginning: --split 'train[10:1000]'",
        )
    start, stop = int(match["start"] or 0), int(match["stop"]) if match["stop"] else None
    if stop is not None and stop <= start:
        raise UsageError(
            f"'{text}' holds no records: it ends at {stop:,}, and begins at {start:,}",
            hint=f"--split '{match['name']}[{min(start, stop)}:{max(start, stop, 1)}]'",
        )
    return match["name"], start, stop


def _cut(part: Part, start: int, stop: int | None) -> Callable[[], Iterator[bytes]]:
    if start == 0 and stop is None:
        return part.lines

    def lines() -> Iterator[bytes]:
        from dsvc.record import is_blank

        at = 0
        for line in part.lines():
            if is_blank(line.removesuffix(b"\n")):
                if start <= at:
                    yield line
                continue
            at += 1
            if at > start:
                yield line
            if at == stop:
                return
        if at <= start:
            raise BadDataError(f"'{part.called}' has {at:,} records, none from number {start + 1:,} on")

    return lines
