"""A program in a real pseudo-terminal: press keys, wait for text, see what it computed and how much memory it took."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST: Final = 180.0
"""Seconds after which a text is not waited for any longer."""
_KEPT: Final = 1 << 17
_ESCAPES: Final = re.compile(rb"\x1b(?:\[[0-9;?<>=$]*[ -/]*[@-~]|[\]P^_].*?(?:\x07|\x1b\\)|.)", re.DOTALL)


@dataclass
class Terminal:
    """A process in a pseudo-terminal, and the text that it has written since the last look."""

    argv: list[str]
    folder: Path
    columns: int = 120
    lines: int = 40
    variables: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] = field(init=False)
    began: float = field(init=False)
    _fd: int = field(init=False)
    _seen: bytes = b""

    def __enter__(self) -> Terminal:
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
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        os.close(self._fd)

    def press(self, keys: bytes) -> float:
        """Press keys; the time at which."""
        self._seen = b""
        now = time.perf_counter()
        os.write(self._fd, keys)
        return now

    def wait_for(self, text: str, *, longest: float = LONGEST) -> float:
        """Read until a text (a regular expression) is written; the time at which. Raises TimeoutError."""
        wanted = re.compile(text.encode())
        end = time.perf_counter() + longest
        while time.perf_counter() < end:
            if select.select([self._fd], [], [], min(0.2, longest))[0]:
                try:
                    self._seen += os.read(self._fd, 1 << 16)
                except OSError:
                    break
                self._seen = self._seen[-_KEPT:]
                if wanted.search(_ESCAPES.sub(b"", self._seen)):
                    return time.perf_counter()
        raise TimeoutError(f"'{text}' did not appear; last: {_ESCAPES.sub(b'', self._seen)[-500:]!r}")

    def processor(self) -> float:
        """Seconds that the process has computed: what a busy machine does not change."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> float:
        """The most resident memory that the process had, in MB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text("ascii")
        return int(re.findall(r"VmHWM:\s+(\d+)", status)[0]) * 1024 / 1e6
