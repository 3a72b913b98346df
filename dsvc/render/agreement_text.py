"""How far annotators agree, as text."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from dsvc.agreement.coefficients import specific
from dsvc.agreement.kinds import KINDS, told
from dsvc.render.field_text import View, word_segments
from dsvc.render.json_text import json_text
from dsvc.render.numbers import plural
from dsvc.render.safe_text import cell, safe
from dsvc.render.style import PLAIN, Style
from dsvc.render.wrapping import wrap
from dsvc.textdiff.words import word_diff

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.agreement.figures import Disagreement, FieldAgreement
    from dsvc.repository.agreements.measuring import Agreement

_NAME: Final = 28
_MOST: Final = 12
_TEXT: Final = 100


def report_lines(found: Agreement, bound: float, style: Style = PLAIN) -> Iterator[str]:
    """All figures; ``bound`` is the share of disagreement from which on it is too much."""
    annotators = ", ".join(safe(name) for name in found.annotators)
    yield style("heading", f"{len(found.annotators)} annotators: {annotators}")
    yield f"records:       {found.records:,}"
    if found.alone:
        only = ", ".join(
            f"{count:,} {safe(name)}" for name, count in zip(found.annotators, found.only, strict=True) if count
        )
        yield f"one answer:    {found.alone:,}, which are not compared ({only})"
    if found.unanswered:
        yield f"no answer:     {found.unanswered:,}, which are not compared"
    if found.nameless:
        yield f"no annotator:  {found.nameless:,}, which are not compared"
    if found.repeated:
        yield f"repeated:      {found.repeated:,}, compared in the order in which they stand"
    for field in found.fields:
        yield ""
        yield from _field_lines(field, bound, style)


def _field_lines(field: FieldAgreement, bound: float, style: Style) -> Iterator[str]:
    yield style("strong", safe(field.field)) + style("dim", f"  {field.kind}: {KINDS[field.kind]}")
    if field.agreement is None or field.disagreement is None:
        yield "  no record has two answers"
        return
    yield f"  agreement     {field.agreement:.1%}  ({field.agreed:,} of {field.compared:,})"
    mark = f"above {bound:.0%}: to be decided" if field.disagreement > bound else f"at most {bound:.0%} is asked"
    yield f"  disagreement  {field.disagreement:.1%}  ({mark})"
    if field.kind in ("label", "levels", "set"):
        yield from _kappa_lines(field)
    yield f"  alpha         {_alpha(field)}  (Krippendorff)"
    if field.similarity is not None:
        yield f"  similarity    {field.similarity:.3f}  (mean of texts, 1 is equal)"
    yield from _level_lines(field, style)
    yield from _label_lines(field, style)
    yield from _confused_lines(field, style)


def _kappa_lines(field: FieldAgreement) -> Iterator[str]:
    if len(field.annotators) == 2:
        kappa = field.cohen
        within = f"  ({kappa.low:.3f} to {kappa.high:.3f}, Cohen)" if kappa is not None else "  (Cohen)"
        yield f"  kappa         {_figure(kappa.value if kappa is not None else None)}{within}"
    else:
        yield f"  kappa         {_figure(field.fleiss)}  (Fleiss, of records that all answered)"


def _alpha(field: FieldAgreement) -> str:
    if field.alpha is None and field.agreed < field.compared:
        return "not told: too many different answers to compare each with each"
    return _figure(field.alpha)


def _figure(value: float | None) -> str:
    return "not defined: no other answer was to be expected" if value is None else f"{value:.3f}"


def _level_lines(field: FieldAgreement, style: Style) -> Iterator[str]:
    if len(field.levels) < 2:
        return
    yield ""
    yield style("dim", f"  {cell('level', _NAME)}{'agree':>9}{'alpha':>9}")
    for level in field.levels:
        share = f"{level.agreed / level.compared:>9.1%}" if level.compared else f"{'-':>9}"
        alpha = f"{level.alpha:>9.3f}" if level.alpha is not None else f"{'-':>9}"
        yield f"  {cell('the first' if level.depth == 1 else f'the first {level.depth}', _NAME)}{share}{alpha}"


def _label_lines(field: FieldAgreement, style: Style) -> Iterator[str]:
    if not field.labels:
        return
    yield ""
    yield style("dim", f"  {cell('label', _NAME)}{'agree':>9}{'said':>9}")
    for label, (both, either) in [*field.labels.items()][:_MOST]:
        yield f"  {cell(told(label) or '(empty)', _NAME)}{specific(both, either):>9.1%}{either:>9,}"
    if len(field.labels) > _MOST:
        yield style("dim", f"  and {len(field.labels) - _MOST:,} more (--json)")


def _confused_lines(field: FieldAgreement, style: Style) -> Iterator[str]:
    confused: Counter[tuple[Any, Any]] = Counter({pair: n for pair, n in field.confusion.items() if pair[0] != pair[1]})
    if not confused:
        return
    first, second = field.annotators[:2] if len(field.annotators) == 2 else ("one", "another")
    yield ""
    yield style("dim", f"  {cell(first, _NAME)}{cell(second, _NAME)}{'records':>9}")
    for (one, other), count in confused.most_common(_MOST):
        yield f"  {cell(told(one), _NAME)}{cell(told(other), _NAME)}{count:>9,}"
    if len(confused) > _MOST:
        yield style("dim", f"  and {len(confused) - _MOST:,} more (--json)")


def disagreement_lines(field: FieldAgreement, limit: int, style: Style = PLAIN) -> Iterator[str]:
    """The records that people disagree on, their answers below each other."""
    yield ""
    yield style(
        "heading", f"{plural(len(field.disagreements), 'record')} with different answers in '{safe(field.field)}'"
    )
    for each in field.disagreements[:limit]:
        yield from _one(field, each, style)
    if len(field.disagreements) > limit:
        yield style("dim", f"and {len(field.disagreements) - limit:,} more: --limit {len(field.disagreements)}")


def _one(field: FieldAgreement, each: Disagreement, style: Style) -> Iterator[str]:
    at = next(given for given in each.given if given is not None)
    yield style("dim", f"{safe(at.file)}:{at.line}")
    first: str | None = None
    for name, value in zip(field.annotators, each.values, strict=True):
        if value is None:
            continue
        shown = value if isinstance(value, str) else json_text(value)
        if field.kind == "text":
            yield f"  {cell(name, _NAME)}".rstrip()
            yield from _worded(first, shown, style)
        else:
            yield f"  {cell(name, _NAME)}{safe(_short(shown))}"
        first = first if first is not None else shown


def _worded(first: str | None, text: str, style: Style) -> Iterator[str]:
    """A text, marked word by word where the first annotator's is another: [-gone-] and {+new+}."""
    view = View(style=style)
    segments = [(None, safe(text))] if first is None else [*word_segments(word_diff(first, text), view)]
    yield from (f"    {line}" for line in wrap(segments, view.columns - 4, style=style, limit=view.limit))


def _short(text: str) -> str:
    return text if len(text) <= _TEXT else text[: _TEXT - 1] + "…"
