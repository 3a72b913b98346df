"""Records that stand in a list somewhere inside of one JSON object: ``{"data": [{…}, {…}]}``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from dsvc.errors import BadDataError, UsageError
from dsvc.importers.json_array import BROKEN, ObjectReader, elements
from dsvc.textdiff.paths import steps_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dsvc.importers.input_file import InputFile

_DEEPEST: Final = 4
"""So many objects deep a list of records is looked for."""


def list_inside(value: Mapping[str, object]) -> tuple[str, int] | None:
    """The path of the first list of two objects or more, the shallowest first, and how many they are.

    Lists are looked for in objects only: what is in a list of records belongs to these.
    """
    level: list[tuple[tuple[str, ...], object]] = [((), value)]
    for _ in range(_DEEPEST):
        found = [((*path, key), inner) for path, each in level if isinstance(each, dict) for key, inner in each.items()]
        for path, inner in found:
            if isinstance(inner, list) and len(inner) > 1 and all(isinstance(each, dict) for each in inner):
                return ".".join(map(_written, path)), len(inner)
        level = found
    return None


def _written(key: str) -> str:
    plain = bool(key) and key == key.strip() and not set(key) & set('.[]"$') and key.isprintable()
    return key if plain else json.dumps(key, ensure_ascii=False)


def path_to(text: str) -> tuple[str, ...]:
    """A path of keys: ``data``, ``payload.rows``. Raises UsageError for anything else."""
    steps = steps_of(text)
    if not all(isinstance(step, str) for step in steps):
        raise UsageError(f"'{text}' leads into a list", hint="name the keys that lead to the list: --records data.rows")
    return tuple([str(step) for step in steps])


def read(file: InputFile, path: tuple[str, ...]) -> Iterator[bytes]:
    """The objects of the list at a path as lines, read in chunks; other members of the objects around it are passed by.

    Raises BadDataError (name, line, column) when there is no such list, or for what is no JSON.
    """
    text = ObjectReader(file)
    for step in path:
        _enter(text, step, file.name)
    if text.next_char() != "[":
        raise text.error(f"'{'.'.join(path)}' holds no list", hint="name the key that holds the records: --records KEY")
    yield from elements(text)
    for _ in path:
        _leave(text)
    if text.next_char():
        raise text.error("something follows the object", hint="if each line is a record of its own: --from jsonl")


def _enter(text: ObjectReader, step: str, name: str) -> None:
    """Go to the value of a key of the object that comes next."""
    if text.next_char() != "{":
        raise text.error(f"no object with the key '{step}' stands here", hint="name other keys, or no --records")
    text.skip(1)
    while text.next_char() == '"':
        key = json.loads(text.value())
        _expect(text, ":")
        if key == step:
            return
        text.value()
        if text.next_char() == ",":
            text.skip(1)
    _expect(text, "}")
    raise BadDataError(f"'{name}' has no key '{step}' there", hint="name the key that holds the records: --records KEY")


def _leave(text: ObjectReader) -> None:
    """Pass by what is left of an object."""
    while text.next_char() == ",":
        text.skip(1)
        text.value()
        _expect(text, ":")
        text.value()
    _expect(text, "}")


def _expect(text: ObjectReader, char: str) -> None:
    if text.next_char() != char:
        raise text.error(f"expected '{char}'" if text.next_char() else "the object is not closed", hint=BROKEN)
    text.skip(1)
