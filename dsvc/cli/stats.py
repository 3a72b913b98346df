"""``dsvc stats``: what a version is made of, and how far two versions are apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dsvc.cli import output
from dsvc.cli.completing import revisions
from dsvc.cli.options import ESTIMATE, TOKENIZERS, json_option, pager_option
from dsvc.cli.plain_files import piped, repository_or_file
from dsvc.cli.progress import progress
from dsvc.cli.verb import verb

if TYPE_CHECKING:
    from dsvc.cli.progress import Progress
    from dsvc.statistics import Numbers, Shares, Shift, Statistics

FORMAT = "dsvc.stats/1"
_JSON_VALUES = 100


@verb(
    "stats",
    examples=[
        ("dsvc stats", "the working file of the only dataset"),
        ("dsvc stats medical@v1.1", "a version"),
        ("dsvc stats v1.0 v1.1", "how far two versions are apart, feature by feature"),
        ("dsvc stats --tokenizer o200k --keyword 逾期", "tokens counted by a tokenizer; what records speak of"),
        ("dsvc stats train.jsonl", "any file of records, also outside a repository; - is standard input"),
    ],
    exits=(0, 2, 3, 4, 7, 8),
)
@click.argument("revision", required=False, metavar="[REV", shell_complete=revisions)
@click.argument("other", required=False, metavar="[REV]]", shell_complete=revisions)
@click.option(
    "--tokenizer", type=click.Choice(TOKENIZERS), default=ESTIMATE, show_default=True, help="What counts tokens."
)
@click.option(
    "--keyword", "keywords", multiple=True, metavar="WORD", help="How many records speak of WORD (a whole word)."
)
@json_option
@pager_option
def command(
    *,
    revision: str | None,
    other: str | None,
    tokenizer: str,
    keywords: tuple[str, ...],
    as_json: bool,
    no_pager: bool,
) -> None:
    """Tell what a version is made of: lengths, tokens, turns, labels, languages, sources.

    Tokens are estimated (a Chinese character counts as one, four Latin letters as one) unless a tokenizer is named;
    those need pip install 'dsvc[tokens]'. How hard a text is to read: the grade of Flesch and Kincaid for English,
    characters a sentence for Chinese. A language is told by its script. Fields with few, short values are taken for
    labels; of fields that some records lack, or whose values are of several types, that is told. With two revisions:
    how far each feature has moved, as a figure from 0 (the same) to 1 (nothing in common), of all records.
    """
    from dsvc.render.statistics_text import shift_lines, statistics_lines
    from dsvc.statistics import shifts

    with progress("measuring") as shown:
        measured = [_measured(name, shown, tokenizer, keywords) for name in _named(revision, other, shown)]
    if len(measured) == 1:
        if as_json:
            output.json_line("statistics", FORMAT, _fields(measured[0]))
        else:
            output.write(statistics_lines(measured[0], output.style()), pager=not no_pager)
        return
    old, new = measured
    moved = shifts(old, new)
    if as_json:
        for each in measured:
            output.json_line("statistics", FORMAT, _fields(each))
        for shift in moved:
            output.json_line("shift", FORMAT, _shift_fields(shift))
        return
    output.write(shift_lines(old, new, moved, output.style()), pager=not no_pager)


def _named(revision: str | None, other: str | None, shown: Progress) -> list[str | None]:
    """The one or two revisions that are meant; ``v1.0..v1.1`` stands for two."""
    from pathlib import Path

    from dsvc.repository.revisions import beside

    if revision is not None and other is None and ".." in revision and not Path(revision).exists():
        repository = repository_or_file(revision, shown)
        parts = repository.range_of(revision) if repository is not None else None
        return [revision] if parts is None else [parts[0], parts[1] or parts[0].rpartition("@")[0] or None]
    if revision is None or other is None:
        return [revision]
    return [revision, other if Path(other).exists() else beside(revision, other)]


def _measured(name: str | None, shown: Progress, tokenizer: str, keywords: tuple[str, ...]) -> Statistics:
    import dsvc
    from dsvc.statistics import measure

    name = piped(name) if name is not None else None
    repository = repository_or_file(name, shown)
    if repository is None:
        assert name is not None
        return measure(dsvc.open_file(name), progress=shown, tokenizer=tokenizer, keywords=keywords)
    return repository.statistics(name, tokenizer=tokenizer, keywords=keywords)


def _fields(statistics: Statistics) -> dict[str, object]:
    return {
        "name": statistics.name,
        "records": statistics.records,
        "bytes": statistics.bytes,
        "not_json": statistics.not_json,
        "tokenizer": statistics.tokenizer,
        "fields": statistics.fields,
        "numbers": {name: _number_fields(numbers) for name, numbers in statistics.numbers.items() if numbers.records},
        "shares": {name: _share_fields(shares) for name, shares in statistics.shares.items() if shares.records},
    }


def _number_fields(numbers: Numbers) -> dict[str, object]:
    quantiles = {f"p{round(share * 100)}": numbers.quantile(share) for share in (0.05, 0.25, 0.5, 0.75, 0.95)}
    ends = {"least": numbers.smallest, **quantiles, "most": numbers.largest}
    return {"records": numbers.records, "total": numbers.total, "mean": round(numbers.mean, 2), **ends}


def _share_fields(shares: Shares) -> dict[str, object]:
    shown = dict(shares.common(_JSON_VALUES))
    return {"records": shares.records, "counts": shown, "others": shares.records - sum(shown.values())}


def _shift_fields(shift: Shift) -> dict[str, object]:
    return {"feature": shift.feature, "kind": shift.kind, "drift": round(shift.figure, 4), "in_words": shift.in_words}
