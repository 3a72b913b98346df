"""What a rule is: facts that the docs are made of, options, and the check itself.

A *record rule* looks at one record and knows no other one, so that what it found holds as long as the record's bytes
stay. A *dataset rule* compares records: each block of them is summarised (in any process), and the summaries are put
together in the order of the records.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

import msgspec

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from dsvc.textdiff.fields import Steps
    from dsvc.validators.checked import Checked, Records
    from dsvc.validators.finding import Finding, Outcome, Place, Severity

Signature: TypeAlias = "tuple[tuple[str, ...], tuple[type, ...]]"
"""The fields of a record and the Python types of their values; ``((), (type,))`` for what is no JSON object."""

Topic: TypeAlias = Literal["structure", "content", "profile", "own"]


class Found(msgspec.Struct, frozen=True):
    """What a record rule found in a record; the runner adds the rule and the place.

    ``message`` tells the fact in lower case; data in it is shown as it is and made safe when it is rendered.
    """

    message: str
    steps: Steps = ()
    fix: str = ""
    severity: Severity | None = None
    outcome: Outcome | None = None


class RecordCheck(msgspec.Struct, frozen=True):
    """Looks at one record. With a ``trigger`` only at lines in which that pattern is found; it is searched in whole
    blocks of lines, which is a hundred times as fast as a look at each record. The pattern must not match across a
    line feed.

    ``triggers`` are further patterns, one of which is enough: those that begin with one plain byte are fast, and what
    rules have in common is searched once. ``concerns`` says of a signature whether records that have it are looked at
    at all; ``select`` which of the records of a block, that it concerns, are worth a look, where a quick look at all of
    them tells. Neither may leave out a record in which something would be found.
    """

    check: Callable[[Checked], Iterable[Found]]
    trigger: re.Pattern[bytes] | None = None
    triggers: tuple[re.Pattern[bytes], ...] = ()
    concerns: Callable[[Signature], bool] | None = None
    select: Callable[[Records, Sequence[int]], Iterable[int]] | None = None

    @property
    def patterns(self) -> tuple[re.Pattern[bytes], ...]:
        """All patterns; none: every record is looked at that the check concerns."""
        return self.triggers if self.trigger is None else (self.trigger, *self.triggers)


class Conclusion(Protocol):
    """Puts together what was summarised.

    One that has an attribute ``folder`` is given the folder of the dataset's files there, None where they are nowhere
    on this disk: what is found there is no property of the records, and never kept.
    """

    def take(self, places: Sequence[Place], summary: Any) -> None:
        """The summary of the next block, whose records stand at these places."""
        ...

    def finish(self) -> Iterator[Finding]:
        """What was found in all; called once, after the last block."""
        ...


class DatasetCheck(msgspec.Struct, frozen=True):
    """Compares records. ``summarise`` must give what can be pickled, and keep little of each record."""

    summarise: Callable[[Sequence[Checked]], Any]
    conclude: Callable[[], Conclusion]


class NoOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rule without options."""


class Example(msgspec.Struct, frozen=True):
    """Lines of JSONL that a rule finds something in, and near misses in which it finds nothing.

    They stand in the docs and are run by the tests. ``options`` are the rule's where the defaults would not do.
    """

    bad: Sequence[str]
    good: Sequence[str]
    options: dict[str, Any] = {}


class Rule(msgspec.Struct, frozen=True):
    """A check with its facts.

    ``id`` in lower case with hyphens (a profile's: ``llamafactory/odd-turns``); ``title`` in one line what it finds;
    ``why`` what happens to somebody who does not mend it; ``sources`` where that is known from; ``repair`` the name of
    the repair of ``dsvc fix`` that mends it. ``by_default`` is False for what must be asked for. ``version`` goes up
    when it finds other things than before, so that kept findings are not used. ``make`` builds the check from options.
    """

    id: str
    topic: Topic
    severity: Severity
    title: str
    why: str
    example: Example
    make: Callable[[Any], RecordCheck | DatasetCheck]
    options: type[msgspec.Struct] = NoOptions
    sources: tuple[str, ...] = ()
    repair: str = ""
    by_default: bool = True
    version: int = 1
