"""Ignore rules for git: working files and stores are kept by dsvc, not by git."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dsvc.repository.datasets import Dataset


def rule_for(dataset: Dataset) -> str:
    """The line that makes git ignore a dataset's working files; it stands in the ignore file beside them."""
    name = _literal(PurePosixPath(dataset.path).name)
    return f"/{name}" if dataset.kind == "file" else f"/{name}/*.jsonl"


def with_rule(text: str, rule: str) -> str:
    """An ignore file's text with the rule in it."""
    if rule in text.splitlines():
        return text
    return f"{text}{'' if not text or text.endswith(chr(10)) else chr(10)}{rule}\n"


def _literal(name: str) -> str:
    """A file name as gitignore(5) wants it to be taken literally."""
    escaped = re.sub(r"([\\*?\[\]!#])", r"\\\1", name)
    return re.sub(r" +$", lambda match: "\\ " * len(match.group()), escaped)
