"""What LLaMA-Factory does to files as a whole: columns whose type changes, and a sentence in system prompts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from dsvc.textdiff import json_path
from dsvc.validators.finding import Finding
from dsvc.validators.profiles.llamafactory_reading import needs_openai, reading
from dsvc.validators.profiles.reading import kind
from dsvc.validators.rule import DatasetCheck

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dsvc.validators.checked import Checked
    from dsvc.validators.finding import Place

    Steps = tuple[str, ...]

_MARKS: Final = ("detailed thinking on", "detailed thinking off")

_DEEPEST: Final = 32
"""Steps of a path that are looked at."""


# Column types


def column_types(_options: Any) -> DatasetCheck:
    """Columns of more than one type: ``datasets`` up to 4.0.0, which LLaMA-Factory asks for, cannot load them."""
    return DatasetCheck(_types, _Types)


def _types(records: Sequence[Checked]) -> dict[tuple[Steps, str], tuple[int, int]]:
    """The types behind each path, with their number and the first row."""
    found: dict[tuple[Steps, str], tuple[int, int]] = {}
    for index, record in enumerate(records):
        for seen in _seen(record.fields, (), {}):
            count, first = found.get(seen, (0, index))
            found[seen] = (count + 1, first)
    return found


def _seen(value: object, path: Steps, found: dict[tuple[Steps, str], None]) -> Iterable[tuple[Steps, str]]:
    """The paths of a record with the types behind them, each once; the outer ones first, in the record's order."""
    if value is None or len(path) > _DEEPEST:
        return found
    if path:
        found[path, kind(value)] = None
    if isinstance(value, dict):
        for key, inner in value.items():
            _seen(inner, (*path, key), found)
    elif isinstance(value, list):
        for inner in value:
            _seen(inner, (*path, "[]"), found)
    return found


class _Types:
    def __init__(self) -> None:
        self._seen: dict[tuple[str, Steps], dict[str, tuple[int, Place]]] = {}

    def take(self, places: Sequence[Place], summary: dict[tuple[Steps, str], tuple[int, int]]) -> None:
        for (path, name), (count, first) in summary.items():
            place = places[first]
            types = self._seen.setdefault((place.file, path), {})
            types[name] = (types[name][0] + count, types[name][1]) if name in types else (count, place)

    def finish(self) -> Iterator[Finding]:
        told: set[tuple[str, Steps]] = set()
        for (file, path), types in self._seen.items():
            if len(types) < 2 or any((file, path[:end]) in told for end in range(len(path))):
                continue
            told.add((file, path))
            ranked = sorted(types.items(), key=lambda one: -one[1][0])
            (usual, _), (rare, (count, place)) = ranked[0], ranked[-1]
            yield Finding(
                "",
                "error",
                f"{rare} in {count:,} {'row' if count == 1 else 'rows'}, where others have {usual}",
                place,
                path=json_path(tuple(0 if step == "[]" else step for step in path)).replace("[0]", "[]"),
                fix="bring the field into one type; objects that differ from row to row may be JSON texts",
                outcome="aborts",
            )


# The sentence that formatting openai adds


def thinking_off(_options: Any) -> DatasetCheck:
    """Rows without tools in a file that must be read with ``formatting: openai``."""
    return DatasetCheck(_altered, _Altered)


def _altered(records: Sequence[Checked]) -> tuple[list[int], bool]:
    """Rows of messages whose system prompt would be altered, and whether any row needs ``formatting: openai``."""
    rows, needed = [], False
    for index, record in enumerate(records):
        value = record.fields
        found = reading(record) if "messages" in value else None
        if found is None or found.stage != "sft" or found.formatting == "v1":
            continue
        needed = needed or needs_openai(value)
        if not value.get("tools") and not _marked(value["messages"]):
            rows.append(index)
    return rows, needed


def _marked(messages: object) -> bool:
    first = messages[0] if isinstance(messages, list) and messages else None
    if not isinstance(first, dict) or first.get("role") != "system":
        return False
    return any(mark in str(first.get("content")) for mark in _MARKS)


class _Altered:
    def __init__(self) -> None:
        self._rows: dict[str, list[Place]] = {}
        self._needed: set[str] = set()

    def take(self, places: Sequence[Place], summary: tuple[list[int], bool]) -> None:
        rows, needed = summary
        if not places:
            return
        self._rows.setdefault(places[0].file, []).extend([places[row] for row in rows])
        if needed:
            self._needed.add(places[0].file)

    def finish(self) -> Iterator[Finding]:
        for file, places in self._rows.items():
            if file not in self._needed:
                continue
            for place in places:
                yield Finding(
                    "",
                    "warning",
                    "'detailed thinking off' is added to the system prompt: the row has no tools",
                    place,
                    path="messages[0]",
                    fix="dsvc export DATASET --to llamafactory writes such files as ShareGPT",
                    outcome="altered",
                )
