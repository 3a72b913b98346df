"""Reading UTF-8 text, with a clear error for anything else."""

from __future__ import annotations

import codecs
from pathlib import PurePath
from typing import TYPE_CHECKING

from dsvc.errors import BadDataError
from dsvc.record import encoding_hint

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHUNK_BYTES = 1024 * 1024


def chunks(path: Path, name: str) -> Iterator[str]:
    """The text of a file, in chunks of about 1 MiB; a BOM is left out. Raises BadDataError unless it is UTF-8."""
    decode = codecs.getincrementaldecoder("utf-8-sig")().decode
    lines = 1
    with path.open("rb") as file:
        while data := file.read(CHUNK_BYTES):
            try:
                text = decode(data)
            except UnicodeDecodeError as error:
                raise _not_utf8(name, error, lines) from None
            lines += text.count("\n")
            yield text
    try:
        yield decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise _not_utf8(name, error, lines) from None


def _not_utf8(name: str, error: UnicodeDecodeError, lines: int) -> BadDataError:
    before = error.object[: error.start]
    line = lines + before.count(b"\n")
    return BadDataError(
        f"cannot read '{name}:{line}': byte {error.object[error.start]:#04x} is not valid UTF-8",
        hint=encoding_hint(error.object, error.start, name, f"utf8{PurePath(name).suffix}"),
    )
