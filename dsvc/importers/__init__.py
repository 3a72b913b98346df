"""Reads other formats as JSONL lines: ``read(path)`` finds the format and streams it."""

from __future__ import annotations

from dsvc.importers.input_file import InputFile
from dsvc.importers.registry import FORMATS, format_of, read

__all__ = ["FORMATS", "InputFile", "format_of", "read"]
