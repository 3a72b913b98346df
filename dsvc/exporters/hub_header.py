"""The YAML header of a README on the Hugging Face Hub: which file is which split, licence, language.

The fields are those of https://github.com/huggingface/hub-docs/blob/main/datasetcard.md
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def data_files(files: Sequence[tuple[str | None, str]]) -> dict[str, Any]:
    """``configs`` for these files (split, path); several files of a split stay in order."""
    splits: dict[str, list[str]] = {}
    for split, path in files:
        splits.setdefault(split or "train", []).append(path)
    listed = [
        {"split": _split_name(split), "path": paths[0] if len(paths) == 1 else paths} for split, paths in splits.items()
    ]
    return {"configs": [{"config_name": "default", "data_files": listed}]}


def _split_name(name: str) -> str:
    """The name as ``datasets`` takes it: letters, digits, ``_`` and ``.`` (it refuses others)."""
    return "".join(character if character.isalnum() or character in "_." else "_" for character in name)


def as_header(fields: Mapping[str, Any]) -> bytes:
    """The header with its fences."""
    from ruamel.yaml import YAML

    out = io.BytesIO()
    yaml = YAML()
    yaml.default_flow_style = False
    yaml.width = 200
    yaml.dump(dict(fields), out)
    return b"---\n" + out.getvalue() + b"---\n"
