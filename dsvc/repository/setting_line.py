"""In which line of a TOML file a setting is written: the library that reads TOML keeps no places."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from collections.abc import Sequence


def line_of(text: str, steps: Sequence[str]) -> int | None:
    """The line (from 1) in which a setting begins; None where it is not there.

    The first lines of a file are TOML, too, unless they end inside a value. So the setting begins behind the longest
    start of the file that can be read and does not have it. An element of a list that is written in several lines is
    in none of its own: the list's first line is told. Reads the file once for each of its lines, so it is for errors.
    """
    lines = text.split("\n")
    before = 0
    for number in range(1, len(lines) + 1):
        try:
            data = tomllib.loads("\n".join(lines[:number]))
        except tomllib.TOMLDecodeError:
            continue
        if _has(data, steps):
            return before + 1
        before = number
    return None


def _has(data: object, steps: Sequence[str]) -> bool:
    for step in steps:
        if isinstance(data, list):
            if not step.isdecimal() or int(step) >= len(data):
                return False
            data = data[int(step)]
        elif isinstance(data, dict) and step in data:
            data = data[step]
        else:
            return False
    return True
