"""Files of dsvc's own that may lie beside data, and end like it: they are never data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from pathlib import Path

BASELINE_FORMAT: Final = "dsvc.baseline/1"


class _Head(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: str


def is_baseline(path: Path) -> bool:
    """Whether a file says in its first line that it is a baseline, and nothing besides.

    A pipe or a device, which would keep one waiting, is none.
    """
    if not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            return msgspec.json.decode(file.readline(1024), type=_Head).format == BASELINE_FORMAT
    except (OSError, ValueError, msgspec.DecodeError):
        return False
