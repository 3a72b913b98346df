"""What a consumer does to rows: facts for the docs, and the rules made of them.

A consumer goes through a row once and stops where it gives up on it: a row that was dropped reaches no step that could
end the run. So there is one judge for each consumer, which tells by name what happens to a row, and each rule picks out
what is told under its name.
"""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec

from dsvc.validators.rule import DatasetCheck, Example, Found, NoOptions, RecordCheck, Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dsvc.validators.checked import Checked
    from dsvc.validators.finding import Outcome, Severity

Told: TypeAlias = tuple[str, Found]
"""The name of a treatment, and what was found."""

Judge: TypeAlias = "Callable[[Checked], Iterable[Told]]"

SEVERITIES: Final[dict[Outcome | None, Severity]] = {
    "aborts": "error",
    "dropped": "error",
    "altered": "warning",
    None: "note",
}


class Treatment(msgspec.Struct, frozen=True):
    """One thing that a consumer does to a row.

    ``outcome`` None: the row is taken as it is, and something is worth knowing. ``source`` names file and function of
    the consumer. ``check`` makes the check of those that need more than the row, or options; the others are told by the
    consumer's judge.
    """

    name: str
    outcome: Outcome | None
    title: str
    why: str
    source: str
    example: Example
    check: Callable[[Any], RecordCheck | DatasetCheck] | None = None
    options: type[msgspec.Struct] = NoOptions


class Profile(msgspec.Struct, frozen=True):
    """A consumer: which version its treatments are of, how it is thought to be set up, what they are.

    ``silent`` says what it also does, and no rule tells.
    """

    name: str
    title: str
    version: str
    setup: str
    judge: Judge
    treatments: tuple[Treatment, ...]
    silent: tuple[str, ...] = ()

    def rules(self) -> tuple[Rule, ...]:
        """The rules of the profile."""

        def judged(record: Checked) -> tuple[Told, ...]:
            return tuple(_once_each(self.judge(record)))

        return tuple(_rule(self, treatment, judged) for treatment in self.treatments)


def _once_each(told: Iterable[Told]) -> list[Told]:
    """The first of each name: what a consumer does to a row it does to all of it, wherever else the reason stands."""
    first: dict[str, Found] = {}
    more: Counter[str] = Counter()
    for name, found in told:
        if name in first:
            more[name] += 1
        else:
            first[name] = found
    return [
        (name, msgspec.structs.replace(found, message=f"{found.message} (and {more[name]:,} more in this row)"))
        if more[name]
        else (name, found)
        for name, found in first.items()
    ]


def _rule(profile: Profile, treatment: Treatment, judged: Callable[[Checked], tuple[Told, ...]]) -> Rule:
    def make(_options: Any) -> RecordCheck:
        return RecordCheck(partial(_told, judged, treatment.name, treatment.outcome))

    return Rule(
        id=f"{profile.name}/{treatment.name}",
        topic="profile",
        severity=SEVERITIES[treatment.outcome],
        title=treatment.title,
        why=treatment.why,
        example=treatment.example,
        make=treatment.check or make,
        options=treatment.options,
        sources=(f"{profile.version}: {treatment.source}",),
    )


def _told(
    judged: Callable[[Checked], tuple[Told, ...]], name: str, outcome: Outcome | None, record: Checked
) -> Iterable[Found]:
    everything = record.once(judged)
    if not everything:  # most rows; this is asked for each rule of a profile
        return ()
    return [msgspec.structs.replace(found, outcome=outcome) for told, found in everything if told == name]
