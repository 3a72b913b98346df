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
from dsvc.validators.said import answer_of, labels_of, question_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsvc.validators.checked import Checked
    from dsvc.validators.finding import Place
    from dsvc.validators.said import Said

_HELD_OUT: Final = ("test", "validation", "valid", "dev", "eval")


class Asked(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A record's question as a digest, 0 where there is none to compare; and what it says of it."""

    question: int
    said: tuple[Said, ...]


_NOTHING: Final = Asked(0, ())


def _asked(records: Sequence[Checked]) -> list[Asked]:
    return records.once(_all_asked) if isinstance(records, Records) else _all_asked(records)


def _all_asked(records: Sequence[Checked]) -> list[Asked]:
    return [_of_record(record) for record in records]


def _of_record(record: Checked) -> Asked:
    labels = labels_of(record)
    several = not PAIRS.isdisjoint(record.signature[0])
    answers = [] if several or _is_judged(record, labels) else answer_of(record)
    question = "" if several else question_of(record)
    if not (question or labels):
        return _NOTHING
    return Asked(_digest(question) if question else 0, (*labels, *answers))


def _is_judged(record: Checked, labels: Sequence[Said]) -> bool:
    """Whether a label says that an answer is good (KTO): then a question has several answers, good ones and bad."""
    label = record.fields.get("label")
    return any(said.both for said in labels) and (
        type(label) is bool or (type(label) is int and label in (0, 1) and "completion" in record.fields)
    )


def _digest(text: str) -> int:
    return xxhash.xxh3_64_intdigest(text.encode("utf-8", "surrogatepass"))


class _Answers:
    """Questions with several answers, and texts with several labels."""

    def __init__(self) -> None:
        self._first: dict[int, tuple[Said, Place]] = {}
        self._found: list[Finding] = []

    def take(self, places: Sequence[Place], summary: list[Asked]) -> None:
        for place, asked in zip(places, summary, strict=True):
            for said in asked.said:
                other, first = self._first.setdefault(said.text, (said, place))
                if other.value != said.value:
                    self._found.append(_conflict(place, said, other, first))

    def finish(self) -> Iterator[Finding]:
        yield from self._found


def _conflict(place: Place, said: Said, other: Said, first: Place) -> Finding:
    what = f"the label {other.shown}, here {said.shown}" if said.shown else "another answer"
    same = f"question and answer as in row {first.row:,} have" if said.both else f"question as row {first.row:,} has"
    told = f"the same {same} {what}"
    return Finding("", "warning", told, place, path=said.path, fix="decide for one of them", related=(first,))


class _Leaks:
    """Questions that training and held-out files have in common."""

    def __init__(self) -> None:
        self._held_out: dict[int, Place] = {}
        self._others: list[tuple[int, Place]] = []

    def take(self, places: Sequence[Place], summary: list[Asked]) -> None:
        for place, asked in zip(places, summary, strict=True):
            if not asked.question:
                continue
            if split_of(place.file) in _HELD_OUT:
                self._held_out.setdefault(asked.question, place)
            else:
                self._others.append((asked.question, place))

    def finish(self) -> Iterator[Finding]:
        for question, place in self._others:
            held_out = self._held_out.get(question)
            if held_out is not None:
                told = f"the same question stands in '{held_out.file}', row {held_out.row:,}"
                yield Finding("", "error", told, place, fix="leave it out on one side", related=(held_out,))


@lru_cache(maxsize=1024)
def split_of(path: str) -> str:
    """The split that a file's name tells: ``train-00000-of-00002.jsonl`` belongs to ``train``."""
    return PurePosixPath(path).stem.partition("-")[0].partition("_")[0].lower()


_KTO: Final = '{"prompt": "q", "completion": "%s", "label": %s}'
_WITH_TOOLS: Final = (
    '{"tools": "%s", "conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "%s"}]}'
)
_TALK: Final = '{"instruction": "%s", "input": "", "output": "%s"}'

RULES: Final = (
    Rule(
        id="conflicting-answers",
        topic="content",
        severity="warning",
        title="the same question has several answers, or labels",
        why="The model is pulled in two directions. Of labels, one is wrong; of answers it may be meant so. What else "
        "an answer depends on (tools, media, a system prompt) belongs to the question. A label beside an answer is of "
        "both; where it says that the answer is good (KTO), a question has good and bad ones.",
        example=Example(
            bad=(
                '{"text": "逾期怎么办？", "label": "overdue"}',
                '{"text": "逾期怎么办？", "label": "billing"}',
                _KTO % ("a", "true"),
                _KTO % ("a", "false"),
            ),
            good=(
                _TALK % ("a", "b"),
                _TALK % ("c", "b"),
                _TALK % ("a", "b"),
                _KTO % ("a", "true"),
                _KTO % ("b", "false"),
                _WITH_TOOLS % ("[]", "No."),
                _WITH_TOOLS % ('[{\\"name\\": \\"book\\"}]', "Done."),
            ),
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
