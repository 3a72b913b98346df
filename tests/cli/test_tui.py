"""``dsvc tui`` before it takes the terminal over; the screens themselves are tried in ``tests/tui``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from inline_snapshot import snapshot

if TYPE_CHECKING:
    from tests.cli.conftest import Shell


def test_without_a_terminal_there_is_one_clear_error(bank: Shell) -> None:
    assert bank("tui") == snapshot("""\
! error: the terminal UI needs a terminal
! hint: without one: dsvc log, dsvc diff, dsvc cat
exit 2
""")


def test_a_pipe_is_not_waited_for(bank: Shell) -> None:
    os.mkfifo("pipe")
    assert bank("tui", "pipe") == snapshot("""\
! error: 'pipe' is a pipe, and what is looked at is read more than once
! hint: write what it gives into a file first: dsvc tui FILE
exit 2
""")
