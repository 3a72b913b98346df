"""How far annotators agree, as JSON values: ``dsvc.agreement-report/1``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dsvc.agreement.coefficients import specific
from dsvc.agreement.kinds import told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.agreement.figures import FieldAgreement
    from dsvc.repository.agreements.measuring import Agreement


def agreement_objects(found: Agreement, limit: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Type and fields of each line: ``agreement`` of each field, then its ``disagreement`` lines, ``limit`` at most."""
    for field in found.fields:
        yield "agreement", _fields(found, field)
        for each in field.disagreements[:limit]:
            places = [None if given is None else {"file": given.file, "line": given.line} for given in each.given]
            yield (
                "disagreement",
                {"field": field.field, "annotators": found.annotators, "answers": each.values, "places": places},
            )


def _fields(found: Agreement, field: FieldAgreement) -> dict[str, Any]:
    kappa = field.cohen
    return {
        "field": field.field,
        "kind": field.kind,
        "annotators": found.annotators,
        "records": found.records,
        "one_answer": found.alone,
        "no_answer": found.unanswered,
        "repeated": found.repeated,
        "no_annotator": found.nameless,
        "answers": dict(zip(field.annotators, field.answers, strict=True)),
        "compared": field.compared,
        "agreed": field.agreed,
        "agreement": _rounded(field.agreement),
        "disagreement": _rounded(field.disagreement),
        "cohen": None
        if kappa is None
        else {"kappa": _rounded(kappa.value), "low": _rounded(kappa.low), "high": _rounded(kappa.high)},
        "fleiss": _rounded(field.fleiss),
        "alpha": _rounded(field.alpha),
        "similarity": _rounded(field.similarity),
        "levels": [
            {"depth": each.depth, "agreed": each.agreed, "compared": each.compared, "alpha": _rounded(each.alpha)}
            for each in field.levels
        ],
        "labels": {
            told(label): {"agreement": _rounded(specific(both, either)), "pairs": either}
            for label, (both, either) in field.labels.items()
        },
        "confusion": [
            {"answers": [told(one), told(other)], "records": count}
            for (one, other), count in field.confusion.most_common()
        ],
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
