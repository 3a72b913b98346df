"""Lines through the repairs that were chosen, counted."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

import msgspec

from dsvc.conditions.fields import MISSING, value_of
from dsvc.editing.field_splice import with_field
from dsvc.errors import UsageError
from dsvc.record import BOM, is_blank
from dsvc.repairs.repair import LEAVE_OUT, Repair
from dsvc.repairs.roles import ROLES
from dsvc.repairs.texts import WHITE_SPACE
from dsvc.repairs.whole_records import DUPLICATES, EMPTY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from dsvc.record import Json
    from dsvc.repairs.repair import Change

LINE_ENDS: Final = "line-ends"
IN_RECORDS: Final = (EMPTY, WHITE_SPACE, ROLES, DUPLICATES)
"""In the order in which they are made: what is equal after a text was trimmed is equal."""
REPAIRS: Final[Mapping[str, str]] = {
    LINE_ENDS: "line ends are a line feed alone, also behind the last record",
    **{repair.name: repair.title for repair in IN_RECORDS},
}
"""All repairs by name, each with what it does."""
_MOST_ROWS: Final = 5


class Mended(msgspec.Struct):
    """What one repair did: so many records (lines, for line ends), the first of them by row."""

    repair: str
    records: int = 0
    rows: list[int] = []

    def count(self, row: int) -> None:
        """One more."""
        self.records += 1
        if len(self.rows) < _MOST_ROWS:
            self.rows.append(row)


class Mending:
    """The repairs ``only`` (none: all) over the lines of one file.

    Records keep every byte that no repair is about. Lines that are no JSON, and blank ones, pass as they are. Raises
    UsageError for a repair that there is not.
    """

    def __init__(self, only: Sequence[str] = ()) -> None:
        for name in only:
            if name not in REPAIRS:
                near = get_close_matches(name, REPAIRS) or [*REPAIRS]
                raise UsageError(f"there is no repair '{name}'", hint=f"repairs: {', '.join(near)}")
        chosen = [repair for repair in IN_RECORDS if not only or repair.name in only]
        self._ends = not only or LINE_ENDS in only
        self._find: list[tuple[Repair, Callable[[bytes, object], list[Change]]]] = [
            (repair, repair.begin()) for repair in chosen
        ]
        self.made = {name: Mended(name) for name in REPAIRS if not only or name in only}

    def lines(self, lines: Iterable[bytes], name: str) -> Iterator[bytes]:
        """The lines with their ends, mended; those of left out records are not there. A byte order mark stays."""
        row = 0
        mark = b""
        for number, line in enumerate(lines):
            if number == 0 and line.startswith(BOM):
                mark, line = BOM, line.removeprefix(BOM)
            if is_blank(line):
                yield mark + line
                mark = b""
                continue
            row += 1
            ended = self._with_end(line, row)
            content = ended.rstrip(b"\r\n")
            mended = self._record(content, name, row)
            if mended is not None:
                yield mark + mended + ended[len(content) :]
                mark = b""

    def _with_end(self, line: bytes, row: int) -> bytes:
        if not self._ends or (line.endswith(b"\n") and not line.endswith(b"\r\n")):
            return line
        self.made[LINE_ENDS].count(row)
        return line.rstrip(b"\r\n") + b"\n"

    def _record(self, content: bytes, name: str, row: int) -> bytes | None:
        """A record's bytes, mended; None: it is left out."""
        value = value_of(content) if self._find else MISSING
        if not isinstance(value, dict):
            return content
        for repair, find in self._find:
            changes = find(content, value)
            if not changes:
                continue
            self.made[repair.name].count(row)
            if changes is LEAVE_OUT:
                return None
            content = _with(content, changes, name, row)
            value = value_of(content)
        return content


def _with(content: bytes, changes: Sequence[Change], name: str, row: int) -> bytes:
    for steps, text in changes:
        made: Json = text
        content = with_field(content, steps, made, name=name, row=row - 1)
    return content
