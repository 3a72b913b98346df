"""GSM8K: ``question`` and ``answer``; the final number stands behind ``####``."""

from __future__ import annotations

from typing import Final

from dsvc.formats.definition import Field, Shape, known_of
from dsvc.formats.pairs import pair_reader, pair_writer, texts_look

FIELDS: Final = (
    Field("question", str, "the problem"),
    Field("answer", str, "the way to the solution; in GSM8K '#### NUMBER' ends it"),
)
KNOWN: Final = known_of(FIELDS)

SHAPE: Final = Shape(
    name="question-answer",
    kind="conversation",
    title="question and answer (GSM8K)",
    fields=FIELDS,
    readers=(
        "ms-swift (guesses the names)",
        "LLaMA-Factory (columns: prompt, response)",
        "evaluation scripts of GSM8K",
    ),
    source="openai/grade-school-math; axolotl alpaca_chat.load_qa",
    examples=(
        {"question": "小张有3张卡，又办了2张，一共几张？", "answer": "3+2=<<3+2=5>>5张。\n#### 5"},
        {"question": "A fee is 2 a month. What is it a year?", "answer": "2*12=<<2*12=24>>24.\n#### 24"},
    ),
    cautions=(
        "What stands in front of #### is part of the answer: no shape has a place of its own for the final number.",
    ),
    dataset_info={"formatting": "alpaca", "columns": {"prompt": "question", "response": "answer"}},
    looks=texts_look("question", "answer"),
    read=pair_reader("question", "answer", KNOWN),
    write=pair_writer("question", "answer", KNOWN),
)
