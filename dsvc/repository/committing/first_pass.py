"""Storing a first version while its files are scanned: one pass over the data instead of two.

Later versions are scanned first, because only the lines that are new are stored; of a first version all are.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from dsvc.layout import Pieces
from dsvc.record import check_records

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

    from dsvc.layout import Column
    from dsvc.origin import Origin
    from dsvc.repository.scan import ScannedFile
    from dsvc.repository.writing.version_writer import PackWriter, VersionWriter


class FirstPass:
    """Takes the lines of all files in turn; all have one origin. Leaving the ``with`` block drops an open pack."""

    def __init__(self, writer: VersionWriter, origin: Origin) -> None:
        self._writer = writer
        self._origin = origin
        self._stack = ExitStack()
        self._pack: PackWriter | None = None
        self._open: list[tuple[str, int, int, int]] = []  # path, offset, bytes, lines in the open pack
        self._rows: dict[str, list[tuple[int, int, int, int]]] = {}
        self._lines: dict[str, int] = {}

    def take(self, path: str, data: bytes, ends: Column) -> None:
        """Check and store some lines of a file. Raises BadDataError when one of them is no record."""
        before = self._lines.get(path, 0)
        self._lines[path] = before + len(ends)
        check_records(data, ends, name=path, numbers=range(before + 1, before + len(ends) + 1))
        if self._pack is not None and self._pack.is_full(data):
            self._keep()
        if self._pack is None:
            self._pack = self._stack.enter_context(self._writer.new_pack())
        self._open.append((path, self._pack.size, len(data), len(ends)))
        self._pack.write(data, ends)

    def pieces(self, files: list[ScannedFile]) -> dict[str, Pieces]:
        """Where the lines of each file went."""
        self._keep()
        found = {}
        for file in files:
            rows = self._rows.get(file.path, [])
            if file.table.unterminated:
                pack, offset, size, lines = rows[-1]
                rows[-1] = (pack, offset, size - 1, lines)
            found[file.path] = Pieces.of(rows).coalesced()
        return found

    def _keep(self) -> None:
        if self._pack is None:
            return
        number = self._writer.keep_pack(self._pack, self._origin)
        for path, offset, size, lines in self._open:
            self._rows.setdefault(path, []).append((number, offset, size, lines))
        self._open, self._pack = [], None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()
