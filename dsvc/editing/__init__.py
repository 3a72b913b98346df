"""Editing the records of a working file one by one: undone, redone, kept in a journal, written only when asked."""

from __future__ import annotations

from dsvc.editing.operations import Edit, Line
from dsvc.editing.session import EditSession

__all__ = ["Edit", "EditSession", "Line"]
