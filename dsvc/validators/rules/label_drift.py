"""The same question with another label, or another answer, than in a version before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from dsvc.validators.earlier import Reach
from dsvc.validators.finding import Finding
from dsvc.validators.rule import DatasetCheck, Example, Rule
from dsvc.validators.said import all_said

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from dsvc.validators.earlier import Earlier, Stood
    from dsvc.validators.finding import Place
    from dsvc.validators.said import Said

_MOST_VALUES: Final = 3
"""So many earlier values are told."""
_FETCH: Final = "dvc fetch --all-commits"


class Drift(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``answers``: whether other answers are told as well, as notes; ``versions``: how many versions back a text is
    looked for besides the one that is compared with; ``megabytes``: how much is read of them at most, in lines that no
    newer version has; ``fetch``: whether what is not here is fetched for it."""

    answers: bool = True
    versions: int = 100
    megabytes: int = 256
    fetch: bool = False


class _Drift:
    """Reads the version before first: :attr:`before` is its name, :meth:`take_before` gets its records; and asks the
    versions that were before that for what is new."""

    def __init__(self, options: Drift) -> None:
        self.before = ""
        self.earlier: Earlier | None = None
        self._options = options
        self._last: dict[int, dict[int, str]] = {}
        self._new: list[tuple[Place, Said]] = []

    def take_before(self, summary: list[list[Said]]) -> None:
        for said in (one for record in summary for one in record):
            self._last.setdefault(said.text, {})[said.value] = said.shown

    def take(self, places: Sequence[Place], summary: list[list[Said]]) -> None:
        if not self._last and self.earlier is None:
            return
        for place, record in zip(places, summary, strict=True):
            self._new += [(place, said) for said in record if said.shown or self._options.answers]

    def finish(self) -> Iterator[Finding]:
        history = self._history()
        for place, said in self._new:
            last = self._last.get(said.text)
            stood = history.get(said.text, [])
            if last is not None and said.value not in last:
                others = [each for each in stood if each.value not in last]
                yield self._told(place, said, self.before, [*last.values()], others)
            elif last is None and stood and self.earlier is not None:
                newest = min(min(each.ages) for each in stood)
                before = [each for each in stood if newest in each.ages]
                if all(each.value != said.value for each in before):
                    told = [each.shown for each in before]
                    others = [each for each in stood if each not in before]
                    yield self._told(place, said, self.earlier.names[newest], told, others)
        if self.earlier is not None:
            yield from self._left_out(self.earlier)

    def _history(self) -> dict[int, list[Stood]]:
        """What older versions said of the texts that are new, or other ones than in the version before."""
        options = self._options
        if self.earlier is None or options.versions < 1:
            return {}
        asked = [said for _, said in self._new if said.value not in self._last.get(said.text, ())]
        reach = Reach(options.versions, options.megabytes * 1_000_000, options.fetch)
        return self.earlier.said({s.text for s in asked}, {s.text for s in asked if s.shown}, reach)

    def _left_out(self, earlier: Earlier) -> Iterator[Finding]:
        """What was not looked into, and why."""
        if earlier.not_here:
            fetched = "push the data from where the version was made: dsvc push"
            fix = fetched if self._options.fetch else f"fetch the data: {_FETCH}, or {_setting('fetch = true')}"
            yield _not_looked_into(earlier.not_here, "what is stored of it is not here", fix)
        if earlier.too_much:
            most = self._options.megabytes
            why = f"more than {most:,} MB of other lines would have been read"
            yield _not_looked_into(earlier.too_much, why, f"let it read more: {_setting(f'megabytes = {4 * most}')}")

    def _told(self, place: Place, said: Said, version: str, values: list[str], older: Collection[Stood]) -> Finding:
        if not said.shown:
            told = f"the same question had another answer in {version}"
            if before := [each for each in older if each.value == said.value]:
                told = f"{told}, and this one in {self._versions(before[0].ages)}"
            return Finding("", "note", told, place, path=said.path, fix="look whether the new answer is meant so")
        was = " or ".join(sorted(values)[:_MOST_VALUES])
        told = f"'{said.path}' is {said.shown}, in {version} it was {was} for the same text"
        if older:
            more = (f"{each.shown} in {self._versions(each.ages)}" for each in [*older][:_MOST_VALUES])
            told = f"{told}; besides {', '.join(more)}"
        return Finding("", "warning", told, place, path=said.path, fix="look which of them is right")

    def _versions(self, ages: Sequence[int]) -> str:
        """Versions by name, the oldest first; of several that follow each other the first and the last."""
        assert self.earlier is not None
        names = self.earlier.names
        runs: list[list[int]] = []
        for age in sorted(ages, reverse=True):
            if runs and runs[-1][-1] == age + 1:
                runs[-1].append(age)
            else:
                runs.append([age])
        told = [names[run[0]] if len(run) == 1 else f"{names[run[0]]} to {_number(names[run[-1]])}" for run in runs]
        return " and ".join(told[-_MOST_VALUES:])


def _setting(option: str) -> str:
    return f"options.label-drift = {{{option}}} in dsvc.toml, under [validate]"


def _number(name: str) -> str:
    return name.rpartition("@")[2]


def _not_looked_into(names: Sequence[str], why: str, fix: str) -> Finding:
    several = f"{names[-1]} to {_number(names[0])}, " if len(names) > 1 else ""
    told = f"{several}{len(names)} versions" if several else names[0]
    return Finding("", "note", f"earlier labels were not looked for in {told}: {why}", fix=fix)


_CLASS: Final = '{"text": "%s", "label": %s}'
_NESTED: Final = '{"text": "t1", "meta": {"label": "%s"}}'
_ASKED: Final = '{"instruction": "%s", "input": "", "output": "%s"}'

RULES: Final = (
    Rule(
        id="label-drift",
        topic="content",
        severity="warning",
        title="the same text had another label, or answer, in a version before",
        why="A relabelling that was not meant, or new records labelled by other guidelines: models trained on the two "
        "versions cannot be compared. Looked at where two versions are: `dsvc validate OLD..NEW`, also with "
        "`--changed`, and `--gate`; in the lines that differ, so that it costs what they cost. What the old version "
        "does not have is looked for in the versions before the new one (not with `--changed`), as far as their data "
        "is here: a text that was taken out and is back with another label. Other answers are notes. A text that is "
        "twice inside of one version is told by `conflicting-answers`. A label may stand in a field, or in an "
        "object in a field (`meta.label`).",
        example=Example(
            before=(_CLASS % ("逾期怎么办？", '"overdue"'), _ASKED % ("q", "a"), _CLASS % ("x", "1.0"), _NESTED % "a"),
            bad=(_CLASS % ("逾期怎么办？", '"billing"'), _ASKED % ("q", "b"), _NESTED % "b"),
            good=(
                _CLASS % ("逾期  怎么办？", '"overdue"'),
                _CLASS % ("账单在哪里？", '"billing"'),
                _ASKED % ("q", " a"),
                _CLASS % ("x", "1"),
                _NESTED % "a",
            ),
        ),
        make=lambda options: DatasetCheck(all_said, lambda: _Drift(options)),
        options=Drift,
    ),
)
