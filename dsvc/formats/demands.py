"""What a trainer asks of records beyond their shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

    from dsvc.formats.canonical import Canonical
    from dsvc.formats.report import Told
    from dsvc.record import Json


class Demands(msgspec.Struct, frozen=True):
    """``look`` is shown each record that will be written, ``finish`` what was written of it.

    Both tell what the trainer would ignore, or raise Misfit for what it cannot read. ``finish`` gives the record that
    is written in the end: the very same object when nothing is to be changed. ``new_file`` is called before the first
    record of each file.
    """

    look: Callable[[Canonical, Told], None] | None = None
    finish: Callable[[dict[str, Json], Told], dict[str, Json]] | None = None
    new_file: Callable[[], None] | None = None
