"""Reads other formats as JSONL lines: ``read(path)`` finds the format and streams it."""

from __future__ import annotations

from dsvc.importers.registry import FORMATS, check_source, format_of, read

__all__ = ["FORMATS", "check_source", "format_of", "read"]
