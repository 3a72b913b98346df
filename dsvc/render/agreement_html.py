"""How far annotators agree, as one page of HTML that needs nothing else."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from dsvc.agreement.coefficients import specific
from dsvc.agreement.kinds import told
from dsvc.render.html_page import html_text, page
from dsvc.render.json_text import json_text
from dsvc.render.numbers import plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dsvc.agreement.figures import Disagreement, FieldAgreement
    from dsvc.repository.agreements.measuring import Agreement

_MOST: Final = 20
_LONG: Final = 200
"""Characters of an answer that are shown."""


def agreement_html(found: Agreement, bound: float, limit: int) -> str:
    """The figures of each field, of each label, which labels are confused, and the first disagreements."""
    parts = [
        f"<p>{plural(found.records, 'record')}, {found.alone:,} with one answer, {found.unanswered:,} with none, "
        f"{found.repeated:,} repeated. Kappa: Cohen (two annotators) or Fleiss; alpha: Krippendorff.</p>",
        *_table(("field", "compared", "agreement", "disagreement", "kappa", "alpha"), _figures(found, bound)),
    ]
    for field in found.fields:
        parts += _field(field, found.annotators, limit)
    return page(f"Agreement of {', '.join(found.annotators)}", parts)


def _figures(found: Agreement, bound: float) -> Iterator[Sequence[str]]:
    for field in found.fields:
        share, apart = field.agreement, field.disagreement
        kappa = field.cohen.value if field.cohen is not None else field.fleiss
        over = f" (above {bound:.0%})" if apart is not None and apart > bound else ""
        shares = ("–", "–") if share is None or apart is None else (f"{share:.1%}", f"{apart:.1%}{over}")
        yield (field.field, f"{field.compared:,}", *shares, _number(kappa), _number(field.alpha))


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _field(field: FieldAgreement, annotators: Sequence[str], limit: int) -> Iterator[str]:
    yield f"<h2>{html_text(field.field)}</h2>"
    if field.labels:
        labels = islice(field.labels.items(), _MOST)
        rows = [(told(label), f"{specific(both, either):.1%}", f"{either:,}") for label, (both, either) in labels]
        yield from _table(("label", "agreement", "pairs that say it"), rows)
    pairs = ((pair, times) for pair, times in field.confusion.most_common() if pair[0] != pair[1])
    confused = [(told(one), told(other), f"{times:,}") for (one, other), times in islice(pairs, _MOST)]
    if confused:
        yield from _table(("taken for each other", "", "pairs"), confused)
    if field.disagreements and limit:
        shown = [(_place(each), *map(_answer, each.values)) for each in field.disagreements[:limit]]
        yield f"<details open><summary>{plural(len(field.disagreements), 'record')} they disagree on</summary>"
        yield from _table(("record", *annotators), shown)
        yield "</details>"


def _place(each: Disagreement) -> str:
    at = next(given for given in each.given if given is not None)
    return f"{at.file}:{at.line}"


def _answer(value: object) -> str:
    text = "" if value is None else value if isinstance(value, str) else json_text(value)
    return text if len(text) <= _LONG else f"{text[:_LONG]}…"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"<table><tr>{''.join(f'<th>{html_text(each)}' for each in head)}</tr>"
    for row in rows:
        yield f"<tr>{''.join(f'<td>{html_text(each)}</td>' for each in row)}</tr>"
    yield "</table>"
