"""The terminal UI in a browser: ``dsvc tui --serve``."""

from __future__ import annotations

from typing import Final

DRIVER: Final = "dsvc_tui.serving.driver:ServedDriver"
"""What ``TEXTUAL_DRIVER`` is for a terminal UI that is shown in a browser."""
