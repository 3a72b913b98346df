"""A few lines from all over a version, which tell what its records have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dsvc.errors import DsvcError

if TYPE_CHECKING:
    from collections.abc import Callable

    from dsvc.layout import FileLayout
    from dsvc.snapshot import Snapshot

_WINDOWS = 24
_WINDOW_BYTES = 32 * 1024
_WINDOW_LINES = 16
_SMALL_BYTES = 256 * 1024


def sample_lines(version: Snapshot) -> list[bytes]:
    """Runs of neighbouring lines, spread over all files by their bytes; of a very small version all lines.

    Where they lie follows from the content alone. They are not verified, and what cannot be read is left out: they
    are for counting.
    """
    files = sorted((file for file in version.layout.files if file.bytes), key=lambda file: file.path)
    total = sum(file.bytes for file in files)
    if total <= _SMALL_BYTES:
        lines = [line for file in files for line in _lines(version.range_reader(file), file, 0, file.bytes)]
        if len(lines) <= _WINDOWS * _WINDOW_LINES:
            return lines
        starts = np.linspace(0, len(lines) - _WINDOW_LINES, _WINDOWS).astype(int).tolist()
        return [lines[number] for number in sorted({start + i for start in starts for i in range(_WINDOW_LINES)})]
    size = min(_WINDOW_BYTES, total // _WINDOWS)
    places = [total * window // _WINDOWS for window in range(_WINDOWS)]
    found: list[bytes] = []
    end = 0
    for file in files:
        begin, end = end, end + file.bytes
        if inside := [place - begin for place in places if begin <= place < end]:
            read = version.range_reader(file)
            for start in inside:
                found += _lines(read, file, start, size)[:_WINDOW_LINES]
    return found


def _lines(read: Callable[[int, int], bytes], file: FileLayout, start: int, size: int) -> list[bytes]:
    """The whole lines in a range of a file."""
    try:
        data = read(start, size)
    except DsvcError:
        return []
    lines = data.split(b"\n")[0 if start == 0 else 1 :]
    return [line for line in (lines if start + size >= file.bytes else lines[:-1]) if line]
