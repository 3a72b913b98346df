"""The figures that gates have bounds for, measured on a version and the one before it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from dsvc.conditions.fields import MISSING, field, steps_of, text_of, value_of
from dsvc.validators.gates import Measured, bound_of

if TYPE_CHECKING:
    from dsvc.repository.agreements.figures import AgreementFigures
    from dsvc.repository.reviews.figures import ReviewFigures
    from dsvc.snapshot import Snapshot
    from dsvc.validators.comparison import Compared
    from dsvc.validators.gates import GateSettings

_LABEL: Final = 30
_PARTLY: Final = "only the changed lines were looked at"
_NOT_KEPT: Final = "no agreement kept with this version"


def measured(
    settings: GateSettings,
    new: Snapshot,
    old: Snapshot | None,
    severities: Counter[str] | None,
    compared: Compared | None,
    reviewed: ReviewFigures | None = None,
    annotated: AgreementFigures | None = None,
) -> Measured:
    """What can be measured. ``severities`` counts the findings in the whole of ``new``; None: only what changed was
    looked at. ``old`` and ``compared`` are None where there is no version before; ``reviewed`` is what finished reviews
    tell of ``new``, ``annotated`` how far annotators agreed; None where nobody asked or nothing is kept."""
    reasons: dict[str, str] = {}
    if severities is None:
        reasons |= dict.fromkeys(("errors", "warnings", "class_share", "drift"), _PARTLY)
    if compared is None:
        reasons["introduced"] = "there is no version before"
    details: dict[str, str] = {}
    since = f"since {old.name}" if old is not None else ""
    if since:
        details["introduced"] = since
    share = shift = None
    if severities is not None and bound_of(settings, "class_share") is not None:
        labels = label_counts(new, settings.class_field)
        for label, count in labels.most_common(1):
            share, details["class_share"] = count / labels.total(), label[:_LABEL]
        if share is None:
            reasons["class_share"] = f"no record has the field '{settings.class_field}'"
    if severities is not None and bound_of(settings, "drift") is not None:
        reasons["drift"] = "there is no version before"
        if old is not None:
            shift, feature = largest_shift(old, new)
            details["drift"] = f"{feature}, {since}"
    spot_check = accuracy = None
    if reviewed is not None and reviewed.finished:
        spot_check, accuracy = reviewed.spot_check, reviewed.accuracy.share
        details |= _told_of(reviewed)
        reasons["accuracy"] = "; ".join(reviewed.left_out) or "nobody but who made them judged a record"
    agreement = disagreement = None
    if annotated is not None:
        agreement, disagreement = annotated.agreement, annotated.disagreement
        details |= _kept_in(annotated)
    else:
        reasons |= dict.fromkeys(("agreement", "disagreement"), _NOT_KEPT)
    return Measured(
        errors=severities["error"] if severities is not None else None,
        warnings=severities["warning"] if severities is not None else None,
        introduced=sum(f.severity == "error" for f in compared.introduced) if compared is not None else None,
        class_share=share,
        drift=shift,
        spot_check=spot_check,
        accuracy=accuracy,
        agreement=agreement,
        disagreement=disagreement,
        reasons=reasons,
        details=details,
    )


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


def label_counts(snapshot: Snapshot, name: str) -> Counter[str]:
    """How many records have each value of a field; records without it do not count."""
    steps = steps_of(name)
    counts: Counter[str] = Counter()
    wanted = str(steps[-1]).encode() if steps and isinstance(steps[-1], str) and steps[-1].isascii() else b""
    for record in snapshot:
        if wanted in record.content or b"\\u" in record.content:
            value = field(value_of(record.content), steps)
            if value is not MISSING:
                counts[text_of(value)] += 1
    return counts


def largest_shift(old: Snapshot, new: Snapshot) -> tuple[float, str]:
    """The feature that moved most between two versions: how far, and its name."""
    from dsvc.statistics import measure, shifts

    most = max(shifts(measure(old), measure(new)), key=lambda shift: shift.figure, default=None)
    return (most.figure, most.feature) if most is not None else (0.0, "nothing")
