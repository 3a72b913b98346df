"""Answers of a teacher model with its reasoning and what is known of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.formats.definition import Field, Shape, known_of
from dsvc.formats.pairs import pair_reader, pair_writer
from dsvc.record import Number

if TYPE_CHECKING:
    from dsvc.record import Json

TEACHER: Final = (
    Field("repo_name", str, "where the question comes from", required=False, passes=True),
    Field("model", str, "the teacher", required=False, passes=True),
    Field("prompt_tokens_len", int, "length of the question in tokens", required=False, passes=True),
    Field("reasoning_content_tokens_len", int, "length of the reasoning in tokens", required=False, passes=True),
    Field("content_tokens_len", int, "length of the answer in tokens", required=False, passes=True),
    Field("score", int, "how good the answer was found", required=False, passes=True),
)
FIELDS: Final = (
    Field("input", str, "what was asked"),
    Field("reasoning_content", str, "what the teacher thought", required=False),
    Field("content", str, "what the teacher answered"),
    *TEACHER,
)
KNOWN: Final = known_of(FIELDS)


def _looks(value: dict[str, Json]) -> float:
    texts = isinstance(value["input"], str) and isinstance(value["content"], str)
    return 1.0 if texts and not isinstance(value.get("reasoning_content"), (Number, list, dict)) else 0.0


SHAPE: Final = Shape(
    name="distillation",
    kind="conversation",
    title="input, reasoning_content, content, and fields about the teacher",
    fields=FIELDS,
    readers=("own scripts; LLaMA-Factory after conversion",),
    source="Congliu/Chinese-DeepSeek-R1-Distill-data-110k",
    examples=(
        {
            "input": "一年期存款和国债哪个合适？",
            "reasoning_content": "比较利率、流动性与起点。",
            "content": "急用选存款，不急用选国债。",
            "repo_name": "bank/faq",
            "score": 9,
        },
        {"input": "2+2*2?", "reasoning_content": "Multiplication first.", "content": "6", "model": "teacher-1"},
    ),
    cautions=("Fields about the teacher stay in every target as keys that it does not know.",),
    looks=_looks,
    read=pair_reader("input", "content", KNOWN, ("reasoning_content",)),
    write=pair_writer("input", "content", KNOWN, ("reasoning_content",)),
)
