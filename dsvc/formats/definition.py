"""What a shape is: its fields, who reads them, and how it is told, read and written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

from dsvc.formats.canonical import NOTHING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pydantic import BaseModel

    from dsvc.formats.canonical import Canonical, Kind
    from dsvc.formats.report import Told
    from dsvc.record import Json

Reasoning = Literal["reasoning_content", "thinking", "reasoning", "think"]
"""How messages spell reasoning: in a key of its own, or inside the text between ``<think>`` and ``</think>``."""


class Field(msgspec.Struct, frozen=True):
    """A field as its consumers define it. ``type`` is a Python type, an Object, or a list of one.

    One that ``passes`` tells a shape, but no trainer reads it: it goes into every target as a key that is not known.
    """

    name: str
    type: Any
    about: str
    required: bool = True
    passes: bool = False


class Object(msgspec.Struct, frozen=True):
    """An object inside a record, named so that a model can be made of it."""

    name: str
    fields: tuple[Field, ...]


class ListOf(msgspec.Struct, frozen=True):
    """A list of values of one type."""

    item: Any


class AnyOf(msgspec.Struct, frozen=True):
    """One of several types."""

    types: tuple[Any, ...]


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """One shape of records.

    ``looks`` tells from 0 to 1 how well a record with the required fields looks like it inside; ``dataset_info`` is
    what LLaMA-Factory needs beside ``file_name`` to read a file of it; ``bare``: whether prompt and answer may be texts
    that no chat template will be put around.
    """

    name: str
    kind: Kind
    title: str
    fields: tuple[Field, ...]
    readers: tuple[str, ...]
    source: str
    examples: tuple[dict[str, Json], ...]
    looks: Callable[[dict[str, Json]], float]
    read: Callable[[dict[str, Json], Told], Canonical]
    write: Callable[[Canonical, Told], dict[str, Json]]
    cautions: tuple[str, ...] = ()
    dataset_info: dict[str, Json] | None = None
    bare: bool = False
    write_reasoning: Callable[[Canonical, Told, Reasoning], dict[str, Json]] | None = None

    @property
    def required(self) -> tuple[str, ...]:
        """The fields that every record has."""
        return tuple(field.name for field in self.fields if field.required)

    @property
    def model(self) -> type[BaseModel]:
        """The pydantic model of a record: strict, unknown keys kept."""
        from dsvc.formats.model import model_of

        return model_of(self.name, self.fields)


def known_of(fields: Iterable[Field]) -> frozenset[str]:
    """The names of fields that a shape reads and writes itself."""
    return frozenset(field.name for field in fields if not field.passes)


def extra_of(value: dict[str, Json], known: frozenset[str]) -> dict[str, Json]:
    """The keys that a shape does not know, in their order."""
    if value.keys() <= known:
        return NOTHING
    return {key: inner for key, inner in value.items() if key not in known}


def with_extra(
    fields: dict[str, Json], extra: Mapping[str, Json], known: frozenset[str], told: Told, where: str = ""
) -> dict[str, Json]:
    """The fields of a record, unknown keys last. One that means something else in the target is left out, and told."""
    if extra:
        for key, value in extra.items():
            if key in known:
                told.lost(f"{where}{key}", "has another meaning in the target")
            else:
                fields[key] = value
    return fields
