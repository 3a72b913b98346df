"""Names for what dsvc stores, and where lines come from. Light: a ``status`` needs no more of the core than this."""

from __future__ import annotations

from typing import Final, NewType

import msgspec

from dsvc.errors import UsageError

PackId = NewType("PackId", str)
"""32 hexadecimal digits: the start of the sha256 of a pack's bytes."""
LayoutId = NewType("LayoutId", str)
"""32 hexadecimal digits: the start of the sha256 of a layout file's bytes."""
VersionId = NewType("VersionId", str)
"""32 random hexadecimal digits."""


class Annotator(msgspec.Struct, frozen=True):
    """Who made lines: ``kind`` is ``person``, ``model`` or ``script``."""

    name: str
    kind: str = "person"


KINDS: Final = ("person", "model", "script")


def annotator_named(text: str) -> Annotator:
    """The annotator that ``NAME`` or ``NAME:kind`` means. Raises UsageError; a name with a colon needs its kind."""
    name, colon, kind = text.rpartition(":")
    if not colon:
        name, kind = text, "person"
    elif kind not in KINDS:
        raise UsageError(
            f"'{kind}' is not {', '.join(KINDS[:-1])} or {KINDS[-1]} (if it is of the name: '{text}:person')"
        )
    if not name.strip():
        raise UsageError("an annotator needs a name, like a1 or qwen3:model")
    return Annotator(name.strip(), kind)


class Origin(msgspec.Struct, frozen=True):
    """What a pack's lines came in with: the version, the source's name, the annotators."""

    version: VersionId
    source: str | None = None
    annotators: tuple[Annotator, ...] = ()
