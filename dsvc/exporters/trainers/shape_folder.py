"""A folder of JSONL files in one shape, for whatever reads that: a file for each split."""

from __future__ import annotations

from dsvc.exporters.trainers.definition import Trainer
from dsvc.formats import shape as shape_of
from dsvc.formats.demands import Demands


def of_shape(name: str) -> Trainer:
    """What is given files in a shape, and asks for nothing else. Raises UsageError when there is no such shape."""
    kind = shape_of(name).kind
    return Trainer(
        name=name,
        title=f"the shape '{name}'",
        reads=(name,),
        targets={kind: name},
        source="dsvc",
        demands=lambda _shape, _seen: Demands(),
        beside=lambda _handed: {},
        start=lambda _handed: [],
    )
