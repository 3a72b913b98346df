"""A conversation with a label that says whether its last answer is good."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from dsvc.formats.canonical import Answer
from dsvc.formats.definition import known_of, with_extra
from dsvc.formats.fit import only_answer
from dsvc.formats.misfit import label_in
from dsvc.formats.sides import parted

if TYPE_CHECKING:
    from dsvc.formats.canonical import Canonical
    from dsvc.formats.definition import Shape
    from dsvc.formats.report import Told
    from dsvc.record import Json


def read_labelled(value: dict[str, Json], label: str, inner: Shape, field: str, told: Told) -> Canonical:
    """A record of the ``inner`` shape with a label beside it."""
    good = label_in(value, label)
    found = inner.read({key: one for key, one in value.items() if key != label}, told)
    before, answer = parted(found.turns, field)
    return replace(found, turns=before, answers=(Answer(answer, good=good),))


def write_labelled(canonical: Canonical, label: str, inner: Shape, told: Told) -> dict[str, Json]:
    """The same back; the label stands behind the fields of the inner shape."""
    answer = only_answer(canonical)
    if len(answer.turns) > 1:
        told.rewritten("completion", "all but its last message belong to what comes before")
    whole = replace(canonical, turns=[*canonical.turns, *answer.turns], answers=(), extra={})
    made = {**inner.write(whole, told), label: answer.good}
    known = known_of(inner.fields) | {label}
    return with_extra(made, canonical.extra, known, told)
