"""The same question with another label, or another answer, than in the version before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
import xxhash

from dsvc.validators.finding import Finding
from dsvc.validators.naming import short
from dsvc.validators.rule import DatasetCheck, Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsvc.validators.checked import Checked
    from dsvc.validators.finding import Place

_LABELS: Final = ("label", "labels", "category", "intent", "kto_tag")
_SEVERAL: Final = frozenset(("chosen", "rejected", "rejected_response", "completions"))
"""Fields of records of which many may have one prompt, each with other answers."""
_MOST_VALUES: Final = 3
"""So many earlier values are told."""


class Drift(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``answers``: whether other answers are told as well, as notes."""

    answers: bool = True


class Said(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What a record says of a text: the field, a digest of the text and the field, one of the value, and the value as
    it is shown (empty: an answer, which is no label)."""

    path: str
    text: int
    value: int
    shown: str


def _all_said(records: Sequence[Checked]) -> list[list[Said]]:
    return [_said(record) for record in records]


def _said(record: Checked) -> list[Said]:
    """The labels of a record; where it has none, its answer."""
    found = record.exchange
    if found is None or not found.prompt.strip() or not _SEVERAL.isdisjoint(record.signature[0]):
        return []
    text = " ".join(found.prompt.split())
    fields = record.fields
    labels = [name for name in _LABELS if fields.get(name) is not None]
    if not labels:
        if found.answer is None or len(found.steps) == 0:
            return []
        answer = " ".join(found.answer.split())
        return [Said(_path(found.steps), _digest("", text), _digest(answer), "")]
    if found.answer is not None and not found.is_label:  # the label is of both
        text = f"{text}\n{' '.join(found.answer.split())}"
    return [Said(name, _digest(name, text), _digest(_written(fields[name])), short(fields[name])) for name in labels]


def _path(steps: Sequence[str | int]) -> str:
    return str(steps[0]) if len(steps) == 1 else ""


def _written(value: object) -> str:
    """A label as text; the order of several does not matter, nor how a number is spelt."""
    if isinstance(value, list):
        return "\n".join(sorted(map(_written, value)))
    return repr(float(value)) if type(value) is int and abs(value) < 2**53 else str(value)


def _digest(*parts: str) -> int:
    return xxhash.xxh3_64_intdigest("\0".join(parts).encode("utf-8", "surrogatepass"))


class _Drift:
    """Reads the version before first: :attr:`before` is its name, :meth:`take_before` gets its records."""

    def __init__(self, options: Drift) -> None:
        self.before = ""
        self._options = options
        self._earlier: dict[int, dict[int, str]] = {}
        self._found: list[Finding] = []

    def take_before(self, summary: list[list[Said]]) -> None:
        for said in (one for record in summary for one in record):
            self._earlier.setdefault(said.text, {})[said.value] = said.shown

    def take(self, places: Sequence[Place], summary: list[list[Said]]) -> None:
        if not self._earlier:
            return
        for place, record in zip(places, summary, strict=True):
            for said in record:
                earlier = self._earlier.get(said.text)
                if earlier and said.value not in earlier and (said.shown or self._options.answers):
                    self._found.append(self._told(place, said, [*earlier.values()]))

    def _told(self, place: Place, said: Said, earlier: list[str]) -> Finding:
        if not said.shown:
            told = f"the same question had another answer in {self.before}"
            return Finding("", "note", told, place, path=said.path, fix="look whether the new answer is meant so")
        values = " or ".join(sorted(earlier)[:_MOST_VALUES])
        told = f"'{said.path}' is {said.shown}, in {self.before} it was {values} for the same text"
        return Finding("", "warning", told, place, path=said.path, fix="look which of the two is right")

    def finish(self) -> Iterator[Finding]:
        yield from self._found


_CLASS: Final = '{"text": "%s", "label": %s}'
_ASKED: Final = '{"instruction": "%s", "input": "", "output": "%s"}'

RULES: Final = (
    Rule(
        id="label-drift",
        topic="content",
        severity="warning",
        title="the same text had another label, or answer, in the version before",
        why="A relabelling that was not meant, or new records labelled by other guidelines: models trained on the two "
        "versions cannot be compared. Looked at where two versions are: `dsvc validate OLD..NEW`, also with "
        "`--changed`, and `--gate`; in the lines that differ, so that it costs what they cost. Other answers are "
        "notes. A text that is twice inside of one version is told by `conflicting-answers`.",
        example=Example(
            before=(_CLASS % ("逾期怎么办？", '"overdue"'), _ASKED % ("q", "a"), _CLASS % ("x", "1.0")),
            bad=(_CLASS % ("逾期怎么办？", '"billing"'), _ASKED % ("q", "b")),
            good=(
                _CLASS % ("逾期  怎么办？", '"overdue"'),
                _CLASS % ("账单在哪里？", '"billing"'),
                _ASKED % ("q", " a"),
                _CLASS % ("x", "1"),
            ),
        ),
        make=lambda options: DatasetCheck(_all_said, lambda: _Drift(options)),
        options=Drift,
    ),
)
