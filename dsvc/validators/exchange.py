"""What a record asks and what it answers, whatever its shape: for the rules that compare the one or the other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dsvc.textdiff.fields import Steps
    from dsvc.validators.conversation import Turn

_PROMPTS: Final = ("instruction", "prompt", "question", "Question", "query", "input", "text")
_ANSWERS: Final = ("output", "response", "Response", "answer", "completion", "label", "labels", "category", "intent")
_BESIDE: Final = ("input", "system", "context")
_STRETCH: Final = 1 << 20
_SPACE: Final = re.compile(r"\s")


class Exchange(msgspec.Struct, frozen=True, gc=False):
    """The prompt as one text, and the answer with where it stands (None: there is none). Labels are answers."""

    prompt: str
    answer: str | None
    steps: Steps = ()
    is_label: bool = False


PAIRS: Final = frozenset({"chosen", "rejected", "kto_tag", "rejected_response", "reward_score"})
"""Fields of records of which several may have one prompt."""


def exchange_of(fields: Mapping[str, object], conversations: Sequence[tuple[str, list[Turn]]]) -> Exchange | None:
    """Prompt and answer of a record's fields and turns; None where it has no prompt that can be told."""
    for _, turns in conversations:
        spoken = [turn for turn in turns if turn.text is not None]
        if not spoken:
            return None
        last = spoken[-1]
        before = spoken[:-1] if last.role == "assistant" else spoken
        prompt = "\n".join(f"{turn.role}: {turn.text}" for turn in before)
        if last.role == "assistant":
            return Exchange(prompt, last.text, last.content_steps)
        return Exchange(prompt, None)
    for key in _PROMPTS:
        if isinstance(fields.get(key), str):
            break
    else:
        return None
    prompt = str(fields[key])
    for name in _BESIDE:
        if name != key and (beside := fields.get(name)) and isinstance(beside, str):
            prompt = f"{prompt}\n{beside}"
    for name in _ANSWERS:
        answer = fields.get(name)
        if isinstance(answer, (str, bool, int, float)):
            return Exchange(prompt, str(answer), (name,), name in _LABELS)
    return Exchange(prompt, None)


def squeezed(text: str) -> str:
    """A text with one space for any white space in it, and none around it.

    A long one goes in stretches: all words of a hundred million characters at once take gigabytes.
    """
    if len(text) <= _STRETCH:
        return " ".join(text.split())
    parts, at = [], 0
    while at < len(text):
        space = _SPACE.search(text, at + _STRETCH)
        end = space.start() if space is not None else len(text)
        parts.append(" ".join(text[at:end].split()))
        at = end
    return " ".join(filter(None, parts))


_LABELS: Final = frozenset({"label", "labels", "category", "intent"})
_GIVEN: Final = ("system", "tools", "functions", "history", "documents")
_MEDIA: Final = ("images", "image", "videos", "video", "audios", "audio", "objects")


def given_of(fields: Mapping[str, object], conversations: Sequence[tuple[str, list[Turn]]]) -> str:
    """What an answer depends on besides the prompt: tools, media, earlier turns, and turns that are no text."""
    found = [(name, value) for name in (*_GIVEN, *_MEDIA) if (value := fields.get(name))]
    for _, turns in conversations[:1]:
        found += [(turn.name, turn.value) for turn in turns[:-1] if turn.text is None]
    return repr(found) if found else ""
