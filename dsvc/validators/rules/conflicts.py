"""The same question with another answer, and the same question on both sides of a split."""

from __future__ import annotations

from functools import lru_cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

import msgspec
import xxhash

from dsvc.validators.checked import Records
from dsvc.validators.exchange import PAIRS
from dsvc.validators.finding import Finding
from dsvc.validators.rule import DatasetCheck, Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsvc.validators.checked import Checked
    from dsvc.validators.finding import Place

_HELD_OUT: Final = ("test", "validation", "valid", "dev", "eval")


class Asked(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A record's prompt and answer as digests; ``answer`` is 0 where there is none, ``label`` short answers as text."""

    prompt: int
    answer: int
    label: str
    path: str


def _asked(records: Sequence[Checked]) -> list[Asked | None]:
    return records.once(_all_asked) if isinstance(records, Records) else _all_asked(records)


def _all_asked(records: Sequence[Checked]) -> list[Asked | None]:
    return [_digests(record) for record in records]


def _digests(record: Checked) -> Asked | None:
    if not PAIRS.isdisjoint(record.signature[0]):
        return None
    found = record.exchange
    if found is None or not found.prompt.strip():
        return None
    prompt = _digest(" ".join(found.prompt.split()))
    if found.answer is None:
        return Asked(prompt, 0, "", "")
    answer = " ".join(found.answer.split())
    path = str(found.steps[0]) if len(found.steps) == 1 else ""
    return Asked(prompt, _digest(answer) or 1, answer[:30] if found.is_label else "", path)


def _digest(text: str) -> int:
    return xxhash.xxh3_64_intdigest(text.encode("utf-8", "surrogatepass"))


class _Answers:
    """Prompts with several answers."""

    def __init__(self) -> None:
        self._first: dict[int, tuple[Asked, Place]] = {}
        self._found: list[Finding] = []

    def take(self, places: Sequence[Place], summary: list[Asked | None]) -> None:
        for place, asked in zip(places, summary, strict=True):
            if asked is None or not asked.answer:
                continue
            known = self._first.setdefault(asked.prompt, (asked, place))
            if known[0].answer != asked.answer:
                self._found.append(_conflict(place, asked, *known))

    def finish(self) -> Iterator[Finding]:
        yield from self._found


def _conflict(place: Place, asked: Asked, other: Asked, first: Place) -> Finding:
    what = f"the label '{other.label}', here '{asked.label}'" if asked.label else "another answer"
    told = f"the same question as row {first.row:,} has {what}"
    return Finding("", "warning", told, place, path=asked.path, fix="decide for one of them", related=(first,))


class _Leaks:
    """Prompts that training and held-out files have in common."""

    def __init__(self) -> None:
        self._held_out: dict[int, Place] = {}
        self._others: list[tuple[int, Place]] = []

    def take(self, places: Sequence[Place], summary: list[Asked | None]) -> None:
        for place, asked in zip(places, summary, strict=True):
            if asked is None:
                continue
            if split_of(place.file) in _HELD_OUT:
                self._held_out.setdefault(asked.prompt, place)
            else:
                self._others.append((asked.prompt, place))

    def finish(self) -> Iterator[Finding]:
        for prompt, place in self._others:
            held_out = self._held_out.get(prompt)
            if held_out is not None:
                told = f"the same question stands in '{held_out.file}', row {held_out.row:,}"
                yield Finding("", "error", told, place, fix="leave it out on one side", related=(held_out,))


@lru_cache(maxsize=1024)
def split_of(path: str) -> str:
    """The split that a file's name tells: ``train-00000-of-00002.jsonl`` belongs to ``train``."""
    return PurePosixPath(path).stem.partition("-")[0].partition("_")[0].lower()


_TALK: Final = '{"instruction": "%s", "input": "", "output": "%s"}'

RULES: Final = (
    Rule(
        id="conflicting-answers",
        topic="content",
        severity="warning",
        title="the same question has several answers, or labels",
        why="The model is pulled in two directions. Of labels, one is wrong; of answers it may be meant so.",
        example=Example(
            bad=('{"text": "逾期怎么办？", "label": "overdue"}', '{"text": "逾期怎么办？", "label": "billing"}'),
            good=(_TALK % ("a", "b"), _TALK % ("c", "b"), _TALK % ("a", "b")),
        ),
        make=lambda options: DatasetCheck(_asked, _Answers),
    ),
    Rule(
        id="split-leak",
        topic="content",
        severity="error",
        title="the same question in training and in what was held out",
        why="The score on the test part then says what was learned by heart. Looked at in datasets of several files "
        "whose names tell the splits.",
        example=Example(
            bad=(_TALK % ("a", "b"),),
            good=(_TALK % ("c", "b"),),
            beside={"test.jsonl": (_TALK % ("a", "c"),)},
        ),
        make=lambda options: DatasetCheck(_asked, _Leaks),
    ),
)
