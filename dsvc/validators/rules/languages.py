"""Questions in one language with answers in another one."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import msgspec

from dsvc.statistics.features import language
from dsvc.validators.finding import Finding
from dsvc.validators.rule import DatasetCheck, Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsvc.validators.checked import Checked
    from dsvc.validators.finding import Place

_LEAST: Final = 20
"""Characters of a question and of an answer that have a language at all."""
_SCRIPTS: Final = frozenset({"zh", "ja", "ko", "latin", "cyrillic", "arabic", "devanagari"})


class Mix(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``most``: above this share of the records (0 to 1) it is meant so, as in a set of translations."""

    most: float = 0.05


def _pairs(records: Sequence[Checked]) -> list[tuple[str, str] | None]:
    return [_languages(record) for record in records]


def _languages(record: Checked) -> tuple[str, str] | None:
    found = record.exchange
    if found is None or found.answer is None or min(len(found.prompt), len(found.answer)) < _LEAST:
        return None
    if found.prompt.isascii() and found.answer.isascii():
        return None
    pair = language(found.prompt), language(found.answer)
    return pair if pair[0] != pair[1] and _SCRIPTS.issuperset(pair) else None


class _Mixes:
    def __init__(self, options: Mix) -> None:
        self._most = options.most
        self._records = 0
        self._places: dict[tuple[str, str], list[Place]] = {}

    def take(self, places: Sequence[Place], summary: list[tuple[str, str] | None]) -> None:
        self._records += len(places)
        for place, pair in zip(places, summary, strict=True):
            if pair is not None:
                self._places.setdefault(pair, []).append(place)

    def finish(self) -> Iterator[Finding]:
        counts = Counter({pair: len(places) for pair, places in self._places.items()})
        for (asked, answered), count in counts.items():
            if count > self._records * self._most:
                continue
            for place in self._places[asked, answered]:
                told = f"the question is in {_called(asked)}, the answer in {_called(answered)}"
                yield Finding("", "note", told, place, fix="look whether it is meant so")


def _called(script: str) -> str:
    return {"zh": "Chinese", "ja": "Japanese", "ko": "Korean"}.get(script, f"{script.capitalize()} letters")


_ZH: Final = '{"instruction": "请问信用卡的账单日和还款日之间有多少天？", "input": "", "output": "%s"}'

RULES: Final = (
    Rule(
        id="language-mix",
        topic="content",
        severity="note",
        title="the answer is in another language than the question",
        why="Often a model answered in its own language. Where many records are so it is a set of translations, and "
        "nothing is told.",
        example=Example(
            bad=(
                *(_ZH % f"一般是二十天左右，具体以您收到的第{n}份账单为准。" for n in range(30)),
                _ZH % "It is about twenty days.",
            ),
            good=(_ZH % "一般是二十天左右，具体以账单为准，请您留意短信。", _ZH % "API"),
        ),
        make=lambda options: DatasetCheck(_pairs, lambda: _Mixes(options)),
        options=Mix,
    ),
)
