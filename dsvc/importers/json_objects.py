"""JSON objects that stand behind one another, over as many lines as they like; neither JSONL nor JSON.

What easy-dataset writes for LLaMA-Factory is such a file, and what ``jq .`` prints. Each object becomes a line as in
:mod:`dsvc.importers.json_array`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsvc.importers.json_array import ObjectReader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.importers.input_file import InputFile


def read(file: InputFile) -> Iterator[bytes]:
    """The objects as lines. Raises BadDataError (name, line, column) for anything else between them."""
    text = ObjectReader(file)
    while text.next_char():
        yield text.element()
