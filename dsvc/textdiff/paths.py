"""Paths of fields as people write them: ``label``, ``meta.lang``, ``messages[0].role``, ``labels["a b"]``."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from dsvc.errors import UsageError

if TYPE_CHECKING:
    from dsvc.textdiff.fields import Steps

_STEP: Final = re.compile(r"\.?([^.\[\]\"]+)|\[(-?\d+)\]|\.?\[?(\"(?:[^\"\\]|\\.)*\")\]?")
_HINT: Final = "write it like label, meta.lang, messages[0].role"


@lru_cache(maxsize=256)
def steps_of(path: str) -> Steps:
    """A path as keys and list positions. Raises UsageError when it is none."""
    steps: list[str | int] = []
    at = 0
    text = path.strip().removeprefix("$").removeprefix(".")
    while at < len(text):
        match = _STEP.match(text, at)
        if match is None:
            raise UsageError(f"'{path}' is not the path of a field", hint=_HINT)
        key, number, quoted = match.groups()
        steps.append(int(number) if number is not None else key if key is not None else _unquoted(quoted, path))
        at = match.end()
    if not steps:
        raise UsageError("a field needs a name", hint=_HINT)
    return tuple(steps)


def _unquoted(text: str, path: str) -> str:
    try:
        return str(json.loads(text))
    except ValueError:
        raise UsageError(f"'{path}' is not the path of a field", hint=_HINT) from None
