"""Which removed record became which added one."""

from __future__ import annotations

PAIRING = 1
"""The number of the algorithm, kept in manifests: other numbers may pair other records."""
