"""LLaMA-Factory: a JSONL file for each split, and an entry of ``dataset_info.json`` for each file.

Its converter drops conversations whose sides do not alternate, and takes every answer for one to train; both are told.
Tools are a JSON text and pictures a list in each record, because a field has one type in all of them (see one_type.py).
Messages whose calls are those of OpenAI become ShareGPT, because ``formatting: openai`` adds a sentence to the system
prompt of each record without tools.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.exporters.trainers.definition import Trainer
from dsvc.exporters.trainers.leaving_out import without_fields
from dsvc.exporters.trainers.one_type import OneType
from dsvc.formats import shape as shape_of
from dsvc.formats.canonical import PLAIN
from dsvc.formats.definition import known_of
from dsvc.formats.demands import Demands
from dsvc.formats.llamafactory import dataset_info
from dsvc.formats.media import LISTS as MEDIA
from dsvc.formats.misfit import Misfit
from dsvc.formats.tools import with_usual_tools

if TYPE_CHECKING:
    from dsvc.exporters.trainers.definition import DataFile, Handed
    from dsvc.formats.canonical import Canonical
    from dsvc.formats.report import Told
    from dsvc.record import Json

_ASKS: Final = ("user", "tool_response")
_ANSWERS: Final = ("assistant", "tool_call")
_OF_SHAPES: Final = frozenset(("messages", "conversations", *MEDIA))
"""By these fields a row is told to be messages, or to have files; a text with a label is a class."""


def entry_name(dataset: str, file: DataFile) -> str:
    """What a file is called in ``dataset_info.json``, and in ``dataset:`` of a training."""
    return dataset if file.split is None else f"{dataset}_{file.split}"


def entries(handed: Handed) -> dict[str, dict[str, Json]]:
    """The entries for the files: all columns that they have, and all tags."""
    made = {}
    for file in handed.files:
        entry = dataset_info(handed.conversion.target, file.columns, file.name)
        assert entry is not None
        made[entry_name(handed.dataset, file)] = entry
    return made


def _demands(shape: str, _seen: set[str]) -> Demands:
    openai = shape == "openai"
    weighs = shape in ("openai", "multimodal", "kto")  # the other shapes have no place for weights, and say so

    def look(record: Canonical, told: Told) -> None:
        answers = [turn for answer in record.answers for turn in answer.turns]
        if weighs and any((turn.details or PLAIN).weight is not None for turn in (*record.turns, *answers)):
            told.lost("weight of messages", "LLaMA-Factory trains every answer")
        if openai and not record.tools:
            told.rewritten("system", "LLaMA-Factory adds 'detailed thinking off' to it (formatting openai)")

    fields = shape_of(shape).fields
    types = OneType(fields, "LLaMA-Factory")
    known = known_of(fields)
    elsewhere = (_OF_SHAPES | {"label"} if shape == "pretrain" else _OF_SHAPES) - known

    def finish(record: dict[str, Json], told: Told) -> dict[str, Json]:
        if shape in ("multimodal", "kto"):
            _require_order(record)
        kept = without_fields(record, elsewhere, told, "LLaMA-Factory reads it in records of other shapes only")
        return types.fitted(_usual(kept, known, told), told)

    return Demands(look, finish, types.new_file)


def _usual(record: dict[str, Json], known: frozenset[str], told: Told) -> dict[str, Json]:
    """The record with fields as most write them, which LLaMA-Factory reads in two ways."""
    changed: dict[str, Json] = {}
    if "tools" in known:
        record = with_usual_tools(record, told, as_text=True)
    for name in MEDIA:
        if name in known and isinstance(record.get(name), str):
            told.rewritten(name, "one file becomes a list of it")
            changed[name] = [record[name]]
    return {**record, **changed} if changed else record


def _require_order(record: dict[str, Json]) -> None:
    """Raise Misfit for an order of messages in which LLaMA-Factory would drop the record."""
    messages = record["messages"]
    assert isinstance(messages, list)
    roles = [message["role"] if isinstance(message, dict) else None for message in messages]
    system = [role for role in roles[:1] if role == "system"]
    del roles[: len(system)]
    for number, role in enumerate(roles):
        if role not in (_ANSWERS if number % 2 else _ASKS):
            wanted = " or ".join(_ANSWERS if number % 2 else _ASKS)
            raise Misfit("messages", f"message {number + 1 + len(system)} is of {role}, not {wanted}", _HINT)
    if not roles or len(roles) % 2:
        raise Misfit("messages", "the last message is not an answer", _HINT)


_HINT: Final = (
    "LLaMA-Factory would drop it; leave it out: --skip-unfit (or try --shape sharegpt, which joins calls in a row)"
)


def _start(handed: Handed) -> list[str]:
    lines = [f"dataset_dir: {handed.folder}", f"dataset: {entry_name(handed.dataset, handed.train)}"]
    if handed.validation is not None and handed.validation is not handed.train:
        lines.append(f"eval_dataset: {entry_name(handed.dataset, handed.validation)}")
    return lines


TRAINER: Final = Trainer(
    name="llamafactory",
    title="LLaMA-Factory",
    reads=(
        "sharegpt",
        "alpaca",
        "multimodal",
        "input-output",
        "question-answer",
        "preference-sharegpt",
        "preference-alpaca",
        "kto",
        "kto-sharegpt",
        "kto-alpaca",
        "pretrain",
    ),
    targets={
        "conversation": "sharegpt",
        "preference": "preference-sharegpt",
        "unpaired": "kto-sharegpt",
        "text": "pretrain",
    },
    source="hiyouga/LLaMA-Factory data/README.md, src/llamafactory/data/parser.py and converter.py",
    demands=_demands,
    beside=lambda _handed: {},  # dataset_info.json is merged into the one that is there
    start=_start,
    file_name=lambda dataset, split: f"{dataset}.jsonl" if split is None else f"{dataset}_{split}.jsonl",
)
