"""Fields of records by path, and what stands in them: the same values that conditions look at."""

from __future__ import annotations

from dsvc.conditions.fields import MISSING, Steps, field, field_names, steps_of, text_of, value_of

__all__ = ["MISSING", "Steps", "field", "field_names", "steps_of", "text_of", "value_of"]
