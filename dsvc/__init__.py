"""Git-style version control for fine-tuning datasets, record by record, on git and DVC."""

from __future__ import annotations
