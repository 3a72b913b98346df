"""Draws ``word-diff.svg`` of what ``dsvc diff`` prints: ``python docs/images/word_diff.py`` (``make docs``).

Every character gets a position of its own, two columns wide for Chinese, so that the picture looks the same whatever
fonts the reader has.
"""

from __future__ import annotations

import html
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wcwidth import iter_graphemes, width

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE: Final = Path(__file__).resolve().parent
PICTURE: Final = HERE / "word-diff.svg"
EXAMPLES: Final = HERE.parents[1] / "examples" / "finance_qa_versions"
COMMAND: Final = ("dsvc", "diff", "v1.0.jsonl", "v1.1.jsonl", "--limit", "3")
COLUMNS: Final = 92

CELL, LINE, SIZE, MARGIN = 8.4, 20, 14, 20
"""Width of a column, height of a line, size of the type, space around it: all in pixels."""

BACKGROUND, TEXT = "#0d1117", "#c9d1d9"
STYLES: Final = {
    "0": "",
    "1": "font-weight:bold",
    "2": "fill:#8b949e",
    "31": "fill:#ff7b72",
    "32": "fill:#56d364",
    "33": "fill:#e3b341",
    "34": "fill:#79c0ff",
    "36": "fill:#76e3ea",
}
"""What the escape sequences of the command line look like on a dark background."""


def transcript() -> str:
    """The command and what it prints, in colour."""
    environment = {**os.environ, "COLUMNS": str(COLUMNS), "FORCE_COLOR": "1", "PYTHONIOENCODING": "utf-8"}
    environment.pop("NO_COLOR", None)
    program = [sys.executable, "-c", "import dsvc.cli; dsvc.cli.main()", *COMMAND[1:]]
    done = subprocess.run(program, cwd=EXAMPLES, env=environment, capture_output=True, check=True)
    return f"\x1b[1m$ {' '.join(COMMAND)}\x1b[0m\n{done.stdout.decode('utf-8')}"


def runs(line: str) -> Iterator[tuple[str, str]]:
    """The line's texts, each with its style."""
    style = ""
    for number, part in enumerate(re.split(r"\x1b\[(\d+)m", line)):
        if number % 2:
            style = STYLES[part]
        elif part:
            yield style, part


def places(text: str, start: float, cell: float) -> str:
    """The x of each character, as SVG's ``text`` takes them: ``start`` and the width of a column ``cell`` in pixels."""
    found, at = [], 0
    for grapheme in iter_graphemes(text):
        found += [f"{start + at * cell:.6g}"] * len(grapheme)
        at += width(grapheme)
    return " ".join(found)


def text_element(text: str, style: str, column: int, y: float) -> str:
    """One run of characters, each at its own column."""
    look = f' style="{style}"' if style else ""
    x = places(text, MARGIN + column * CELL, CELL)
    return f'<text x="{x}" y="{y:g}"{look}>{html.escape(text, quote=False)}</text>'


def svg(text: str) -> str:
    """A picture of a terminal with this text in it."""
    lines = text.rstrip("\n").split("\n")
    across, down = 2 * MARGIN + COLUMNS * CELL, 2 * MARGIN + len(lines) * LINE
    rows = []
    for number, line in enumerate(lines):
        column = 0
        for style, part in runs(line):
            if part.strip():
                rows.append(text_element(part, style, column, MARGIN + number * LINE + SIZE))
            column += width(part)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {across:g} {down:g}" width="{across:g}" '
        f'height="{down:g}" xml:space="preserve" font-size="{SIZE}" fill="{TEXT}" '
        "font-family=\"ui-monospace, SFMono-Regular, Menlo, Consolas, 'Noto Sans Mono CJK SC', monospace\">"
    )
    title = f"<title>{html.escape(' '.join(COMMAND))}</title>"
    box = f'<rect width="{across:g}" height="{down:g}" rx="8" fill="{BACKGROUND}"/>'
    return "\n".join([head, title, box, *rows, "</svg>"]) + "\n"


if __name__ == "__main__":
    PICTURE.write_text(svg(transcript()), "utf-8")
