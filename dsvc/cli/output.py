"""stdout: text in colours for a terminal, through a pager when it is long; JSON lines; bytes."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from itertools import chain, islice
from typing import TYPE_CHECKING

from dsvc.render.style import COLOURED, PLAIN, Style

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterable, Mapping
    from typing import BinaryIO


def is_terminal() -> bool:
    """Whether stdout is a terminal."""
    return sys.stdout.isatty()


def style() -> Style:
    """Colours for a terminal unless ``NO_COLOR`` is set or it is dumb; ``FORCE_COLOR`` turns them on."""
    if os.environ.get("NO_COLOR"):
        return PLAIN
    if os.environ.get("FORCE_COLOR"):
        return COLOURED
    return COLOURED if is_terminal() and os.environ.get("TERM") != "dumb" else PLAIN


def columns() -> int:
    """The width to write for: ``COLUMNS``, the terminal's, or 100."""
    import shutil

    return max(40, shutil.get_terminal_size((100, 24)).columns)


def write(lines: Iterable[str], *, pager: bool = False) -> None:
    """Write lines of safe text; with ``pager`` through one when they do not fit on the terminal."""
    rows = iter(lines)
    if pager and is_terminal() and (command := _pager()):
        import shutil

        first = list(islice(rows, shutil.get_terminal_size().lines - 1))
        if (following := next(rows, None)) is not None:
            _page(command, chain(first, [following], rows))
            return
        rows = iter(first)
    for line in rows:
        _put(f"{line}\n")


def json_line(kind: str, format_name: str, fields: Mapping[str, object]) -> None:
    """One JSON object on a line, beginning with its ``type`` and ``format``; all ASCII on a terminal."""
    from dsvc.render.json_text import json_text

    _put(json_text({"type": kind, "format": format_name, **fields}, ascii_only=is_terminal()) + "\n")


def binary() -> BinaryIO:
    """stdout for bytes that must not be touched."""
    sys.stdout.flush()
    return sys.stdout.buffer


def flush() -> bool:
    """Write out what was held back; whether it went anywhere: a closed stdout takes nothing.

    Raises BrokenPipeError when nobody reads any more.
    """
    sys.stdout.flush()
    return getattr(sys.stdout, "name", None) != os.devnull


def open_closed() -> None:
    """Let streams that the shell has closed (``>&-``) go nowhere; else the next file opened would be taken for one."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None:
            stream = open(os.devnull, mode, encoding="utf-8")  # noqa: SIM115 - it lives as long as the process
            if stream.fileno() != number:
                os.dup2(stream.fileno(), number)
            os.set_inheritable(number, True)  # noqa: FBT003 - os's order
            setattr(sys, name, stream)


def broken_pipe() -> None:
    """Whoever read our output has enough: go on quietly, and let Python's flush at exit go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _put(text: str) -> None:
    try:
        sys.stdout.write(text)
    except UnicodeEncodeError:  # a locale without the characters: show what cannot be written
        encoding = sys.stdout.encoding or "ascii"
        sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))


def _pager() -> list[str]:
    import shlex
    import shutil

    command = shlex.split(os.environ.get("PAGER", "less -R"))
    return command if command and command != ["cat"] and shutil.which(command[0]) else []


def _page(command: list[str], lines: Iterable[str]) -> None:
    import subprocess

    environment = {"LESS": "FRX", "LESSCHARSET": "utf-8", **os.environ}
    process = subprocess.Popen(command, stdin=subprocess.PIPE, env=environment)
    assert process.stdin is not None
    try:
        for line in lines:
            process.stdin.write(f"{line}\n".encode(errors="backslashreplace"))
    except BrokenPipeError:
        pass  # left the pager before the end
    finally:
        _wait(process)


def _wait(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    with suppress(BrokenPipeError):
        process.stdin.close()
    while True:
        try:
            process.wait()
        except KeyboardInterrupt:
            continue  # Ctrl-C belongs to the pager as long as it runs
        return
