"""The steps of a record's history, one a line: what was done, the version, when, who, from where, why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.render.blame_text import NOT_COMMITTED
from dsvc.render.log_text import annotators_text
from dsvc.render.numbers import minute
from dsvc_tui.drawing import padded
from dsvc_tui.widgets.line_list import LineList

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dsvc.blame.values import Attribution, RecordStep
    from dsvc.origin import VersionId
    from dsvc_tui.drawing import Part

SIGNS: Final[Mapping[str, tuple[str, str]]] = {
    "added": ("+", "added"),
    "removed": ("-", "removed"),
    "modified": ("~", "changed"),
    "reformatted": ("=", "same"),
}
"""Sign and look of each kind of step."""
_VERSION_WIDTH: Final = 13
_WHO_WIDTH: Final = 18


class StepRows(LineList):
    """Grows as a record is followed back."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._steps: list[RecordStep] = []

    def show_steps(self, steps: list[RecordStep]) -> None:
        """Show other steps."""
        self._steps = steps
        self.set_count(len(steps))

    def add(self, step: RecordStep) -> None:
        """One more, older than those before."""
        self._steps.append(step)
        self.set_count(len(self._steps))

    @property
    def step(self) -> RecordStep | None:
        """The step under the cursor."""
        return self._steps[self.cursor] if 0 <= self.cursor < len(self._steps) else None

    def place_of(self, version: VersionId) -> int | None:
        """The newest step that a version made."""
        found = (number for number, step in enumerate(self._steps) if step.attribution.version == version)
        return next(found, None)

    def line(self, index: int, width: int) -> Sequence[Part]:
        """A step in a line."""
        step = self._steps[index]
        sign, look = SIGNS[step.kind]
        version, when, who, source = _attribution_texts(step.attribution)
        if not step.attribution.committed:
            return [(look, f"{sign} "), ("warning", version)]
        parts: list[Part] = [(look, f"{sign} "), ("strong", padded(version, _VERSION_WIDTH)), ("dim", f" {when:16}  ")]
        parts.append(("", f"{padded(who, _WHO_WIDTH)} "))
        entry = step.attribution.entry
        if entry is not None:
            parts.append(("", entry.reason.strip().partition("\n")[0]))
        if source:
            parts.append(("dim", f"  from {source}"))
        return parts


def version_of(attribution: Attribution) -> list[str]:
    """Version, time and people of what came in, each only if it is known."""
    return [text for text in _attribution_texts(attribution)[:3] if text]


def _attribution_texts(attribution: Attribution) -> tuple[str, str, str, str]:
    entry = attribution.entry
    if not attribution.committed:
        return NOT_COMMITTED, "", "", ""
    version = entry.number if entry is not None else attribution.version[:8]
    who = annotators_text(attribution.annotators) or (entry.author.name if entry is not None else "")
    when = minute(entry.authored_at) if entry is not None else ""
    return version, when, who, attribution.source or ""
