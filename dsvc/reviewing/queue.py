"""Reviews as files: ``dsvc.review/1`` (``docs/format.md`` section 13)."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping  # noqa: TC003 - msgspec needs them at run time
from datetime import datetime  # noqa: TC003
from typing import Any, Final, Literal

from msgspec import UNSET, UnsetType

from dsvc.manifest import Facts, Id, Label, Person, RecordName, read_facts
from dsvc.origin import Annotator  # noqa: TC001
from dsvc.reviewing.sharing import Shared, dealt
from dsvc.sampling.rule import Rule  # noqa: TC001

REVIEW_FORMAT: Final = "dsvc.review/1"


class Answer(Facts, frozen=True, kw_only=True):
    """What one annotator answered; ``value`` is of the field that is asked, of several an object of them."""

    annotator: Annotator
    value: Any


class Drawn(Facts, frozen=True, kw_only=True):
    """How the records were chosen: by a rule, out of a pilot (and by its rule) or of what changed since a version, or
    named.

    ``pilot_rule`` is null where the version has many records that the pilot could not take as well as others: it is of
    an older one, or was carried over from one.
    """

    rule: Rule | None = None
    pilot: str | None = None
    pilot_rule: Rule | None = None
    changed_since: str | None = None
    named: bool = False

    @property
    def represents(self) -> bool:
        """Whether what is found in these records says something of all others: nothing but chance chose them.

        From groups of which each gave as many as any other, too: then each is to be weighted by its share.
        """
        return self.chosen is None

    @property
    def chosen(self) -> str | None:
        """Why nothing is said of all others, in a few words; None: something is."""
        if self.named:
            return "they were named"
        if self.changed_since:
            return "they are what was added or edited since a version"
        told = _chosen(self.rule) if self.rule is not None else None
        if told is not None or self.pilot is None:
            return told
        if self.pilot_rule is None:
            return f"many came to the version that the pilot '{self.pilot}' could not take"
        told = _chosen(self.pilot_rule)
        return f"of the pilot '{self.pilot}': {told}" if told is not None else None

    @property
    def groups(self) -> tuple[str, ...]:
        """The fields whose values made groups, each of which gave its share."""
        rules = (self.rule, self.pilot_rule)
        return tuple(dict.fromkeys(name for rule in rules if rule is not None for name in rule.stratify))


def _chosen(rule: Rule) -> str | None:
    """Why a rule does not take any record (of a group) as well as any other; None: it does."""
    if rule.strategy not in ("stable", "random", "balanced"):
        return f"the strategy '{rule.strategy}' took them"
    if rule.balances and not rule.stratify:
        return "it is not known of which groups they are"
    among = [f"with {', '.join(rule.where)}"] if rule.where else []
    among += [f"with findings of {', '.join(rule.findings)}"] if rule.findings else []
    among += [f"not in {', '.join(rule.exclude)}"] if rule.exclude else []
    among += ["that are not nearly the same"] if rule.near_duplicates != "keep" else []
    return f"only those {', '.join(among)}" if among else None


class Review(Facts, frozen=True, kw_only=True):
    """Records of a version to be looked at.

    ``records`` are names (record ids), in the order in which they are shown. ``answers`` are of a review that decides
    between annotators, by the name of the record; ``fields`` are those that were asked.
    """

    format: Literal["dsvc.review/1"] = REVIEW_FORMAT
    id: Id
    name: str
    dataset: str
    version: Id
    number: Label
    created_at: datetime
    created_by: Person
    drawn: Drawn
    guidelines: str = ""
    fields: tuple[str, ...] = ()
    records: tuple[RecordName, ...]
    answers: Mapping[RecordName, tuple[Answer, ...]] = {}
    shared: Shared | UnsetType = UNSET
    """Whom the records are dealt out to; not written down where everybody looks at all."""

    def shares(self) -> dict[Annotator, frozenset[str]]:
        """The records of each reviewer that has a share; empty where everybody looks at all."""
        if self.shared is UNSET:
            return {}
        return dict(zip(self.shared.reviewers, dealt(self.records, self.name, self.shared)[1], strict=True))

    def in_common(self) -> frozenset[str]:
        """The records that all reviewers with a share look at."""
        return frozenset() if self.shared is UNSET else dealt(self.records, self.name, self.shared)[0]

    @property
    def decides(self) -> bool:
        """Whether annotators disagreed on its records, and one answer is to be chosen."""
        return bool(self.answers)

    @staticmethod
    def decode(data: bytes, name: str) -> Review:
        """Read a review. Raises CorruptError when it is damaged, or of an unknown format."""
        return read_facts(data, name, REVIEW_FORMAT, Review)


def file_name(reviewer: str) -> str:
    """The name of the file with a reviewer's verdicts: readable, and another one for every other reviewer.

    Letters, digits, ``-`` and ``_`` stay, in lower case; where that changes the name, digits of its sha256 follow.
    """
    folded = unicodedata.normalize("NFC", reviewer.strip()).casefold()
    plain = "".join(c if c.isalnum() or c in "-_" else "-" for c in folded)[:60]
    if plain != folded or not plain:
        plain = f"{plain or 'reviewer'}-{hashlib.sha256(folded.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
    return f"{plain}.jsonl"


__all__ = ["REVIEW_FORMAT", "Answer", "Drawn", "Review", "file_name"]
