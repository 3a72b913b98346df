"""TRL: JSONL that ``load_dataset(FOLDER)`` reads, arguments and tools as objects.

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
    from dsvc.formats.report import Told
    from dsvc.record import Json

_OF_TYPES: Final = frozenset(("prompt", "chosen", "rejected", "completion", "messages", "label"))
"""By these fields TRL tells what type of dataset it has (trl/data_utils.py, apply_chat_template)."""


def _demands(shape: str, _seen: set[str]) -> Demands:
    others = _OF_TYPES - {field.name for field in shape_of(shape).fields}

    def finish(record: dict[str, Json], told: Told) -> dict[str, Json]:
        if record.keys().isdisjoint(others):
            return record
        for name in record.keys() & others:
            told.lost(name, "TRL would take the records for another type of dataset")
        return {name: value for name, value in record.items() if name not in others}

    return Demands(None, finish)


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
