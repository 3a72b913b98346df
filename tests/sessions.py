"""Sessions in Markdown: what somebody types after ``$`` and what comes back, run again and compared.

A session is every ``console`` block of a page, in order, in one repository; ``<!-- before: COMMAND -->`` is run first.
Dates and ids differ from run to run; they are made equal on both sides.

``python -m tests.sessions PAGE …`` runs the sessions and writes what they print into the pages (``make docs``).
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples" / "finance_qa_versions"

_BEFORE = re.compile(r"^<!-- before: (.*) -->$", re.MULTILINE)
_BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
_VARYING = (
    (re.compile(r"\b\d{4}-\d\d-\d\d \d\d:\d\d\b"), "<minute>"),
    (re.compile(r"\b\d{8}T\d{6}-[0-9a-f]{8}\b"), "<moment>"),
    (re.compile(r"\b[0-9a-f]{32}\b"), "<id>"),
    (re.compile(r"-[0-9a-f]{8}\b"), "-<id>"),
    (re.compile(r"\b\d{4}-\d\d-\d\d\b"), "<day>"),
    (re.compile(r"(?<=  )[0-9a-f]{8}(?=  )"), "<id>"),
    (re.compile(r"^[0-9a-f]{7} ", re.MULTILINE), "<commit> "),
)


@dataclass(frozen=True)
class Step:
    """A command, and what the page says that it prints."""

    command: str
    output: str


def session(page: str) -> list[Step]:
    """All steps of a page."""
    return [step for block in _BLOCK.findall(page) for step in steps(block)]


def steps(block: str) -> list[Step]:
    """The steps of one block."""
    parts = (part.partition("\n") for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:])
    return [Step(command, output.rstrip("\n")) for command, _, output in parts]


def prepared(page: str, folder: Path) -> Shell:
    """A shell in which the page's preparation was done."""
    shell = Shell.start(folder)
    for command in _BEFORE.findall(page):
        shell.type(command)
    return shell


def again(page: str, folder: Path) -> str:
    """The page with what its commands print today; output that differs in dates and ids only stays as it is."""
    shell = prepared(page, folder)

    def run(match: re.Match[str]) -> str:
        lines = []
        for step in steps(match[1]):
            printed = shell.type(step.command)
            output = step.output if plain(printed) == plain(step.output) else printed
            lines += [f"$ {step.command}", *([output] if output else [])]
        return "\n".join(["```console", *lines, "```"])

    return _BLOCK.sub(run, page)


def plain(output: str) -> str:
    """Output without what differs from run to run."""
    for pattern, mark in _VARYING:
        output = pattern.sub(mark, output)
    return output.rstrip()


@dataclass(frozen=True)
class Shell:
    """A folder in which a session is typed, by 李敏."""

    folder: Path

    @classmethod
    def start(cls, folder: Path) -> Shell:
        """An empty git repository beside the example data, which is in ``examples/``."""
        shell = cls(folder)
        folder.mkdir(parents=True)
        (folder.parent / "examples").symlink_to(EXAMPLES)
        for command in ("git init -q", "git config user.name 李敏", "git config user.email limin@example.com"):
            shell.type(command)
        return shell

    def type(self, command: str) -> str:
        """What a command prints on stdout and stderr, in the order in which it comes."""
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        environment = {**os.environ, "PATH": path, "COLUMNS": "100", "PYTHONUNBUFFERED": "1"}
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        return done.stdout.decode("utf-8").rstrip("\n")


def main() -> None:
    """Write the pages named on the command line anew."""
    for name in sys.argv[1:]:
        page = Path(name)
        with tempfile.TemporaryDirectory() as folder:
            page.write_text(again(page.read_text("utf-8"), Path(folder) / "repo"), "utf-8")


if __name__ == "__main__":
    main()
