"""How far annotators agree, as Markdown: for a pull request or a data card."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.agreement.coefficients import specific
from dsvc.agreement.kinds import told
from dsvc.render.safe_text import safe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.agreement.figures import FieldAgreement
    from dsvc.repository.agreements.measuring import Agreement

_MOST: Final = 20


def markdown_lines(found: Agreement, bound: float) -> Iterator[str]:
    """A heading, a table of figures by field, and by label."""
    yield f"## Agreement of {', '.join(map(_plain, found.annotators))}"
    yield ""
    yield "| field | records compared | agreement | disagreement | kappa | alpha |"
    yield "|---|---:|---:|---:|---:|---:|"
    for field in found.fields:
        yield _row(field, bound)
    yield ""
    left = f"{found.records:,} records, {found.alone:,} with one answer, {found.unanswered:,} with none"
    nameless = f", {found.nameless:,} without an annotator" if found.nameless else ""
    left = f"{left}, {found.repeated:,} repeated{nameless}"
    yield f"{left}. Kappa: Cohen (two annotators) or Fleiss; alpha: Krippendorff."
    for field in found.fields:
        if field.labels:
            yield ""
            yield f"| label of {_plain(field.field)} | agreement | pairs that say it |"
            yield "|---|---:|---:|"
            for label, (both, either) in [*field.labels.items()][:_MOST]:
                yield f"| {_plain(told(label)) or '(empty)'} | {specific(both, either):.1%} | {either:,} |"
            if len(field.labels) > _MOST:
                yield f"| and {len(field.labels) - _MOST:,} more | | |"


def _row(field: FieldAgreement, bound: float) -> str:
    if field.agreement is None or field.disagreement is None:
        return f"| {_plain(field.field)} | 0 | | | | |"
    mark = f"**{field.disagreement:.1%}** (above {bound:.0%})" if field.disagreement > bound else None
    kappa = field.cohen.value if field.cohen is not None else field.fleiss
    figures = (f"{field.agreement:.1%}", mark or f"{field.disagreement:.1%}", _figure(kappa), _figure(field.alpha))
    return f"| {_plain(field.field)} | {field.compared:,} | {' | '.join(figures)} |"


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _plain(text: str) -> str:
    """Text that Markdown and HTML leave alone."""
    shown = safe(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join(f"\\{char}" if char in "\\`*_[]|#!~" else char for char in shown)
