"""What the commit of a version found, as it is told beside what is found now."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - msgspec needs it at run time

import msgspec


class FoundByCommit(msgspec.Struct, frozen=True):
    """What one commit found in its new lines: how often by rule, and the ``reason`` why errors were kept, where
    somebody gave one."""

    version: str
    """Dataset and number, such as ``medical@v1.4``."""
    findings: Mapping[str, int]
    reason: str | None = None
