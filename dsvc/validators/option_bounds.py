"""Figures that an option of a rule cannot have: with them it would find nothing, or everything, without a word."""

from __future__ import annotations

import math
from typing import Final

_SHARES: Final = frozenset({"alike", "most", "from_share"})
"""Options that are shares, in whatever rule."""
_ABOVE_ZERO: Final = frozenset({"alike", "from_share", "tokens", "times", "characters", "megabytes"})


def senseless(option: str, value: object) -> str | None:
    """What is wrong with the value of an option (``is 1.5, no share from 0 to 1``); None where it makes sense."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    if option in _SHARES and not 0 <= value <= 1:
        return f"is {value:g}, no share from 0 to 1"
    if option in _ABOVE_ZERO and not value > 0:
        return f"is {value:g}, it must be above 0"
    if value < 0 or not math.isfinite(value):
        return f"is {value:g}, no such number can be"
    return None
