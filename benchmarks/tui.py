"""The terminal UI in a real pseudo-terminal: how long until the first rows, a jump, a repeated key; how much memory.

    python -m benchmarks.tui FILE|REVISION [-C FOLDER] [--size 120x40] [--repeat 5]

Times run from the key (or the start of the process) to the text on the terminal; the median of the repeats is told.
The bars are those of the issue: first rows 0.6 s, a jump 40 ms, a repeated key 20 ms, 150 MB.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import pty
import re
import select
import signal
import statistics
import struct
import subprocess
import sys
import termios
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
LONGEST: Final = 60.0
REPEATED: Final = 200
_ESCAPES: Final = re.compile(rb"\x1b(?:\[[0-9;?<>=$]*[ -/]*[@-~]|[\]P^_].*?(?:\x07|\x1b\\)|.)", re.DOTALL)


@dataclass
class Terminal:
    """A process in a pseudo-terminal, and the text that it has written since the last look."""

    argv: list[str]
    folder: Path
    columns: int
    lines: int
    process: subprocess.Popen[bytes] = field(init=False)
    began: float = field(init=False)
    _fd: int = field(init=False)
    _seen: bytes = b""

    def __enter__(self) -> Terminal:
        self._fd, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", self.lines, self.columns, 0, 0))
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
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

    def wait_for(self, text: str) -> float:
        """Read until a text stands on the terminal; the time at which. Raises TimeoutError."""
        wanted = re.compile(text.encode())
        end = time.perf_counter() + LONGEST
        while time.perf_counter() < end:
            if select.select([self._fd], [], [], 0.2)[0]:
                try:
                    self._seen += os.read(self._fd, 1 << 16)
                except OSError:
                    break
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


def measure(target: str, folder: Path, columns: int, lines: int) -> dict[str, float]:
    """One run: seconds by what was done, and MB."""
    argv = [sys.executable, "-c", "from dsvc.cli import main; main()", "tui", target]
    with Terminal(argv, folder, columns, lines) as terminal:
        found = {"first rows": terminal.wait_for(r"row 1 ") - terminal.began}
        found["first rows, processor"] = terminal.processor()
        found["all rows known"] = terminal.wait_for(r"row 1 +of [\d,]+ records +(?!reading)\w") - terminal.began
        time.sleep(0.5)
        computed, began = terminal.processor(), terminal.press(b"\x1b[F")
        found["jump to the last"] = terminal.wait_for(r"row [1-9][\d,]{3,} ") - began
        found["jump, processor"] = terminal.processor() - computed
        began = terminal.press(b"\x1b[H")
        found["jump to the first"] = terminal.wait_for(r"row 1 ") - began
        terminal.press(b"g")
        terminal.wait_for("Go to row")
        terminal.press(b"50%")
        time.sleep(0.2)
        began = terminal.press(b"\r")
        found["go to the middle"] = terminal.wait_for(r"row [1-9][\d,]{3,} ") - began
        terminal.press(b"\x1b[H")
        terminal.wait_for(r"row 1 ")
        began = terminal.press(b"\x1b[B" * REPEATED)
        found["a repeated key"] = (terminal.wait_for(f"row {REPEATED + 1} ") - began) / REPEATED
        found["memory"] = terminal.memory()
    return found


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("target")
    parser.add_argument("-C", dest="folder", type=Path, default=Path())
    parser.add_argument("--size", default="120x40")
    parser.add_argument("--repeat", type=int, default=5)
    arguments = parser.parse_args()
    columns, lines = map(int, arguments.size.split("x"))
    runs = [measure(arguments.target, arguments.folder, columns, lines) for _ in range(arguments.repeat)]
    for name in runs[0]:
        values = [run[name] for run in runs]
        if name == "memory":
            print(f"{name:22} {statistics.median(values):8.0f} MB")
        else:
            each = ", ".join([f"{value * 1000:.0f}" for value in values])
            print(f"{name:22} {statistics.median(values) * 1000:8.0f} ms   ({each})")


if __name__ == "__main__":
    main()
