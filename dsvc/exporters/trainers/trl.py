"""TRL: JSONL that ``load_dataset(FOLDER)`` reads, arguments and tools as objects.

Which tokens are trained is a matter of its settings and of the chat template (``assistant_only_loss``,
``completion_only_loss``; docs/source/sft_trainer.md): weights of messages stay in the file, and are told.

A README says which file is which split: by names alone ``load_dataset`` finds train, validation and test only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.exporters.hub_header import as_header, data_files
from dsvc.exporters.trainers.definition import Trainer
from dsvc.formats import shape as shape_of
from dsvc.formats.demands import Demands

if TYPE_CHECKING:
    from dsvc.exporters.trainers.definition import Handed
    from dsvc.formats.canonical import Canonical
    from dsvc.formats.report import Told
    from dsvc.record import Json

_OF_TYPES: Final = frozenset(("prompt", "chosen", "rejected", "completion", "messages", "label"))
"""By these fields TRL tells what type of dataset it has (trl/data_utils.py, apply_chat_template)."""


def _demands(shape: str, _seen: set[str]) -> Demands:
    def look(record: Canonical, told: Told) -> None:
        answers = [turn for answer in record.answers for turn in answer.turns]
        if any(turn.details is not None and turn.details.weight is not None for turn in (*record.turns, *answers)):
            told.lost("weight of messages", "TRL has no weights of messages: assistant_only_loss is for all answers")

    others = _OF_TYPES - {field.name for field in shape_of(shape).fields}

    def finish(record: dict[str, Json], told: Told) -> dict[str, Json]:
        if record.keys().isdisjoint(others):
            return record
        for name in record.keys() & others:
            told.lost(name, "TRL would take the records for another type of dataset")
        return {name: value for name, value in record.items() if name not in others}

    return Demands(look, finish)


def _start(handed: Handed) -> list[str]:
    trainers = {
        "preference-trl": "DPOTrainer",
        "preference-implicit": "RewardTrainer or DPOTrainer",
        "unpaired-trl": "KTOTrainer",
        "stepwise": "PRMTrainer",
    }
    of = trainers.get(handed.shape, "SFTTrainer")
    split = handed.train.split or "train"
    return [f'load_dataset("{handed.folder}", split="{split}")  # for {of}']


TRAINER: Final = Trainer(
    name="trl",
    title="TRL",
    reads=(
        "trl",
        "prompt-completion",
        "preference-trl",
        "preference-implicit",
        "unpaired-trl",
        "stepwise",
        "pretrain",
    ),
    targets={
        "conversation": "trl",
        "preference": "preference-trl",
        "unpaired": "unpaired-trl",
        "steps": "stepwise",
        "text": "pretrain",
    },
    source="huggingface/trl docs/source/dataset_formats.md, trl/data_utils.py",
    demands=_demands,
    beside=lambda handed: {"README.md": as_header(data_files([(f.split, f.name) for f in handed.files]))},
    start=_start,
)
