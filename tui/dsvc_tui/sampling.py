"""Samples for the screen Pilot: read once, chosen again and again, by one thread at a time."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Final

from dsvc.render.pilot_text import about_lines, sample_lines
from dsvc.render.safe_text import fit, safe
from dsvc.render.statistics_text import shift_lines
from dsvc.render.style import PLAIN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.repository import Repository
    from dsvc.repository.pilots.creating import PilotShown
    from dsvc.repository.pilots.draft import PilotDraft, Sample
    from dsvc.sampling.rule import Rule
    from dsvc.snapshot import Snapshot

_RECORDS: Final = 20
"""So many records of a sample are shown."""
_TEXT: Final = 300


class Sampling:
    """A version whose samples are looked at."""

    def __init__(self, repository: Repository, revision: str) -> None:
        self.revision = revision
        self._repository = repository
        self._draft: PilotDraft | None = None
        self._lock = Lock()

    def lines(self, rule: Rule) -> list[str]:
        """What a rule takes, how far that is from the whole, and the first records of it."""
        with self._lock:
            draft = self._draft = self._draft or self._repository.pilots.draft(self.revision)
            sample = draft.sample(rule)
            return [*self._of(draft, sample)]

    @staticmethod
    def _of(draft: PilotDraft, sample: Sample) -> Iterator[str]:
        whole, part = draft.whole(), draft.measured(sample.snapshot)
        part.name = "the sample"
        yield from sample_lines(sample.records, sample.candidates, whole.records, sample.rule, sample.strata)
        yield from (f"note:    {safe(note)}" for note in sample.notes)
        yield ""
        yield from shift_lines(whole, part, draft.drift(sample), PLAIN)
        yield from record_lines(sample.snapshot)


def pilot_lines(shown: PilotShown) -> list[str]:
    """A pilot that was kept, beside the whole."""
    shown.part.name = shown.listed.pilot.name
    drift = shift_lines(shown.whole, shown.part, shown.drift, PLAIN)
    return [*about_lines(shown.listed, PLAIN), "", *drift, *record_lines(shown.sample)]


def record_lines(snapshot: Snapshot) -> Iterator[str]:
    """The first records of a sample."""
    yield ""
    yield "first records"
    for number, record in enumerate(snapshot):
        if number == _RECORDS:
            yield f"  and {len(snapshot) - _RECORDS:,} more"
            return
        yield f"  {fit(safe(_read(record.content)), _TEXT)}"


def _read(content: bytes) -> str:
    """What a record says, on one line."""
    from dsvc.conditions.fields import value_of
    from dsvc.statistics.features import texts_of

    texts = [text for text in texts_of(value_of(content[: 64 * 1024])) if text.strip()]
    return " · ".join(texts) if texts else content[:_TEXT].decode("utf-8", "replace")


__all__ = ["Sampling", "pilot_lines", "record_lines"]
