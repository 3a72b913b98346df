"""Gates: figures of a version with a bound each; ``dsvc validate --gate`` tells by its exit status whether all hold.

The bounds are those of practice: one class at most 80 % of the records; at least 10 % of them looked at again by a
second person, 95 % of these right; annotators agree on 90 %, and more than 10 % of disagreement goes to review.
"""

from __future__ import annotations

import math
from typing import Final, Literal, TypeAlias

import msgspec


class Bound(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A bound with more to say: ``required`` fails where nothing was measured, too."""

    bound: float
    required: bool = False


Given: TypeAlias = bool | float | Bound
"""``0.1``; ``{bound = 0.1, required = true}``; ``false`` turns a gate off."""


class GateSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[gates]`` in ``dsvc.toml``; shares are from 0 to 1."""

    errors: Given = 0.0
    """Errors at most."""
    warnings: Given = False
    """Warnings at most; no bound unless one is given."""
    introduced: Given = 0.0
    """Errors at most that the version before does not have."""
    class_share: Given = 0.8
    """Share of the largest class at most."""
    class_field: str = "label"
    """Where the class of a record stands."""
    drift: Given = False
    """How far at most any feature of the records (``dsvc stats OLD NEW``) moved since the version before, from 0 (the
    same) to 1 (nothing in common). No bound unless one is given."""
    spot_check: Given = 0.10
    """Share of the records at least that a second person looked at."""
    accuracy: Given = 0.95
    """Share at least of those that were found right."""
    agreement: Given = 0.90
    """Share at least of the records labelled more than once on which people agree."""
    disagreement: Given = 0.10
    """Share of the records at most on which people disagree; above it they go to review."""
    required: bool = False
    """Whether a gate that cannot be measured fails."""


class Measured(msgspec.Struct, frozen=True):
    """What is known of a version; None: not measured."""

    errors: int | None = None
    warnings: int | None = None
    introduced: int | None = None
    class_share: float | None = None
    drift: float | None = None
    spot_check: float | None = None
    accuracy: float | None = None
    agreement: float | None = None
    disagreement: float | None = None
    reasons: dict[str, str] = {}
    """Why a figure was not measured, by gate."""
    details: dict[str, str] = {}
    """What a figure is of (which class, which feature, since which version), by gate."""


Outcome: TypeAlias = Literal["passed", "failed", "not measured"]


class Verdict(msgspec.Struct, frozen=True):
    """A gate, what was measured, its bound as text (``≤ 80 %``), and what follows; ``failed`` decides."""

    gate: str
    title: str
    measured: str
    bound: str
    outcome: Outcome
    failed: bool
    value: float | None
    limit: float


class Gate(msgspec.Struct, frozen=True):
    """A figure that has a bound: from above (``most``) or from below."""

    name: str
    title: str
    most: bool
    share: bool


GATES: Final = (
    Gate("errors", "errors", most=True, share=False),
    Gate("warnings", "warnings", most=True, share=False),
    Gate("introduced", "errors introduced", most=True, share=False),
    Gate("class_share", "share of the largest class", most=True, share=True),
    Gate("drift", "largest shift", most=True, share=True),
    Gate("spot_check", "records that a second person looked at", most=False, share=True),
    Gate("accuracy", "of these found right", most=False, share=True),
    Gate("agreement", "agreement of annotators", most=False, share=True),
    Gate("disagreement", "records people disagree on", most=True, share=True),
)
_UNREVIEWED: Final = "no reviews with this version"


def verdicts(settings: GateSettings, measured: Measured) -> tuple[Verdict, ...]:
    """What each gate that is not turned off says, in the order of :data:`GATES`."""
    found = []
    for gate in GATES:
        bound = bound_of(settings, gate.name)
        if bound is not None:
            found.append(_verdict(gate, bound, measured))
    return tuple(found)


def bound_of(settings: GateSettings, gate: str) -> Bound | None:
    """A gate's bound; None where it is turned off. ``true`` is its usual one."""
    given: Given = getattr(settings, gate)
    if given is True:
        given = getattr(GateSettings(), gate)
    if given is False or given is True:
        return None
    bound = given if isinstance(given, Bound) else Bound(float(given))
    return Bound(bound.bound, bound.required or settings.required)


def wrong_bound(settings: GateSettings) -> tuple[str, str] | None:
    """The first gate whose bound nothing could keep or break, and what its bound may be; None when all make sense."""
    for gate in GATES:
        given: Given = getattr(settings, gate.name)
        if isinstance(given, bool):
            continue
        bound = given.bound if isinstance(given, Bound) else given
        if gate.share and not 0 <= bound <= 1:
            # From 2 on it is percent; 1.5 is a slip
            likely = f"{bound / 100:g}" if 2 <= bound <= 100 else f"{_usual(gate.name):g}"
            return gate.name, f"{bound:g} is no share from 0 to 1; write {gate.name} = {likely}"
        if not gate.share and not (bound >= 0 and math.isfinite(bound)):
            return gate.name, f"{bound:g} is no number of findings; write {gate.name} = 0"
    return None


def example_of(gate: str) -> str | None:
    """How a gate's bound is written; None for what is no gate."""
    if gate not in {each.name for each in GATES}:
        return None
    usual = f"{_usual(gate):g}"
    return f"write {gate} = {usual}, or {gate} = {{bound = {usual}, required = true}}, or {gate} = false"


def _usual(gate: str) -> float:
    """The usual bound; one to begin with where there is none."""
    given = getattr(GateSettings(), gate)
    return float(given) if given is not False else 20.0 if gate == "warnings" else 0.1


def _verdict(gate: Gate, bound: Bound, measured: Measured) -> Verdict:
    text = _share if gate.share else _count
    value: float | None = getattr(measured, gate.name)
    told = f"{'≤' if gate.most else '≥'} {text(bound.bound)}"
    if value is None:
        why = f"not measured ({measured.reasons.get(gate.name, _UNREVIEWED)})"
        return Verdict(gate.name, gate.title, why, told, "not measured", bound.required, None, bound.bound)
    detail = measured.details.get(gate.name)
    shown = text(value) if detail is None else f"{text(value)} ({detail})"
    holds = value <= bound.bound if gate.most else value >= bound.bound
    return Verdict(gate.name, gate.title, shown, told, "passed" if holds else "failed", not holds, value, bound.bound)


def _share(value: float) -> str:
    return f"{value * 100:.4g} %"


def _count(value: float) -> str:
    return f"{value:,.0f}"
