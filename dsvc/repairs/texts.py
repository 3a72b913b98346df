"""White space around texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.formats.detection import detect
from dsvc.repairs.repair import Repair

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.repairs.repair import Change
    from dsvc.textdiff.fields import Steps

KEPT: Final[frozenset[str | None]] = frozenset({"pretrain", "prompt-completion"})
"""Shapes whose texts are put together as they are: there a space at an edge means something."""
_SPACE: Final = " \t\r\n\u3000\xa0"
"""What is taken off: also the space as wide as a Chinese character."""


def trimmed(text: str) -> str:
    """The text without white space around it; the first line of several keeps its indent, which code needs."""
    ended = text.rstrip(_SPACE)
    if "\n" not in ended.strip(_SPACE):
        return ended.strip(_SPACE)
    lines = ended.split("\n")
    first = next(number for number, line in enumerate(lines) if line.strip(_SPACE))
    return "\n".join(lines[first:])


def _find(content: bytes, value: object) -> list[Change]:
    if b'" ' not in content and b' "' not in content and not any(mark in content for mark in _MARKS):
        return []
    edged = ((steps, text) for steps, text in _texts(value, ()) if text[:1] in _EDGE or text[-1:] in _EDGE)
    changes = [(steps, bare) for steps, text in edged if (bare := trimmed(text)) != text]
    if not changes or detect(value).shape in KEPT:  # type: ignore[arg-type]
        return []
    return changes


_EDGE: Final = frozenset(_SPACE)
_MARKS: Final = (b"\\n", b"\\t", b"\\r", b"\\u", b"\xe3\x80\x80", b"\xc2\xa0", b"\t")


def _texts(value: object, steps: Steps) -> Iterator[tuple[Steps, str]]:
    if isinstance(value, str):
        yield steps, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts(inner, (*steps, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _texts(inner, (*steps, number))


WHITE_SPACE: Final = Repair(
    name="white-space",
    title="white space around texts is taken off",
    why="A model learns it, and labels with it are others. Pre-training text and prompts with a completion keep it, "
    "because there it may mean something; and a text of several lines keeps the indent of its first one.",
    begin=lambda: _find,
)
