"""TRL: JSONL that ``load_dataset(FOLDER)`` reads, arguments and tools as objects.

Which tokens are trained is a matter of its settings and of the chat template (``assistant_only_loss``,
``completion_only_loss``; docs/source/sft_trainer.md): weights of messages stay in the file, and are told.

A README says which file is which split: by names alone ``load_dataset`` finds train, validation and test only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.exporters.hub_header import as_header, data_files
from dsvc.exporters.trainers.definition import Trainer
from dsvc.exporters.trainers.leaving_out import without_fields
from dsvc.formats import shape as shape_of
from dsvc.formats.demands import Demands
from dsvc.formats.misfit import Misfit
from dsvc.formats.tools import with_usual_tools

if TYPE_CHECKING:
    from dsvc.exporters.trainers.definition import Handed
    from dsvc.formats.canonical import Canonical
    from dsvc.formats.report import Told
    from dsvc.record import Json

_OF_TYPES: Final = frozenset(
    (
        "prompt",
        "chosen",
        "rejected",
        "completion",
        "completions",
        "messages",
        "conversations",
        "label",
        "labels",
        "text",
    )
)
"""By these fields TRL tells what type of dataset it has (trl/data_utils.py, apply_chat_template)."""


def _demands(shape: str, _seen: set[str]) -> Demands:
    def look(record: Canonical, told: Told) -> None:
        answers = [turn for answer in record.answers for turn in answer.turns]
        if any(turn.details is not None and turn.details.weight is not None for turn in (*record.turns, *answers)):
            told.lost("weight of messages", "TRL has no weights of messages: assistant_only_loss is for all answers")

    others = _OF_TYPES - {field.name for field in shape_of(shape).fields}
    forms = _Forms()

    def finish(record: dict[str, Json], told: Told) -> dict[str, Json]:
        forms.require_same(record)
        kept = without_fields(record, others, told, "TRL would take the records for another type of dataset")
        return with_usual_tools(kept, told, as_text=False)

    return Demands(look, finish, forms.new_file)


class _Forms:
    """What the records of a file hold: messages or texts. TRL reads all of them in the way of the first."""

    def __init__(self) -> None:
        self._are_messages: bool | None = None

    def new_file(self) -> None:
        self._are_messages = None

    def require_same(self, record: dict[str, Json]) -> None:
        """Raise Misfit for messages in a file of texts, or the other way round."""
        found = {name: isinstance(record[name], list) for name in _OF_FORMS if name in record}
        are_messages = any(found.values())
        if self._are_messages is None:
            self._are_messages = are_messages
        elif are_messages is not self._are_messages and found:
            name = next(name for name, is_list in found.items() if is_list is are_messages)
            what = "has messages, where records before have a text"
            other = "is a text, where records before have messages"
            raise Misfit(name, what if are_messages else other, "TRL reads all records of a file in one way")


_OF_FORMS: Final = ("messages", "prompt", "completion", "chosen", "rejected")


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
