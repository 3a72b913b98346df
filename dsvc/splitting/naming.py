"""Which part of a dataset a file stands for, by its name."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Final

SUFFIX: Final = ".jsonl"
_SHARD: Final = re.compile(r"-\d+-of-\d+$")


def split_of(path: str) -> str:
    """The split that a file of a folder stands for: ``train-00000-of-00002.jsonl`` belongs to ``train``."""
    return _SHARD.sub("", PurePosixPath(path).name.removesuffix(SUFFIX))
