"""A plain reading of ignore files: enough for the rules that dsvc writes, and for most that people write.

What gitignore(5) also knows and this does not: ``!`` (taking a rule back), ``**``, ranges such as ``[a-z]``, global
and per-repository exclude files.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

IGNORE_FILE = ".gitignore"


def is_ignored(root: Path, path: str) -> bool:
    """Whether an ignore file in one of the folders of ``path``, from ``root`` down, keeps it or its folder out."""
    pure = PurePosixPath(path)
    for folder in pure.parents:
        below = pure.relative_to(folder)
        prefixes = [PurePosixPath(*below.parts[:count]) for count in range(1, len(below.parts) + 1)]
        for rule in _rules(root / folder / IGNORE_FILE):
            if any(rule.fullmatch(str(prefix)) for prefix in prefixes):
                return True
    return False


def _rules(file: Path) -> list[re.Pattern[str]]:
    if not file.is_file():
        return []
    lines = file.read_text("utf-8", "surrogateescape").splitlines()
    return [_pattern(line) for line in lines if line.strip() and not line.startswith(("#", "!"))]


def _pattern(line: str) -> re.Pattern[str]:
    rule = re.sub(r"(?<!\\) +$", "", line).removesuffix("/")
    anywhere = "" if "/" in rule else "(?:.*/)?"
    return re.compile(anywhere + re.sub(r"\\.|\*|\?|[^\\*?]", _translated, rule.removeprefix("/")), re.DOTALL)


def _translated(match: re.Match[str]) -> str:
    text = match.group()
    wild = {"*": "[^/]*", "?": "[^/]"}
    return wild.get(text) or re.escape(text.removeprefix("\\") or text)
