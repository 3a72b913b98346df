"""The entry that LLaMA-Factory's ``dataset_info.json`` needs for a file of a shape.

Giving ``columns`` or ``tags`` resets every key that is not listed there, silently: a file with ``tools`` whose entry
does not name them is trained without tools, and a ``tags`` block without ``system_tag`` drops each record with a system
message. So an entry names every column that the file has, and every tag. (LLaMA-Factory data/README.md and
src/llamafactory/data/parser.py)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from dsvc.formats.definition import Shape
    from dsvc.record import Json


def dataset_info(
    shape: Shape, columns: Collection[str] | None = None, file_name: str | None = None
) -> dict[str, Json] | None:
    """The entry for a file with these columns (None: with all that the shape has); None where it is not read."""
    if shape.dataset_info is None:
        return None
    entry: dict[str, Json] = {} if file_name is None else {"file_name": file_name}
    entry.update(shape.dataset_info)
    named = entry["columns"]
    assert isinstance(named, dict)
    entry["columns"] = {key: column for key, column in named.items() if columns is None or column in columns}
    return entry
