"""Pairs of ``input`` and ``output``."""

from __future__ import annotations

from typing import Final

from dsvc.formats.definition import Field, Shape, known_of
from dsvc.formats.pairs import pair_reader, pair_writer, texts_look

FIELDS: Final = (Field("input", str, "what goes in"), Field("output", str, "what should come out"))
KNOWN: Final = known_of(FIELDS)

SHAPE: Final = Shape(
    name="input-output",
    kind="conversation",
    title="input and output",
    fields=FIELDS,
    readers=("ms-swift (guesses the names)", "LLaMA-Factory (columns: prompt, response)", "own scripts"),
    source="tutorials on fine-tuning data (supervised fine-tuning); ms-swift AutoPreprocessor",
    examples=(
        {"input": "今天天气很好", "output": "The weather is lovely today."},
        {"input": "Net 30", "output": "Pay within thirty days.", "topic": "terms"},
    ),
    dataset_info={"formatting": "alpaca", "columns": {"prompt": "input", "response": "output"}},
    looks=texts_look("input", "output"),
    read=pair_reader("input", "output", KNOWN),
    write=pair_writer("input", "output", KNOWN),
)
