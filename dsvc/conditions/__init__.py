"""Conditions on the fields of records: one language for the command line and the terminal UI.

fields.py         what stands at the path of a field, and how that reads
line_text.py      whether a record's line has a text in it, without parsing it
language.py       ``label=fees``, ``turns>3``, ``output~^Sorry``
"""

from __future__ import annotations

from dsvc.conditions.language import HINT, Condition, condition

__all__ = ["HINT", "Condition", "condition"]
