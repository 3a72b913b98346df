"""What can be done to a record, with all that is needed to do it again and to take it back."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from dsvc.errors import BadDataError
from dsvc.record import BOM, check_record, is_blank

Kind = Literal["replace", "insert", "delete", "move"]


class Line(msgspec.Struct, frozen=True):
    """A record's bytes, and what stands behind them up to the next record: line end and blank lines."""

    content: bytes
    end: bytes


class Edit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One accepted edit. Rows count from 0.

    ``old`` is what stood at ``row`` before (replace, delete, move), ``new`` what stands there afterwards (replace,
    insert); ``to`` is where a moved record goes; ``before`` is the digest of the record that an inserted one stands
    behind.
    """

    kind: Kind
    row: int
    old: Line | None = None
    new: Line | None = None
    to: int | None = None
    before: bytes | None = None

    def opposite(self) -> Edit:
        """What takes it back."""
        if self.kind == "move":
            assert self.to is not None
            return Edit(kind="move", row=self.to, to=self.row, old=self.old)
        kinds: dict[Kind, Kind] = {"replace": "replace", "insert": "delete", "delete": "insert"}
        return Edit(kind=kinds[self.kind], row=self.row, old=self.new, new=self.old)

    def to_json(self) -> dict[str, Any]:
        """As it is written down; bytes as base64, for a line that is no record can be edited, too."""
        return msgspec.to_builtins(self)  # type: ignore[no-any-return]

    @staticmethod
    def from_json(data: dict[str, Any]) -> Edit:
        """From what was written down. Raises ValueError."""
        return msgspec.convert(data, Edit)


def require_record(content: bytes, *, name: str, row: int) -> bytes:
    """The content when it is one record on one line, by the rules that a commit goes by. Raises BadDataError."""
    where = f"'{name}:{row + 1}'"
    if b"\n" in content or b"\r" in content:
        raise BadDataError(f"cannot take the record at {where}: a record stands on one line", hint="write it on one")
    if is_blank(content):
        raise BadDataError(
            f"cannot take the record at {where}: it is empty", hint="a record without fields is {}; or delete it"
        )
    if content.startswith(BOM):
        raise BadDataError(
            f"cannot take the record at {where}: a byte order mark is no part of a record, column 1",
            hint="take the mark (bytes EF BB BF) out of it",
        )
    check_record(content, name=name, line_number=row + 1)
    return content
