"""Exports of annotation tools: recognised by the shape of their records, whatever the file is called."""

from __future__ import annotations

from typing import Final

TOOLS: Final = ("label-studio", "doccano", "argilla", "easy-dataset")
