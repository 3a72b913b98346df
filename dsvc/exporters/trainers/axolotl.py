"""axolotl: JSONL, and ``axolotl.yaml`` with the part of a configuration that reads it.

Examples are read with ``type: chat_template``. Pairs go through ``chat_template.default`` or ``.argilla_chat``, which
take role and content only; answers that are good or bad become bare texts, because its KTO strategies put a fixed
template around them. Pictures and sound need settings of the model at hand, and are refused.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

from dsvc.exporters.trainers.definition import Trainer
from dsvc.exporters.trainers.leaving_out import without_fields
from dsvc.formats.canonical import PLAIN
from dsvc.formats.demands import Demands
from dsvc.formats.misfit import Misfit
from dsvc.formats.tools import with_usual_tools

if TYPE_CHECKING:
    from dsvc.exporters.trainers.definition import DataFile, Handed
    from dsvc.formats.canonical import Canonical, Turn
    from dsvc.formats.report import Told
    from dsvc.record import Json

FILE: Final = "axolotl.yaml"
_MESSAGES: Final = {"trl": "messages", "openai": "messages", "dialogue": "dialogue"}
_PAIRS: Final = ("preference-trl", "preference-implicit")


def _demands(shape: str, seen: set[str]) -> Demands:
    def look(record: Canonical, told: Told) -> None:
        turns = [*record.turns, *(turn for answer in record.answers for turn in answer.turns)]
        for turn in turns:
            _note(turn, seen)
        if record.tools:
            seen.add("tools")
        if shape in _PAIRS:
            _look_at_pair(record, turns, told)

    return Demands(look, _FINISH.get(shape))


def _note(turn: Turn, seen: set[str]) -> None:
    if isinstance(turn.content, list) and any(part.kind != "text" for part in turn.content):
        raise Misfit("messages", "has pictures or sound, which need settings of the model at hand", _MEDIA)
    if turn.details is None:
        return
    if turn.details.weight is not None:
        seen.add("weight")
    if turn.details.reasoning is not None:
        seen.add("reasoning")


def _look_at_pair(record: Canonical, turns: list[Turn], told: Told) -> None:
    if record.tools or any((turn.details or PLAIN).calls for turn in turns):
        told.lost("tools and calls", "axolotl reads role and content of pairs only")
    if any((turn.details or PLAIN).reasoning is not None for turn in turns):
        told.lost("reasoning", "axolotl reads role and content of pairs only")
    if any(len(answer.turns) > 1 for answer in record.answers):
        told.lost("chosen and rejected", "axolotl reads the last message of each only")


def _bare(record: dict[str, Json], told: Told) -> dict[str, Json]:
    """System, question and answer as bare texts."""
    prompt, completion = record["prompt"], record["completion"]
    if isinstance(prompt, str) and isinstance(completion, str):
        return record
    asked = _texts(prompt, "prompt")
    answered = _texts(completion, "completion")
    if [role for role, _ in asked] not in (["user"], ["system", "user"]) or [role for role, _ in answered] != [
        "assistant"
    ]:
        raise Misfit("prompt", "is more than one question", "axolotl's KTO takes one question and one answer")
    told.rewritten("prompt and completion", "messages become bare texts, which axolotl puts its own template around")
    made: dict[str, Json] = {"system": asked[0][1]} if len(asked) > 1 else {}
    made.update(prompt=asked[-1][1], completion=answered[0][1], label=record["label"])
    return made | {key: value for key, value in record.items() if key not in ("system", *made)}


def _texts(messages: Json, field: str) -> list[tuple[Json, str]]:
    assert isinstance(messages, list)
    found = []
    for message in messages:
        assert isinstance(message, dict)
        content = message.get("content")
        if not isinstance(content, str) or message.keys() - {"role", "content"}:
            raise Misfit(field, "has more than a text", "axolotl's KTO takes one question and one answer")
        found.append((message.get("role"), content))
    return found


def _with_messages(record: dict[str, Json], _told: Told) -> dict[str, Json]:
    """The same record. Raises Misfit for a pair of bare texts: ``argilla_chat`` takes messages only."""
    for name in ("chosen", "rejected"):
        if not isinstance(record[name], list):
            raise Misfit(name, "is a text, not messages", "axolotl reads pairs without a prompt as messages only")
    return record


def _with_list(record: dict[str, Json], told: Told) -> dict[str, Json]:
    return with_usual_tools(record, told, as_text=False)


def _alone(record: dict[str, Json], told: Told) -> dict[str, Json]:
    return without_fields(record, _OF_TYPES, told, "axolotl reads it in records of other shapes only")


_OF_TYPES: Final = frozenset(("messages", "conversations", "dialogue", "label", "kto_tag"))
"""Fields that tell axolotl's types of datasets, beside those that come in twos."""

_FINISH: Final = {
    "pretrain": _alone,
    "stepwise": _alone,
    "unpaired-trl": _bare,
    "preference-implicit": _with_messages,
    "trl": _with_list,
    "openai": _with_list,
}
_MEDIA: Final = "leave such records out: --skip-unfit; for pictures see axolotl's docs/multimodal.qmd"


def settings(handed: Handed) -> dict[str, Any]:
    """The part of a configuration: datasets, test_datasets, and rl for pairs."""
    made: dict[str, Any] = {}
    if handed.shape in _PAIRS:
        made["rl"] = "dpo"
    elif handed.shape == "unpaired-trl":
        made.update(rl="kto", remove_unused_columns=False)
    elif handed.shape == "stepwise":
        made.update(model_type="AutoModelForTokenClassification", num_labels=2, process_reward_model=True)
    made["datasets"] = [_dataset(handed, handed.train)]
    if handed.validation is not None and handed.validation is not handed.train:
        made["test_datasets"] = [_dataset(handed, handed.validation)]
    return made


def _dataset(handed: Handed, file: DataFile) -> dict[str, Any]:
    made: dict[str, Any] = {"path": handed.path(file), "ds_type": "json", "split": "train"}
    if handed.shape == "preference-trl":
        return {**made, "type": "chat_template.default", "field_messages": "prompt", **_ROLES}
    if handed.shape == "preference-implicit":
        return {**made, "type": "chat_template.argilla_chat", **_ROLES}
    if handed.shape not in _MESSAGES:
        kinds = {"unpaired-trl": "chatml.ultra", "stepwise": "stepwise_supervised", "pretrain": "completion"}
        return {**made, "type": kinds[handed.shape]}
    made.update(type="chat_template", field_messages=_MESSAGES[handed.shape], **_ROLES)
    if "tools" in handed.seen:
        made["field_tools"] = "tools"
    if "reasoning" in handed.seen and handed.reasoning != "think":
        del made["message_property_mappings"]  # the default has a place for reasoning, one that is given has not
        made["field_thinking"] = handed.reasoning or "reasoning_content"
    if "weight" in handed.seen:
        made["message_field_training"] = "weight"
    made["roles_to_train"] = ["assistant"]
    return made


_ROLES: Final[dict[str, Any]] = {
    "message_property_mappings": {"role": "role", "content": "content"},
    "roles": {"user": ["user"], "assistant": ["assistant"], "system": ["system", "developer"], "tool": ["tool"]},
}


def _yaml(handed: Handed) -> bytes:
    from ruamel.yaml import YAML

    out = io.BytesIO()
    yaml = YAML()
    yaml.default_flow_style = False
    yaml.width = 200
    yaml.dump(settings(handed), out)
    notes = ["# The part of an axolotl configuration that reads these records; add base_model and the rest to it."]
    if handed.shape == "unpaired-trl":
        notes.append("# chatml.ultra puts ChatML around the texts; for Llama 3 it is llama3.ultra.")
    if handed.shape == "pretrain":
        notes.append("# completion splits texts that are longer than sequence_len.")
    return "".join(f"{note}\n" for note in notes).encode() + out.getvalue()


TRAINER: Final = Trainer(
    name="axolotl",
    title="axolotl",
    reads=("trl", "openai", "dialogue", "preference-trl", "preference-implicit", "stepwise", "pretrain"),
    targets={
        "conversation": "trl",
        "preference": "preference-trl",
        "unpaired": "unpaired-trl",
        "steps": "stepwise",
        "text": "pretrain",
    },
    source="axolotl-ai-cloud/axolotl docs/dataset-formats, docs/rlhf.qmd, src/axolotl/utils/schemas/datasets.py",
    demands=_demands,
    beside=lambda handed: {FILE: _yaml(handed)},
    start=lambda handed: [f"put '{handed.folder.rstrip('/')}/{FILE}' into your configuration: axolotl train CONFIG"],
)
