"""``pilot result``: what a trial on a pilot gave, written down for good. Lines are added, and none is ever changed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec

from dsvc.errors import UsageError
from dsvc.manifest import Person
from dsvc.render.pilot_text import metrics_text
from dsvc.repository.pilots.creating import find
from dsvc.repository.pilots.file import Result, results_path
from dsvc.repository.writing.noting import Noted, current_of, note

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dsvc.repository.context import Context


def add_result(
    ctx: Context,
    name: str,
    metrics: Mapping[str, float],
    *,
    model: str | None = None,
    run: str | None = None,
    text: str | None = None,
    validation: float | None = None,
    target: str | None = None,
) -> Result:
    """Add a result to a pilot, in a git commit. Raises UsageError for metrics that are none, a share that is none."""
    _check(metrics)
    if validation is not None and not 0 < validation < 1:
        raise UsageError(f"{validation:g} is no share for validation", hint="between 0 and 1: 0.1")
    with ctx.writing():
        dataset, pilot = find(ctx, name, target)
        current, who = current_of(ctx, dataset), ctx.git.identity()
        result = Result(
            sample=pilot.sample,
            metrics=dict(metrics),
            model=model,
            run=run,
            note=text,
            validation=validation if validation is not None else msgspec.UNSET,
            at=ctx.clock(),
            by=Person(name=who.name, email=who.email),
        )
        path = results_path(dataset, pilot.name)
        before = ctx.git.read(current.commit, path) or b""
        ended = before if before.endswith(b"\n") or not before else before + b"\n"
        summary = f"{pilot.name}: {metrics_text(metrics)}"
        note(ctx, current, Noted(verb="pilot result", files={path: ended + result.line()}, summary=summary))
        return result


def _check(metrics: Mapping[str, float]) -> None:
    if not metrics:
        raise UsageError("what did the trial give?", hint="name at least one figure: --metric accuracy=0.71")
    for name, value in metrics.items():
        if not name.strip():
            raise UsageError("a metric needs a name", hint="--metric accuracy=0.71")
        if not math.isfinite(value):
            raise UsageError(f"'{name}' is {value}, and that is no figure", hint="write it into --note")


def metrics_of(text: str) -> dict[str, float]:
    """Several metrics in one line, whose names may have spaces in them: ``accuracy=0.71 token accuracy=0.1``.

    Raises UsageError.
    """
    found: dict[str, float] = {}
    rest = text.strip()
    while rest:
        name, equals, behind = rest.partition("=")
        figure, _, rest = behind.strip().partition(" ")
        name, value = metric_of(f"{name.strip(' ,')}{equals}{figure.rstrip(',')}")
        if name in found:
            raise UsageError(f"'{name}' is given twice", hint="one figure a metric")
        found[name] = value
    return found


def metric_of(text: str) -> tuple[str, float]:
    """``accuracy=0.71`` as a name and a figure. Raises UsageError."""
    name, equals, value = text.rpartition("=")
    try:
        figure = float(value)
    except ValueError:
        figure = math.nan
    if not equals or not name.strip() or not math.isfinite(figure):
        raise UsageError(f"'{text}' is no metric", hint="NAME=NUMBER, like accuracy=0.71")
    return name.strip(), figure
