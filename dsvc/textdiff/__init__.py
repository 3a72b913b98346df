"""What changed inside a pair of records: fields by JSON path (``fields.py``), words in a text (``words.py``)."""

from __future__ import annotations

from dsvc.textdiff.fields import FieldChange, field_changes, json_path
from dsvc.textdiff.words import Span, word_diff

__all__ = ["FieldChange", "Span", "field_changes", "json_path", "word_diff"]
