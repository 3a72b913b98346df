"""Reasoning inside a text: ``<think>`` … ``</think>``, spaced as LLaMA-Factory and the templates of Qwen3 space it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from dsvc.formats.report import Told

OPEN: Final = "<think>"
CLOSE: Final = "</think>"
_USUAL: Final = "<think>\n{}\n</think>\n\n{}"


def split(text: str, told: Told, *, usual: bool = True) -> tuple[str | None, str]:
    """The reasoning at the beginning of an answer (None: there is none), and the answer behind it.

    ``usual``: whether the shape that is read would write it in the same place; otherwise that is told.
    """
    if not text.startswith(OPEN) or CLOSE not in text:
        return None, text
    inside, _, answer = text.removeprefix(OPEN).partition(CLOSE)
    inside, answer = inside.strip("\n"), answer.lstrip("\n")
    if not usual:
        told.rewritten("reasoning", "was <think> inside the text")
    elif _USUAL.format(inside, answer) != text:
        told.rewritten("reasoning", "line breaks around <think> become the usual ones")
    return inside, answer


def joined(reasoning: str | list[str] | None, answer: str, told: Told) -> str:
    """An answer with its reasoning in front of it."""
    if reasoning is None:
        return answer
    thought = as_text(reasoning, told)
    if CLOSE in thought or thought != thought.strip("\n") or answer.startswith("\n"):
        told.rewritten("reasoning", "its end will be read elsewhere (a </think> or line breaks in it)")
    return _USUAL.format(thought, answer)


def as_text(reasoning: str | list[str], told: Told) -> str:
    """Reasoning as one text; steps become lines."""
    if isinstance(reasoning, str):
        return reasoning
    told.rewritten("reasoning", "a list of steps becomes lines")
    return "\n".join(reasoning)
