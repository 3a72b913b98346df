"""What versions before said of texts: what a rule may ask, and what it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Collection


class Stood(msgspec.Struct, frozen=True, gc=False):
    """A value that a text had: its digest, the value as it is shown (empty where nobody asked), the versions that it
    stood in by age (0: the newest that was looked at)."""

    value: int
    shown: str
    ages: tuple[int, ...]


class Earlier(Protocol):
    """Versions of a dataset that were before the one that is looked at."""

    progress: Callable[[int], None] | None
    """Told the bytes that were read; an exception from it stops everything."""

    @property
    def names(self) -> list[str]:
        """What they are called, the newest first."""
        ...

    @property
    def left_out(self) -> list[str]:
        """Those that could not be read; known after :meth:`said`."""
        ...

    def said(self, texts: Collection[int], labels: Collection[int], most: int) -> dict[int, list[Stood]]:
        """What the newest ``most`` versions said of texts (digests, :class:`dsvc.validators.said.Said`).

        Only of those that are among ``labels`` values are shown. What stands unchanged in both versions that are
        compared is left out.
        """
        ...
