"""What is known of a source, line by line: how it was read, its shapes and splits, what a conversion loses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.render.numbers import plural, size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc_tui.drawing import Part
    from dsvc_tui.importing import Counted, Facts
    from dsvc_tui.work import Work

MOST_TOLD: Final = 12
"""Sentences about a source that are shown."""


def told(facts: Facts, counted: Counted | None, counting: Work | None, path: str) -> Iterator[Part]:
    """All of it; ``counted`` is None as long as not all records were read, ``counting`` tells how far that is."""
    yield ("strong", facts.read_as)
    yield ("", f"  {size(facts.size)}" if facts.size is not None else "")
    if counted is not None:
        yield ("", f"  {plural(sum(counted.records.values()), 'record')}")
    yield ("", f"  licence {facts.licence}" if facts.licence else "")
    yield ("dim", f"  {facts.uri}" if facts.uri and facts.uri.startswith("http") else "")
    if counting is not None:
        yield from (("", "  "), *counting.parts())
    yield from _shapes(facts, counted)
    if facts.splits:
        yield ("strong", "\nsplits  ")
        yield ("", " · ".join([f"{name}{counts_of(counted, name)}" for name in facts.splits]))
    for sentence in (counted.told if counted is not None else facts.told)[:MOST_TOLD]:
        yield ("dim", f"\n! {sentence}")
    if counted is not None and counted.conversion is not None:
        from dsvc.render.conversion_text import report_lines

        for line in report_lines(counted.conversion, path, None):
            yield ("warning" if line.startswith(("lost", "left out")) else "", f"\n{line}")


def _shapes(facts: Facts, counted: Counted | None) -> Iterator[Part]:
    yield ("strong", "\nshape   ")
    if counted is None or counted.survey is None:
        yield ("", f"{', '.join(facts.shapes) or 'unknown'}, by the first records")
        return
    from dsvc.render.shape_text import survey_lines

    _, *lines = survey_lines(counted.survey)
    yield ("", "\n        ".join([line.strip() for line in lines[:4]]))


def counts_of(counted: Counted | None, split: str) -> str:
    """Records and bytes of a split, where they are known."""
    if counted is None or split not in counted.records:
        return ""
    return f" {plural(counted.records[split], 'record')}, {size(counted.bytes[split])}"
