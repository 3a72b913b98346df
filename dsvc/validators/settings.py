"""``[validate]`` in ``dsvc.toml``: what a team agrees on about checks."""

from __future__ import annotations

from typing import Any

import msgspec

from dsvc.validators.finding import Severity  # noqa: TC001 - msgspec needs it at run time


class ValidateSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[validate]`` in ``dsvc.toml``; everything has a default."""

    profile: tuple[str, ...] = ()
    """Consumers whose rules run as well (``llamafactory``, ``trl`` …)."""
    ignore: tuple[str, ...] = ()
    """Rules that do not run."""
    also: tuple[str, ...] = ()
    """Rules that run although they do not by default."""
    severity: dict[str, Severity] = {}
    """Another severity for a rule."""
    options: dict[str, dict[str, Any]] = {}
    """Options of rules, by rule."""
