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
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

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
    """Looks at one record.

    The rest says cheaply which records it need not look at, because a call for each of a million records is what takes
    the time. ``triggers``: only lines in which one of these patterns is found; they are searched in whole blocks (fast
    when a pattern begins with one plain byte), and must not match across a line feed. ``keys``: only records with one
    of these fields. ``types``: only records that have a value of one of these Python types in a field. ``when``: only
    records with such a signature, asked once for all that have it. ``select``: which of the records of a block that are
    left (by their numbers from 0) are worth a look, where a quick look at all of them tells.
    """

    check: Callable[[Checked], Iterable[Found]]
    triggers: tuple[re.Pattern[bytes], ...] = ()
    keys: frozenset[str] | None = None
    types: frozenset[type] | None = None
    when: Callable[[Signature], bool] | None = None
    select: Callable[[Records, Sequence[int]], Iterable[int]] | None = None

    def concerns(self, signature: Signature) -> bool:
        """Whether records with these fields and types are looked at at all."""
        keys, types = signature
        return (
            (self.keys is None or not self.keys.isdisjoint(keys))
            and (self.types is None or not self.types.isdisjoint(types))
            and (self.when is None or self.when(signature))
        )

    @property
    def concerns_all(self) -> bool:
        """Whether it looks at records of every signature."""
        return self.keys is None and self.types is None and self.when is None


class Conclusion(Protocol):
    """Puts together what was summarised.

    One that has an attribute ``read_record`` is given there a function from a place to the record's bytes, for the
    few records that must be looked at once more; ``sources``: the names and licences of the version's sources;
    ``folder``: the one that the dataset's files lie in, None where they are nowhere on this disk; ``files``: how
    many records each file has; ``against``: the test set that was given, or None. One with ``take_before`` is given the
    summaries of the version before, ahead of all others, and its name as ``before``; nothing where there is none.
    ``earlier``: what versions before that said (:class:`dsvc.validators.earlier.Earlier`), or None.
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


def compares_versions(check: RecordCheck | DatasetCheck) -> bool:
    """Whether a check compares records with those of the version before."""
    return isinstance(check, DatasetCheck) and hasattr(check.conclude(), "take_before")


def looks_at_files(check: RecordCheck | DatasetCheck) -> bool:
    """Whether a check looks at the files of a version, and at no record."""
    return isinstance(check, DatasetCheck) and hasattr(check.conclude(), "files")


def looks_at_sources(check: RecordCheck | DatasetCheck) -> bool:
    """Whether a check looks at the sources of a version, and at no record."""
    return isinstance(check, DatasetCheck) and hasattr(check.conclude(), "sources")


class NoOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rule without options."""


class Example(msgspec.Struct, frozen=True):
    """Lines of JSONL that a rule finds something in, and near misses in which it finds nothing.

    They stand in the docs and are run by the tests. ``options`` are the rule's where the defaults would not do,
    ``beside`` other files of the folder, ``against`` those of a test set that is given, ``before`` the records of the
    version before, ``bad_sources`` and ``good_sources`` names and licences of sources.
    """

    bad: Sequence[str]
    good: Sequence[str]
    options: dict[str, Any] = {}
    beside: Mapping[str, Sequence[str]] = {}
    against: Sequence[str] = ()
    bad_sources: Sequence[tuple[str, str | None]] = ()
    good_sources: Sequence[tuple[str, str | None]] = ()
    before: Sequence[str] = ()


class Rule(msgspec.Struct, frozen=True):
    """A check with its facts.

    ``id`` in lower case with hyphens (a profile's: ``llamafactory/odd-turns``); ``title`` in one line what it finds;
    ``why`` what happens to somebody who does not mend it; ``sources`` where that is known from; ``asks`` what a rule of
    a team's own looks for, as it was written (``pattern``, ``field`` …); ``repair`` the name of the repair of
    ``dsvc fix`` that mends it. ``by_default`` is False for what must be asked for. ``version`` goes up
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
    asks: tuple[tuple[str, str], ...] = ()
    repair: str = ""
    by_default: bool = True
    version: int = 1
