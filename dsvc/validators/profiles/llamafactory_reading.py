"""How LLaMA-Factory is set up to read a row: the entry of ``dataset_info.json`` that an export of it writes.

Source: hiyouga/LLaMA-Factory v0.9.5, src/llamafactory/data/parser.py (``DatasetAttr``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import msgspec

from dsvc.formats import shape as shape_of
from dsvc.validators.profiles.reading import MEDIA, entries

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dsvc.validators.checked import Checked

_TAGS: Final = ("user", "assistant", "observation", "function", "system")
_V1: Final = ("llamafactory-v1", "preference-v1")
_ALPACA: Final = frozenset(
    ("instruction", "input", "output", "system", "history", "chosen", "rejected", "kto_tag", "tools", "id", *MEDIA)
)
"""Of a row that looks like nothing (its answer may be null): with other fields, the answer may be one of them."""
_TRUTHS: Final = ("true", "false", "0", "1")


Stage: TypeAlias = Literal["sft", "pt", "rm", "kto"]


class Reading(msgspec.Struct, frozen=True):
    """An entry of ``dataset_info.json``: how a row is read. ``stage`` is the training that such rows are for."""

    formatting: Literal["alpaca", "sharegpt", "openai", "v1"]
    stage: Stage = "sft"
    columns: dict[str, str] = {}
    roles: dict[str, str] = {}
    """What each tag means: user, assistant, observation, function, system."""
    role: str = "from"
    content: str = "value"

    @property
    def name(self) -> str:
        """What rows must have in common to be read by one entry: plain messages are read by that of calls, too."""
        form = "messages" if self.columns.get("messages") == "messages" else self.formatting
        return {"rm": f"{form} with ranking", "kto": f"{form} with kto_tag", "pt": "texts"}.get(self.stage, form)

    def column(self, value: Mapping[str, Any], name: str) -> Any:
        """What a row has in a column; None where the entry does not name it, or the row has nothing."""
        return value.get(self.columns[name]) if name in self.columns else None


def _entry(shape: str) -> Reading:
    """The entry that an export of this shape writes."""
    info: Any = shape_of(shape).dataset_info
    columns, tags = info["columns"], info.get("tags", {})
    stage: Stage = "rm" if info.get("ranking") else "kto" if "kto_tag" in columns else "sft"
    if shape == "pretrain":
        stage = "pt"
    roles = {tags[f"{name}_tag"]: name for name in _TAGS} if tags else {}
    return Reading(
        info["formatting"], stage, columns, roles, tags.get("role_tag", "from"), tags.get("content_tag", "value")
    )


_ENTRIES: dict[str, Reading] = {}


def entry(shape: str) -> Reading:
    """The same, made once."""
    if shape not in _ENTRIES:
        _ENTRIES[shape] = _entry(shape)
    return _ENTRIES[shape]


def reading(record: Checked) -> Reading | None:
    """How a row is read; None when no entry reads it."""
    value, shape = record.fields, record.shape
    if shape in _V1:
        return Reading("v1")
    if "conversations" in value:
        return _conversations(value)
    if "messages" in value:
        if "label" in value and (shape == "kto" or _is_tag(value["label"])):
            return entry("kto")
        return entry("openai" if needs_openai(value) else "multimodal")
    if shape is not None:
        return entry(shape) if shape_of(shape).dataset_info is not None else None
    return _alpaca_like(value)


def _conversations(value: Mapping[str, Any]) -> Reading:
    first = next((message for _, message in entries(value["conversations"])), {})
    if "role" in first and "from" not in first:  # the entry needs other tags, and everything else is the same
        return msgspec.structs.replace(
            entry("multimodal"), columns={**entry("multimodal").columns, "messages": "conversations"}
        )
    if "chosen" in value and "rejected" in value:
        return entry("preference-sharegpt")
    return entry("kto-sharegpt" if "kto_tag" in value else "sharegpt")


def _alpaca_like(value: Mapping[str, Any]) -> Reading | None:
    if "instruction" in value and value.keys() <= _ALPACA:
        if "chosen" in value and "rejected" in value:
            return entry("preference-alpaca")
        return entry("kto-alpaca" if "kto_tag" in value else "alpaca")
    return entry("pretrain") if [*value] == ["text"] else None


def _is_tag(value: object) -> bool:
    return isinstance(value, bool) or (isinstance(value, (str, int)) and str(value).lower() in _TRUTHS)


def needs_openai(value: Mapping[str, Any]) -> bool:
    """Whether messages can only be read with ``formatting: openai``: calls, results, or tools that are no text."""
    if isinstance(value.get("tools"), (list, dict)):
        return True
    return any(
        message.get("tool_calls") or message.get("role") in ("tool", "function")
        for _, message in entries(value.get("messages"))
    )
