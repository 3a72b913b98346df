"""Files that the settings name."""

from __future__ import annotations

from pathlib import Path

from dsvc.errors import UsageError


def read_named(path: str, what: str, setting: str) -> bytes:
    """The bytes of a file that a setting names. Raises UsageError that says which (``the schema``), and the setting."""
    place = Path(path)
    if not place.exists():
        hint = f"put it there, or let '{setting}' in the settings name another one"
        raise UsageError(f"there is no {what} '{path}'", hint=hint)
    if not place.is_file():
        raise UsageError(f"the {what} '{path}' is no file", hint=f"let '{setting}' in the settings name a file")
    try:
        return place.read_bytes()
    except OSError as error:
        told = (error.strerror or str(error)).lower()
        raise UsageError(f"cannot read the {what} '{path}': {told}", hint=f"see who may: ls -l '{path}'") from error
