"""A program in a real pseudo-terminal: press keys, wait until the screen shows a text, see what it took.

An emulator (pyte) keeps the screen, because programs write only what is not there yet. It works behind the clock: the
time that counts is when the bytes arrived.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import queue
import re
import signal
import struct
import subprocess
import termios
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyte

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST: Final = 180.0
"""Seconds after which a text is not waited for any longer."""
_READ: Final = 1 << 16
_QUIET: Final = 0.05
_LONGEST_BURST: Final = 0.3


@dataclass
class Terminal:
    """A process in a pseudo-terminal, and its screen."""

    argv: list[str]
    folder: Path
    columns: int = 120
    lines: int = 40
    variables: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] = field(init=False)
    began: float = field(init=False)
    _fd: int = field(init=False)
    _arrived: queue.SimpleQueue[tuple[float, bytes]] = field(default_factory=queue.SimpleQueue)

    def __enter__(self) -> Terminal:
        self._screen = pyte.Screen(self.columns, self.lines)
        self._stream = pyte.ByteStream(self._screen)
        self._fd, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", self.lines, self.columns, 0, 0))
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", **self.variables}
        for name in ("COLUMNS", "LINES", "NO_COLOR"):
            environment.pop(name, None)
        self.began = time.perf_counter()
        self.process = subprocess.Popen(
            self.argv, stdin=theirs, stdout=theirs, stderr=theirs, cwd=self.folder, env=environment,
            start_new_session=True,
        )  # fmt: skip
        os.close(theirs)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self._reader.join(5)
        os.close(self._fd)

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self._fd, _READ)
            except OSError:  # the program has ended
                return
            self._arrived.put((time.perf_counter(), data))

    @property
    def text(self) -> str:
        """What the screen shows, as far as it was waited for."""
        buffer, columns = (
            self._screen.buffer,
            range(self.columns),
        )  # pyte's own ``display`` stumbles over wide characters
        return "\n".join(["".join([buffer[line][column].data for column in columns]) for line in range(self.lines)])

    def press(self, keys: bytes) -> float:
        """Press keys; the time at which."""
        while not self._arrived.empty():
            self._stream.feed(self._arrived.get()[1])
        now = time.perf_counter()
        os.write(self._fd, keys)
        return now

    def wait_for(self, text: str, *, longest: float = LONGEST) -> float:
        """Wait until the screen shows a text (a regular expression); when its bytes came. Raises TimeoutError."""
        wanted = re.compile(text)
        end = time.perf_counter() + longest
        while (left := end - time.perf_counter()) > 0:
            chunks = self._burst(left)
            for arrived, data in chunks:
                self._stream.feed(data)
                if wanted.search(self.text):
                    return arrived
        raise TimeoutError(f"'{text}' did not appear within {longest:.0f} s:\n{self.text}")

    def _burst(self, longest: float) -> list[tuple[float, bytes]]:
        """What is written at one go, with the times. Nothing is emulated meanwhile: that would hold up the reader."""
        found: list[tuple[float, bytes]] = []
        end = time.perf_counter() + longest
        with contextlib.suppress(queue.Empty):
            while time.perf_counter() < end:
                found.append(self._arrived.get(timeout=_QUIET if found else longest))
                end = min(end, found[0][0] + _LONGEST_BURST)
        return found

    def processor(self) -> float:
        """Seconds that the process has computed: what a busy machine does not change."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> float:
        """The most resident memory that the process had, in bytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text("ascii")
        return int(re.findall(r"VmHWM:\s+(\d+)", status)[0]) * 1024.0
