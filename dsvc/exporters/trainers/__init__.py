"""Trainers: which shapes each reads, and what it needs beside the data. One file a trainer.

shape_folder.py   files in one shape, for no trainer in particular
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dsvc.exporters.trainers.definition import Trainer


def trainer(name: str) -> Trainer:
    """A trainer by its name in ``dsvc.exporters.registry.TRAINERS``; any other name is that of a shape."""
    from dsvc.exporters.registry import TRAINERS

    if name not in TRAINERS:
        from dsvc.exporters.trainers.shape_folder import of_shape

        return of_shape(name)
    found: Trainer = importlib.import_module(f"dsvc.exporters.trainers.{name.replace('-', '_')}").TRAINER
    return found
