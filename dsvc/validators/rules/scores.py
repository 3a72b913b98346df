"""Scores of texts with bounds: how hard they are to read, and which keywords they speak of. None runs by default."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec

from dsvc.statistics.features import language, texts_of
from dsvc.statistics.keywords import Keywords
from dsvc.statistics.readability import grade, sentence_length
from dsvc.validators.finding import Finding
from dsvc.validators.rule import DatasetCheck, Example, Found, RecordCheck, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsvc.validators.checked import Checked
    from dsvc.validators.finding import Place


class Readable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``grade``: the highest grade of Flesch and Kincaid; ``characters``: the most Chinese characters a sentence."""

    grade: int = 16
    characters: int = 80


class Coverage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``keywords``: what records should speak of, upper and lower case alike, whole words where words are set apart;
    ``least``: how many records of each."""

    keywords: tuple[str, ...] = ()
    least: int = 1


def _readable(options: Readable) -> RecordCheck:
    def check(record: Checked) -> Iterator[Found]:
        for steps, text in record.texts:
            found = grade(text) if len(text) > 80 and language(text) == "latin" else None
            if found is not None and found > options.grade:
                told = f"a text of grade {found} (Flesch-Kincaid); the highest is {options.grade}"
                yield Found(told, steps, "write shorter sentences")
            length = sentence_length(text) if len(text) > options.characters else None
            if length is not None and length > options.characters:
                told = f"{length} Chinese characters a sentence; the most is {options.characters}"
                yield Found(told, steps, "write shorter sentences")

    return RecordCheck(check)


def _mentions(keywords: Keywords, records: Sequence[Checked]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for record in records if keywords.words else ():
        counts.update(keywords.in_text("\n".join(texts_of(record.value))))
    return counts


def _coverage(options: Coverage) -> DatasetCheck:
    return DatasetCheck(partial(_mentions, Keywords(options.keywords)), lambda: _Coverage(options))


class _Coverage:
    def __init__(self, options: Coverage) -> None:
        self._options = options
        self._counts: Counter[str] = Counter()

    def take(self, places: Sequence[Place], summary: Counter[str]) -> None:
        self._counts.update(summary)

    def finish(self) -> Iterator[Finding]:
        for word in Keywords(self._options.keywords).words:
            count = self._counts[word]
            if count < self._options.least:
                who = f"only {count:,} record{'s' * (count != 1)} of {self._options.least:,}" if count else "no record"
                told = f"{who} speak{'s' * (count < 2)} of '{word}'"
                yield Finding("", "warning", told, fix="collect records about it")


_LONG: Final = "Notwithstanding considerable organizational complexity " * 9
_LONG_ZH: Final = "客户在还款日之后仍未归还最低还款额的银行将按照合同约定的利率计收利息" * 4

RULES: Final = (
    Rule(
        id="readability",
        topic="content",
        severity="note",
        title="a text is hard to read",
        why="The model writes as it was taught. English: the grade of Flesch and Kincaid. Chinese: characters a "
        "sentence. Both of the first 1,000 characters of a text; `dsvc stats` shows how they are spread.",
        example=Example(
            bad=(f'{{"output": "{_LONG}"}}', f'{{"output": "{_LONG_ZH}。"}}'),
            good=(f'{{"output": "{"The fee is due on the third day. " * 9}"}}', '{"output": "还款日之后计收利息。"}'),
        ),
        make=_readable,
        options=Readable,
        sources=("Kincaid, Fishburne, Rogers, Chissom, Research Branch Report 8-75, 1975",),
        by_default=False,
    ),
    Rule(
        id="keyword-coverage",
        topic="content",
        severity="warning",
        title="a keyword that records should speak of is in none, or in few",
        why="What a model is never shown it cannot answer. The keywords are named in the rule's options; `dsvc stats "
        "--keyword WORD` tells how many records speak of each. A keyword is found as a whole word (`fee` is not in "
        "`feed`, nor in `fees`: name both), and anywhere in Chinese, Japanese, Korean and Thai; case does not matter.",
        example=Example(
            bad=('{"q": "逾期怎么办？"}', '{"q": "账单"}', '{"q": "plate feeder"}'),
            good=('{"q": "逾期怎么办？"}', '{"q": "A late fee"}'),
            options={"keywords": ["逾期", "Late Fee"]},
        ),
        make=_coverage,
        options=Coverage,
        by_default=False,
        version=2,
    ),
)
