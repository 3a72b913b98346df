"""What blame and the history of a record tell: plain frozen values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

import msgspec

from dsvc.textdiff.fields import json_path

if TYPE_CHECKING:
    from dsvc.manifest import LedgerEntry
    from dsvc.origin import Annotator, VersionId
    from dsvc.snapshot import Record
    from dsvc.textdiff.fields import Step

StepKind: TypeAlias = Literal["added", "modified", "reformatted", "removed"]


class Attribution(msgspec.Struct, frozen=True):
    """The version that brought something in, with the source and the annotators of the records it came in with.

    ``version`` is empty for what is not committed yet. ``entry`` is None then, and for a version that nothing here
    knows any more (one that was undone and is not kept).
    """

    version: VersionId
    entry: LedgerEntry | None
    source: str | None
    annotators: tuple[Annotator, ...]

    @property
    def committed(self) -> bool:
        """Whether a version has it."""
        return self.version != ""


class BlameBlock(msgspec.Struct, frozen=True):
    """Records that follow each other in one file and have the same attribution.

    ``row`` and ``line`` (from 1, in the file) are those of the first one. ``attribution`` is None only when blame was
    asked for a field that these records do not have.
    """

    file: str
    row: int
    line: int
    records: int
    attribution: Attribution | None


class FieldBlame(msgspec.Struct, frozen=True):
    """The part of a record that ``steps`` lead to (none: all of it), and the version that gave it its value."""

    steps: tuple[Step, ...]
    attribution: Attribution

    @property
    def path(self) -> str:
        """The place as a JSON path, ``$`` for the whole record."""
        return json_path(self.steps)


class BlamedRecord(msgspec.Struct, frozen=True):
    """One record part by part, in the order of the record; a part is all that came along together.

    ``attribution`` is that of the whole record: a version that only took something out has no part.
    """

    file: str
    row: int
    line: int
    attribution: Attribution
    parts: tuple[FieldBlame, ...]


class RecordStep(msgspec.Struct, frozen=True):
    """What one version did to a record: ``before`` is the record in the version before, ``record`` in this one.

    ``record`` is None where it was removed, ``before`` where it was added. ``moved`` tells that it also left its place
    among the others.
    """

    kind: StepKind
    attribution: Attribution
    record: Record | None
    before: Record | None
    moved: bool = False
