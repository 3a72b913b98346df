"""Names for what dsvc stores, and where lines come from. Light: a ``status`` needs no more of the core than this."""

from __future__ import annotations

from typing import NewType

import msgspec

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


class Origin(msgspec.Struct, frozen=True):
    """What a pack's lines came in with: the version, the source's name, the annotators."""

    version: VersionId
    source: str | None = None
    annotators: tuple[Annotator, ...] = ()
