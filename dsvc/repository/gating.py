"""The figures that gates have bounds for, measured on a version and the one before it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from dsvc.conditions.fields import field, steps_of, value_of
from dsvc.validators.classes import ClassCounts
from dsvc.validators.gates import Measured, bound_of

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator, Mapping, Sequence

    from dsvc.repository.agreements.figures import AgreementFigures
    from dsvc.repository.reviews.figures import ReviewFigures
    from dsvc.snapshot import Snapshot
    from dsvc.validators.comparison import Compared
    from dsvc.validators.gates import GateSettings

_LABEL: Final = 30
_PARTLY: Final = "only the changed lines were looked at"
_NO_OTHER: Final = "there is no version before"
_NOT_KEPT: Final = "no agreement kept with this version"


def measured(
    settings: GateSettings,
    new: Snapshot,
    old: Snapshot | None,
    severities: Counter[str] | None,
    compared: Compared | None,
    reviewed: ReviewFigures | None = None,
    annotated: AgreementFigures | None = None,
    left_out: Sequence[str] = (),
) -> Measured:
    """What can be measured. ``severities`` counts the findings in the whole of ``new``; None: only what changed was
    looked at. ``old`` and ``compared`` are None where there is no version before; ``reviewed`` is what finished reviews
    tell of ``new``, ``annotated`` how far annotators agreed; None where nobody asked or nothing is kept;
    ``left_out`` are rules that did not look for errors."""
    parts = (
        _of_findings(severities, compared, old, left_out),
        *(_of_contents(settings, new, old) if severities is not None else ()),
        _of_reviews(reviewed),
        _of_agreement(annotated),
    )
    return Measured(
        **{gate: value for part in parts for gate, value in part.values.items()},
        reasons={gate: why for part in parts for gate, why in part.reasons.items()},
        details={gate: detail for part in parts for gate, detail in part.details.items()},
    )


class _Part(msgspec.Struct, frozen=True):
    """Some gates: what was measured for them, why others of them were not, and what a figure is of."""

    values: Mapping[str, Any] = {}
    reasons: Mapping[str, str] = {}
    details: Mapping[str, str] = {}


def _of_findings(
    severities: Counter[str] | None, compared: Compared | None, old: Snapshot | None, left_out: Sequence[str]
) -> _Part:
    values: dict[str, int] = {}
    reasons: dict[str, str] = {}
    if severities is None:
        reasons |= dict.fromkeys(("errors", "warnings", "class_share", "drift"), _PARTLY)
    else:
        values |= {"errors": severities["error"], "warnings": severities["warning"]}
    if compared is None:
        reasons["introduced"] = _NO_OTHER
    else:
        values["introduced"] = sum(f.severity == "error" for f in compared.introduced)
    without = f"; not by {', '.join(left_out)}" if left_out else ""
    return _Part(values, reasons, {"introduced": f"{_since(old)}{without}"} if old is not None else {})


def _of_contents(settings: GateSettings, new: Snapshot, old: Snapshot | None) -> Iterator[_Part]:
    """Both need all records to be read, so only those of them are measured that have a bound."""
    if bound_of(settings, "class_share") is not None:
        yield _largest_class(new, settings.class_field)
    if bound_of(settings, "drift") is not None:
        yield _drift(old, new)


def _largest_class(new: Snapshot, name: str) -> _Part:
    found = class_counts(new, name)
    for label, count in found.largest()[:1]:
        return _Part({"class_share": count / found.records}, {}, {"class_share": label[:_LABEL]})
    few = f"{found.records:,} records with one label are too few"
    return _Part(reasons={"class_share": few if found.records else f"no record has the field '{name}'"})


def _drift(old: Snapshot | None, new: Snapshot) -> _Part:
    if old is None:
        return _Part(reasons={"drift": _NO_OTHER})
    shift, feature = largest_shift(old, new)
    return _Part({"drift": shift}, {}, {"drift": f"{feature}, {_since(old)}"})


def _since(old: Snapshot) -> str:
    return f"since {old.name}"


def _of_reviews(reviewed: ReviewFigures | None) -> _Part:
    if reviewed is None or not reviewed.finished:
        return _Part()
    why = "; ".join(reviewed.left_out) or "nobody but who made them judged a record"
    values = {"spot_check": reviewed.spot_check, "accuracy": reviewed.accuracy.share}
    return _Part(values, {"accuracy": why}, _told_of(reviewed))


def _of_agreement(annotated: AgreementFigures | None) -> _Part:
    if annotated is None:
        return _Part(reasons=dict.fromkeys(("agreement", "disagreement"), _NOT_KEPT))
    values = {"agreement": annotated.agreement, "disagreement": annotated.disagreement}
    return _Part(values, {}, _kept_in(annotated))


def share_to_check(settings: GateSettings) -> float:
    """The share of the records that spot checks are to reach; the usual one where the gate is turned off."""
    from dsvc.repository.reviews.figures import SHARE

    bound = bound_of(settings, "spot_check")
    return bound.bound if bound is not None else SHARE


def _told_of(reviewed: ReviewFigures) -> dict[str, str]:
    low, high = reviewed.accuracy.interval
    right, judged = reviewed.accuracy.right, reviewed.accuracy.judged
    weighted = ", groups weighted" if reviewed.accuracy.is_weighted else ""
    return {
        "spot_check": f"{reviewed.checked:,} of {reviewed.records:,}",
        "accuracy": f"{right:,} of {judged:,}{weighted}; of all {low:.1%} to {high:.1%}",
    }


def _kept_in(annotated: AgreementFigures) -> dict[str, str]:
    least, most = annotated.least_agreed, annotated.most_open
    decided = f", {most.decided:,} decided" if most.decided else ""
    return {
        "agreement": f"{least.agreed:,} of {least.compared:,} in '{least.field}'",
        "disagreement": f"{most.open:,} of {most.compared:,} in '{most.field}'{decided}",
    }


def class_counts(snapshot: Snapshot, name: str) -> ClassCounts:
    """How many records have which labels in a field, as the rule ``class-share`` counts them."""
    steps = steps_of(name)
    found = ClassCounts()
    wanted = str(steps[-1]).encode() if steps and isinstance(steps[-1], str) and steps[-1].isascii() else b""
    for record in snapshot:
        if wanted in record.content or b"\\u" in record.content:
            found.add_value(field(value_of(record.content), steps))
    return found


def largest_shift(old: Snapshot, new: Snapshot) -> tuple[float, str]:
    """The feature that moved most between two versions: how far, and its name."""
    from dsvc.statistics import measure, shifts

    most = max(shifts(measure(old), measure(new)), key=lambda shift: shift.figure, default=None)
    return (most.figure, most.feature) if most is not None else (0.0, "nothing")
