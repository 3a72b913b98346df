"""Texts that are far longer or shorter than the others, or too long for the model."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from dsvc.statistics.features import characters, texts_of
from dsvc.statistics.tokenizing import ESTIMATE, counter
from dsvc.validators.finding import Finding
from dsvc.validators.rule import DatasetCheck, Example, Found, RecordCheck, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsvc.validators.checked import Checked
    from dsvc.validators.finding import Place

_FEWEST: Final = 50
"""Records that tell what is usual."""


class Outlier(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``times``: so many times as long (or short) as the middle one, and ``spread`` times the usual spread besides;
    ``tokenizer``: count tokens by it (``estimate``, ``cl100k``, ``o200k``) in place of characters."""

    times: float = 8.0
    spread: float = 6.0
    tokenizer: str = ""


class Budget(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``tokens``: the most that the trainer takes, its template not counted; ``tokenizer``: what counts them
    (``estimate``, ``cl100k``, ``o200k``)."""

    tokens: int = 4096
    tokenizer: str = ESTIMATE


def _lengths(records: Sequence[Checked]) -> bytes:
    return _as_bytes([characters(record.value) for record in records])


def _token_counts(records: Sequence[Checked], tokenizer: str) -> bytes:
    tokens = counter(tokenizer)
    return _as_bytes([sum(map(tokens, texts_of(record.value))) for record in records])


def _as_bytes(lengths: list[int]) -> bytes:
    return np.array(lengths, dtype=np.int64).tobytes()


def _outliers(options: Outlier) -> DatasetCheck:
    if options.tokenizer:
        counter(options.tokenizer)  # refused before anything is read
    summarise = partial(_token_counts, tokenizer=options.tokenizer) if options.tokenizer else _lengths
    return DatasetCheck(summarise, lambda: _Outliers(options))


def _about(tokenizer: str) -> str:
    """A word before a number of tokens that is an estimate."""
    return "about " if tokenizer == ESTIMATE else ""


class _Outliers:
    def __init__(self, options: Outlier) -> None:
        self._options = options
        self._places: list[Place] = []
        self._parts: list[np.ndarray[tuple[int, ...], np.dtype[np.int64]]] = []

    def take(self, places: Sequence[Place], summary: bytes) -> None:
        self._places += places
        self._parts.append(np.frombuffer(summary, dtype=np.int64))

    def finish(self) -> Iterator[Finding]:
        if len(self._places) < _FEWEST:
            return
        lengths = np.concatenate(self._parts)
        logs = np.log(np.maximum(lengths, 1))
        middle = float(np.median(logs))
        spread = float(np.median(np.abs(logs - middle))) * 1.4826  # of a normal distribution: its standard deviation
        bound = max(self._options.spread * spread, math.log(self._options.times))
        usual = round(math.exp(middle))
        about, unit = _about(self._options.tokenizer), "tokens" if self._options.tokenizer else "characters"
        for row in np.flatnonzero(np.abs(logs - middle) > bound).tolist():
            which = "more" if lengths[row] < usual else "fewer"
            told = f"{about}{int(lengths[row]):,} {unit}; half of the records have {which} than {usual:,}"
            yield Finding("", "note", told, self._places[row], fix="look whether something was cut off or run together")


def _budget(options: Budget) -> RecordCheck:
    tokens = counter(options.tokenizer)
    about = _about(options.tokenizer)

    def check(record: Checked) -> Iterator[Found]:
        if len(record.content) <= options.tokens:  # a token has a byte at least
            return
        count = sum(map(tokens, texts_of(record.value)))
        if count > options.tokens:
            told = f"{about}{count:,} tokens; the trainer takes {options.tokens:,}"
            yield Found(told, fix="split the record, or cut what is not needed")

    return RecordCheck(check)


RULES: Final = (
    Rule(
        id="length-outlier",
        topic="content",
        severity="note",
        title="a record is far longer or shorter than the others",
        why="Mostly two records run together, a page of boilerplate, or an answer that was cut off. Measured on the "
        "logarithm of the length, by the median and the median deviation from it. The length is that in characters; "
        "in tokens with `--tokenizer`, or the option: then Chinese and English are measured alike.",
        example=Example(
            bad=(*(f'{{"a": "{"x" * (40 + n)}"}}' for n in range(60)), f'{{"a": "{"x" * 4000}"}}'),
            good=(*(f'{{"a": "{"x" * (40 + n)}"}}' for n in range(60)), f'{{"a": "{"x" * 300}"}}'),
        ),
        make=_outliers,
        options=Outlier,
    ),
    Rule(
        id="token-budget",
        topic="content",
        severity="warning",
        title="a record is longer than the trainer takes",
        why="It is cut in the middle, or dropped without a word (axolotl). Tokens are estimated: a Chinese character "
        "counts as one, four Latin letters as one; common tokenizers are within some 20 % of that. "
        "`--tokenizer`, or the option `tokenizer`, counts them (`pip install 'dsvc[tokens]'`).",
        example=Example(
            bad=('{"a": "逾期逾期逾期逾期"}',),
            good=('{"a": "逾期逾期"}', '{"a": "overdue overdue"}'),
            options={"tokens": 6},
        ),
        make=_budget,
        options=Budget,
        by_default=False,
    ),
)
