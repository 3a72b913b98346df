"""Conditions on fields, as the command line has them, too."""

from __future__ import annotations

from dsvc.conditions.language import HINT, Condition, condition, equal, getter

__all__ = ["HINT", "Condition", "condition", "equal", "getter"]
