"""Writes versions in other formats: ``write(snapshot, out, name)``."""

from __future__ import annotations

from dsvc.exporters.registry import FORMATS, Written, write

__all__ = ["FORMATS", "Written", "write"]
