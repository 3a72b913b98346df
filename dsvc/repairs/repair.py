"""What a repair is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

    from dsvc.textdiff.fields import Steps

    Change = tuple[Steps, str]


class Repair(msgspec.Struct, frozen=True):
    """``find`` gives the texts of a record that get another value, or ``LEAVE_OUT``.

    ``title`` says in one line what it does, ``why`` what for and where it holds back. ``begin`` makes a new ``find``
    for each run, because some repairs remember what passed by.
    """

    name: str
    title: str
    why: str
    begin: Callable[[], Callable[[bytes, object], list[Change]]]


LEAVE_OUT: Final[list[Change]] = [((), "")]
"""Found in a record: it goes."""
