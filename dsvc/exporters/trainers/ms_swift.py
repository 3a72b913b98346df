"""ms-swift: its standard JSONL (``messages``, perhaps ``rejected_response`` or ``label``), a file a split."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.exporters.trainers.definition import Trainer
from dsvc.formats.demands import Demands

if TYPE_CHECKING:
    from dsvc.exporters.trainers.definition import Handed
    from dsvc.formats.report import Told
    from dsvc.record import Json


def _demands(shape: str, _seen: set[str]) -> Demands:
    return Demands(None, _as_answer if shape == "pretrain" else _with_bare_calls)


def _with_bare_calls(record: dict[str, Json], told: Told) -> dict[str, Json]:
    """Reasoning in front of a call as a message of its own: ms-swift takes nothing but JSON for a call."""
    messages = record.get("messages")
    if not isinstance(messages, list) or not any(map(_has_thought, messages)):
        return record
    told.rewritten("reasoning", "in front of a call it becomes a message of the assistant")
    made: list[Json] = []
    for message in messages:
        if isinstance(message, dict) and _has_thought(message):
            thought, close, call = str(message["content"]).partition(_CLOSE)
            made += [{"role": "assistant", "content": thought + close}, {**message, "content": call.lstrip()}]
        else:
            made.append(message)
    return {**record, "messages": made}


def _has_thought(message: Json) -> bool:
    if not isinstance(message, dict) or message.get("role") != "tool_call":
        return False
    content = message.get("content")
    return isinstance(content, str) and content.lstrip().startswith("<think>") and _CLOSE in content


_CLOSE: Final = "</think>"


def _as_answer(record: dict[str, Json], told: Told) -> dict[str, Json]:
    """A text to pre-train on: to ms-swift a message of the assistant and nothing else."""
    told.rewritten("text", "becomes a message of the assistant")
    others = {key: value for key, value in record.items() if key not in ("text", "messages")}
    if "messages" in record:
        told.lost("messages", "has another meaning in the target")
    return {"messages": [{"role": "assistant", "content": record["text"]}], **others}


def _start(handed: Handed) -> list[str]:
    words = {"preference-swift": "rlhf --rlhf_type dpo", "kto": "rlhf --rlhf_type kto", "pretrain": "pt"}
    line = f"swift {words.get(handed.shape, 'sft')} --dataset {handed.path(handed.train)}"
    if handed.validation is not None and handed.validation is not handed.train:
        line += f" --val_dataset {handed.path(handed.validation)}"
    return [line]


TRAINER: Final = Trainer(
    name="ms-swift",
    title="ms-swift",
    reads=("multimodal", "preference-swift", "kto"),
    targets={"conversation": "multimodal", "preference": "preference-swift", "unpaired": "kto", "text": "pretrain"},
    source="modelscope/ms-swift docs/source_en/Customization/Custom-dataset.md",
    demands=_demands,
    beside=lambda _handed: {},
    start=_start,
)
