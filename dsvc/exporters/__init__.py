"""Writes versions in other formats: ``write(snapshot, out, name)``."""

from __future__ import annotations

from dsvc.exporters.registry import FORMATS, write
from dsvc.exporters.written import Written

__all__ = ["FORMATS", "Written", "write"]
