"""Trainers: which shapes each reads, and what it needs beside the data. One file a trainer."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dsvc.exporters.trainers.definition import Trainer


def trainer(name: str) -> Trainer:
    """A trainer by its name in ``dsvc.exporters.registry.TRAINERS``."""
    found: Trainer = importlib.import_module(f"dsvc.exporters.trainers.{name.replace('-', '_')}").TRAINER
    return found
