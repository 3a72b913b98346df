"""All shapes by name; each is imported when it is asked for."""

from __future__ import annotations

import importlib
from functools import cache
from typing import TYPE_CHECKING, Final

from dsvc.errors import UsageError

if TYPE_CHECKING:
    from dsvc.formats.definition import Shape

NAMES: Final = (
    "alpaca",
    "sharegpt",
    "openai",
    "trl",
    "multimodal",
    "llamafactory-v1",
    "dialogue",
    "prompt-completion",
    "input-output",
    "question-answer",
    "complex-cot",
    "chain-of-thought",
    "distillation",
    "image-caption",
    "audio-summary",
    "classification",
    "preference-alpaca",
    "preference-sharegpt",
    "preference-trl",
    "preference-implicit",
    "preference-openai",
    "preference-swift",
    "preference-v1",
    "kto",
    "kto-alpaca",
    "kto-sharegpt",
    "unpaired-trl",
    "reward",
    "stepwise",
    "pretrain",
)
"""In the order in which they are listed; of two that a record looks like equally, the first one is meant."""


@cache
def shape(name: str) -> Shape:
    """A shape by its name. Raises UsageError when there is none of this name."""
    if name not in NAMES:
        from difflib import get_close_matches

        near = get_close_matches(name, NAMES, n=1)
        raise UsageError(
            f"there is no shape '{name}'" + (f"; did you mean '{near[0]}'?" if near else ""),
            hint="see them: dsvc formats",
        )
    found: Shape = importlib.import_module(f"dsvc.formats.shapes.{name.replace('-', '_')}").SHAPE
    return found


@cache
def all_shapes() -> tuple[Shape, ...]:
    """All shapes."""
    return tuple(shape(name) for name in NAMES)
