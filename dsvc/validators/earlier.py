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


class Reach(msgspec.Struct, frozen=True):
    """How far back is looked: into the newest ``versions``, as far as lines of so many ``bytes`` are to be read for it
    that no newer one has; what is stored elsewhere only is left out, or fetched (``fetch``)."""

    versions: int
    bytes: int
    fetch: bool = False


class Earlier(Protocol):
    """Versions of a dataset that were before the one that is looked at."""

    progress: Callable[[int], None] | None
    """Told the bytes that were read; an exception from it stops everything."""

    @property
    def names(self) -> list[str]:
        """What they are called, the newest first."""
        ...

    @property
    def not_here(self) -> list[str]:
        """Those whose data is not here; known after :meth:`said`."""
        ...

    @property
    def too_much(self) -> list[str]:
        """Those that were not looked into because it would have been too much; known after :meth:`said`."""
        ...

    def said(self, texts: Collection[int], labels: Collection[int], reach: Reach) -> dict[int, list[Stood]]:
        """What versions said of texts (digests, :class:`dsvc.validators.said.Said`).

        Only of those that are among ``labels`` values are shown. What stands unchanged in both versions that are
        compared is left out.
        """
        ...
