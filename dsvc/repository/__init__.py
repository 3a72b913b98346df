"""Where stores, algorithms and the working copy meet: the verbs, one file each, and the class that offers them."""

from __future__ import annotations

from dsvc.repository.repository import Repository

__all__ = ["Repository"]
